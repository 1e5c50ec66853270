"""The forces of t-SNE on a CPU: every pair of photos, in compiled loops on all cores.

The photos are always shared out in the same parts, each summed in one order by whichever thread, so
that the result does not depend on how many threads there are.

Legend: N photos, E dimensions of the embedding (2 or 3), f = max(E - 1, 1) degrees of freedom.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from wildroad.core.compiled import compiled_in_any_order

Floats = NDArray[np.float32]
Indices = NDArray[np.int32]

PARTS = 8
BLOCK = 4
"""Rows of pairs that ``push_in_plane`` takes at a time."""


def freedom(dimensions: int) -> int:
    """Degrees of freedom f of the similarities in E dimensions."""
    return max(dimensions - 1, 1)


class CompiledForces:
    """What pulls and pushes the places of an embedding.

    Args:
        similarities: P, (N, N), symmetric, with the sum 1.
        dimensions: E.
        workers: Threads that share the work.
    """

    def __init__(self, similarities: csr_array, *, dimensions: int, workers: int) -> None:
        """Remember P, and what of the divergence does not change."""
        self._shares: Floats = similarities.data.astype(np.float32)
        self._starts: Indices = similarities.indptr.astype(np.int32)
        self._others: Indices = similarities.indices.astype(np.int32)
        self._freedom, self._pool = freedom(dimensions), ThreadPoolExecutor(workers)
        shares = self._shares[self._shares > 0].astype(np.float64)
        self._sum, self._negentropy = shares.sum(), (shares * np.log(shares)).sum()

    def gradient(self, places: Floats, exaggeration: float) -> Floats:
        """Gradient of the divergence, P multiplied by the exaggeration: (E, N) -> (E, N)."""
        pulls, sums = np.empty_like(places), self._pushes(places)
        pull = pull_in_plane if len(places) == 2 else pull_in_space
        self._of_neighbours(pull, places, pulls)
        total = np.float32(2 * sums[-1].sum(dtype=np.float64))
        scale = np.float32(2 * (self._freedom + 1) / self._freedom)
        gradient: Floats = scale * (np.float32(exaggeration) * pulls - sums[:-1] / total)
        return gradient

    def divergence(self, places: Floats, exaggeration: float) -> float:
        """Kullback-Leibler divergence from P, multiplied by the exaggeration, in nats."""
        total = 2 * self._pushes(places)[-1].sum(dtype=np.float64)
        logs = np.empty(places.shape[1], np.float64)
        self._of_neighbours(log_similarities, places, logs)
        constant = self._negentropy + self._sum * (np.log(exaggeration) + np.log(total))
        return float(exaggeration * (constant - logs.sum()))

    def _pushes(self, places: Floats) -> Floats:
        photos = places.shape[1]
        # The first photos have the most others behind them.
        bounds = photos * (1 - np.sqrt(1 - np.arange(PARTS + 1) / PARTS))
        rows = [min(BLOCK * round(bound / BLOCK), photos) for bound in bounds[:-1]] + [photos]
        sums = np.zeros((PARTS, len(places) + 1, photos), np.float32)
        push = push_in_plane if len(places) == 2 else push_in_space
        self._share_out(lambda part: push(places, rows[part], rows[part + 1], sums[part]))
        total: Floats = sums.sum(axis=0)
        return total

    def _of_neighbours(
        self, loop: Callable[..., None], places: Floats, filled: NDArray[Any]
    ) -> None:
        graph = (self._starts, self._others, self._shares)
        rows = np.linspace(0, places.shape[1], PARTS + 1).astype(int).tolist()
        self._share_out(lambda part: loop(*graph, places, rows[part], rows[part + 1], filled))

    def _share_out(self, work: Callable[[int], None]) -> None:
        list(self._pool.map(work, range(PARTS)))


@compiled_in_any_order
def similar_in_plane(x: np.float32, y: np.float32) -> tuple[np.float32, np.float32, np.float32]:
    """Similarity q of two photos (x, y) apart, and q^2 (x, y)."""
    one = np.float32(1)
    q = one / (one + x * x + y * y)
    return q, q * q * x, q * q * y


@compiled_in_any_order
def push_in_plane(places: Floats, first: int, last: int, sums: Floats) -> None:
    """Add up q^2 (y_i - y_j) on both photos of each pair, and q on one.

    Args:
        places: (2, N).
        first: First photo i of the pairs i < j, a multiple of four.
        last: The photo after the last one.
        sums: Added to: the two axes, and the sum of q; (3, N).
    """
    xs, ys, push_x, push_y, total = places[0], places[1], sums[0], sums[1], sums[2]
    for i in range(first, last, BLOCK):
        if i + BLOCK < xs.size:
            push_four(xs[i:], ys[i:], push_x[i:], push_y[i:], total[i:])
        for one in range(i, min(i + BLOCK, xs.size)):
            for other in range(one + 1, min(i + BLOCK, xs.size)):
                q, x, y = similar_in_plane(xs[one] - xs[other], ys[one] - ys[other])
                push_x[one] += x
                push_y[one] += y
                push_x[other] -= x
                push_y[other] -= y
                total[one] += q


@compiled_in_any_order
def push_four(xs: Floats, ys: Floats, push_x: Floats, push_y: Floats, total: Floats) -> None:
    """Add up the pairs of the first four photos and all later ones; four loads become one."""
    x0, x1, x2, x3 = xs[0], xs[1], xs[2], xs[3]
    y0, y1, y2, y3 = ys[0], ys[1], ys[2], ys[3]
    a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = qs = np.float32(0)
    later_x, later_y, back_x, back_y = xs[BLOCK:], ys[BLOCK:], push_x[BLOCK:], push_y[BLOCK:]
    for j in range(later_x.size):
        q0, u0, v0 = similar_in_plane(x0 - later_x[j], y0 - later_y[j])
        q1, u1, v1 = similar_in_plane(x1 - later_x[j], y1 - later_y[j])
        q2, u2, v2 = similar_in_plane(x2 - later_x[j], y2 - later_y[j])
        q3, u3, v3 = similar_in_plane(x3 - later_x[j], y3 - later_y[j])
        qs += (q0 + q1) + (q2 + q3)
        a0, a1, a2, a3 = a0 + u0, a1 + u1, a2 + u2, a3 + u3
        b0, b1, b2, b3 = b0 + v0, b1 + v1, b2 + v2, b3 + v3
        back_x[j] -= (u0 + u1) + (u2 + u3)
        back_y[j] -= (v0 + v1) + (v2 + v3)
    for row, (a, b) in enumerate(((a0, b0), (a1, b1), (a2, b2), (a3, b3))):
        push_x[row] += a
        push_y[row] += b
    total[0] += qs


@compiled_in_any_order
def push_in_space(places: Floats, first: int, last: int, sums: Floats) -> None:
    """Do what ``push_in_plane`` does, where q = u^1.5 and the push is q u: (3, N), (4, N)."""
    one, half = np.float32(1), np.float32(0.5)
    for i in range(first, last):
        a = b = c = qs = np.float32(0)
        xs, ys, zs = places[0, i:], places[1, i:], places[2, i:]
        push_x, push_y, push_z = sums[0, i:], sums[1, i:], sums[2, i:]
        for j in range(xs.size):  # the photo itself adds no push, and q = 1
            x, y, z = xs[0] - xs[j], ys[0] - ys[j], zs[0] - zs[j]
            u = one / (one + half * (x * x + y * y + z * z))
            q = u * np.sqrt(u)
            qs += q
            a, b, c = a + q * u * x, b + q * u * y, c + q * u * z
            push_x[j] -= q * u * x
            push_y[j] -= q * u * y
            push_z[j] -= q * u * z
        push_x[0], push_y[0], push_z[0] = push_x[0] + a, push_y[0] + b, push_z[0] + c
        sums[3, i] += qs - one


@compiled_in_any_order
def pull_in_plane(
    starts: Indices,
    others: Indices,
    shares: Floats,
    places: Floats,
    first: int,
    last: int,
    pulls: Floats,
) -> None:
    """Sum p (1 + d^2 / f)^-1 (y_i - y_j) over the neighbours of some photos i.

    Args:
        starts: Where the neighbours of each photo start, (N + 1,).
        others: Neighbours, photo by photo.
        shares: Their p.
        places: (2, N).
        first: First photo.
        last: The photo after the last one.
        pulls: Filled in, (2, N).
    """
    xs, ys, one = places[0], places[1], np.float32(1)
    for i in range(first, last):
        a = b = np.float32(0)
        for edge in range(starts[i], starts[i + 1]):
            x, y = xs[i] - xs[others[edge]], ys[i] - ys[others[edge]]
            weight = shares[edge] / (one + x * x + y * y)
            a, b = a + weight * x, b + weight * y
        pulls[0, i], pulls[1, i] = a, b


@compiled_in_any_order
def pull_in_space(
    starts: Indices,
    others: Indices,
    shares: Floats,
    places: Floats,
    first: int,
    last: int,
    pulls: Floats,
) -> None:
    """Do what ``pull_in_plane`` does for places and pulls of (3, N)."""
    xs, ys, zs = places[0], places[1], places[2]
    one, half = np.float32(1), np.float32(0.5)
    for i in range(first, last):
        a = b = c = np.float32(0)
        for edge in range(starts[i], starts[i + 1]):
            j = others[edge]
            x, y, z = xs[i] - xs[j], ys[i] - ys[j], zs[i] - zs[j]
            weight = shares[edge] / (one + half * (x * x + y * y + z * z))
            a, b, c = a + weight * x, b + weight * y, c + weight * z
        pulls[0, i], pulls[1, i], pulls[2, i] = a, b, c


@compiled_in_any_order
def log_similarities(
    starts: Indices,
    others: Indices,
    shares: Floats,
    places: Floats,
    first: int,
    last: int,
    logs: NDArray[np.float64],
) -> None:
    """Sum p log q over the neighbours of some photos: (E, N), (N,)."""
    freedom = max(places.shape[0] - 1, 1)
    for i in range(first, last):
        total = 0.0
        for edge in range(starts[i], starts[i + 1]):
            squared = 0.0
            for axis in range(places.shape[0]):
                away = np.float64(places[axis, i]) - np.float64(places[axis, others[edge]])
                squared += away * away
            total -= shares[edge] * np.log(1.0 + squared / freedom)
        logs[i] = total * (freedom + 1) / 2
