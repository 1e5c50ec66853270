"""Poles, lights, signs, boards, bins and barriers: what stands beside a street."""

from collections.abc import Sequence

from wildroad.sample.road_block import Block, faces, panes, spread
from wildroad.sample.road_scene import (
    Color,
    Corner,
    Material,
    Outline,
    Patch,
    Quad,
    Thing,
    View,
    disc,
    part,
)

_WHITE: Color = (240, 240, 236)
_LAMPS: tuple[Color, ...] = ((226, 36, 30), (244, 176, 40), (46, 200, 96))
_OFF: tuple[Color, ...] = ((70, 26, 24), (74, 58, 24), (24, 62, 36))


def pole(
    view: View, spot: tuple[float, float], *, height: float, thick: float, color: Color
) -> Thing:
    """Return an upright pole, lit from one side."""
    x, z = spot
    shaft = _upright(x, z, thick / 2, (0, height))
    return view.thing("pole", shaft, _rounded(view, shaft, color), material=Material.PLAIN)


def street_lamp(view: View, spot: tuple[float, float], *, height: float, color: Color) -> Thing:
    """Return a lamp post whose arm reaches over the street."""
    (x, z), half = spot, 0.09
    arm = -1.6 if x > 0 else 1.6
    inner = half if x > 0 else -half
    outline = (
        (x + inner, 0, z), (x - inner, 0, z), (x - inner, height, z), (x + arm, height + 0.25, z),
        (x + arm, height + 0.02, z), (x, height - 0.2, z),
    )  # fmt: skip
    return view.thing(
        "pole", outline, _rounded(view, _box(outline), color), material=Material.PLAIN
    )


def pole_group(view: View, spot: tuple[float, float], *, height: float, color: Color) -> Thing:
    """Return poles that stand so close that one outline holds them all."""
    x, z = spot
    shaft = _upright(x, z, 0.34, (0, height))
    gaps = panes(view, shaft, color, spread(3, gap=0.3), up=(0, 1), brightness=0.85)
    base = view.patch(shaft, color, brightness=0.55)
    return view.thing("polegroup", shaft, [base, *gaps], material=Material.PLAIN)


def traffic_light(
    view: View, spot: tuple[float, float], *, lit: int, height: float = 3.2
) -> list[Thing]:
    """Return a traffic light on its pole; lamp `lit` counts from the top."""
    x, z = spot
    housing = _upright(x, z, 0.26, (height - 0.2, height + 1.0))
    base = view.patch(housing, (34, 36, 38))
    lamps = [_lamp(view, x, height + 0.78 - 0.37 * k, z, k, lit) for k in range(3)]
    box = view.thing("traffic light", housing, [base, *lamps], material=Material.PLAIN)
    return [pole(view, spot, height=height, thick=0.16, color=(96, 100, 104)), box]


def traffic_sign(view: View, spot: tuple[float, float], *, kind: str) -> list[Thing]:
    """Return a sign on its pole.

    Args:
        view: Camera and light.
        spot: Metres to the right and ahead.
        kind: "stop", "limit", "warning", "parking" or "direction".
    """
    x, z = spot
    plate, paint = _plate(kind)
    face = [(x + u, 2.4 + v, z) for u, v in plate]
    patches = [view.patch(face, paint[0], brightness=1.05)]
    inner = [(x + 0.74 * u, 2.4 + 0.74 * v, z) for u, v in plate]
    patches.append(view.patch(inner, paint[1], brightness=1.05))
    mark = _upright(x, z, 0.1, (2.18, 2.58))
    patches.append(view.patch(mark, paint[2]))
    sign = view.thing("traffic sign", face, patches, material=Material.PLAIN)
    return [pole(view, spot, height=2.3, thick=0.1, color=(150, 152, 154)), sign]


def board(view: View, quad: Quad, colors: Sequence[Color], *, label: str = "billboard") -> Thing:
    """Return an advertising board: a picture, a heading and lines of text suggested by bars."""
    ground, ink, accent = colors
    patches = [
        view.patch(quad, (70, 66, 62)),
        *panes(view, quad, ground, [(0.03, 0.97)], up=(0.05, 0.95)),
        *panes(view, quad, accent, [(0.06, 0.4)], up=(0.12, 0.88)),
        *panes(view, quad, ink, [(0.46, 0.92)], up=(0.62, 0.82)),
        *panes(view, quad, ink, [(0.46, 0.8)], up=(0.4, 0.5)),
        *panes(view, quad, ink, [(0.46, 0.86)], up=(0.22, 0.32)),
    ]
    return view.thing(label, quad, patches, material=Material.PLAIN)


def billboard(
    view: View, spot: tuple[float, float], colors: Sequence[Color], *, foot: float
) -> list[Thing]:
    """Return a billboard on two poles, its lower edge `foot` metres up."""
    x, z = spot
    legs = [
        pole(view, (x + u, z), height=foot + 0.4, thick=0.2, color=(92, 88, 84))
        for u in (-1.5, 1.5)
    ]
    return [*legs, board(view, _upright(x, z, 2.4, (foot, foot + 2.6)), colors)]


def crate(
    view: View,
    label: str,
    spot: tuple[float, float],
    *,
    size: tuple[float, float, float],
    color: Color,
) -> Thing:
    """Return a plain box of this width, height and length: a bin, a cabinet, a barrier."""
    (x, z), (width, height, length) = spot, size
    block = Block((x - width / 2, x + width / 2), (0, height), (z, z + length))
    lines = panes(view, block.back, color, [(0.1, 0.9)], up=(0.8, 0.86), brightness=0.5)
    return view.solid(label, block.corners, [*faces(view, block, color), *lines])


def barricade(view: View, spot: tuple[float, float], colors: tuple[Color, Color]) -> Thing:
    """Return a striped barrier on the street."""
    x, z = spot
    quad = _upright(x, z, 1.1, (0, 1.1))
    stripes = panes(view, quad, colors[1], spread(5, gap=0.5), up=(0.45, 0.95))
    dark = panes(view, quad, (60, 58, 56), [(0.1, 0.9)], up=(0.0, 0.3))
    base = view.patch(quad, colors[0])
    return view.thing(
        "obs-str-bar-fallback", quad, [base, *dark, *stripes], material=Material.PLAIN
    )


def rail(view: View, label: str, x: float, along: tuple[float, float], *, color: Color) -> Thing:
    """Return a crash barrier: a beam on short posts."""
    near, far = along
    quad: Quad = ((x, 0, near), (x, 0, far), (x, 0.8, far), (x, 0.8, near))
    posts = panes(view, quad, (92, 94, 96), spread(12, gap=0.8), up=(0.0, 0.5))
    beam = [view.patch(part(quad, across=(0, 1), up=(0.4, 1)), color)]
    line = [view.patch(part(quad, across=(0, 1), up=(0.64, 0.74)), color, brightness=0.7)]
    shade = [view.patch(quad, (66, 66, 66), opacity=0.35)]
    return view.thing(label, quad, [*shade, *posts, *beam, *line], material=Material.PLAIN)


def _upright(x: float, z: float, half: float, up: tuple[float, float]) -> Quad:
    low, high = up
    return (x - half, low, z), (x + half, low, z), (x + half, high, z), (x - half, high, z)


def _box(corners: Sequence[Corner]) -> Quad:
    xs, ys, zs = zip(*corners, strict=True)
    return (
        (min(xs), min(ys), zs[0]), (max(xs), min(ys), zs[0]),
        (max(xs), max(ys), zs[0]), (min(xs), max(ys), zs[0]),
    )  # fmt: skip


def _rounded(view: View, quad: Quad, color: Color) -> list[Patch]:
    shaded = (0.5, 1.0) if view.light.sun < 0 else (0.0, 0.5)
    return [
        view.patch(quad, color, brightness=1.08),
        *panes(view, quad, color, [shaded], up=(0, 1), brightness=0.78),
    ]


def _lamp(view: View, x: float, y: float, z: float, which: int, lit: int) -> Patch:
    circle = [(u, v, z) for u, v in disc((x, y), (0.14, 0.14))]
    color = _LAMPS[which] if which == lit else _OFF[which]
    return view.patch(circle, color, brightness=1.15)


def _plate(kind: str) -> tuple[Outline, tuple[Color, Color, Color]]:
    red, blue, yellow, black = (198, 26, 34), (24, 76, 168), (246, 202, 40), (36, 36, 38)
    round_, square = (
        disc((0, 0), (0.42, 0.42)),
        ((-0.4, -0.4), (0.4, -0.4), (0.4, 0.4), (-0.4, 0.4)),
    )
    triangle, wide = (
        ((-0.5, -0.4), (0.5, -0.4), (0, 0.48)),
        ((-0.9, -0.3), (0.9, -0.3), (0.9, 0.3), (-0.9, 0.3)),
    )
    plates: dict[str, tuple[Outline, tuple[Color, Color, Color]]] = {
        "stop": (disc((0, 0), (0.44, 0.44), corners=8), (_WHITE, red, _WHITE)),
        "limit": (round_, (red, _WHITE, black)),
        "warning": (triangle, (red, _WHITE, black)),
        "parking": (square, (_WHITE, blue, _WHITE)),
        "direction": (wide, (black, yellow, black)),
    }
    return plates[kind]
