"""Composes a street in Germany: grey light, clean asphalt, trams, orderly pavements."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from wildroad.sample.road_furniture import (
    crate,
    pole_group,
    rail,
    street_lamp,
    traffic_light,
    traffic_sign,
)
from wildroad.sample.road_greenery import bush, tree
from wildroad.sample.road_houses import Lot, bridge, fence, house, skyline, wall
from wildroad.sample.road_people import Figure, bicycle, motorbike, person, rider
from wildroad.sample.road_scene import (
    Camera,
    Color,
    Light,
    Material,
    Scene,
    Thing,
    View,
    as_group,
    pick,
)
from wildroad.sample.road_street import (
    Frame,
    Group,
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
from wildroad.sample.road_vehicles import Vehicle, bus, car, caravan, trailer, tram, truck

_PLASTER: tuple[Color, ...] = (
    (206, 196, 176), (186, 174, 158), (172, 96, 74), (214, 208, 200), (196, 170, 128),
    (150, 84, 66), (178, 186, 184),
)  # fmt: skip
_ROOFS: tuple[Color, ...] = ((124, 62, 50), (86, 70, 66), (104, 84, 78))
_CARS: tuple[Color, ...] = (
    (36, 38, 44), (196, 198, 202), (122, 126, 132), (34, 52, 96), (138, 30, 34), (228, 230, 230),
)  # fmt: skip
_CLOTHES: tuple[Color, ...] = (
    (38, 42, 58), (150, 40, 48), (60, 92, 120), (46, 50, 48), (196, 190, 176), (92, 60, 96),
)  # fmt: skip
_TROUSERS: tuple[Color, ...] = ((34, 40, 62), (48, 46, 46), (84, 78, 68))
_LEAVES: Color = (74, 104, 52)
_ASPHALT: Color = (104, 106, 110)
_SLABS: Color = (158, 154, 150)
_WHITE: Color = (226, 228, 228)
_STEEL: Color = (128, 132, 136)
_RED: Color = (150, 34, 30)
_LANES = (2.0, 4.7, 8.3)
_LIGHTS = ("warning", "limit", "parking", "stop", "direction")


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
            *in_drawing_order(_traffic(frame), lanes=_LANES),
            *_border(frame),
        ]
    )


def _light(drive_seed: tuple[int, ...]) -> Light:
    random = np.random.default_rng((*drive_seed, 1))
    level = float(random.uniform(0.88, 1.06))
    tint = (0.94 * level, 0.99 * level, 1.04 * level)
    return Light(tint, (198, 206, 214), 190.0, pick(random, (-1, 1)), 0.16)


def _has_track(frame: Frame) -> bool:
    return frame.drive % 2 == 0


def _has_parking(frame: Frame) -> bool:
    return frame.drive % 3 == 1


def _background(frame: Frame) -> Iterator[Thing]:
    view, seed = frame.view, (*frame.drive_seed, 2)
    yield sky(view, (150, 172, 198), (222, 228, 232))
    yield skyline(view, "building", (128, 126, 122), height=10, seed=seed)
    yield skyline(view, "vegetation", _LEAVES, height=7, seed=(*seed, 1))


def _ground(frame: Frame) -> Iterator[Thing]:
    view = frame.view
    yield strip(view, "terrain", (-70, 70), (112, 124, 78), Material.GRASS)
    yield strip(view, "sidewalk", (-12.2, 8.4), _SLABS, Material.SLABS)
    yield strip(view, "road", (-8.2, 4.6), _ASPHALT, Material.ASPHALT)
    if _has_track(frame):
        yield from rails(view, (-7.9, -5.3), (122, 116, 112))
    else:
        yield strip(view, "terrain", (-8.2, -5.6), (96, 118, 62), Material.GRASS)
    if _has_parking(frame):
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


def _lots(frame: Frame) -> list[Thing]:
    random = np.random.default_rng((*frame.drive_seed, 4))
    rows = [[thing for lot in _row(frame, random, side) for thing in lot] for side in (-1, 1)]
    end = (
        []
        if frame.drive % 2 == 0
        else bridge(frame.view, distance=95, color=(150, 146, 140), reach=8)
    )
    return [*end, *rows[0], *rows[1]]


def _row(frame: Frame, random: np.random.Generator, side: int) -> list[list[Thing]]:
    """Return the lots along one side, farthest first, each with what stands on it."""
    lengths = random.uniform(11, 17, 18)
    starts = np.concatenate([[0], np.cumsum(lengths)]) - frame.travelled - 6
    line = 12.2 if side < 0 else 8.8
    lots = [
        Lot(
            side,
            line,
            (max(float(near), 2.2), float(far)),
            pick(random, _PLASTER),
            pick(random, _ROOFS),
            (*frame.drive_seed, 5 + side, k),
        )
        for k, (near, far) in enumerate(pairwise(starts))
    ]
    offset = frame.drive + (2 if side < 0 else 0)
    shown = [(k, lot) for k, lot in enumerate(lots) if lot.along[1] > 4 and lot.along[0] < 130]
    return [_lot(frame, lot, (k + offset) % 5) for k, lot in reversed(shown)]


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
        tree(view, (x, z), height=7.5, color=_LEAVES, seed=(*lot.seed, k))
        for k, z in enumerate((far - 1, middle))
        if z > 3
    ]
    hedge = bush(view, (x, max(near, 4) + 1), size=(3.4, 2.4), color=(66, 92, 48), seed=lot.seed)
    return [*trees, hedge]


def _traffic(frame: Frame) -> Iterator[Group]:
    random = np.random.default_rng(frame.seed)
    yield from _standing(frame)
    yield from _parked(frame)
    yield from _driving(frame, random)
    yield from _cycling(frame, random)
    yield from _walking(frame, random)
    yield from _odds(frame, random)


def _standing(frame: Frame) -> Iterator[Group]:
    """Yield what stands along the street at fixed places: trees, lamps, lights and signs."""
    view, random = frame.view, np.random.default_rng((*frame.drive_seed, 6))
    for k, z in enumerate(frame.spots(18.0, until=80.0, start=9.0)):
        seed = (*frame.drive_seed, 7, k)
        yield 7.8, z, [tree(view, (7.9, z), height=6.2, color=_LEAVES, seed=seed)]
        yield -9.9, z + 6, [tree(view, (-10.2, z + 6), height=6.0, color=_LEAVES, seed=(*seed, 1))]
    for z in frame.spots(22.0, until=70.0, start=9.0):
        yield 5.0, z, [street_lamp(view, (5.0, z), height=6.6, color=_STEEL)]
        yield -8.6, z + 8, [street_lamp(view, (-8.5, z + 8), height=6.6, color=_STEEL)]
    for z in frame.spots(16.0, until=50.0, start=8.0):
        yield 5.1, z, traffic_sign(view, (5.2, z), kind=pick(random, _LIGHTS))


def _parked(frame: Frame) -> Iterator[Group]:
    random = np.random.default_rng((*frame.drive_seed, 8))
    for z in frame.spots(6.4, until=48.0, start=8.5):
        color, taken = pick(random, _CARS), random.uniform() < 0.5
        if taken and _has_parking(frame):
            yield 3.5, z, car(frame.view, Vehicle(3.5, z, color))
    row = [car(frame.view, Vehicle(x, 62.0, pick(random, _CARS)))[1] for x in (-3.9, -1.4, 1.1)]
    yield -1.4, 62.0, [as_group(row)]


def _driving(frame: Frame, random: np.random.Generator) -> Iterator[Group]:
    view, ahead = frame.view, float(random.uniform(11, 19))
    first = Vehicle(float(random.uniform(-0.5, 0.5)), ahead, pick(random, _CARS))
    if frame.turn(3, 1):
        yield first.x, ahead, truck(view, Vehicle(0.2, ahead + 3, (190, 60, 44), (206, 204, 198)))
    else:
        yield first.x, ahead, car(view, first)
    if frame.turn(3):
        white = Vehicle(-3.7, float(random.uniform(14, 19)), (226, 220, 206), (176, 34, 38), True)
        yield -3.7, white.z, bus(view, white)
    else:
        oncoming = Vehicle(-3.7, float(random.uniform(12, 24)), pick(random, _CARS), oncoming=True)
        yield -3.7, oncoming.z, car(view, oncoming)
    yield -3.7, 42, car(view, Vehicle(-3.7, 42, pick(random, _CARS), oncoming=True))
    if _has_track(frame) and frame.number % 4 != 3:
        red = Vehicle(-6.6, float(random.uniform(13, 20)), (186, 36, 40), (232, 230, 224), True)
        yield -6.6, red.z, tram(view, red)


def _cycling(frame: Frame, random: np.random.Generator) -> Iterator[Group]:
    view = frame.view
    place, x = float(random.uniform(7, 14)), float(random.uniform(-1.6, 1.7))
    heading = pick(random, (-1, 0, 1))
    who = Figure(x, place, _outfit(random), heading)
    machine = replace(who, colors=(pick(random, _CARS), *who.colors[1:]))
    ride = bicycle if frame.turn(2) else motorbike
    if not frame.turn(5, 2):
        yield x, place, [*ride(view, machine), rider(view, who)]
    z = float(random.uniform(8.5, 13))
    stands = [
        bicycle(view, Figure(5.3 + 0.7 * k, z, (pick(random, _CLOTHES), *who.colors[1:]), 1))
        for k in range(3)
    ]
    if frame.turn(2, 1):
        yield 5.3, z, [stands[0][0], as_group([thing for _, thing in stands])]
    elif frame.turn(4):
        yield 5.3, z, [*stands[0], *stands[2]]
    if frame.turn(3, 2):
        parked = Figure(float(random.uniform(5, 6.6)), 7.6, (_RED, *who.colors[1:]), -1)
        yield parked.x, parked.z, motorbike(view, parked)


def _walking(frame: Frame, random: np.random.Generator) -> Iterator[Group]:
    near = 4.8 if _has_parking(frame) else 3.0
    for low, high in ((near, 6.6), (near, 7.0), (-11.5, -8.8), (-11.0, -9.0)):
        x, z = float(random.uniform(low, high)), float(random.uniform(8, 22))
        figure = Figure(x, z, _outfit(random), pick(random, (-1, 0, 0, 1)))
        yield x, z, person(frame.view, figure)
    if frame.turn(3):
        figure = Figure(
            float(random.uniform(-4.6, -1.4)), 13.8, _outfit(random), pick(random, (-1, 1))
        )
        yield figure.x, figure.z, person(frame.view, figure)
    crowd = [
        person(frame.view, Figure(x, 26.0, _outfit(random), pick(random, (0, 1))))[1]
        for x in (5.6, 6.1, 6.7)
    ]
    yield 6.1, 26.0, [as_group(crowd)]


def _odds(frame: Frame, random: np.random.Generator) -> Iterator[Group]:
    """Yield what is met now and then, most of it ignored as target."""
    view = frame.view
    if frame.turn(2):
        yield 5.0, 16.5, traffic_light(view, (4.95, 16.5), lit=int(random.integers(3)))
        yield -8.5, 15, traffic_light(view, (-8.4, 15.0), lit=int(random.integers(3)))
    if frame.turn(2, 1):
        yield 5.0, 12, traffic_light(view, (4.95, 12.0), lit=int(random.integers(3)))
        bin_ = crate(view, "static", (7.2, 13.0), size=(0.8, 1.3, 0.6), color=(84, 92, 84))
        yield 7.2, 13, [bin_]
    if frame.turn(4):
        trolley = crate(view, "dynamic", (3.6, 15.0), size=(0.8, 1.0, 0.9), color=(60, 70, 110))
        yield 3.6, 15, [trolley]
        yield -8.9, 16, [pole_group(view, (-8.6, 16.0), height=5, color=_STEEL)]
    if frame.turn(4, 1):
        yield -4, 30, caravan(view, Vehicle(-4.0, 30, (232, 230, 222), (60, 110, 150)))
    if frame.turn(4, 2):
        yield 3.5, 10, trailer(view, Vehicle(3.5, 10.0, (90, 94, 98), (46, 74, 110)))
    if frame.turn(4, 3):
        yield -5.5, 12, [rail(view, "guard rail", -5.45, (9, 34), color=(164, 168, 172))]


def _outfit(random: np.random.Generator) -> tuple[Color, Color, Color, Color]:
    return (
        pick(random, _CLOTHES),
        pick(random, _TROUSERS),
        (206, 168, 142),
        pick(random, ((60, 44, 34), (28, 26, 26), (150, 120, 80))),
    )


def _border(frame: Frame) -> Iterator[Thing]:
    camera = frame.view.camera
    yield bonnet(camera, (46, 50, 56), rise=0.085)
    yield edge(camera, "out of roi", (0.0, 0.985, 1.0, 1.0))
    yield edge(camera, "rectification border", (0.0, 0.0, 0.008, 1.0))
