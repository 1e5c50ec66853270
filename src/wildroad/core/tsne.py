"""t-SNE by exact forces: van der Maaten and Hinton, "Visualizing Data using t-SNE", 2008.

The similarities P of the features, the schedule and the step are scikit-learn's; the repulsion is
summed over all pairs instead of estimated by a tree. The work grows as N^2, the memory as N k.

The similarity of two places in the embedding is q = (1 + d^2 / f) ** -((f + 1) / 2) at distance d,
with f = max(E - 1, 1) degrees of freedom (van der Maaten, "Learning a Parametric Embedding by
Preserving Local Structure", 2009).

Legend: N photos, D features, E dimensions of the embedding, k neighbours.
"""

import os
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from wildroad.core.compiled import compiled
from wildroad.core.tsne_forces import CompiledForces

if TYPE_CHECKING:  # a CPU needs no PyTorch here, which takes seconds to import
    import torch

Floats = NDArray[np.float32]

EXAGGERATION = 12.0
EXAGGERATED_STEPS = 250
STEPS = 1000
CHECKED_EVERY = 50
PATIENCE = 300
LEAST_GRADIENT = 1e-7
LEAST_GAIN = 0.01
LEAST_RATE = 50.0
FEW = 2
"""Of fewer than FEW * LEAST_RATE photos, the rate is their number over FEW."""
FIRST_SPREAD = 1e-4
ENTROPY_TOLERANCE = 1e-5
BISECTIONS = 100


class Embedding(NamedTuple):
    """What t-SNE gives.

    Attributes:
        places: (N, E).
        divergence: Kullback-Leibler divergence of the similarities there from those of the
            features, in nats, summed over all pairs.
    """

    places: Floats
    divergence: float


class Phase(NamedTuple):
    """A part of the descent."""

    first: int
    last: int
    exaggeration: float
    momentum: float
    patience: int


PHASES = (
    Phase(0, EXAGGERATED_STEPS, EXAGGERATION, 0.5, EXAGGERATED_STEPS),
    Phase(EXAGGERATED_STEPS, STEPS, 1.0, 0.8, PATIENCE),
)


class Forces(Protocol):
    """What pulls and pushes the places of an embedding, on some device."""

    def gradient(self, places: Floats, exaggeration: float) -> Floats:
        """Gradient of the divergence, P multiplied by the exaggeration: (E, N) -> (E, N)."""

    def divergence(self, places: Floats, exaggeration: float) -> float:
        """Kullback-Leibler divergence from P, multiplied by the exaggeration."""


def lay_out(
    features: Floats,
    *,
    dimensions: int,
    perplexity: float,
    seed: int,
    device: "torch.device | None" = None,
) -> Embedding:
    """Lay photos out so that those with similar features are near each other.

    The same features and seed give the same bits on the same machine, on a CPU however many threads
    there are (but where photos are equally far from another, which of them is its last neighbour
    may depend on it).

    Args:
        features: (N, D), N > perplexity.
        dimensions: E, 2 or 3.
        perplexity: Effective number of neighbours.
        seed: Seed of the start.
        device: A GPU, or None for the CPU.
    """
    shares = similarities(features, perplexity=perplexity)
    forces = forces_on(device, shares, dimensions=dimensions)
    places = descend(first_places(features, dimensions=dimensions, seed=seed), forces)
    return Embedding(np.ascontiguousarray(places.T), forces.divergence(places, 1.0))


def forces_on(device: "torch.device | None", shares: csr_array, *, dimensions: int) -> Forces:
    """Prepare the forces of P on a device."""
    if device is None or device.type == "cpu":
        return CompiledForces(shares, dimensions=dimensions, workers=os.cpu_count() or 1)
    from wildroad.core.tsne_on_device import DeviceForces

    return DeviceForces(shares, dimensions=dimensions, device=device)


def similarities(features: Floats, *, perplexity: float) -> csr_array:
    """P of N photos: (N, N), symmetric, with the sum 1; of near neighbours only.

    Args:
        features: (N, D), N > perplexity.
        perplexity: Effective number of neighbours; three times as many are looked at.
    """
    neighbours = min(len(features) - 1, int(3 * perplexity + 1))
    found = NearestNeighbors(n_neighbors=neighbours).fit(features)
    near = found.kneighbors_graph(mode="distance")
    near.sort_indices()
    squared = near.data.reshape(len(features), -1).astype(np.float32) ** 2
    shares = conditional_shares(squared, perplexity)
    one_way = csr_array((shares.ravel(), near.indices, near.indptr), shape=near.shape)
    both = csr_array(one_way + one_way.T)
    both.sort_indices()
    both.data = (both.data / both.data.sum()).astype(np.float32)
    return both


@compiled
def conditional_shares(squared: Floats, perplexity: float) -> NDArray[np.float64]:
    """Find the width of each photo's Gaussian whose entropy is log(perplexity), by bisection.

    Args:
        squared: Squared distances to the neighbours, (N, k).
        perplexity: Wanted.

    Returns:
        Shares of the neighbours, (N, k); rows add up to 1.
    """
    wanted = np.log(perplexity)
    shares = np.zeros(squared.shape, np.float64)
    for row in range(squared.shape[0]):
        # A common shift changes no share, and keeps the nearest from vanishing.
        shifted = squared[row] - squared[row].min()
        low, high, precision = 0.0, np.inf, 1.0
        for _ in range(BISECTIONS):
            weights = np.exp(-shifted * precision)
            total = weights.sum()
            excess = np.log(total) + precision * (weights * shifted).sum() / total - wanted
            shares[row] = weights / total
            if abs(excess) <= ENTROPY_TOLERANCE:
                break
            if excess > 0:
                low = precision
                precision = precision * 2 if np.isinf(high) else (precision + high) / 2
            else:
                high = precision
                precision = (precision + low) / 2
    return shares


def first_places(features: Floats, *, dimensions: int, seed: int) -> Floats:
    """Start from the first principal components, small; from noise where there are too few or none.

    Returns:
        (E, N).
    """
    if dimensions > min(features.shape) or np.ptp(features, axis=0).max() == 0:
        noise = np.random.default_rng(seed).standard_normal((dimensions, len(features)))
        return (FIRST_SPREAD * noise).astype(np.float32)
    with threadpool_limits(limits=1):  # the sums of several threads come in any order
        components = PCA(dimensions, random_state=seed).fit_transform(features)
    scaled = components / np.std(components[:, 0]) * FIRST_SPREAD
    return np.ascontiguousarray(scaled.T, dtype=np.float32)


def descend(places: Floats, forces: Forces) -> Floats:
    """Follow the gradient with momentum and a gain for each coordinate: (E, N) -> (E, N)."""
    photos = places.shape[1]
    # Few photos feel strong forces: at a greater rate they fly apart and never come back.
    rate = np.float32(max(photos / EXAGGERATION / 4, min(LEAST_RATE, photos / FEW)))
    for phase in PHASES:
        places = _follow(places, forces, phase, rate)
    return places


def _follow(places: Floats, forces: Forces, phase: Phase, rate: np.float32) -> Floats:
    move, gains = np.zeros_like(places), np.ones_like(places)
    best, best_step = np.inf, phase.first
    for step in range(phase.first, phase.last):
        gradient = forces.gradient(places, phase.exaggeration)
        against = move * gradient < 0
        gains = np.maximum(np.where(against, gains + 0.2, gains * 0.8), LEAST_GAIN)
        gains = gains.astype(np.float32)
        move = np.float32(phase.momentum) * move - rate * gains * gradient
        places = places + move
        if (step + 1) % CHECKED_EVERY == 0:
            divergence = forces.divergence(places, phase.exaggeration)
            if divergence < best:
                best, best_step = divergence, step
            stuck = step - best_step > phase.patience
            if stuck or np.linalg.norm(gains * gradient) <= LEAST_GRADIENT:
                break
    return places
