"""Composes a street in Germany: grey light, clean asphalt, trams, orderly pavements."""

from collections.abc import Iterator

import numpy as np

from wildroad.sample.road_cityscapes_traffic import LEAVES, has_parking, has_track, traffic
from wildroad.sample.road_greenery import bush, tree
from wildroad.sample.road_houses import Lot, bridge, fence, house, skyline, wall
from wildroad.sample.road_lots import LotRow
from wildroad.sample.road_scene import Camera, Color, Light, Material, Scene, Thing, View, pick
from wildroad.sample.road_street import (
    Frame,
    bonnet,
    crossing,
    dashes,
    edge,
    in_drawing_order,
    patches_on_road,
    rails,
    sky,
    solid_line,
    strip,
)

_PLASTER: tuple[Color, ...] = (
    (206, 196, 176), (186, 174, 158), (172, 96, 74), (214, 208, 200), (196, 170, 128),
    (150, 84, 66), (178, 186, 184),
)  # fmt: skip
_ROOFS: tuple[Color, ...] = ((124, 62, 50), (86, 70, 66), (104, 84, 78))
_ASPHALT: Color = (104, 106, 110)
_SLABS: Color = (158, 154, 150)
_WHITE: Color = (226, 228, 228)
_LANES = (2.0, 4.7, 8.3)


def compose_cityscapes(camera: Camera, number: int, seeds: tuple[tuple[int, ...], ...]) -> Scene:
    """Return a scene in the style of Cityscapes.

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
            *_border(frame),
        ]
    )


def _light(drive_seed: tuple[int, ...]) -> Light:
    random = np.random.default_rng((*drive_seed, 1))
    level = float(random.uniform(0.88, 1.06))
    tint = (0.94 * level, 0.99 * level, 1.04 * level)
    return Light(tint, (198, 206, 214), 190.0, pick(random, (-1, 1)), 0.16)


def _background(frame: Frame) -> Iterator[Thing]:
    view, seed = frame.view, (*frame.drive_seed, 2)
    yield sky(view, (150, 172, 198), (222, 228, 232))
    yield skyline(view, "building", (128, 126, 122), height=10, seed=seed)
    yield skyline(view, "vegetation", LEAVES, height=7, seed=(*seed, 1))


def _ground(frame: Frame) -> Iterator[Thing]:
    view = frame.view
    yield strip(view, "terrain", (-70, 70), (112, 124, 78), Material.GRASS)
    yield strip(view, "sidewalk", (-12.2, 8.4), _SLABS, Material.SLABS)
    yield strip(view, "road", (-8.2, 4.6), _ASPHALT, Material.ASPHALT)
    if has_track(frame):
        yield from rails(view, (-7.9, -5.3), (122, 116, 112))
    else:
        yield strip(view, "terrain", (-8.2, -5.6), (96, 118, 62), Material.GRASS)
    if has_parking(frame):
        yield strip(view, "parking", (2.4, 4.6), (124, 116, 110), Material.ASPHALT)
        yield solid_line(view, 2.4, _WHITE, opacity=0.8)
    else:
        yield strip(view, "sidewalk", (2.6, 8.4), _SLABS, Material.SLABS)
        yield solid_line(view, 2.6, (190, 188, 184), opacity=0.9, half=0.1)
    if frame.turn(2):
        yield strip(view, "ground", (5.6, 8.4), (150, 136, 124), Material.SLABS, along=(9, 14))
    yield patches_on_road(frame, (-5, 1), (78, 80, 84))
    yield dashes(frame, -1.95, _WHITE, length=3, gap=4.5, opacity=0.85)
    yield from (solid_line(view, x, (190, 188, 184), opacity=0.9, half=0.1) for x in (-8.25, 4.65))
    if frame.turn(3):
        yield crossing(frame, (-5.2, 2.0), 13.0, _WHITE)


def _lots(frame: Frame) -> Iterator[Thing]:
    if frame.drive % 2 == 1:
        yield from bridge(frame.view, distance=95, color=(150, 146, 140), reach=8)
    for side, line in ((-1, 12.2), (1, 8.8)):
        row = LotRow(side, line, 0.0, (11, 17), _PLASTER, _ROOFS)
        for k, lot in row.divide(frame, until=130):
            yield from _lot(frame, lot, (k + frame.drive + 1 - side) % 5)


def _lot(frame: Frame, lot: Lot, kind: int) -> list[Thing]:
    random = np.random.default_rng(lot.seed)
    view, floors, shop = frame.view, int(random.integers(2, 6)), bool(random.uniform() < 0.4)
    if kind not in (1, 3):
        return [house(view, lot, floors=floors, roof=2.5, shop=shop)]
    garden = _garden(view, lot)
    if kind == 1:
        low = Lot(lot.side, lot.line, lot.along, (160, 150, 138), (120, 114, 108), lot.seed)
        return [*garden, wall(view, low, height=2.3, posters=False)]
    bars = Lot(lot.side, lot.line, lot.along, (74, 84, 80), (58, 66, 62), lot.seed)
    return [*garden, fence(view, bars, height=1.9)]


def _garden(view: View, lot: Lot) -> list[Thing]:
    near, far = lot.along
    middle, x = (near + far) / 2, lot.side * (lot.line + 4)
    trees = [
        tree(view, (x, z), height=7.5, color=LEAVES, seed=(*lot.seed, k))
        for k, z in enumerate((far - 1, middle))
        if z > 3
    ]
    hedge = bush(view, (x, max(near, 4) + 1), size=(3.4, 2.4), color=(66, 92, 48), seed=lot.seed)
    return [*trees, hedge]


def _border(frame: Frame) -> Iterator[Thing]:
    camera = frame.view.camera
    yield bonnet(camera, (46, 50, 56), rise=0.085)
    yield edge(camera, "out of roi", (0.0, 0.985, 1.0, 1.0))
    yield edge(camera, "rectification border", (0.0, 0.0, 0.008, 1.0))
