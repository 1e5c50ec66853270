"""Traffic and street furniture of an Indian street."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

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
from wildroad.sample.road_greenery import tree
from wildroad.sample.road_people import Figure, bicycle, cow, motorbike, person, rider
from wildroad.sample.road_scene import Color, Thing, View, as_group, pick
from wildroad.sample.road_street import Frame, Group
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
LEAVES: Color = (104, 112, 58)
_RUST: Color = (112, 98, 86)


def has_track(frame: Frame) -> bool:
    """Return whether trains run along the street of this drive."""
    return frame.drive % 2 == 0


def traffic(frame: Frame) -> Iterator[Group]:
    """Yield everything that stands or moves in the street, with its place."""
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
        yield -7.5, z + 5, [tree(view, (-7.6, z + 5), height=5.5, color=LEAVES, seed=seed)]
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
    if has_track(frame) and frame.number % 4 != 3:
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
