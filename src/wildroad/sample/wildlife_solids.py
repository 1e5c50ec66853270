"""Animals and people as unions of round cones, seen from any side.

A round cone is what a sphere sweeps out when it moves along a line and changes its radius; a
torso, a limb or an ear is one or a few of them. A small depth buffer gives, for each pixel, the
surface's part, its place on the body and its normal.

Body frame in metres: x forward, y to the left, z up, the ground at z = 0.
Shape legend: h, w of the picture of the body; n of its pixels are covered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, auto

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from wildroad.sample.wildlife_noise import Floats, sample_noise

Point = tuple[float, float, float]

FAR = -1e3
SUPERSAMPLING = 2
MARGIN = 6


class Material(IntEnum):
    """What a part is made of; coats and clothes colour by it."""

    TORSO = 0
    NECK = auto()
    HEAD = auto()
    MUZZLE = auto()
    NOSE = auto()
    EAR = auto()
    EYE = auto()
    LEG = auto()
    FOOT = auto()
    TAIL = auto()
    TAIL_TIP = auto()
    HORN = auto()
    WING = auto()
    WING_TIP = auto()
    BREAST = auto()
    BEAK = auto()
    SKIN = auto()
    HAIR = auto()
    JACKET = auto()
    TROUSERS = auto()
    BOOT = auto()
    PACK = auto()
    WOOD = auto()


@dataclass(frozen=True)
class Part:
    """One round cone.

    Attributes:
        start: Centre of the first sphere, metres.
        end: Centre of the last sphere, metres.
        radii: Radius at the start and at the end, metres.
        material: What it is made of.
    """

    start: Point
    end: Point
    radii: tuple[float, float]
    material: Material


@dataclass(frozen=True)
class View:
    """How the camera sees a body.

    Attributes:
        yaw: Angle in radians; 0 = faces right, pi / 2 = faces the camera, pi = faces left.
        pitch: How far the camera looks down, radians.
        scale: Pixels per metre.
        shag: How far fur blurs the outline, metres.
        seed_shift: Where in the noise tile the fur begins.
    """

    yaw: float
    pitch: float
    scale: float
    shag: float = 0.008
    seed_shift: float = 0.0

    def rotation(self) -> Floats:
        """Matrix (3, 3) from body to screen: right, down, towards the camera."""
        turn, tip = np.array([np.cos(self.yaw), np.sin(self.yaw)]), self.pitch
        right = [turn[0], -turn[1], 0]
        towards = np.array([turn[1], turn[0], 0])
        up = np.array([0, 0, 1])
        down = -np.cos(tip) * up + np.sin(tip) * towards
        return np.array([right, down, np.cos(tip) * towards + np.sin(tip) * up], np.float32)


@dataclass(frozen=True)
class Surface:
    """What the camera sees of a body, at SUPERSAMPLING times the photo's resolution.

    Attributes:
        alpha: (h, w) 1 on the body, 0 beside it.
        material: (n,) number of the Material of each covered pixel, row by row.
        place: (n, 3) where on the body, metres in the body frame.
        normal: (n, 3) unit vector: right, down, towards the camera.
        origin: Row and column of the body frame's origin, in supersampled pixels.
    """

    alpha: Floats
    material: NDArray[np.uint8]
    place: Floats
    normal: Floats
    origin: tuple[int, int]


@dataclass(frozen=True)
class _Buffer:
    """Pixel coordinates in metres on the screen and what is nearest there."""

    across: Floats
    down: Floats
    depth: Floats
    material: NDArray[np.uint8]


def see(parts: Sequence[Part], view: View) -> Surface:
    """Looks at the parts; the picture is just large enough to hold them."""
    turn = view.rotation()
    starts = np.array([part.start for part in parts], np.float32) @ turn.T
    ends = np.array([part.end for part in parts], np.float32) @ turn.T
    radii = np.array([part.radii for part in parts], np.float32)
    low, high = _bounds(starts, ends, radii)
    step = 1 / (view.scale * SUPERSAMPLING)
    buffer = _empty_buffer(low, high, view, step)
    for number, part in enumerate(parts):
        window = _window(starts[number], ends[number], radii[number], low, step)
        _add(buffer, window, (starts[number], ends[number], radii[number]), part.material)
    row, column = -low / step + MARGIN
    return _surface(buffer, turn, step, (round(float(row)), round(float(column))))


def _bounds(starts: Floats, ends: Floats, radii: Floats) -> tuple[Floats, Floats]:
    low = np.minimum(starts[:, :2] - radii[:, :1], ends[:, :2] - radii[:, 1:]).min(0)
    high = np.maximum(starts[:, :2] + radii[:, :1], ends[:, :2] + radii[:, 1:]).max(0)
    return low[::-1], high[::-1]


def _empty_buffer(low: Floats, high: Floats, view: View, step: float) -> _Buffer:
    rows, columns = (int(n) + 2 * MARGIN for n in np.ceil((high - low) / step))
    down = (low[0] + (np.arange(rows, dtype=np.float32) - MARGIN) * step)[:, None]
    across = (low[1] + (np.arange(columns, dtype=np.float32) - MARGIN) * step)[None, :]
    grain = 1.0 / 0.006
    fur = view.shag * sample_noise(
        across * grain + down * 30 + view.seed_shift, down * grain * 0.45, roughness=0.9
    )
    return _Buffer(
        (across + 0.6 * fur).astype(np.float32),
        (down + fur).astype(np.float32),
        np.full((rows, columns), FAR, np.float32),
        np.zeros((rows, columns), np.uint8),
    )


def _window(
    start: Floats, end: Floats, radii: Floats, low: Floats, step: float
) -> tuple[slice, slice]:
    reach = float(radii.max()) + 5 * step
    first = np.minimum(start, end)[1::-1] - reach
    last = np.maximum(start, end)[1::-1] + reach
    begin = np.maximum((first - low) / step + MARGIN, 0).astype(int)
    finish = np.ceil((last - low) / step + MARGIN).astype(int) + 1
    return slice(begin[0], finish[0]), slice(begin[1], finish[1])


def _add(
    buffer: _Buffer,
    window: tuple[slice, slice],
    cone: tuple[Floats, Floats, Floats],
    material: Material,
) -> None:
    across, down = buffer.across[window], buffer.down[window]
    depth = _front(across, down, *cone)
    here = buffer.depth[window]
    buffer.material[window][depth > here] = material
    here[...] = _smooth_maximum(here, depth, 0.12 * float(cone[2].max()))


def _front(across: Floats, down: Floats, start: Floats, end: Floats, radii: Floats) -> Floats:
    """Depth (h, w) of a cone's front, FAR beside it."""
    axis = end - start
    flat = max(float(np.hypot(axis[0], axis[1])), 1e-6)
    length = max(float(np.linalg.norm(axis)), 1e-6)
    right, below = across - start[0], down - start[1]
    along = (right * axis[0] + below * axis[1]) / flat
    beside = right**2 + below**2 - along**2
    radius = radii[0] + (radii[1] - radii[0]) * np.clip(along / flat, 0, 1)
    half = np.sqrt(np.maximum(radius**2 - beside, 0))
    share = np.clip((along + half * (axis[2] / length)) / flat, 0, 1)
    radius = radii[0] + (radii[1] - radii[0]) * share
    inside = radius**2 - beside - (along - share * flat) ** 2
    bulge = np.sqrt(np.maximum(inside, 0))
    return np.where(inside > 0, start[2] + share * axis[2] + bulge, FAR).astype(np.float32)


def _smooth_maximum(first: Floats, second: Floats, width: float) -> Floats:
    share = np.clip(0.5 + 0.5 * (second - first) / width, 0, 1)
    return np.asarray(first + (second - first) * share + width * share * (1 - share), np.float32)


def _surface(buffer: _Buffer, turn: Floats, step: float, origin: tuple[int, int]) -> Surface:
    body = buffer.depth > FAR / 2
    depth = buffer.depth[body]
    screen = np.stack([buffer.across[body], buffer.down[body], depth], axis=-1)
    normal = _normals(np.where(body, buffer.depth, 0), body.astype(np.float32), step)[body]
    normal /= np.sqrt((normal * normal).sum(axis=-1, keepdims=True))
    return Surface(body.astype(np.float32), buffer.material[body], screen @ turn, normal, origin)


def _normals(depth: Floats, alpha: Floats, step: float) -> Floats:
    """Directions (h, w, 3), not of unit length, in which the slightly smoothed surface looks."""
    smooth = uniform_filter(depth, 5) / np.maximum(uniform_filter(alpha, 5), 1e-3)
    normal = np.ones((*depth.shape, 3), np.float32)
    normal[:, 1:-1, 0] = (smooth[:, :-2] - smooth[:, 2:]) / (2 * step)
    normal[1:-1, :, 1] = (smooth[:-2] - smooth[2:]) / (2 * step)
    return normal
