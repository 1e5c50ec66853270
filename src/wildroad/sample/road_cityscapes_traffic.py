"""Traffic and street furniture of a German street."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from wildroad.sample.road_furniture import (
    crate,
    pole_group,
    rail,
    street_lamp,
    traffic_light,
    traffic_sign,
)
from wildroad.sample.road_greenery import tree
from wildroad.sample.road_people import Figure, bicycle, motorbike, person, rider
from wildroad.sample.road_scene import Color, as_group, pick
from wildroad.sample.road_street import Frame, Group
from wildroad.sample.road_vehicles import Vehicle, bus, car, caravan, trailer, tram, truck

_CARS: tuple[Color, ...] = (
    (36, 38, 44), (196, 198, 202), (122, 126, 132), (34, 52, 96), (138, 30, 34), (228, 230, 230),
)  # fmt: skip
_CLOTHES: tuple[Color, ...] = (
    (38, 42, 58), (150, 40, 48), (60, 92, 120), (46, 50, 48), (196, 190, 176), (92, 60, 96),
)  # fmt: skip
_TROUSERS: tuple[Color, ...] = ((34, 40, 62), (48, 46, 46), (84, 78, 68))
LEAVES: Color = (74, 104, 52)
_STEEL: Color = (128, 132, 136)
_RED: Color = (150, 34, 30)
_LIGHTS = ("warning", "limit", "parking", "stop", "direction")


def has_track(frame: Frame) -> bool:
    """Return whether trains run along the street of this drive."""
    return frame.drive % 2 == 0


def has_parking(frame: Frame) -> bool:
    """Return whether cars park along the street of this drive."""
    return frame.drive % 3 == 1


def traffic(frame: Frame) -> Iterator[Group]:
    """Yield everything that stands or moves in the street, with its place."""
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
        yield 7.8, z, [tree(view, (7.9, z), height=6.2, color=LEAVES, seed=seed)]
        yield -9.9, z + 6, [tree(view, (-10.2, z + 6), height=6.0, color=LEAVES, seed=(*seed, 1))]
    for z in frame.spots(22.0, until=70.0, start=9.0):
        yield 5.0, z, [street_lamp(view, (5.0, z), height=6.6, color=_STEEL)]
        yield -8.6, z + 8, [street_lamp(view, (-8.5, z + 8), height=6.6, color=_STEEL)]
    for z in frame.spots(16.0, until=50.0, start=8.0):
        yield 5.1, z, traffic_sign(view, (5.2, z), kind=pick(random, _LIGHTS))


def _parked(frame: Frame) -> Iterator[Group]:
    random = np.random.default_rng((*frame.drive_seed, 8))
    for z in frame.spots(6.4, until=48.0, start=8.5):
        color, taken = pick(random, _CARS), random.uniform() < 0.5
        if taken and has_parking(frame):
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
    if has_track(frame) and frame.number % 4 != 3:
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
    near = 4.8 if has_parking(frame) else 3.0
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
