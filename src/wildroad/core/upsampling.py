"""The most likely class of every pixel of a large mask, from a small map of logits.

Between four neighbouring logits that agree on the most likely class, bilinear interpolation can't
change it: at each of them that class's logit is the greatest, the interpolated logits are averages
with the same weights, and rounding keeps the order of what it rounds. So only the pixels near a
border between classes, a tenth of all, are interpolated, block by block. Where the two greatest
logits lie so close together that rounding decides between them, PyTorch's own interpolation of
that pixel does.

Shapes: K classes, h x w logits, H x W pixels, C cells (the pixels between the same four logits)
of at most S x T pixels, P pixels.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

Floats = NDArray[np.float32]
Whole = NDArray[np.intp]
Mask = NDArray[np.uint8]

_ROUNDING = 8 * float(np.finfo(np.float32).eps)
"""More than what rounding adds to an interpolated logit, relative to the greatest of all."""
_VALUES_AT_ONCE = 1 << 16
"""Logits interpolated together, few enough for the processor's cache."""
_MOST_CLOSE_PIXELS = 256
"""With more pixels than this to be decided by PyTorch, it had better interpolate them all."""
_MOST_MIXED = 0.5
"""With a greater share of mixed cells, as of noise, interpolating everything is faster."""
_SMALL_SIDES = 128
"""PyTorch interpolates results of up to this height + width by another order of operations."""


class Axis(NamedTuple):
    """The cells of one direction, and where their pixels lie; n of them."""

    first: Whole
    """Index of the logit before, (n,)."""
    second: Whole
    """Index of the logit after, (n,)."""
    pixels: Whole
    """Indices of the pixels, the last one repeated where there are fewer, (S, n)."""
    share: Floats
    """Weight of the second logit at these pixels, (S, n)."""
    cell: Whole
    """Cell of every pixel of the result, (H,)."""


class Best(NamedTuple):
    """Which logit is the greatest, and by how much it is greater than the second."""

    number: Mask
    lead: Floats


class Grid(NamedTuple):
    """The small map of logits and the cells between them."""

    flat: Floats
    """(K, h * w)."""
    width: int
    rows: Axis
    columns: Axis

    def corners(self, row: Whole, column: Whole) -> list[Whole]:
        """Places in `flat` of the four logits around C cells, by rows, (C,) each."""
        return [
            i[row] * self.width + j[column]
            for i in (self.rows.first, self.rows.second)
            for j in (self.columns.first, self.columns.second)
        ]


class Pixels(NamedTuple):
    """Rows and columns of pixels, alike in shape."""

    row: Whole
    column: Whole


def upsampled_argmax(logits: Tensor, *, size: tuple[int, int]) -> Tensor:
    """Upsample bilinearly (align_corners=False) and take the greatest class of each pixel.

    Args:
        logits: (K, h, w), at most 256 classes.
        size: Height and width of the result, H and W.

    Returns:
        Class indices (H, W), uint8; those of `torch.nn.functional.interpolate` and `argmax`.
    """
    mask = _by_cells(logits, size) if _pays(logits, size) else None
    if mask is not None:
        return mask
    large = interpolate(logits[None].contiguous(), size, mode="bilinear", align_corners=False)
    return large[0].argmax(0).to(torch.uint8)


def _pays(logits: Tensor, size: tuple[int, int]) -> bool:
    """Whether there is something to gain, and the order of PyTorch's operations is known."""
    on_cpu = logits.device.type == "cpu" and logits.dtype == torch.float32
    enlarges = size[0] >= logits.shape[1] and size[1] >= logits.shape[2]
    return on_cpu and enlarges and sum(size) > _SMALL_SIDES and bool(logits.isfinite().all())


def _by_cells(logits: Tensor, size: tuple[int, int]) -> Tensor | None:
    """Interpolate mixed cells alone; None where most are, or where rounding decides too often."""
    values = np.ascontiguousarray(logits.detach().numpy())
    too_close = _ROUNDING * float(np.abs(values).max())
    rows, columns = (_axis(*lengths) for lengths in zip(values.shape[1:], size, strict=True))
    small = _best(values)
    mixed = _mixed(small, rows, columns, too_close=too_close)
    if np.count_nonzero(mixed) > _MOST_MIXED * mixed.size:
        return None
    mask = small.number[:, columns.first[columns.cell]][rows.first[rows.cell]]
    grid = Grid(values.reshape(len(values), -1), values.shape[2], rows, columns)
    close = _fill(mask, grid, Pixels(*np.nonzero(mixed)), too_close=too_close)
    if len(close.row) > _MOST_CLOSE_PIXELS:
        return None
    if len(close.row):
        mask[close] = _decided_by_torch(torch.from_numpy(values), size, close)
    return torch.from_numpy(mask)


def _fill(mask: Mask, grid: Grid, cells: Pixels, *, too_close: float) -> Pixels:
    """Fill mixed cells of the mask in place, and give the pixels where rounding decides."""
    close = [np.empty((2, 0), np.intp)]
    for classes, chosen in _by_candidates(grid, cells, too_close=too_close):
        row, column = cells.row[chosen], cells.column[chosen]
        corners = [grid.flat[classes, corner] for corner in grid.corners(row, column)]
        shares = grid.rows.share[:, row], grid.columns.share[:, column]
        found = _best(_blend(corners, *shares))
        places = np.broadcast_arrays(grid.rows.pixels[:, None, row], grid.columns.pixels[:, column])
        mask[*places] = np.take_along_axis(classes[:, None, None], found.number[None], axis=0)[0]
        near = found.lead <= too_close
        if near.any():
            close.append(np.stack([some[near] for some in places]))
    return Pixels(*np.concatenate(close, axis=1))


def _by_candidates(grid: Grid, cells: Pixels, *, too_close: float) -> Iterator[tuple[Mask, Whole]]:
    """Group cells by how many classes may be the greatest in them, and name these classes.

    A class whose four logits are all below the four of another class can't be.

    Yields:
        Classes in rising order (n, C), and the numbers of the cells (C,).
    """
    around = [np.take(grid.flat, corner, axis=1) for corner in grid.corners(*cells)]
    least, most = reduce(np.minimum, around), reduce(np.maximum, around)
    candidates = (most >= least.max(0) - 2 * too_close).T
    number = np.count_nonzero(candidates, axis=1)
    area = len(grid.rows.share) * len(grid.columns.share)
    for n in np.unique(number):
        chosen = np.flatnonzero(number == n)
        classes = np.nonzero(candidates[chosen])[1].astype(np.uint8).reshape(-1, n).T
        step = max(1, _VALUES_AT_ONCE // (int(n) * area))
        for start in range(0, len(chosen), step):
            yield classes[:, start : start + step], chosen[start : start + step]


def _axis(length: int, upsampled: int) -> Axis:
    """Assign the pixels of one direction to the cells between logits, one of them at each end."""
    scale = np.float32(length / upsampled)
    centre = (np.arange(upsampled, dtype=np.float32) + np.float32(0.5)) * scale - np.float32(0.5)
    before = np.floor(centre).astype(np.intp)
    share = np.where(before < 0, np.float32(0), centre - before.astype(np.float32))
    logit, start, cell, count = np.unique(
        before, return_index=True, return_inverse=True, return_counts=True
    )
    pixels = start + np.minimum(np.arange(count.max())[:, None], count - 1)
    first, second = np.maximum(logit, 0), np.minimum(logit + 1, length - 1)
    return Axis(first, second, pixels, share[pixels], cell)


def _best(values: Floats) -> Best:
    """Find the greatest of the K values (K, ...), the first one where several are equal."""
    best = np.zeros(values.shape[1:], np.uint8)
    greatest, second = values[0].copy(), np.full(values.shape[1:], -np.inf, np.float32)
    for number, value in enumerate(values[1:], start=1):
        np.copyto(best, np.uint8(number), where=value > greatest)
        np.maximum(second, np.minimum(greatest, value), out=second)
        np.maximum(greatest, value, out=greatest)
    return Best(best, greatest - second)


def _mixed(small: Best, rows: Axis, columns: Axis, *, too_close: float) -> NDArray[np.bool_]:
    """Whether the four logits around each cell leave its class open."""
    unsure = small.lead <= too_close
    above, below = small.number[rows.first], small.number[rows.second]
    differs: NDArray[np.bool_] = above[:, columns.first] != above[:, columns.second]
    for other in (below[:, columns.first], below[:, columns.second]):
        differs |= above[:, columns.first] != other
    for i in (rows.first, rows.second):
        for j in (columns.first, columns.second):
            differs |= unsure[i][:, j]
    return differs


def _blend(corners: Sequence[Floats], down: Floats, across: Floats) -> Floats:
    """Interpolate between four logits: (n, C) each, shares (S, C), (T, C) -> (n, S, T, C)."""
    left, down = 1 - across, down[:, None]
    above, below = (
        first[:, None] * left + second[:, None] * across
        for first, second in (corners[:2], corners[2:])
    )
    large: Floats = above[:, None] * (1 - down)
    large += below[:, None] * down
    return large


def _decided_by_torch(logits: Tensor, size: tuple[int, int], close: Pixels) -> Mask:
    """Take the class of single pixels as PyTorch interpolates them: across first, then down."""
    axis = _axis(logits.shape[1], size[0])
    cells = axis.cell[close.row]
    between = np.concatenate([axis.first[cells], axis.second[cells]])
    # Repeated to more than the small results that PyTorch computes in another way.
    needed = np.resize(np.unique(between), max(len(between), _SMALL_SIDES))
    lines = interpolate(logits[None, :, needed], (len(needed), size[1]), mode="bilinear")[0]
    wide = torch.zeros(*logits.shape[:2], max(len(close.row), _SMALL_SIDES))
    wide[:, needed, : len(close.row)] = lines[:, :, close.column]
    large = interpolate(wide[None], (size[0], wide.shape[2]), mode="bilinear")[0]
    decided = large[:, close.row, np.arange(len(close.row))]
    return decided.argmax(0).to(torch.uint8).numpy()
