"""Houses, walls and fences along both sides of a street, and what closes it at the end."""

from dataclasses import dataclass

import numpy as np

from wildroad.sample.road_block import Block, faces, panes, spread
from wildroad.sample.road_scene import (
    FAR,
    NEAR,
    Color,
    Corner,
    Material,
    Patch,
    Quad,
    Thing,
    View,
    part,
    pick,
)

_GLASS: Color = (52, 60, 70)
_SHUTTERS: tuple[Color, ...] = ((70, 96, 130), (126, 60, 52), (92, 110, 92), (140, 132, 120))
_AWNINGS: tuple[Color, ...] = ((170, 52, 46), (40, 92, 120), (196, 150, 60), (60, 104, 72))


@dataclass(frozen=True)
class Lot:
    """A stretch of ground beside the street.

    Attributes:
        side: -1 left of the street, +1 right.
        line: Distance of its front from the middle of the camera's lane, metres.
        along: Near and far end, metres ahead of the camera.
        color: Paint of the front.
        trim: Roof, window frames or posts.
        seed: Seeds its details, so that they stay the same from frame to frame.
    """

    side: int
    line: float
    along: tuple[float, float]
    color: Color
    trim: Color
    seed: tuple[int, ...]

    def front(self, height: float, /) -> Quad:
        """Return the face at the street, from its near to its far end."""
        (near, far), x = self.along, self.side * self.line
        return (x, 0, near), (x, 0, far), (x, height, far), (x, height, near)

    def block(self, height: float, depth: float, /) -> Block:
        """Return the lot as a box of this height that reaches back from the street."""
        x, back = self.side * self.line, self.side * (self.line + depth)
        return Block((min(x, back), max(x, back)), (0, height), self.along)


def house(view: View, lot: Lot, *, floors: int, roof: float, shop: bool) -> Thing:
    """Return a house with rows of windows, a roof that slopes back and, maybe, a shop."""
    random = np.random.default_rng(lot.seed)
    height = 3.1 * floors + 0.5
    front, gable = lot.front(height), lot.block(height, 8).back
    facing, side = view.light.on_face(-lot.side), view.light.on_face(0)
    patches = [
        *_roof(view, lot, height, roof),
        view.patch(gable, lot.color, brightness=0.86 * side),
        *_gable_windows(view, gable, floors),
        *_banded(view, front, lot.color, facing),
        *_windows(view, lot, front, floors, first=1 if shop else 0),
        *(_shop(view, front, random, floors) if shop else []),
        *panes(view, front, lot.trim, [(0, 1)], up=(0.985, 1), brightness=facing),
    ]
    corners = [*front, *gable, *_ridge(lot, height, roof)]
    return view.solid("building", corners, patches, material=Material.PLASTER)


def wall(view: View, lot: Lot, *, height: float, posters: bool) -> Thing:
    """Return a wall of blocks with a coping, and posters where asked for."""
    block, front = lot.block(height, 0.35), lot.front(height)
    facing = view.light.on_face(-lot.side)
    joints = [(k / 10 - 0.004, k / 10 + 0.004) for k in range(1, 10)]
    patches = [
        *faces(view, block, lot.color),
        *_banded(view, front, lot.color, facing),
        *panes(view, front, lot.color, joints, up=(0, 0.9), brightness=0.75),
        *[_course(view, front, lot.color, up) for up in (0.3, 0.6)],
        *panes(view, front, lot.trim, [(0, 1)], up=(0.9, 1.0), brightness=facing),
        *(_posters(view, front, lot.seed) if posters else []),
    ]
    return view.solid("wall", block.corners, patches, material=Material.PLASTER)


def fence(view: View, lot: Lot, *, height: float) -> Thing:
    """Return a fence of bars; what lies behind it shows through."""
    front = lot.front(height)
    bars = spread(max(round((lot.along[1] - lot.along[0]) / 0.45), 4), gap=0.6)
    patches = [
        view.patch(front, lot.trim, opacity=0.45),
        *panes(view, front, lot.color, bars, up=(0, 1)),
        *panes(view, front, lot.color, [(0, 1)], up=(0.84, 0.94), brightness=1.05),
        *panes(view, front, lot.color, [(0, 1)], up=(0.1, 0.2), brightness=0.9),
    ]
    return view.thing("fence", front, patches, material=Material.PLAIN)


def bridge(view: View, *, distance: float, color: Color, reach: float) -> list[Thing]:
    """Return a bridge across the street, and the dark passage below it."""
    deck: Quad = _upright(-40, 40, (4.6, 6.8), distance)
    hole: Quad = _upright(-reach, reach, (0, 4.6), distance + 8)
    rail = panes(view, deck, color, spread(40, gap=0.5), up=(0.75, 0.97), brightness=0.7)
    dark = view.patch(hole, (40, 40, 44), distance=distance / 2)
    pillars = [
        view.thing("bridge", quad, [view.patch(quad, color, brightness=0.8)])
        for quad in (_upright(x, x + 3, (0, 5), distance) for x in (-reach - 3, reach))
    ]
    return [
        view.thing("tunnel", hole, [dark], material=Material.PLAIN),
        *pillars,
        view.thing("bridge", deck, [view.patch(deck, color), *rail], material=Material.PLASTER),
    ]


def skyline(view: View, label: str, color: Color, *, height: float, seed: tuple[int, ...]) -> Thing:
    """Return the uneven dark band that closes the street far away."""
    random = np.random.default_rng(seed)
    xs = np.linspace(-FAR, FAR, 90)
    tops = height * (1 + 0.3 * random.standard_normal(30)).clip(0.4, 1.8).repeat(3)
    if label == "vegetation":
        tops = np.convolve(tops, np.ones(5) / 5, mode="same")
    edge: list[Corner] = [(float(x), float(y), FAR) for x, y in zip(xs, tops, strict=True)]
    outline = [*edge, (FAR, 0.0, FAR), (-FAR, 0.0, FAR)]
    fill = view.patch(outline, color, distance=0.45 * FAR)
    return view.thing(label, outline, [fill], material=Material.PLASTER)


def _banded(view: View, front: Quad, color: Color, brightness: float) -> list[Patch]:
    """Return a face in strips, so that the haze thickens along it."""
    return panes(
        view,
        front,
        color,
        [(k / 4, (k + 1) / 4) for k in range(4)],
        up=(0, 1),
        brightness=brightness,
    )


def _windows(view: View, lot: Lot, front: Quad, floors: int, *, first: int) -> list[Patch]:
    near, far = lot.along
    if near > 90:
        return []
    columns = [
        span
        for span in spread(max(round((far - near) / 2.9), 1), gap=0.5)
        if near + span[0] * (far - near) > NEAR
    ]
    return [
        patch
        for floor in range(first, floors)
        for patch in _window_row(
            view, lot, front, columns, (3.1 * floor + 0.9) / front[2][1], 1.6 / front[2][1]
        )
    ]


def _window_row(
    view: View,
    lot: Lot,
    front: Quad,
    columns: list[tuple[float, float]],
    low: float,
    tall: float,
) -> list[Patch]:
    panes_ = panes(view, front, _GLASS, columns, up=(low, low + tall))
    if lot.along[0] > 45:
        return panes_
    frames = [(a - 0.015, b + 0.015) for a, b in columns]
    upper = [(a, (a + b) / 2) for a, b in columns]
    return [
        *panes(view, front, lot.trim, frames, up=(low - 0.1 * tall, low + 1.08 * tall)),
        *panes_,
        *panes(view, front, (104, 116, 128), upper, up=(low + 0.45 * tall, low + tall)),
    ]


def _gable_windows(view: View, gable: Quad, floors: int) -> list[Patch]:
    return [
        patch
        for floor in range(floors)
        for patch in panes(
            view,
            gable,
            _GLASS,
            [(0.2, 0.34), (0.62, 0.76)],
            up=((floor + 0.3) / (floors + 0.2), (floor + 0.75) / (floors + 0.2)),
        )
    ]


def _shop(view: View, front: Quad, random: np.random.Generator, floors: int) -> list[Patch]:
    up = 1 / (floors + 0.16)
    cut = float(random.uniform(0.4, 0.6))
    awning, door = pick(random, _AWNINGS), pick(random, _SHUTTERS)
    return [
        *panes(view, front, (44, 48, 54), [(0.05, cut)], up=(0.05 * up, 0.72 * up)),
        *panes(view, front, (120, 124, 122), [(0.08, cut - 0.03)], up=(0.12 * up, 0.5 * up)),
        *panes(view, front, door, [(cut + 0.06, 0.92)], up=(0, 0.7 * up)),
        *panes(view, front, awning, [(0.03, 0.97)], up=(0.72 * up, 0.94 * up)),
    ]


def _roof(view: View, lot: Lot, height: float, roof: float) -> list[Patch]:
    front, ridge = lot.front(height), _ridge(lot, height, roof)
    gable_top = (front[3], lot.block(height, 8).back[2 if lot.side > 0 else 3], ridge[0])
    slope = (front[3], front[2], ridge[1], ridge[0])
    return [
        view.patch(gable_top, lot.color, brightness=0.8),
        view.patch(slope, lot.trim, brightness=0.9 * view.light.on_face(-lot.side)),
    ]


def _ridge(lot: Lot, height: float, roof: float) -> tuple[Corner, Corner]:
    (near, far), x = lot.along, lot.side * (lot.line + 4)
    return (x, height + roof, near), (x, height + roof, far)


def _course(view: View, front: Quad, color: Color, up: float) -> Patch:
    return view.patch(
        part(front, across=(0, 1), up=(up - 0.012, up + 0.012)), color, brightness=0.75
    )


def _posters(view: View, front: Quad, seed: tuple[int, ...]) -> list[Patch]:
    random = np.random.default_rng(seed)
    starts = [float(start) for start in random.uniform(0, 0.9, 8)]
    return [
        view.patch(
            part(front, across=(start, start + 0.07), up=(0.25, 0.8)), pick(random, _AWNINGS)
        )
        for start in starts
    ]


def _upright(left: float, right: float, up: tuple[float, float], z: float) -> Quad:
    low, high = up
    return (left, low, z), (right, low, z), (right, high, z), (left, high, z)
