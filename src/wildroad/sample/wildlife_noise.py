"""Smooth random fields and colours, the raw material of every synthetic photo.

Shape legend: S side of a tile, ... any common shape of coordinates.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

TILE_SIDE = 512


@lru_cache(maxsize=32)
def noise_tile(*, roughness: float) -> Floats:
    """A tile (S, S) of periodic noise with mean 0 and deviation 1.

    Args:
        roughness: Exponent of the falling amplitude spectrum: 0 is white, 2 is cloud-like.
    """
    white = np.random.default_rng(1718).standard_normal((TILE_SIDE, TILE_SIDE))
    rows, columns = np.fft.fftfreq(TILE_SIDE)[:, None], np.fft.rfftfreq(TILE_SIDE)[None, :]
    frequency = np.maximum(np.hypot(rows, columns), 1.5 / TILE_SIDE)
    field = np.fft.irfft2(np.fft.rfft2(white) * frequency**-roughness, s=white.shape)
    return np.asarray((field - field.mean()) / field.std(), np.float32)


def sample_noise(across: Floats, down: Floats, *, roughness: float = 1.6) -> Floats:
    """Noise at tile coordinates of any common shape; the tile repeats without a seam."""
    rows = np.floor(down).astype(np.int32) & (TILE_SIDE - 1)
    columns = np.floor(across).astype(np.int32) & (TILE_SIDE - 1)
    return np.take(noise_tile(roughness=roughness), rows * TILE_SIDE + columns)


def noise_window(
    generator: np.random.Generator, *, height: int, width: int, roughness: float
) -> Floats:
    """A window (height, width) cut from the tile at a random place."""
    top, left = generator.integers(0, TILE_SIDE, size=2)
    rows = (top + np.arange(height)) % TILE_SIDE
    columns = (left + np.arange(width)) % TILE_SIDE
    window: Floats = noise_tile(roughness=roughness)[rows[:, None], columns[None, :]]
    return window


def smoothstep(values: NDArray[np.floating], *, low: float, high: float) -> Floats:
    """0 below low, 1 above high, a smooth ramp between."""
    ramp = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.asarray(ramp * ramp * (3.0 - 2.0 * ramp), np.float32)


def mix(first: Floats, second: Floats, share: Floats) -> Floats:
    """Colours (..., 3) between first (share 0) and second (share 1); share has shape (...)."""
    return np.asarray(first + (second - first) * share[..., None], np.float32)


def tint(red: float, green: float, blue: float) -> Floats:
    """A colour (3,) from shares of 0 to 255, as 0 to 1."""
    return np.array([red, green, blue], np.float32) / np.float32(255)


def vary(generator: np.random.Generator, color: Floats, *, spread: float) -> Floats:
    """The colour a little lighter or darker and a little shifted in hue."""
    lightness = 1 + spread * generator.standard_normal()
    shift = 1 + 0.3 * spread * generator.standard_normal(3)
    return np.asarray(np.clip(color * lightness * shift, 0.02, 1), np.float32)
