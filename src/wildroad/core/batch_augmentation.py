"""Augmentation on the fly: every photo of a batch changed in its own way, in a few batched steps.

The changes are those of ``Distortion``, made on the device where the batch lies, so that no photo
is decoded, copied or waited for. Each photo's change follows from (seed, photo) alone, whatever
batch it falls into.

Shapes: N photos, H x W pixels. Colours are 0 to 255.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from wildroad.core.augmentation import Distortion

LUMA = (0.2989, 0.587, 0.114)
"""Weights of red, green and blue in gray (ITU-R BT.601), as torchvision has them."""
STREAM = 1
"""Keeps the draws apart from the order of the photos, which is drawn from the seed itself."""
GRAY_AXIS = ((0.0, -1.0, 1.0), (1.0, 0.0, -1.0), (-1.0, 1.0, 0.0))
"""Cross product with (1, 1, 1): turns colours about the axis of grays."""


@dataclass(frozen=True)
class Changes:
    """One change for each of N photos; every field is (N,), angles in radians.

    Attributes:
        angle: Rotation.
        shift_x: Shift to the right as a share of the width.
        shift_y: Shift downwards as a share of the height.
        scale: Zoom.
        shear: Shear of the rows.
        flip: Whether to flip left and right, after the rest.
        brightness: Factor.
        contrast: Factor on the distance from the photo's mean gray.
        saturation: Factor on the distance from each pixel's gray.
        hue: Turn about the axis of grays.
    """

    angle: Tensor
    shift_x: Tensor
    shift_y: Tensor
    scale: Tensor
    shear: Tensor
    flip: Tensor
    brightness: Tensor
    contrast: Tensor
    saturation: Tensor
    hue: Tensor


def draw_changes(
    distortion: Distortion, chosen: NDArray[np.int64], *, seed: int, device: torch.device
) -> Changes:
    """Draw the changes of the photos of the numbers ``chosen``, uniformly from the ranges.

    Args:
        distortion: The ranges.
        chosen: (N,) numbers of the photos; the change of a number is the same in every batch.
        seed: Seed, another one for each epoch.
        device: Where the batch lies.
    """
    most = int(chosen.max(initial=-1)) + 1
    drawn = np.random.default_rng([seed, STREAM]).random((most, 10))[chosen]
    chance = torch.from_numpy(drawn).float().to(device)
    turn, right, down, zoom, shear, flip, *colors = (2 * chance - 1).unbind(1)
    low, high = distortion.scale
    brightness, contrast, saturation, hue = colors
    return Changes(
        angle=turn * math.radians(distortion.degrees),
        shift_x=right * distortion.translate,
        shift_y=down * distortion.translate,
        scale=low + (high - low) * (zoom + 1) / 2,
        shear=shear * math.radians(distortion.shear),
        flip=(flip + 1) / 2 < distortion.flip,
        brightness=1 + brightness * distortion.brightness,
        contrast=1 + contrast * distortion.contrast,
        saturation=1 + saturation * distortion.saturation,
        hue=hue * distortion.hue * 2 * math.pi,
    )


def distort_batch(photos: Tensor, changes: Changes) -> Tensor:
    """Change a batch: shape first, with black outside the photo, then colours.

    Args:
        photos: uint8 (N, 3, H, W).
        changes: One for each photo.

    Returns:
        float32 (N, 3, H, W) of 0 to 255, not rounded, in channels-last memory.
    """
    grid = affine_grid(
        output_to_input(changes, height=photos.shape[2], width=photos.shape[3]),
        list(photos.shape),
        align_corners=False,
    )
    moved = grid_sample(photos.float(), grid, mode="bilinear", align_corners=False)
    return recolor(moved, changes).contiguous(memory_format=torch.channels_last)


def output_to_input(changes: Changes, *, height: int, width: int) -> Tensor:
    """For each photo, (N, 2, 3): where in the photo a point of the result comes from.

    Both are in the coordinates of ``affine_grid``: -1 to 1 over the photo's width and height.
    """
    cos, sin, tan = changes.angle.cos(), changes.angle.sin(), changes.shear.tan()
    turned_back = torch.stack([cos - sin * tan, sin + cos * tan, -sin, cos], dim=1)
    inverse = turned_back.reshape(-1, 2, 2) / changes.scale[:, None, None]
    mirror = 1.0 - 2.0 * changes.flip.float()
    half = inverse.new_tensor([width / 2, height / 2])
    shift = torch.stack([changes.shift_x * width, changes.shift_y * height], dim=1)
    linear = inverse * torch.stack([mirror, torch.ones_like(mirror)], dim=1)[:, None, :]
    start = -(inverse @ shift[:, :, None])
    return torch.cat([linear * half, start], dim=2) / half[None, :, None]


def recolor(photos: Tensor, changes: Changes) -> Tensor:
    """Change brightness, contrast, saturation and hue of (N, 3, H, W) at once, then clip.

    All four are linear in the colours of a pixel, so that one matrix for each photo does them.
    """
    luma = photos.new_tensor(LUMA)
    mean_gray = torch.einsum("nchw,c->n", photos, luma) / (photos.shape[2] * photos.shape[3])
    factor = (changes.brightness * changes.contrast)[:, None, None]
    matrix = factor * (hue_turn(changes.hue) @ saturate(changes.saturation, luma))
    offset = (1 - changes.contrast) * changes.brightness * mean_gray
    changed = torch.einsum("ncd,ndhw->nchw", matrix, photos) + offset[:, None, None, None]
    return changed.clamp(0, 255)


def saturate(factors: Tensor, luma: Tensor) -> Tensor:
    """(N, 3, 3) matrices that scale the distance of a colour from its gray."""
    identity = torch.eye(3, device=luma.device)
    gray = luma.expand(3, 3)
    return factors[:, None, None] * identity + (1 - factors[:, None, None]) * gray


def hue_turn(angles: Tensor) -> Tensor:
    """(N, 3, 3) rotations of colours about the axis of grays; a third of a turn permutes them."""
    cos, sin = angles.cos()[:, None, None], angles.sin()[:, None, None]
    identity, cross = torch.eye(3, device=angles.device), angles.new_tensor(GRAY_AXIS)
    along = torch.full((3, 3), 1 / 3, device=angles.device)
    return cos * identity + sin / math.sqrt(3) * cross + (1 - cos) * along
