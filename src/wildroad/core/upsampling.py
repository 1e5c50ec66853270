"""The most likely class of every pixel of a large mask, from a small map of logits.

Between four neighbouring logits that agree on the most likely class, bilinear interpolation can't
change it: at each of them that class's logit is the greatest, and the interpolated logits are
averages with the same weights. So only pixels near a border between classes, a tenth of all, need
interpolating.

Shapes: K classes, h x w logits, H x W pixels, P pixels near a border.
"""

from typing import NamedTuple

import torch
from torch import Tensor


class Neighbours(NamedTuple):
    """For each output row (or column) the two input rows it lies between, (H,) each."""

    first: Tensor
    second: Tensor
    share: Tensor
    """Weight of the second."""


def upsampled_argmax(logits: Tensor, *, size: tuple[int, int]) -> Tensor:
    """Upsample bilinearly (align_corners=False) and take the greatest class of each pixel.

    Args:
        logits: (K, h, w), at most 256 classes.
        size: Height and width of the result, H and W.

    Returns:
        Class indices (H, W), uint8; those of `torch.nn.functional.interpolate` and `argmax`.
    """
    rows = _neighbours(logits.shape[1], size[0], logits)
    columns = _neighbours(logits.shape[2], size[1], logits)
    small = logits.argmax(0).to(torch.uint8)
    mask = small[rows.first][:, columns.first]
    row, column = torch.nonzero(_near_border(small, rows, columns), as_tuple=True)
    mask[row, column] = _interpolated(logits, rows, columns, row, column).argmax(1).to(torch.uint8)
    return mask


def _neighbours(length: int, upsampled: int, like: Tensor) -> Neighbours:
    centre = (torch.arange(upsampled, device=like.device) + 0.5) * (length / upsampled) - 0.5
    centre = centre.clamp(min=0)
    first = centre.long().clamp(max=length - 1)
    return Neighbours(first, (first + 1).clamp(max=length - 1), (centre - first).to(like.dtype))


def _near_border(small: Tensor, rows: Neighbours, columns: Neighbours) -> Tensor:
    """Whether the four logits around each output pixel disagree on the class, (H, W)."""
    below = torch.cat([small[1:], small[-1:]])
    right, diagonal = (torch.cat([some[:, 1:], some[:, -1:]], dim=1) for some in (small, below))
    differs = (small != below) | (small != right) | (small != diagonal)
    return differs[rows.first][:, columns.first]


def _interpolated(
    logits: Tensor, rows: Neighbours, columns: Neighbours, row: Tensor, column: Tensor
) -> Tensor:
    """Logits of the output pixels at `row` and `column`: (P, K)."""
    width = logits.shape[2]
    flat = logits.permute(1, 2, 0).reshape(-1, len(logits))
    across, down = columns.share[column, None], rows.share[row, None]
    left, right = columns.first[column], columns.second[column]
    first, second = (
        (1 - across) * flat[start + left] + across * flat[start + right]
        for start in (rows.first[row] * width, rows.second[row] * width)
    )
    return (1 - down) * first + down * second
