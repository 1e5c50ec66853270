"""The forces of t-SNE on a GPU: every pair of photos, some rows of pairs at a time.

Sums are taken row by row, never by atomic additions, whose order changes from run to run.

Legend: N photos, M edges of the graph of neighbours, E dimensions of the embedding, f degrees of
freedom.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from wildroad.core.tsne_forces import freedom

Floats = NDArray[np.float32]

PAIRS_AT_A_TIME = 1 << 26


class DeviceForces:
    """What ``tsne_forces.CompiledForces`` computes, on a device of PyTorch.

    Args:
        similarities: P, (N, N), symmetric, with the sum 1.
        dimensions: E.
        device: Where to compute.
    """

    def __init__(self, similarities: csr_array, *, dimensions: int, device: torch.device) -> None:
        """Bring P to the device."""
        lengths = np.diff(similarities.indptr)
        photos = np.repeat(np.arange(len(lengths)), lengths)
        self._device, self._freedom = device, freedom(dimensions)
        self._lengths = torch.tensor(lengths, dtype=torch.int64, device=device)
        self._photos = torch.tensor(photos, dtype=torch.int64, device=device)
        self._others = torch.tensor(similarities.indices, dtype=torch.int64, device=device)
        self._shares = torch.tensor(similarities.data, dtype=torch.float32, device=device)

    def gradient(self, places: Floats, exaggeration: float) -> Floats:
        """Gradient of the divergence, P multiplied by the exaggeration: (E, N) -> (E, N)."""
        there = torch.from_numpy(places).to(self._device).T.contiguous()
        pushes, total = self._pushes(there)
        away, nearness = self._edges(there)
        pulls = torch.segment_reduce(
            (self._shares * nearness)[:, None] * away, "sum", lengths=self._lengths, axis=0
        )
        scale = 2 * (self._freedom + 1) / self._freedom
        gradient: Floats = (scale * (exaggeration * pulls - pushes / total)).T.cpu().numpy()
        return np.ascontiguousarray(gradient)

    def divergence(self, places: Floats, exaggeration: float) -> float:
        """Kullback-Leibler divergence from P, multiplied by the exaggeration, in nats."""
        there = torch.from_numpy(places).to(self._device).T.contiguous()
        _, total = self._pushes(there)
        shares = self._shares.cpu().double() * exaggeration
        similar = self._edges(there)[1].cpu().double() ** ((self._freedom + 1) / 2)
        logs = torch.log(shares * total.cpu().double() / similar)
        return float(torch.where(shares > 0, shares * logs, 0.0).sum())

    def _edges(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """Way between the photos of each edge, (M, E), and (1 + d^2 / f)^-1, (M,)."""
        away = places[self._photos] - places[self._others]
        return away, 1 / (1 + away.square().sum(dim=1) / self._freedom)

    def _pushes(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """Sum of all pushes on each photo, (N, E), and the sum of q over all pairs."""
        parts = torch.chunk(places, -(-(len(places) ** 2) // PAIRS_AT_A_TIME))
        pushes, totals = zip(*(self._push(some, places) for some in parts), strict=True)
        # A photo is no pair with itself, where q is 1.
        return torch.cat(pushes), torch.stack(totals).sum() - len(places)

    def _push(self, some: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        away = [one[:, None] - other for one, other in zip(some.T, places.T, strict=True)]
        nearness = 1 / (1 + sum(axis.square() for axis in away) / self._freedom)
        similar = nearness ** ((self._freedom + 1) / 2)
        weights = nearness * similar
        push = torch.stack([(weights * axis).sum(dim=1) for axis in away], dim=1)
        return push, similar.sum(dim=1).double().sum().float()
