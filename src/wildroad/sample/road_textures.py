"""Noise that makes painted surfaces look like asphalt, dust, leaves or cloud.

Legend: H, W size of the image.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wildroad.sample.road_scene import FAR, Camera

Floats = NDArray[np.float32]

_TILE = 512  # a power of two: a bit mask wraps around it
_TEXELS_PER_METRE = 32.0


def blotches(random: np.random.Generator, size: tuple[int, int], *, cell: int) -> Floats:
    """Return smooth noise of about unit strength, float32 H x W, soft over `cell` pixels."""
    height, width = size
    coarse = random.standard_normal((height // cell + 2, width // cell + 2), dtype=np.float32)
    return _resized(coarse, (width, height))


def clouds(random: np.random.Generator, size: tuple[int, int]) -> Floats:
    """Return noise of about unit strength, float32 H x W, in broad flat banks."""
    shapes = ((5, 4), (11, 9), (25, 21))
    layers = [
        _resized(random.standard_normal(shape, dtype=np.float32), size[::-1]) / np.float32(1 + k)
        for k, shape in enumerate(shapes)
    ]
    banks: Floats = layers[0] + layers[1] + layers[2]
    return banks


def row_distances(camera: Camera) -> Floats:
    """Return how far away the ground is in each row, metres, float32 H; `FAR` above the horizon."""
    below = np.arange(camera.height, dtype=np.float32) - camera.horizon
    distance = camera.focal * camera.above_ground / np.maximum(below, 1e-3)
    capped: Floats = np.minimum(distance, FAR).astype(np.float32)
    return capped


def ground_texture(camera: Camera, seed: tuple[int, ...], *, travelled: float) -> Floats:
    """Return noise that lies on the ground in perspective, float32 H x W, fading with distance.

    Args:
        camera: Who looks.
        seed: The same for all frames of a drive, so that they share their ground.
        travelled: Metres along the street, by which the ground has moved towards the camera.
    """
    ahead = row_distances(camera)[:, None]
    aside = (np.arange(camera.width, dtype=np.float32) - camera.width / 2) * ahead / camera.focal
    rows = ((ahead + travelled) * _TEXELS_PER_METRE / 3).astype(np.int32) & (_TILE - 1)
    columns = (aside * _TEXELS_PER_METRE).astype(np.int32) & (_TILE - 1)
    texture: Floats = _tile(seed)[rows, columns] * np.exp(-ahead / 18)
    return texture


@lru_cache(maxsize=2)
def _tile(seed: tuple[int, ...]) -> Floats:
    """Return a square of noise in three sizes, about unit strength."""
    random = np.random.default_rng(seed)
    layers = [_wrapped(random, cells) for cells in (160, 36, 7)]
    tile: Floats = (layers[0] + layers[1] + layers[2]) / np.float32(1.7)
    return tile


def _wrapped(random: np.random.Generator, cells: int) -> Floats:
    """Return smooth noise whose right edge continues on the left, and likewise up and down."""
    coarse = np.pad(random.standard_normal((cells, cells), dtype=np.float32), 4, mode="wrap")
    margin = round(4 * _TILE / cells)
    whole = _resized(coarse, (_TILE + 2 * margin, _TILE + 2 * margin))
    middle: Floats = whole[margin : margin + _TILE, margin : margin + _TILE]
    return middle


def _resized(coarse: Floats, size: tuple[int, int]) -> Floats:
    smooth = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))
    scaled: Floats = np.multiply(smooth, 1.4, dtype=np.float32)
    return scaled
