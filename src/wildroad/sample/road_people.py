"""People, riders, two-wheelers and animals: upright cut-outs drawn in metres.

Legend: a cut-out's own coordinates are metres to the right of its foot and metres above the ground.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from wildroad.sample.road_scene import (
    Color,
    Corner,
    Material,
    Outline,
    Patch,
    Point,
    Thing,
    View,
    disc,
    ring,
)
from wildroad.sample.road_vehicles import shadow

_TYRE: Color = (28, 28, 30)
_STEEL: Color = (150, 152, 156)

_STANDING: Outline = (
    (-0.2, 0), (-0.04, 0), (0, 0.75), (0.05, 0), (0.2, 0), (0.17, 0.8), (0.3, 0.78), (0.28, 1.38),
    (0.1, 1.46), (0.13, 1.62), (0.08, 1.75), (-0.08, 1.75), (-0.13, 1.62), (-0.1, 1.46),
    (-0.28, 1.38), (-0.3, 0.78), (-0.17, 0.8),
)  # fmt: skip
_WALKING: Outline = (
    (-0.36, 0.02), (-0.2, 0), (0, 0.62), (0.18, 0), (0.4, 0.03), (0.3, 0.1), (0.19, 0.85),
    (0.33, 0.86), (0.24, 1.38), (0.08, 1.46), (0.14, 1.6), (0.08, 1.75), (-0.08, 1.75),
    (-0.12, 1.6), (-0.1, 1.46), (-0.22, 1.38), (-0.32, 0.84), (-0.18, 0.85), (-0.22, 0.4),
)  # fmt: skip
_SITTING_BACK: Outline = (
    (-0.3, 0.3), (-0.16, 0.3), (-0.14, 0.72), (0.14, 0.72), (0.16, 0.3), (0.3, 0.3), (0.3, 0.85),
    (0.42, 1.05), (0.3, 1.4), (0.12, 1.48), (0.16, 1.66), (0.09, 1.8), (-0.09, 1.8),
    (-0.16, 1.66), (-0.12, 1.48), (-0.3, 1.4), (-0.42, 1.05), (-0.3, 0.85),
)  # fmt: skip
_SITTING_ASIDE: Outline = (
    (-0.3, 0.82), (-0.05, 0.72), (0.0, 0.3), (-0.04, 0.22), (0.2, 0.22), (0.16, 0.5),
    (0.24, 0.88), (0.0, 0.98), (0.14, 1.2), (0.42, 1.0), (0.46, 1.1), (0.16, 1.4), (0.1, 1.48),
    (0.2, 1.58), (0.16, 1.76), (0.02, 1.78), (-0.06, 1.66), (-0.04, 1.48), (-0.2, 1.38),
)  # fmt: skip
_BICYCLE: Outline = (
    (-0.9, 0.34), (-0.8, 0.08), (-0.56, 0), (-0.3, 0.1), (-0.1, 0.2), (0.2, 0.2), (0.34, 0.06),
    (0.56, 0), (0.82, 0.1), (0.9, 0.34), (0.8, 0.6), (0.6, 0.7), (0.46, 1.04), (0.28, 1.04),
    (0.36, 0.8), (-0.1, 0.78), (-0.06, 0.95), (-0.36, 0.95), (-0.32, 0.68), (-0.6, 0.72),
    (-0.82, 0.6),
)  # fmt: skip
_TUBES: tuple[tuple[Point, Point], ...] = (
    ((-0.56, 0.34), (-0.2, 0.8)), ((-0.56, 0.34), (0, 0.3)), ((0, 0.3), (-0.22, 0.9)),
    ((0, 0.3), (0.4, 0.76)), ((-0.2, 0.74), (0.4, 0.78)), ((0.56, 0.34), (0.38, 1.0)),
)  # fmt: skip
_MOTORBIKE: Outline = (
    (-0.98, 0.32), (-0.86, 0.08), (-0.64, 0), (-0.42, 0.08), (-0.28, 0.2), (0.28, 0.2),
    (0.44, 0.06), (0.68, 0), (0.92, 0.1), (1.0, 0.34), (0.86, 0.6), (0.66, 0.66), (0.58, 1.05),
    (0.34, 1.1), (0.36, 0.92), (0.1, 0.96), (-0.1, 0.84), (-0.7, 0.9), (-0.95, 0.8), (-0.9, 0.6),
)  # fmt: skip
_MOTORBIKE_BACK: Outline = (
    (-0.1, 0), (0.1, 0), (0.12, 0.35), (0.26, 0.4), (0.26, 0.8), (0.2, 0.92), (0.48, 1.0),
    (0.48, 1.12), (-0.48, 1.12), (-0.48, 1.0), (-0.2, 0.92), (-0.26, 0.8), (-0.26, 0.4),
    (-0.12, 0.35),
)  # fmt: skip
_BICYCLE_BACK: Outline = (
    (-0.07, 0), (0.07, 0), (0.08, 0.4), (0.18, 0.45), (0.18, 0.72), (0.1, 0.85), (0.36, 0.98),
    (0.36, 1.08), (-0.36, 1.08), (-0.36, 0.98), (-0.1, 0.85), (-0.18, 0.72), (-0.18, 0.45),
    (-0.08, 0.4),
)  # fmt: skip
_COW: Outline = (
    (-0.95, 0.0), (-0.78, 0.0), (-0.74, 0.55), (-0.4, 0.58), (0.36, 0.54), (0.44, 0.0),
    (0.62, 0.0), (0.66, 0.6), (0.82, 0.86), (1.06, 0.72), (1.3, 0.74), (1.34, 0.9), (1.14, 1.14),
    (1.2, 1.32), (1.06, 1.2), (0.86, 1.26), (0.66, 1.4), (0.4, 1.34), (-0.8, 1.32),
    (-1.02, 1.2), (-1.08, 0.5), (-0.98, 0.5),
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """Where a figure stands and what it wears.

    Attributes:
        x: Foot, metres to the right of the camera.
        z: Metres ahead.
        colors: Top, trousers, skin and hair or helmet; of a machine, its paint first.
        heading: -1 looks left, +1 right, 0 along the street.
        size: Factor on the full-grown height.
    """

    x: float
    z: float
    colors: tuple[Color, Color, Color, Color]
    heading: int = 0
    size: float = 1.0

    def corners(self, outline: Sequence[Point]) -> tuple[Corner, ...]:
        """Return a cut-out's outline in the world."""
        flip = self.heading or 1
        return tuple((self.x + u * flip * self.size, v * self.size, self.z) for u, v in outline)


def person(view: View, figure: Figure) -> list[Thing]:
    """Return someone on foot, walking where the figure heads left or right, and their shadow."""
    top, trousers, skin, hair = figure.colors
    outline = _WALKING if figure.heading else _STANDING
    patches = [
        _cut(view, figure, _bar(-1, 1, 0.0, 2), top),
        _cut(view, figure, _bar(-1, 1, 0.0, 0.84), trousers),
        _cut(view, figure, _bar(-1, 1, 0.0, 0.06), _TYRE),
        _cut(view, figure, _bar(-0.21, -0.16, 0.84, 1.32), top, brightness=0.72),
        _cut(view, figure, _bar(0.15, 0.2, 0.84, 1.32), top, brightness=0.72),
        _cut(view, figure, _bar(-0.4, 0.4, 0.74, 0.86), skin),
        _cut(view, figure, _bar(-0.16, 0.16, 0.72, 0.9), trousers, brightness=0.9),
        *_head(view, figure, 1.44, skin, hair),
    ]
    return [_ground(view, figure, 0.3), _cutout(view, "person", figure, outline, patches)]


def rider(view: View, figure: Figure) -> Thing:
    """Return someone on a two-wheeler, from behind or, with a heading, from the side."""
    top, trousers, skin, helmet = figure.colors
    outline = _SITTING_ASIDE if figure.heading else _SITTING_BACK
    patches = [
        _cut(view, figure, _bar(-1, 1, 0.0, 2), top),
        _cut(view, figure, _bar(-1, 1, 0.0, 0.88), trousers),
        _cut(view, figure, _bar(-0.02, 0.02, 0.9, 1.4), top, brightness=0.8),
        *_head(view, figure, 1.47, skin, helmet),
    ]
    return _cutout(view, "rider", figure, outline, patches)


def motorbike(view: View, figure: Figure) -> list[Thing]:
    """Return a motorbike with its shadow."""
    paint, dark = figure.colors[0], (46, 46, 50)
    if not figure.heading:
        parts = [(_bar(-1, 1, 0, 2), dark, 1.0), (_bar(-0.26, 0.26, 0.5, 0.9), paint, 0.9)]
        parts += [
            (_bar(-0.12, 0.12, 0.62, 0.74), (196, 28, 24), 1.0),
            (_bar(-0.1, 0.1, 0, 0.4), _TYRE, 1.0),
        ]
        return _machine(view, "motorcycle", figure, _MOTORBIKE_BACK, parts)
    parts = [*_wheels(0.66, 0.33, thickness=0.09, hub=0.5), (_bar(-2, 2, 0.62, 2), dark, 1.0)]
    parts += [(_bar(-0.62, 0.45, 0.24, 0.66), dark, 0.9)]
    parts += [(((-0.1, 0.6), (0.5, 0.62), (0.4, 0.98), (0.0, 0.9)), paint, 1.0)]
    parts += [(((-0.95, 0.62), (-0.5, 0.6), (-0.6, 0.78), (-0.95, 0.8)), paint, 0.85)]
    parts += [(disc((0.05, 0.4), (0.22, 0.18)), _STEEL, 0.8)]
    return _machine(view, "motorcycle", figure, _MOTORBIKE, parts)


def bicycle(view: View, figure: Figure) -> list[Thing]:
    """Return a bicycle with its shadow; the ground shows through its wheels."""
    paint = figure.colors[0]
    if not figure.heading:
        parts = [(_bar(-1, 1, 0, 2), paint, 0.8), (_bar(-0.07, 0.07, 0, 0.66), _TYRE, 1.0)]
        parts += [(_bar(-0.5, 0.5, 0.98, 1.1), _STEEL, 0.8)]
        return _machine(view, "bicycle", figure, _BICYCLE_BACK, parts)
    parts = [*_wheels(0.56, 0.34, thickness=0.06, hub=0.2)]
    parts += [(_tube(start, end, 0.045), paint, 1.0) for start, end in _TUBES]
    parts += [
        (_bar(-0.36, -0.06, 0.86, 0.96), _TYRE, 1.0),
        (_bar(0.26, 0.5, 0.96, 1.06), _STEEL, 0.7),
    ]
    return _machine(view, "bicycle", figure, _BICYCLE, parts)


def cow(view: View, figure: Figure) -> list[Thing]:
    """Return a cow seen from the side."""
    coat, patches_on_it, muzzle, horns = figure.colors
    parts = [
        (_bar(-2, 2, 0, 2), coat, 1.0),
        (_bar(-2, 2, 0.5, 0.78), coat, 0.75),
        (_bar(-2, 2, 0, 0.5), coat, 0.68),
        (disc((-0.3, 1.1), (0.36, 0.24)), patches_on_it, 1.0),
        (disc((0.42, 1.0), (0.2, 0.2)), patches_on_it, 1.0),
        (_bar(1.16, 1.5, 0.6, 0.92), muzzle, 1.0),
        (_bar(1.08, 1.3, 1.16, 1.4), horns, 1.0),
    ]
    return _machine(view, "animal", figure, _COW, parts)


_Part = tuple[Outline, Color, float]


def _machine(
    view: View, label: str, figure: Figure, outline: Outline, parts: Sequence[_Part]
) -> list[Thing]:
    patches = [_cut(view, figure, shape, color, brightness=shine) for shape, color, shine in parts]
    width = 0.8 if figure.heading else 0.2
    return [_ground(view, figure, width), _cutout(view, label, figure, outline, patches)]


def _cutout(
    view: View, label: str, figure: Figure, outline: Outline, patches: Sequence[Patch]
) -> Thing:
    return view.thing(label, figure.corners(outline), patches, material=Material.PLAIN)


def _cut(
    view: View, figure: Figure, outline: Outline, color: Color, *, brightness: float = 1.0
) -> Patch:
    return view.patch(figure.corners(outline), color, brightness=brightness)


def _head(view: View, figure: Figure, chin: float, skin: Color, hair: Color) -> list[Patch]:
    back_of_head = chin + 0.12 if figure.heading else chin + 0.06
    return [
        _cut(view, figure, _bar(-0.2, 0.22, chin, 2), skin),
        _cut(view, figure, _bar(-0.2, 0.22, back_of_head, 2), hair),
    ]


def _ground(view: View, figure: Figure, half: float) -> Thing:
    half *= figure.size
    across = (figure.x - half, figure.x + half)
    return shadow(view, across, (figure.z - 0.1, figure.z + 0.25), reach=1.2 * figure.size)


def _wheels(axle: float, radius: float, *, thickness: float, hub: float) -> list[_Part]:
    """Return two tyres and their hubs; what is behind shows between hub and tyre."""
    return [
        (shape, color, 1.0)
        for x in (-axle, axle)
        for shape, color in (
            (ring((x, radius), radius, thickness=thickness), _TYRE),
            (disc((x, radius), (radius * hub, radius * hub)), _STEEL),
        )
    ]


def _bar(left: float, right: float, low: float, high: float, /) -> Outline:
    return (left, low), (right, low), (right, high), (left, high)


def _tube(start: Point, end: Point, half: float) -> Outline:
    (a, b), (c, d) = start, end
    return (a - half, b), (c - half, d), (c + half, d), (a + half, b)
