"""Composes a street in India: harsh light and dust, mixed traffic, edges that wander."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from wildroad.sample.road_block import Block, faces
from wildroad.sample.road_greenery import bush, tree
from wildroad.sample.road_houses import Lot, bridge, fence, house, skyline, wall
from wildroad.sample.road_idd_traffic import LEAVES, has_track, traffic
from wildroad.sample.road_lots import LotRow
from wildroad.sample.road_scene import Camera, Color, Light, Material, Scene, Thing, View, pick
from wildroad.sample.road_street import (
    Frame,
    bonnet,
    dashes,
    in_drawing_order,
    kerb,
    patches_on_road,
    ragged_strip,
    rails,
    sky,
    strip,
)
from wildroad.sample.road_vehicles import Vehicle, car

_WALLS: tuple[Color, ...] = (
    (226, 190, 140), (150, 190, 186), (224, 206, 190), (198, 138, 128), (176, 168, 196),
    (214, 196, 110), (190, 182, 172),
)  # fmt: skip
_TRIMS: tuple[Color, ...] = ((120, 100, 88), (150, 116, 84), (104, 112, 116))
_ROAD: Color = (140, 124, 106)
_DUST: Color = (190, 158, 116)
_EARTH: Color = (170, 140, 100)
_PAVING: Color = (196, 172, 150)
_LANES = (2.0, 5.5, 6.7, 9.7)


def compose_idd(camera: Camera, number: int, seeds: tuple[tuple[int, ...], ...]) -> Scene:
    """Return a scene in the style of IDD.

    Args:
        camera: Who looks.
        number: The scene's number in its split.
        seeds: Seed of this scene alone, and seed that it shares with its drive.
    """
    frame = Frame(View(camera, _light(seeds[1])), number, *seeds)
    return frame.scene(
        [
            *_background(frame),
            *_ground(frame),
            *_lots(frame),
            *in_drawing_order(traffic(frame), lanes=_LANES),
            *_wires(frame),
            *_border(frame),
        ]
    )


def _light(drive_seed: tuple[int, ...]) -> Light:
    random = np.random.default_rng((*drive_seed, 1))
    level = float(random.uniform(1.0, 1.14))
    tint = (1.05 * level, 0.98 * level, 0.84 * level)
    return Light(tint, (228, 210, 178), 75.0, pick(random, (-1, 1)), 0.4)


def _background(frame: Frame) -> Iterator[Thing]:
    view, seed = frame.view, (*frame.drive_seed, 2)
    yield sky(view, (176, 192, 200), (236, 222, 192))
    yield skyline(view, "fallback background", (120, 110, 96), height=12, seed=seed)
    yield skyline(view, "vegetation", LEAVES, height=8, seed=(*seed, 1))


def _ground(frame: Frame) -> Iterator[Thing]:
    view = frame.view
    yield strip(view, "non-drivable fallback", (-70, 70), _EARTH, Material.DUST)
    if has_track(frame):
        yield strip(view, "sidewalk", (-8.4, -3.7), _PAVING, Material.SLABS)
        yield from rails(view, (6.8, 9.8), (132, 116, 100))
    else:
        yield strip(view, "sidewalk", (6.2, 10.4), _PAVING, Material.SLABS)
    yield ragged_strip(frame, "drivable fallback", (-3.6, 6.2), _DUST, Material.DUST, wander=0.5)
    if frame.drive % 2 == 1:
        yield strip(view, "parking", (5.3, 6.2), (160, 140, 118), Material.DUST, along=(6, 40))
    yield ragged_strip(frame, "road", (-2.5, 5.5), _ROAD, Material.ASPHALT, wander=0.35)
    yield patches_on_road(frame, (-2, 4), (110, 92, 74))
    yield patches_on_road(replace(frame, drive_seed=(*frame.drive_seed, 9)), (-2.6, 4.4), _DUST)
    yield dashes(frame, 1.75, (226, 214, 186), length=2.4, gap=4.6, opacity=0.45)
    if has_track(frame):
        yield kerb(view, (-3.9, -3.6), ((214, 190, 70), (48, 44, 42)), label="curb", high=0.25)
    else:
        yield kerb(view, (6.2, 6.5), ((226, 222, 210), (52, 48, 46)), label="curb", high=0.25)


def _lots(frame: Frame) -> Iterator[Thing]:
    if frame.drive % 2 == 1:
        yield from bridge(frame.view, distance=60, color=(170, 156, 136), reach=7)
    for side, line in ((-1, 8.2), (1, 12.4 if has_track(frame) else 9.8)):
        row = LotRow(side, line, 0.9, (7, 13), _WALLS, _TRIMS)
        for k, lot in row.divide(frame, until=110):
            yield from _lot(frame, lot, (k + frame.drive + 1 - side) % 5)


def _lot(frame: Frame, lot: Lot, kind: int) -> list[Thing]:
    random = np.random.default_rng(lot.seed)
    view, floors = frame.view, int(random.integers(1, 4))
    if kind == 1:
        color = pick(random, ((206, 196, 176), (190, 128, 96), (176, 176, 164)))
        return [*_scrub(view, lot), wall(view, replace(lot, color=color), height=2.3, posters=True)]
    if kind == 3:
        bars = replace(lot, color=(96, 120, 124), trim=(110, 96, 80))
        return [*_scrub(view, lot), fence(view, bars, height=1.8)]
    home = house(view, lot, floors=floors, roof=0.3, shop=True)
    return [home, *_on_roof(frame, lot, 3.1 * floors + 0.5)]


def _scrub(view: View, lot: Lot) -> list[Thing]:
    near, far = lot.along
    x = lot.side * (lot.line + 3.2)
    palm = tree(view, (x, max(far - 2, 5)), height=7.0, color=LEAVES, seed=lot.seed)
    low = bush(view, (x, max(near, 4) + 1), size=(3, 2.6), color=(116, 116, 66), seed=lot.seed)
    return [palm, low]


def _on_roof(frame: Frame, lot: Lot, height: float) -> list[Thing]:
    """Return what stands on a flat roof: a water tank, which is part of the building."""
    near, far = lot.along
    if near > 40 or far - near < 4:
        return []
    x, z = lot.side * (lot.line + 2.2), near + 1.5
    tank = Block((x - 0.8, x + 0.8), (height, height + 1.5), (z, z + 1.6))
    return [frame.view.solid("building", tank.corners, faces(frame.view, tank, (52, 52, 54)))]


def _wires(frame: Frame) -> Iterator[Thing]:
    """Yield wires along and across the street: in the photo alone, as nobody annotates them."""
    view = frame.view
    for x, y in ((-4.9, 7.3), (-4.7, 6.9), (-5.1, 6.5)):
        line = ((x, y, 3.0), (x, y, 60.0), (x, y + 0.05, 60.0), (x, y + 0.05, 3.0))
        yield view.thing(None, line, [view.patch(line, (40, 38, 36), distance=10)])
    for z in frame.spots(15.0, until=40.0, start=6.0):
        line = ((-4.9, 7.2, z), (8.0, 6.6, z), (8.0, 6.66, z), (-4.9, 7.26, z))
        yield view.thing(None, line, [view.patch(line, (40, 38, 36))])


def _border(frame: Frame) -> Iterator[Thing]:
    """Yield our own bonnet in some drives, and an outline that an annotator took back."""
    if frame.turn(2):
        wrong = car(frame.view, Vehicle(-0.4, 8.0, _ROAD))[1]
        yield replace(wrong, deleted=True)
    if frame.drive % 3 == 1:
        yield bonnet(frame.view.camera, (150, 140, 126), rise=0.07)
