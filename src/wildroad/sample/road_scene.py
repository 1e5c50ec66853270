"""What a drawn street scene is made of: a camera, light, and things that carry a label.

Legend: the world is x to the right, y up, z ahead, in metres, with the camera above its origin; the
image is in pixels with row 0 on top. Colours are red, green, blue from 0 to 255.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from math import cos, exp, pi, sin
from typing import TypeVar

import numpy as np

T = TypeVar("T")
Point = tuple[float, float]
Corner = tuple[float, float, float]
Quad = tuple[Corner, Corner, Corner, Corner]
Color = tuple[float, float, float]
Ink = tuple[int, int, int, int]
Outline = tuple[Point, ...]

NEAR = 1.2
FAR = 170.0


class Material(IntEnum):
    """Surface of a thing: decides which texture lies on it."""

    PLAIN = 0
    SKY = 1
    LEAVES = 2
    PLASTER = 3
    ASPHALT = 4
    SLABS = 5
    DUST = 6
    GRASS = 7


@dataclass(frozen=True)
class Patch:
    """A flat polygon of one colour, in pixels; the fourth value of the ink is its opacity."""

    outline: Outline
    ink: Ink


@dataclass(frozen=True)
class Thing:
    """An annotated object: its outline, and the patches that paint what lies inside it.

    A thing without a label is decoration, such as a shadow: it is in the photo alone.
    """

    label: str | None
    outline: Outline
    patches: tuple[Patch, ...]
    distance: float
    material: Material | None = None
    deleted: bool = False


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that looks along the street: sizes in pixels, height in metres."""

    width: int
    height: int
    focal: float
    horizon: float
    above_ground: float

    def project(self, corners: Sequence[Corner]) -> Outline:
        """Return where corners of the world are seen; what is behind us counts as just ahead."""
        focal, middle, horizon, eye = self.focal, self.width / 2, self.horizon, self.above_ground
        points = []
        for x, y, z in corners:
            scale = focal / (z if z > NEAR else NEAR)
            points.append((middle + x * scale, horizon + (eye - y) * scale))
        return tuple(points)


@dataclass(frozen=True)
class Light:
    """Colour of the light, the haze that things fade into, and which side of the street is lit.

    Attributes:
        tint: Factor per colour channel.
        haze: Colour of the air.
        visibility: Distance in metres at which 37 % of a thing's own colour is left.
        sun: -1 lights the faces that look left, +1 those that look right.
        contrast: Difference in brightness between lit and shaded faces, 0 for a grey day.
    """

    tint: Color
    haze: Color
    visibility: float
    sun: int
    contrast: float

    def shade(self, color: Color, *, brightness: float, distance: float, opacity: float) -> Ink:
        """Return the colour as the camera sees it."""
        clear = exp(-distance / self.visibility)
        (r, g, b), (rt, gt, bt), (rh, gh, bh) = color, self.tint, self.haze
        own, air = brightness * clear, 1 - clear
        red, green, blue = r * rt * own + rh * air, g * gt * own + gh * air, b * bt * own + bh * air
        return min(255, int(red)), min(255, int(green)), min(255, int(blue)), round(255 * opacity)

    def on_face(self, direction: int) -> float:
        """Return the brightness of an upright face that looks left (-1), right (1) or at us (0)."""
        return 1 - self.contrast * (0.5 if direction == 0 else float(direction != self.sun))


@dataclass(frozen=True)
class View:
    """Camera and light together: turns corners in metres into patches and things in pixels."""

    camera: Camera
    light: Light

    def patch(
        self,
        corners: Sequence[Corner],
        color: Color,
        *,
        brightness: float = 1.0,
        opacity: float = 1.0,
        distance: float | None = None,
    ) -> Patch:
        """Return a polygon of the world as it is painted; haze is for its mean distance."""
        if distance is None:
            distance = max(sum([z for _, _, z in corners]) / len(corners), 0.0)
        ink = self.light.shade(color, brightness=brightness, distance=distance, opacity=opacity)
        return Patch(self.camera.project(corners), ink)

    def thing(
        self,
        label: str | None,
        corners: Sequence[Corner],
        patches: Sequence[Patch],
        *,
        material: Material | None = None,
    ) -> Thing:
        """Return a thing whose outline is these corners in this order."""
        nearest = min(z for _, _, z in corners)
        outline = self.camera.project(corners)
        return Thing(label, outline, tuple(patches), nearest, material)

    def solid(
        self,
        label: str,
        corners: Sequence[Corner],
        patches: Sequence[Patch],
        *,
        material: Material = Material.PLAIN,
    ) -> Thing:
        """Return a convex thing: its outline is the hull of its corners as they are seen."""
        nearest = min(z for _, _, z in corners)
        outline = convex_hull(self.camera.project(corners))
        return Thing(label, outline, tuple(patches), nearest, material)


def as_group(things: Sequence[Thing]) -> Thing:
    """Return things of one label as a single one inside their hull, labelled "...group"."""
    outline = convex_hull([point for thing in things for point in thing.outline])
    patches = tuple(patch for thing in things for patch in thing.patches)
    return replace(things[0], label=f"{things[0].label}group", outline=outline, patches=patches)


@dataclass(frozen=True)
class Scene:
    """Everything in one frame, in drawing order; the later thing covers the earlier one.

    Attributes:
        view: Camera and light.
        things: Objects and decoration, in drawing order.
        travelled: How far along the street the camera is, metres; moves the ground's texture.
        drive_seed: Seeds what the frames of one drive share.
        seed: Seeds what is this frame's own.
    """

    view: View
    things: tuple[Thing, ...]
    travelled: float
    drive_seed: tuple[int, ...]
    seed: tuple[int, ...]


def part(quad: Quad, *, across: tuple[float, float], up: tuple[float, float]) -> Quad:
    """Return the part of a face between two shares of its width and two of its height.

    Args:
        quad: Bottom-left, bottom-right, top-right and top-left corner.
        across: From and to, 0 (left) to 1 (right).
        up: From and to, 0 (bottom) to 1 (top).
    """
    (left, right), (low, high) = across, up
    return at(quad, left, low), at(quad, right, low), at(quad, right, high), at(quad, left, high)


def at(quad: Quad, across: float, up: float, /) -> Corner:
    """Return the corner at two shares of a face's width and height."""
    return between(
        between(quad[0], quad[1], across),
        between(quad[3], quad[2], across),
        up,
    )


def between(start: Corner, end: Corner, share: float, /) -> Corner:
    """Return the corner at this share of the way from start to end."""
    (a, b, c), (d, e, f) = start, end
    return a + (d - a) * share, b + (e - b) * share, c + (f - c) * share


def disc(center: Point, radius: Point, *, corners: int = 12) -> Outline:
    """Return an ellipse as a polygon."""
    (x, y), (wide, high) = center, radius
    turns = [2 * pi * k / corners for k in range(corners)]
    return tuple((x + wide * cos(turn), y + high * sin(turn)) for turn in turns)


def ring(center: Point, radius: float, *, thickness: float) -> Outline:
    """Return a wheel's rim as one polygon that runs round outside and back inside."""
    outer = disc(center, (radius, radius))
    inner = disc(center, (radius - thickness, radius - thickness))
    return (*outer, outer[0], inner[0], *reversed(inner))


def convex_hull(points: Sequence[Point]) -> Outline:
    """Return the convex hull by Andrew's monotone chain.

    >>> convex_hull([(0, 0), (2, 0), (1, 1), (2, 2), (0, 2)])
    ((0, 0), (2, 0), (2, 2), (0, 2))
    """
    ordered = sorted(set(points))
    lower, upper = _chain(ordered), _chain(ordered[::-1])
    return tuple(lower[:-1] + upper[:-1])


def _chain(points: Sequence[Point]) -> list[Point]:
    chain: list[Point] = []
    for point in points:
        while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def pick(random: np.random.Generator, options: Sequence[T]) -> T:
    """Return one of the options, each as likely."""
    return options[int(random.integers(len(options)))]
