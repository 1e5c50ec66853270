"""Composes a street in India: harsh light and dust, mixed traffic, edges that wander."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from wildroad.sample.road_block import Block, faces
from wildroad.sample.road_furniture import (
    barricade,
    billboard,
    crate,
    pole,
    pole_group,
    rail,
    street_lamp,
    traffic_light,
    traffic_sign,
)
from wildroad.sample.road_greenery import bush, tree
from wildroad.sample.road_houses import Lot, bridge, fence, house, skyline, wall
from wildroad.sample.road_people import Figure, bicycle, cow, motorbike, person, rider
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
    dashes,
    in_drawing_order,
    kerb,
    patches_on_road,
    ragged_strip,
    rails,
    sky,
    strip,
)
from wildroad.sample.road_vehicles import (
    Vehicle,
    autorickshaw,
    bus,
    car,
    caravan,
    trailer,
    tram,
    truck,
)

_WALLS: tuple[Color, ...] = (
    (226, 190, 140), (150, 190, 186), (224, 206, 190), (198, 138, 128), (176, 168, 196),
    (214, 196, 110), (190, 182, 172),
)  # fmt: skip
_TRIMS: tuple[Color, ...] = ((120, 100, 88), (150, 116, 84), (104, 112, 116))
_CARS: tuple[Color, ...] = (
    (236, 234, 226), (206, 204, 198), (150, 36, 34), (70, 76, 86), (180, 160, 130), (44, 62, 110),
)  # fmt: skip
_CLOTHES: tuple[Color, ...] = (
    (206, 70, 60), (236, 226, 206), (60, 130, 130), (226, 150, 50), (130, 60, 120), (80, 110, 170),
)  # fmt: skip
_TROUSERS: tuple[Color, ...] = ((70, 62, 56), (46, 52, 74), (198, 186, 160))
_HAIR: tuple[Color, ...] = ((26, 22, 22), (40, 32, 28), (120, 26, 28))
_BOARDS: tuple[tuple[Color, Color, Color], ...] = (
    ((226, 60, 48), (246, 236, 210), (246, 196, 50)),
    ((40, 96, 170), (240, 240, 236), (236, 120, 50)),
    ((246, 226, 90), (60, 44, 40), (196, 40, 90)),
)
_LEAVES: Color = (104, 112, 58)
_ROAD: Color = (140, 124, 106)
_DUST: Color = (190, 158, 116)
_EARTH: Color = (170, 140, 100)
_RUST: Color = (112, 98, 86)
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
            *in_drawing_order(_traffic(frame), lanes=_LANES),
            *_wires(frame),
            *_border(frame),
        ]
    )


def _light(drive_seed: tuple[int, ...]) -> Light:
    random = np.random.default_rng((*drive_seed, 1))
    level = float(random.uniform(1.0, 1.14))
    tint = (1.05 * level, 0.98 * level, 0.84 * level)
    return Light(tint, (228, 210, 178), 75.0, pick(random, (-1, 1)), 0.4)


def _has_track(frame: Frame) -> bool:
    return frame.drive % 2 == 0


def _background(frame: Frame) -> Iterator[Thing]:
    view, seed = frame.view, (*frame.drive_seed, 2)
    yield sky(view, (176, 192, 200), (236, 222, 192))
    yield skyline(view, "fallback background", (120, 110, 96), height=12, seed=seed)
    yield skyline(view, "vegetation", _LEAVES, height=8, seed=(*seed, 1))


def _ground(frame: Frame) -> Iterator[Thing]:
    view = frame.view
    yield strip(view, "non-drivable fallback", (-70, 70), _EARTH, Material.DUST)
    if _has_track(frame):
        yield strip(view, "sidewalk", (-8.4, -4.2), _PAVING, Material.SLABS)
        yield from rails(view, (6.8, 9.8), (132, 116, 100))
    else:
        yield strip(view, "sidewalk", (6.6, 10.4), _PAVING, Material.SLABS)
    yield ragged_strip(frame, "drivable fallback", (-4.0, 6.4), _DUST, Material.DUST, wander=0.5)
    if frame.drive % 2 == 1:
        yield strip(view, "parking", (5.4, 6.5), (160, 140, 118), Material.DUST, along=(6, 40))
    yield ragged_strip(frame, "road", (-2.5, 5.5), _ROAD, Material.ASPHALT, wander=0.35)
    yield patches_on_road(frame, (-2, 4), (110, 92, 74))
    yield patches_on_road(replace(frame, drive_seed=(*frame.drive_seed, 9)), (-2.6, 4.4), _DUST)
    yield dashes(frame, 1.75, (226, 214, 186), length=2.4, gap=4.6, opacity=0.45)
    if _has_track(frame):
        yield kerb(view, (-4.35, -4.1), ((214, 190, 70), (48, 44, 42)), label="curb", high=0.25)
    else:
        yield kerb(view, (6.5, 6.75), ((226, 222, 210), (52, 48, 46)), label="curb", high=0.25)


def _lots(frame: Frame) -> list[Thing]:
    random = np.random.default_rng((*frame.drive_seed, 4))
    rows = [thing for side in (-1, 1) for lot in _row(frame, random, side) for thing in lot]
    if frame.drive % 2 == 0:
        return rows
    return [*bridge(frame.view, distance=60, color=(170, 156, 136), reach=7), *rows]


def _row(frame: Frame, random: np.random.Generator, side: int) -> list[list[Thing]]:
    """Return the lots along one side, farthest first, each with what stands on it."""
    starts = np.concatenate([[0], np.cumsum(random.uniform(7, 13, 22))]) - frame.travelled - 5
    line = 8.2 if side < 0 else (12.4 if _has_track(frame) else 9.8)
    lots = [
        Lot(
            side,
            line + float(random.uniform(0, 0.9)),
            (max(float(near), 2.2), float(far) - 0.4),
            pick(random, _WALLS),
            pick(random, _TRIMS),
            (*frame.drive_seed, 5 + side, k),
        )
        for k, (near, far) in enumerate(pairwise(starts))
    ]
    offset = frame.drive + (2 if side < 0 else 0)
    shown = [(k, lot) for k, lot in enumerate(lots) if lot.along[1] > 4 and lot.along[0] < 110]
    return [_lot(frame, lot, (k + offset) % 5) for k, lot in reversed(shown)]


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
    palm = tree(view, (x, max(far - 2, 5)), height=7.0, color=_LEAVES, seed=lot.seed)
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


def _traffic(frame: Frame) -> Iterator[Group]:
    random = np.random.default_rng(frame.seed)
    yield from _standing(frame)
    yield from _ahead(frame, random)
    yield from _oncoming(frame, random)
    yield from _two_wheelers(frame, random)
    yield from _walking(frame, random)
    yield from _odds(frame, random)


def _standing(frame: Frame) -> Iterator[Group]:
    """Yield what stands along the street at fixed places: poles, trees, boards and signs."""
    view, random = frame.view, np.random.default_rng((*frame.drive_seed, 6))
    for k, z in enumerate(frame.spots(15.0, until=60.0, start=6.0)):
        yield -5.6, z, [pole(view, (-4.9, z), height=7.5, thick=0.24, color=_RUST)]
        seed = (*frame.drive_seed, 7, k)
        yield -7.5, z + 5, [tree(view, (-7.6, z + 5), height=5.5, color=_LEAVES, seed=seed)]
    for z in frame.spots(24.0, until=60.0, start=10.0):
        yield 6.6, z, [street_lamp(view, (6.6, z), height=7.0, color=(132, 126, 116))]
        yield -9.8, z + 9, billboard(view, (-8.4, z + 9), pick(random, _BOARDS), foot=3.4)
        yield 9.8, z + 3, billboard(view, (10.6, z + 3), pick(random, _BOARDS), foot=3.1)
    for z in frame.spots(19.0, until=50.0, start=9.0):
        kind = pick(random, ("warning", "limit", "direction", "stop"))
        yield -4.6, z, traffic_sign(view, (-4.5, z), kind=kind)


def _ahead(frame: Frame, random: np.random.Generator) -> Iterator[Group]:
    """Yield what drives in our direction."""
    view, z = frame.view, float(random.uniform(11, 16))
    x = float(random.uniform(-0.4, 0.5))
    if frame.turn(3):
        yield x, z, truck(view, Vehicle(x, z + 2, (206, 120, 40), (176, 70, 44)))
    elif frame.turn(3, 1):
        yield x, z, autorickshaw(view, _auto(x, z - 1))
    else:
        yield x, z, bus(view, Vehicle(x, z + 2, (186, 54, 44), (226, 214, 180)))
    side = float(random.uniform(18, 26))
    yield -2.6, side, autorickshaw(view, _auto(-2.6, side))
    if _has_track(frame) and frame.number % 4 != 3:
        engine = Vehicle(8.3, float(random.uniform(16, 22)), (52, 84, 150), (206, 196, 160), True)
        yield 8.3, engine.z, tram(view, engine, length=40.0)


def _oncoming(frame: Frame, random: np.random.Generator) -> Iterator[Group]:
    view, z = frame.view, float(random.uniform(9, 13))
    queue = [("auto", "car", "truck"), ("car", "bus", "auto"), ("auto", "truck", "car")]
    for kind in queue[frame.number % 3]:
        place = Vehicle(float(random.uniform(3.2, 4.0)), z, pick(random, _CARS), oncoming=True)
        yield place.x, z, _vehicle(view, kind, place)
        z += float(random.uniform(11, 15))


def _vehicle(view: View, kind: str, place: Vehicle) -> list[Thing]:
    if kind == "auto":
        return autorickshaw(view, replace(_auto(place.x, place.z), oncoming=True))
    if kind == "truck":
        return truck(view, replace(place, color=(216, 140, 44), trim=(120, 84, 60)))
    if kind == "bus":
        return bus(view, replace(place, color=(186, 54, 44), trim=(226, 214, 180)))
    return car(view, place)


def _auto(x: float, z: float) -> Vehicle:
    return Vehicle(x, z, (54, 116, 62), (232, 188, 46))


def _two_wheelers(frame: Frame, random: np.random.Generator) -> Iterator[Group]:
    view = frame.view
    for left, right, low, high in ((-1.9, 0.6, 6.5, 9), (1.2, 2.2, 9, 14), (-2.2, -1, 14, 20)):
        x = float(random.uniform(left, right))
        who = Figure(x, float(random.uniform(low, high)), _outfit(random))
        machine = replace(who, colors=(pick(random, _CARS), *who.colors[1:]))
        yield x, who.z, [*motorbike(view, machine), rider(view, who)]
    cyclist = Figure(-3.0, float(random.uniform(8.5, 12)), _outfit(random), pick(random, (0, 1)))
    machine = replace(cyclist, colors=((60, 56, 54), *cyclist.colors[1:]))
    if frame.turn(2):
        yield cyclist.x, cyclist.z, [*bicycle(view, machine), rider(view, cyclist)]
    if frame.turn(2, 1):
        yield -5.4, 9.5, bicycle(view, Figure(-5.4, 9.5, ((96, 40, 36), *_outfit(random)[1:]), 1))
    for x in (5.8, 6.5):
        parked = Figure(x, 12 + x / 3, (pick(random, _CARS), *_outfit(random)[1:]), -1)
        yield x, parked.z, motorbike(view, parked)


def _walking(frame: Frame, random: np.random.Generator) -> Iterator[Group]:
    for low, high in ((-6.6, -4.6), (-6.4, -3.4), (5.6, 6.6), (5.6, 6.6)):
        x, z = float(random.uniform(low, high)), float(random.uniform(9, 22))
        figure = Figure(x, z, _outfit(random), pick(random, (-1, 0, 0, 1)), 0.95)
        yield x, z, person(frame.view, figure)
    crowd = [
        person(frame.view, Figure(x, 26.0, _outfit(random), pick(random, (0, 1))))[1]
        for x in (-5.6, -5.1, -4.5)
    ]
    yield -5.1, 26.0, [as_group(crowd)]


def _odds(frame: Frame, random: np.random.Generator) -> Iterator[Group]:
    """Yield what is met now and then, most of it ignored as target."""
    view = frame.view
    if frame.turn(2):
        coat = ((226, 216, 196), (128, 88, 60), (196, 160, 140), (70, 60, 52))
        z = float(random.uniform(11, 16))
        yield -3.6, z, cow(view, Figure(-3.4, z, coat, pick(random, (-1, 1))))
        yield 5.8, 14, traffic_light(view, (6.2, 14.0), lit=int(random.integers(3)))
    else:
        yield -4.7, 12, traffic_light(view, (-4.4, 12.0), lit=int(random.integers(3)))
        yield 6, 10, [barricade(view, (6.1, 10.0), ((236, 196, 50), (40, 40, 42)))]
    if frame.turn(4):
        yield -5, 14, [pole_group(view, (-5.2, 14.0), height=6, color=_RUST)]
        yield -3.4, 24, [_cart(view, -3.3, 24.0)]
    if frame.turn(4, 1):
        yield 7, 20, caravan(view, Vehicle(7.4, 20, (226, 216, 196), (160, 60, 50)))
    if frame.turn(4, 2):
        yield -3.3, 13, trailer(view, Vehicle(-3.4, 13, (150, 60, 44), (196, 170, 110)))
    if frame.turn(4, 3):
        yield -4, 10, [rail(view, "guard rail", -3.9, (9, 30), color=(186, 176, 160))]


def _cart(view: View, x: float, z: float) -> Thing:
    return crate(view, "vehicle fallback", (x, z), size=(1.5, 1.4, 2.2), color=(126, 90, 58))


def _outfit(random: np.random.Generator) -> tuple[Color, Color, Color, Color]:
    return pick(random, _CLOTHES), pick(random, _TROUSERS), (136, 96, 72), pick(random, _HAIR)


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
