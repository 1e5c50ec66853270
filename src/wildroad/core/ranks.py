"""Processes that work on one thing together, each as a rank of a group.

Outside of a group there is one rank, of which every function here gives back what it was given.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch import distributed as group
from torch.nn.parallel import DistributedDataParallel

from wildroad.core.shared_norms import with_shared_norms

T = TypeVar("T")
Chosen = TypeVar("Chosen", NDArray[np.int64], list[str], list[int])


@dataclass(frozen=True)
class Ranks:
    """A group of processes, seen from one of them.

    Attributes:
        rank: Number of this process, from 0.
        size: Number of processes.
    """

    rank: int = 0
    size: int = 1

    @classmethod
    def current(cls) -> "Ranks":
        """The group that this process belongs to, or itself alone."""
        if group.is_available() and group.is_initialized():
            return cls(group.get_rank(), group.get_world_size())
        return cls()

    @property
    def alone(self) -> bool:
        """Whether there is no other process."""
        return self.size == 1

    def share(self, chosen: Chosen) -> Chosen:
        """What of a batch falls to this rank: every ``size``-th; of all ranks, each once.

        >>> [Ranks(rank, 2).share([7, 8, 9]) for rank in (0, 1)]
        [[7, 9], [8]]
        """
        return chosen[self.rank :: self.size]

    def block(self, rows: int) -> slice:
        """Which of so many rows fall to this rank: those of all ranks, joined, keep their order.

        >>> [Ranks(rank, 2).block(5) for rank in (0, 1)]
        [slice(0, 3, None), slice(3, 5, None)]
        """
        return blocks(rows, self.size)[self.rank]

    @overload
    def total(self, value: int) -> int: ...
    @overload
    def total(self, value: Tensor) -> Tensor: ...
    @overload
    def total(self, value: Tensor | int) -> Tensor | int: ...
    def total(self, value: Tensor | int) -> Tensor | int:
        """Sum of a number, or of a tensor, over all ranks."""
        if self.alone:
            return value
        summed = value.detach().clone() if isinstance(value, Tensor) else torch.tensor(value)
        group.all_reduce(summed)
        return summed if isinstance(value, Tensor) else int(summed)

    def gathered(self, value: T) -> list[T]:
        """What every rank has, in the order of the ranks."""
        if self.alone:
            return [value]
        values: list[Any] = [None] * self.size
        group.all_gather_object(values, value)
        return values

    def of_first(self, value: T) -> T:
        """What rank 0 has."""
        if self.alone:
            return value
        values: list[Any] = [value]
        group.broadcast_object_list(values)
        first: T = values[0]
        return first

    @contextmanager
    def synchronised(self, replica: nn.Module, *, when: bool) -> Iterator[None]:
        """Exchange the gradients of a replica in the block, or leave them to add up."""
        if when or not isinstance(replica, DistributedDataParallel):
            yield
            return
        with replica.no_sync():
            yield

    def replica(self, model: nn.Module) -> nn.Module:
        """The model itself, or one whose gradients and batch normalisation are those of all ranks.

        Its weights and buffers are those of the model, which is changed in place.
        """
        if self.alone:
            return model
        return DistributedDataParallel(with_shared_norms(model))


def blocks(rows: int, parts: int) -> list[slice]:
    """Divide so many rows into parts that differ by one at most, in their order.

    >>> blocks(5, 2)
    [slice(0, 3, None), slice(3, 5, None)]
    """
    lengths = [len(one) for one in np.array_split(np.arange(rows), parts)]
    edges = np.cumsum([0, *lengths]).tolist()
    return [slice(start, stop) for start, stop in pairwise(edges)]
