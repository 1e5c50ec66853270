"""The most likely class of every pixel of a large mask, from a small map of logits.

Between four neighbouring logits that agree on the most likely class, bilinear interpolation can't
change it: at each of them that class's logit is the greatest, the interpolated logits are averages
with the same weights, and rounding keeps the order of what it rounds. So only the pixels near a
border between classes, a tenth of all, are interpolated. Where the two greatest logits lie so close
together that rounding decides between them, PyTorch's own interpolation of that pixel does.

Shapes: K classes, h x w logits, H x W pixels, C cells (the pixels between the same four logits) in
one direction, P pixels.
"""

from functools import lru_cache
from math import isfinite
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from wildroad.core.compiled import compiled

Floats = NDArray[np.float32]
Whole = NDArray[np.int64]
Mask = NDArray[np.uint8]

_ROUNDING = 8 * float(np.finfo(np.float32).eps)
"""More than what rounding adds to an interpolated logit, relative to the greatest of all."""
_MOST_CLOSE = 1 / 64
"""With a greater share of pixels to be decided by PyTorch, it had better interpolate them all."""
_SMALL_SIDES = 128
"""PyTorch interpolates results of up to this height + width by another order of operations."""


class Axis(NamedTuple):
    """The cells of one direction and their pixels."""

    first: Whole
    """Index of the logit before each cell, (C,)."""
    second: Whole
    """Index of the logit after, (C,)."""
    start: Whole
    """Number of the first pixel of each cell, and the number of pixels, (C + 1,)."""
    share: Floats
    """Weight of the second logit at each pixel, (H,) or (W,)."""

    def cell_of(self, pixel: Whole) -> Whole:
        """Number of the cell of each of some pixels."""
        return np.searchsorted(self.start, pixel, side="right") - 1


class Pixels(NamedTuple):
    """Rows and columns of P pixels."""

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
    mask = _by_cells(logits.detach(), size) if _pays(logits, size) else None
    if mask is not None:
        return mask
    large = interpolate(logits[None].contiguous(), size, mode="bilinear", align_corners=False)
    return large[0].argmax(0).to(torch.uint8)


def _pays(logits: Tensor, size: tuple[int, int]) -> bool:
    """Whether there is something to gain, and the order of PyTorch's operations is known."""
    on_cpu = logits.device.type == "cpu" and logits.dtype == torch.float32
    enlarges = size[0] >= logits.shape[1] and size[1] >= logits.shape[2]
    return on_cpu and enlarges and sum(size) > _SMALL_SIDES and min(logits.shape[1:]) > 1


def _by_cells(logits: Tensor, size: tuple[int, int]) -> Tensor | None:
    """Interpolate mixed cells alone; None for infinities, or where rounding decides too often."""
    greatest = max(abs(float(end)) for end in logits.aminmax())
    if not isfinite(greatest):
        return None
    values = np.ascontiguousarray(logits.numpy())
    rows, columns = (_axis(*lengths) for lengths in zip(values.shape[1:], size, strict=True))
    best, lead = np.empty(values.shape[1:], np.uint8), np.empty(values.shape[1:], np.float32)
    _find_best(values, best, lead)
    too_close = np.float32(_ROUNDING * greatest)
    mask = np.empty(size, np.uint8)
    close = np.empty((2, int(_MOST_CLOSE * mask.size)), np.int64)
    found = _fill(values, best, lead, rows, columns, too_close, mask, close)
    if found > close.shape[1]:
        return None
    if found:
        pixels = Pixels(*close[:, :found])
        mask[pixels] = _decided_by_torch(torch.from_numpy(values), rows, columns, pixels)
    return torch.from_numpy(mask)


@lru_cache(maxsize=16)
def _axis(length: int, upsampled: int) -> Axis:
    """Assign the pixels of one direction to the cells between logits, one of them at each end.

    The weights are PyTorch's own, found by interpolating lines that tell the logits, by their
    number modulo three, from their neighbours.
    """
    lines = torch.eye(3)[torch.arange(length) % 3].T[:, None].repeat(1, _SMALL_SIDES, 1)
    weights = interpolate(lines[None], (_SMALL_SIDES, upsampled), mode="bilinear")[0, :, 0].numpy()
    pixel = np.arange(upsampled)
    before = np.floor((pixel + 0.5) * length / upsampled - 0.5).astype(np.int64)
    # Rounding may put a pixel that lies on a logit into the cell on its other side.
    strays = (before >= 0) & (weights[(before - 1) % 3, pixel] > 0)
    before += strays * np.where(weights[before % 3, pixel] > 0.5, -1, 1)
    logit, start = np.unique(before, return_index=True)
    first, second = np.maximum(logit, 0), np.minimum(logit + 1, length - 1)
    share = np.where(before < 0, np.float32(0), weights[(before + 1) % 3, pixel])
    return Axis(first, second, np.append(start, upsampled), share)


@compiled
def _find_best(values: Floats, best: Mask, lead: Floats) -> None:
    """Write the greatest of the K values (K, h, w), the first of equal ones, and its lead."""
    for row in range(values.shape[1]):
        number = np.zeros(values.shape[2], np.uint8)
        greatest = values[0, row].copy()
        second = np.full(values.shape[2], -np.inf, np.float32)
        for k in range(1, values.shape[0]):
            line = values[k, row]
            for column in range(len(line)):
                second[column] = max(second[column], min(greatest[column], line[column]))
                number[column] = k if line[column] > greatest[column] else number[column]
                greatest[column] = max(greatest[column], line[column])
        best[row], lead[row] = number, greatest - second


@compiled
def _fill(
    values: Floats,
    best: Mask,
    lead: Floats,
    rows: Axis,
    columns: Axis,
    too_close: np.float32,
    mask: Mask,
    close: Whole,
) -> int:
    """Fill the mask, and write the pixels where rounding decides, (2, P), as far as they fit.

    Returns:
        How many there are.
    """
    found = 0
    room = np.empty((5, values.shape[0]), np.float32)
    mixed = np.empty(len(columns.first), np.bool_)
    for i in range(len(rows.first)):
        above, below = rows.first[i], rows.second[i]
        line = mask[rows.start[i]]
        for j in range(len(columns.first)):
            left, right = columns.first[j], columns.second[j]
            mixed[j] = False
            for row, column in ((above, left), (above, right), (below, left), (below, right)):
                differs = best[row, column] != best[above, left]
                mixed[j] |= differs or lead[row, column] <= too_close
            line[columns.start[j] : columns.start[j + 1]] = best[above, left]
        for row in range(rows.start[i] + 1, rows.start[i + 1]):
            mask[row] = line
        for j in range(len(mixed)):
            if mixed[j]:
                found = _fill_cell(values, rows, columns, i, j, too_close, room, mask, close, found)
    return found


@compiled
def _fill_cell(
    values: Floats,
    rows: Axis,
    columns: Axis,
    i: int,
    j: int,
    too_close: np.float32,
    room: Floats,
    mask: Mask,
    close: Whole,
    found: int,
) -> int:
    """Interpolate the pixels of one cell."""
    above, below = rows.first[i], rows.second[i]
    n = _candidates(values, above, below, columns.first[j], columns.second[j], too_close, room)
    for row in range(rows.start[i], rows.start[i + 1]):
        down = rows.share[row]
        for column in range(columns.start[j], columns.start[j + 1]):
            across = columns.share[column]
            w0, w1 = (1 - across) * (1 - down), across * (1 - down)
            w2, w3 = (1 - across) * down, across * down
            greatest, second, number = np.float32(-np.inf), np.float32(-np.inf), np.float32(0)
            for m in range(n):
                value = room[0, m] * w0 + room[1, m] * w1 + room[2, m] * w2 + room[3, m] * w3
                second = max(second, min(greatest, value))
                if value > greatest:
                    greatest, number = value, room[4, m]
            mask[row, column] = np.uint8(number)
            if greatest - second <= too_close:
                if found < close.shape[1]:
                    close[0, found], close[1, found] = row, column
                found += 1
    return found


@compiled
def _candidates(
    values: Floats,
    above: int,
    below: int,
    left: int,
    right: int,
    too_close: np.float32,
    room: Floats,
) -> int:
    """Find the classes that may be the greatest between four logits.

    A class whose four logits are all below the four of another class can't be.

    Args:
        values: (K, h, w).
        above: Row of the upper logits.
        below: Row of the lower ones.
        left: Column of the left logits.
        right: Column of the right ones.
        too_close: Difference that rounding may make.
        room: (5, K); its columns receive the four logits and the number of each of these classes.

    Returns:
        How many classes there are.
    """
    floor = np.float32(-np.inf)
    for k in range(values.shape[0]):
        a, b = values[k, above, left], values[k, above, right]
        c, d = values[k, below, left], values[k, below, right]
        room[0, k], room[1, k], room[2, k], room[3, k] = a, b, c, d
        floor = max(floor, min(min(a, b), min(c, d)))
    floor -= 2 * too_close
    n = 0
    for k in range(values.shape[0]):
        a, b, c, d = room[0, k], room[1, k], room[2, k], room[3, k]
        if max(max(a, b), max(c, d)) >= floor:
            room[0, n], room[1, n], room[2, n], room[3, n], room[4, n] = a, b, c, d, k
            n += 1
    return n


def _decided_by_torch(logits: Tensor, rows: Axis, columns: Axis, pixels: Pixels) -> Mask:
    """Take the class of single pixels as PyTorch interpolates them: across first, then down.

    The logits around each pixel, of each class, are put into maps that are otherwise empty.
    """
    k = np.repeat(np.arange(len(logits)), len(pixels.row))
    row, column = (np.tile(one, len(logits)) for one in pixels)
    i, j = rows.cell_of(row), columns.cell_of(column)
    lane, lanes = _lanes(j)
    lines = torch.zeros(2 * lanes, logits.shape[2])
    ends = ((2 * lane, rows.first[i]), (2 * lane + 1, rows.second[i]))
    for line, source in ends:
        for place in (columns.first[j], columns.second[j]):
            lines[line, place] = logits[k, source, place]
    across = interpolate(lines[None, None], (2 * lanes, int(columns.start[-1])), mode="bilinear")
    lane, lanes = _lanes(i)
    tall = torch.zeros(logits.shape[1], lanes)
    for line, place in ends:
        tall[place, lane] = across[0, 0, line, column]
    large = interpolate(tall[None, None], (int(rows.start[-1]), lanes), mode="bilinear")
    values = large[0, 0, row, lane].reshape(len(logits), -1)
    return values.argmax(0).to(torch.uint8).numpy()


def _lanes(cell: Whole) -> tuple[Whole, int]:
    """Give pixels that share a logit, of the same cell or of neighbours, lanes of their own.

    Returns:
        The lane of each pixel, and how many there are; at least enough for large results.
    """
    order = np.argsort(cell, kind="stable")
    _, start, count = np.unique(cell[order], return_index=True, return_counts=True)
    rank = np.empty(len(cell), np.int64)
    rank[order] = np.arange(len(cell)) - np.repeat(start, count)
    lane = 2 * rank + cell % 2
    return lane, max(int(lane.max()) + 1, _SMALL_SIDES)
