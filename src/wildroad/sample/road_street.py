"""Ground and sky of a street, and the frame that a scene is composed in."""

from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from math import sin

import numpy as np

from wildroad.sample.road_scene import (
    FAR,
    NEAR,
    Camera,
    Color,
    Corner,
    Material,
    Patch,
    Quad,
    Scene,
    Thing,
    View,
)

FRAMES_PER_DRIVE = 8
_METRES_PER_FRAME = 9.0

Group = tuple[float, float, list[Thing]]
"""Metres aside and ahead of things that are drawn together, such as a car and its shadow."""


@dataclass(frozen=True)
class Frame:
    """What a scene is composed from.

    Attributes:
        view: Camera and light.
        number: The scene's number in its split; decides whose turn it is among rare things.
        seed: Seeds this scene alone.
        drive_seed: Seeds what the scenes of one drive share: street, houses, light.
    """

    view: View
    number: int
    seed: tuple[int, ...]
    drive_seed: tuple[int, ...]

    @property
    def drive(self) -> int:
        """Number of the drive in its split."""
        return self.number // FRAMES_PER_DRIVE

    @property
    def travelled(self) -> float:
        """Metres along the street since the drive began."""
        return self.number % FRAMES_PER_DRIVE * _METRES_PER_FRAME

    def turn(self, period: int, offset: int = 0, /) -> bool:
        """Return whether it is this scene's turn, every `period` scenes."""
        return (self.number + offset) % period == 0

    def spots(self, spacing: float, *, until: float, start: float = 0.0) -> list[float]:
        """Return distances of what stands along the street, this far apart, farthest first."""
        first = start + (-self.travelled) % spacing
        return [float(z) for z in np.arange(first, until, spacing)[::-1]]

    def scene(self, things: Iterable[Thing]) -> Scene:
        """Return the scene of these things in drawing order."""
        return Scene(self.view, tuple(things), self.travelled, self.drive_seed, self.seed)


def in_drawing_order(groups: Iterable[Group], *, lanes: tuple[float, ...]) -> list[Thing]:
    """Return things so that the nearer covers the farther.

    Seen along a street, what stands farther aside can't cover what stands in a lane nearer to the
    middle; within one lane distance decides.

    Args:
        groups: Things with their place.
        lanes: Distances from the middle at which one lane ends and the next begins.
    """
    ordered = sorted(groups, key=lambda group: (-bisect(lanes, abs(group[0])), -group[1]))
    return [thing for _, _, things in ordered for thing in things]


def strip(
    view: View,
    label: str | None,
    across: tuple[float, float],
    color: Color,
    material: Material | None,
    *,
    along: tuple[float, float] = (NEAR, FAR),
) -> Thing:
    """Return a straight strip of ground."""
    quad = _flat(across, along)
    return view.thing(label, quad, [view.patch(quad, color, distance=0)], material=material)


def ragged_strip(
    frame: Frame,
    label: str,
    across: tuple[float, float],
    color: Color,
    material: Material,
    *,
    wander: float,
) -> Thing:
    """Return a strip of ground without clear edges: they wander by up to this many metres."""
    ahead = [float(z) for z in np.geomspace(NEAR, FAR, 40)]
    left, right = ([_wandering(frame, x, z, wander) for z in ahead] for x in across)
    edge = [*left, *reversed(right)]
    fill = frame.view.patch(edge, color, distance=0)
    return frame.view.thing(label, edge, [fill], material=material)


def dashes(
    frame: Frame, x: float, color: Color, *, length: float, gap: float, opacity: float
) -> Thing:
    """Return a broken line on the road."""
    starts = frame.spots(length + gap, until=70.0, start=2.0)
    marks = [_mark(frame.view, x, (z, z + length), color, opacity) for z in starts]
    return frame.view.thing(None, _flat((x - 1, x + 1), (NEAR, 90)), marks)


def solid_line(view: View, x: float, color: Color, *, opacity: float, half: float = 0.07) -> Thing:
    """Return an unbroken line on the road."""
    quad = _flat((x - half, x + half), (NEAR, 90))
    return view.thing(None, quad, [view.patch(quad, color, opacity=opacity, distance=0)])


def crossing(frame: Frame, across: tuple[float, float], z: float, color: Color) -> Thing:
    """Return a zebra crossing."""
    marks = [
        frame.view.patch(_flat((x, x + 0.5), (z, z + 3)), color, opacity=0.8, distance=0)
        for x in np.arange(*across, 1.0)
    ]
    return frame.view.thing(None, _flat(across, (z, z + 3)), marks)


def patches_on_road(frame: Frame, across: tuple[float, float], color: Color) -> Thing:
    """Return mended places and stains on the road, the same for all frames of a drive."""
    random = np.random.default_rng((*frame.drive_seed, 3))
    spots = [z for z in frame.spots(6.0, until=48.0, start=1.0)]
    marks = [
        frame.view.patch(
            _flat((x, x + random.uniform(0.5, 1.6)), (z, z + random.uniform(0.8, 4))),
            color,
            opacity=0.3,
            distance=0,
        )
        for z, x in zip(spots, random.uniform(*across, len(spots)), strict=True)
    ]
    return frame.view.thing(None, _flat((across[0], across[1] + 2), (NEAR, 60)), marks)


def rails(view: View, across: tuple[float, float], color: Color) -> list[Thing]:
    """Return a rail track: its bed and two shining rails."""
    middle = sum(across) / 2
    return [
        strip(view, "rail track", across, color, Material.ASPHALT),
        *(solid_line(view, middle + u, (168, 170, 174), opacity=0.9) for u in (-0.72, 0.72)),
    ]


def kerb(
    view: View, across: tuple[float, float], colors: tuple[Color, Color], *, label: str, high: float
) -> Thing:
    """Return a kerb, raised a little, painted in two colours by turns."""
    left, right = across
    inner = right if right < 0 else left
    spans = [(float(z), float(z) * 1.12) for z in np.geomspace(NEAR, 80, 38)]
    patches = [_kerb_stone(view, across, span, colors[k % 2], high) for k, span in enumerate(spans)]
    inner_low, far = (inner, 0.0, NEAR), (inner, 0.0, FAR)
    outer = left if right < 0 else right
    outline = (inner_low, far, (outer, high, FAR), (outer, high, NEAR))
    return view.thing(label, outline, patches, material=Material.PLAIN)


def sky(view: View, top: Color, bottom: Color) -> Thing:
    """Return the sky as a gradient of sixteen bands from the upper edge to the horizon."""
    camera = view.camera
    end, steps = camera.horizon + 3, 16
    width = float(camera.width)
    bands = []
    for k in range(steps):
        share = k / (steps - 1)
        red, green, blue = (round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
        rows = (end * k / steps, end * (k + 1) / steps)
        bands.append(Patch(_pixels(width, *rows), (red, green, blue, 255)))
    return Thing("sky", _pixels(width, -1, end), tuple(bands), FAR, Material.SKY)


def bonnet(camera: Camera, color: Color, *, rise: float) -> Thing:
    """Return the camera car's own bonnet at the lower edge, `rise` of the image high."""
    width, height = camera.width, camera.height
    columns = np.linspace(-0.02, 1.02, 25)
    arch = [
        (float(width * c), float(height * (1 - rise * (1 - abs(2 * c - 1) ** 3)))) for c in columns
    ]
    shades = [1.0, 1.25, 1.1, 0.9]
    patches = [
        Patch(_lowered(arch, height, height * rise * 0.22 * k), _ink(color, shade))
        for k, shade in enumerate(shades)
    ]
    return Thing("ego vehicle", _lowered(arch, height, 0), tuple(patches), 0.0, Material.PLAIN)


def edge(camera: Camera, label: str, box: tuple[float, float, float, float]) -> Thing:
    """Return a black bar at an edge of the frame: left, top, right, bottom as shares."""
    left, top, right, bottom = box
    xs, ys = (
        (left * camera.width, right * camera.width),
        (top * camera.height, bottom * camera.height),
    )
    outline = ((xs[0], ys[0]), (xs[1], ys[0]), (xs[1], ys[1]), (xs[0], ys[1]))
    return Thing(label, outline, (Patch(outline, (8, 8, 8, 255)),), 0.0, Material.PLAIN)


def _wandering(frame: Frame, x: float, z: float, wander: float) -> Corner:
    along, phase = z + frame.travelled, sum(frame.drive_seed) % 97 + x
    swing = 0.6 * sin(0.7 * along + phase) + 0.4 * sin(1.9 * along + 2 * phase)
    return x + wander * swing, 0.0, z


def _mark(view: View, x: float, along: tuple[float, float], color: Color, opacity: float) -> Patch:
    return view.patch(_flat((x - 0.08, x + 0.08), along), color, opacity=opacity, distance=0)


def _kerb_stone(
    view: View, across: tuple[float, float], along: tuple[float, float], color: Color, high: float
) -> Patch:
    left, right = across
    inner, outer = (right, left) if right < 0 else (left, right)
    near, far = along
    stone = ((inner, 0.0, near), (inner, 0.0, far), (outer, high, far), (outer, high, near))
    return view.patch(stone, color)


def _flat(across: tuple[float, float], along: tuple[float, float]) -> Quad:
    (left, right), (near, far) = across, along
    return (left, 0, near), (right, 0, near), (right, 0, far), (left, 0, far)


def _pixels(width: float, top: float, bottom: float) -> tuple[tuple[float, float], ...]:
    return (-1.0, top), (width, top), (width, bottom + 1), (-1.0, bottom + 1)


def _lowered(
    arch: list[tuple[float, float]], height: int, by: float
) -> tuple[tuple[float, float], ...]:
    return (
        *((x, y + by) for x, y in arch),
        (arch[-1][0], height + 2.0),
        (arch[0][0], height + 2.0),
    )


def _ink(color: Color, shade: float) -> tuple[int, int, int, int]:
    red, green, blue = (min(255, round(channel * shade)) for channel in color)
    return red, green, blue, 255
