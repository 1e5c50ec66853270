"""Photos on their way to the device that trains on them, so that it need not wait for them.

A GPU with room for all photos gets them once, and a batch is a look-up there. Where they do not
fit, threads gather the next batches in pinned memory, from which they are copied while the GPU
computes. On a CPU a batch is gathered when it is asked for.

Shapes: N photos of H x W pixels.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wildroad.core.lazy import LazyMapping, read_ahead

ROOM = 0.5
"""Share of the free memory of a GPU that photos may take; the rest is for the training."""
LOADERS = 2
"""Threads that gather batches; each has two of them ready at most."""
ROWS = 256
"""Photos copied to a GPU at a time."""

Chosen = NDArray[np.int64]
Pair = tuple[Tensor, Tensor]


class Photos(Protocol):
    """Photos with their classes."""

    @property
    def targets(self) -> Tensor:
        """(N,) class numbers."""

    def __len__(self) -> int:
        """Number of photos."""

    def gather(self, chosen: Chosen) -> Tensor:
        """The chosen photos as uint8 (N, 3, H, W) in channels-last memory."""


@dataclass(frozen=True)
class ResidentPhotos:
    """Photos that lie on a device.

    Attributes:
        pixels: uint8 (N, H, W, 3).
        targets: (N,) class numbers, on the device.
    """

    pixels: Tensor
    targets: Tensor

    def __len__(self) -> int:
        """Number of photos."""
        return len(self.targets)

    def part(self, rows: slice) -> "ResidentPhotos":
        """Some photos next to one another."""
        return ResidentPhotos(self.pixels[rows], self.targets[rows])

    def gather(self, chosen: Chosen) -> Tensor:
        """The chosen photos as uint8 (N, 3, H, W) in channels-last memory, on the device."""
        return self.pixels[torch.from_numpy(chosen).to(self.pixels.device)].permute(0, 3, 1, 2)


def put_on(photos: Photos, device: torch.device) -> ResidentPhotos:
    """Copy all photos to a device, some at a time."""
    first = photos.gather(np.arange(min(1, len(photos))))
    _, channels, height, width = first.shape
    pixels = torch.empty((len(photos), height, width, channels), dtype=torch.uint8, device=device)
    for start in range(0, len(photos), ROWS):
        rows = np.arange(start, min(start + ROWS, len(photos)))
        pixels[start : start + len(rows)] = photos.gather(rows).permute(0, 2, 3, 1).to(device)
    return ResidentPhotos(pixels, photos.targets.to(device))


def has_room(size: int, device: torch.device) -> bool:
    """Whether so many bytes of photos fit on a device beside a training; never on a CPU."""
    if device.type != "cuda":
        return False
    free, _ = torch.cuda.mem_get_info(device)
    return size <= ROOM * free


def feed(photos: Photos, batches: Sequence[Chosen], device: torch.device) -> Iterator[Pair]:
    """Yield (pixels, targets) of each batch on the device, in order.

    Args:
        photos: Where they come from.
        batches: Which of them, batch by batch.
        device: Where they go.
    """
    if device.type == "cuda" and not isinstance(photos, ResidentPhotos):
        yield from feed_ahead(photos, batches, device, pin=Tensor.pin_memory)
        return
    for chosen in batches:
        yield photos.gather(chosen).to(device), photos.targets[chosen].to(device)


def feed_ahead(
    photos: Photos,
    batches: Sequence[Chosen],
    device: torch.device,
    *,
    pin: Callable[[Tensor], Tensor],
) -> Iterator[Pair]:
    """As ``feed``, while threads gather the next batches in memory that ``pin`` gives."""

    def gathered(number: str) -> Pair:
        chosen = batches[int(number)]
        return pin(photos.gather(chosen)), pin(photos.targets[chosen])

    ahead = LazyMapping([str(number) for number in range(len(batches))], gathered)
    for _, (pixels, targets) in read_ahead(ahead, workers=LOADERS):
        yield pixels.to(device, non_blocking=True), targets.to(device, non_blocking=True)
