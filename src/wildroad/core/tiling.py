"""Logits of images too large to be seen at once, from overlapping tiles.

Shapes: N images, K classes, H x W pixels, h x w logits.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, prod

import torch
from torch import Tensor

LogitsOf = Callable[[Tensor], Tensor]
"""Maps normalised images (N, 3, H, W) to float32 logits (N, K, h, w)."""
Size = tuple[int, int]
"""Height and width in pixels."""

ALIGNMENT = 32
"""Tiles start at multiples of it, so that logits of neighbours lie on one grid, whatever the model
strides by."""
SMALLEST = 2 * ALIGNMENT
"""Least side of a tile; what is left for the last one is then never too small for a network."""


@dataclass(frozen=True)
class Tiling:
    """When and how images are cut into tiles.

    Attributes:
        tile: Height and width of a tile, multiples of ``ALIGNMENT`` from ``SMALLEST``; None to
            find it where needed.
        most_pixels: Pixels the network may see at once; larger images are cut.
        overlap: Share of a tile that it has in common with the next one, at least.

    Raises:
        ValueError: A value out of its range.
    """

    tile: Size | None = None
    most_pixels: int = 1 << 22
    overlap: float = 0.25

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        if not 0 <= self.overlap <= 0.5:
            raise ValueError(f"overlap is {self.overlap}; a share from 0 to 0.5 is needed")
        if self.most_pixels < SMALLEST**2:
            raise ValueError(
                f"most_pixels is {self.most_pixels}; at least {SMALLEST**2} are needed"
            )
        if any(side < SMALLEST or side % ALIGNMENT for side in self.tile or ()):
            raise ValueError(
                f"tile is {self.tile}; multiples of {ALIGNMENT} from {SMALLEST} pixels are needed"
            )

    def tile_of(self, size: Size) -> Size:
        """Size of the tiles of an image; that of the image where it is seen whole.

        >>> Tiling().tile_of((1024, 2048)), Tiling().tile_of((2160, 3840))
        ((1024, 2048), (2160, 1280))
        """
        if self.tile is not None:
            return min(size[0], self.tile[0]), min(size[1], self.tile[1])
        height, width = size
        while height * width > self.most_pixels:
            if height > width:
                height = self._half(height)
            else:
                width = self._half(width)
        return height, width

    def batch(self, size: Size, *, at_most: int) -> int:
        """How many images of a size the network may see at once."""
        return max(1, min(at_most, self.most_pixels // prod(self.tile_of(size))))

    def starts(self, length: int, tile: int) -> list[int]:
        """First pixels of the tiles along one side, evenly spread.

        >>> Tiling().starts(2048, 1024), Tiling().starts(1000, 1000)
        ([0, 512, 1024], [0])
        """
        if tile >= length:
            return [0]
        step = max(ALIGNMENT, int(tile * (1 - self.overlap)))
        gaps = ceil((length - tile) / step)
        return [_aligned(number * (length - tile) / gaps) for number in range(gaps + 1)]

    def _half(self, length: int) -> int:
        """Length of two tiles that cover a side with their overlap."""
        return max(SMALLEST, min(length - 1, _aligned(length / (2 - self.overlap))))


def tiled_logits(logits_of: LogitsOf, images: Tensor, tiling: Tiling) -> Tensor:
    """Compute the logits of images, of tile after tile where they are too large.

    Where tiles overlap, the mean of their logits is taken, weighted by how far a logit lies from
    the border of its tile, beyond which the network sees nothing.

    Args:
        logits_of: The network.
        images: Normalised, (N, 3, H, W).
        tiling: Which tiles.

    Returns:
        (N, K, h, w), float32, on the images' device.
    """
    size = (images.shape[2], images.shape[3])
    tile = tiling.tile_of(size)
    if tile == size:
        return logits_of(images)
    blend: Blend | None = None
    for top, left in _places(size, tile, tiling):
        logits = logits_of(images[:, :, top : top + tile[0], left : left + tile[1]])
        blend = blend or Blend(logits, tile=tile, size=size)
        blend.add(logits, top=top, left=left)
    if blend is None:
        raise ValueError(f"images of {size} pixels have no tile")
    return blend.mean()


class Blend:
    """A weighted mean of the logits of overlapping tiles."""

    def __init__(self, first: Tensor, *, tile: Size, size: Size) -> None:
        """Make room for an image of a size, given the logits of its first tile."""
        self.cell = round(sum(tile) / sum(first.shape[2:]))
        rows, columns = (ceil(length / self.cell) + 1 for length in size)
        self.summed = first.new_zeros(*first.shape[:2], rows, columns)
        self.weight = first.new_zeros(rows, columns)

    def add(self, logits: Tensor, *, top: int, left: int) -> None:
        """Add the logits of the tile that starts at a pixel."""
        rows, columns = logits.shape[2:]
        row, column = top // self.cell, left // self.cell
        weight = _ramp(rows, logits)[:, None] * _ramp(columns, logits)
        place = (..., slice(row, row + rows), slice(column, column + columns))
        self.summed[place] += weight * logits
        self.weight[place] += weight

    def mean(self) -> Tensor:
        """Give the mean, as far as there are logits."""
        rows, columns = (int((self.weight.sum(side) > 0).sum()) for side in (1, 0))
        return self.summed[..., :rows, :columns] / self.weight[:rows, :columns]


def _places(size: Size, tile: Size, tiling: Tiling) -> Iterator[Size]:
    for top in tiling.starts(size[0], tile[0]):
        for left in tiling.starts(size[1], tile[1]):
            yield top, left


def _ramp(length: int, like: Tensor) -> Tensor:
    """Distance of each logit from the nearer end of its tile, in logits, counted from a half."""
    ahead = torch.arange(length, dtype=like.dtype, device=like.device) + 0.5
    return torch.minimum(ahead, ahead.flip(0))


def _aligned(pixels: float) -> int:
    """Round up to a multiple of ``ALIGNMENT``."""
    return ceil(pixels / ALIGNMENT) * ALIGNMENT
