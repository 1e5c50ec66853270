"""People who walk past the camera.

Measures are metres; body frame as in wildlife_solids.
"""

from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np

from wildroad.sample.wildlife_coats import Coat, Pattern, patches
from wildroad.sample.wildlife_noise import tint, vary
from wildroad.sample.wildlife_solids import Material, Part, Point

_CLOTHES = (
    tint(64, 76, 52), tint(150, 46, 38), tint(46, 66, 110), tint(214, 104, 32), tint(62, 60, 60),
    tint(112, 96, 70), tint(44, 92, 72), tint(176, 164, 132),
)  # fmt: skip
_SKINS = (tint(218, 176, 146), tint(176, 128, 96), tint(128, 88, 64))


@dataclass(frozen=True)
class Figure:
    """One person.

    Attributes:
        height: Metres.
        bulk: Factor of all widths; thick winter clothes are above 1.
        pack: Wears a backpack.
        hat: Wears a hat.
        stick: Carries a staff.
    """

    height: float
    bulk: float
    pack: bool
    hat: bool
    stick: bool


def draw_person(generator: np.random.Generator) -> tuple[Figure, Coat]:
    """A person and the clothes."""
    figure = Figure(
        height=float(generator.uniform(1.55, 1.88)),
        bulk=float(generator.uniform(0.9, 1.2)),
        pack=bool(generator.random() < 0.5),
        hat=bool(generator.random() < 0.6),
        stick=bool(generator.random() < 0.3),
    )
    return figure, _clothes(generator)


def _clothes(generator: np.random.Generator) -> Coat:
    jacket, trousers, pack, hat = (
        vary(generator, _CLOTHES[i], spread=0.12) for i in generator.integers(len(_CLOTHES), size=4)
    )
    camouflage: Pattern | None = patches if generator.random() < 0.25 else None
    parts = {
        Material.JACKET: jacket, Material.TROUSERS: 0.7 * trousers, Material.PACK: pack,
        Material.HAIR: hat, Material.SKIN: _SKINS[generator.integers(len(_SKINS))],
        Material.BOOT: tint(48, 40, 34),
    }  # fmt: skip
    shift = float(generator.integers(0, 500))
    return Coat(jacket, parts, pattern=camouflage, marking=0.6 * jacket, streak=0.05, shift=shift)


def walk(figure: Figure, *, stride: float, phase: float, lean: float) -> list[Part]:
    """A person in mid-step; stride and lean in radians."""
    hip: Point = (0.0, 0.0, 0.52 * figure.height)
    shoulder = _below(hip, pi - lean, 0.29 * figure.height)
    parts = _torso(figure, hip, shoulder) + _head(figure, shoulder, lean)
    for side, offset in ((1, 0.0), (-1, pi)):
        swing = stride * sin(phase + offset)
        parts += _leg(figure, hip, side, swing, max(0.0, cos(phase + offset)) * stride)
        parts += _arm(figure, shoulder, side, -0.8 * swing)
    return parts + (_backpack(figure, shoulder) if figure.pack else []) + _staff(figure)


def _below(start: Point, angle: float, length: float) -> Point:
    return (start[0] + sin(angle) * length, start[1], start[2] - cos(angle) * length)


def _aside(point: Point, left: float) -> Point:
    return (point[0], point[1] + left, point[2])


def _torso(figure: Figure, hip: Point, shoulder: Point) -> list[Part]:
    wide = 0.085 * figure.bulk * figure.height
    girth = (1.05 * wide, 0.85 * wide)
    parts = [
        Part(_aside(hip, s * 0.5 * wide), _aside(shoulder, s * 0.8 * wide), girth, Material.JACKET)
        for s in (-1, 1)
    ]
    belt = (0.95 * wide, 0.95 * wide)
    low: Point = (hip[0], hip[1], hip[2] - 0.06)
    return [
        *parts,
        Part(_aside(low, -0.5 * wide), _aside(low, 0.5 * wide), belt, Material.TROUSERS),
    ]


def _head(figure: Figure, shoulder: Point, lean: float) -> list[Part]:
    size = 0.066 * figure.height
    neck = _below(shoulder, pi - lean, 0.06 * figure.height)
    head = _below(shoulder, pi - 0.8 * lean, 0.135 * figure.height)
    crown: Point = (head[0] - 0.12 * size, 0, head[2] + 0.35 * size)
    cover = (0.98 * size, (1.08 if figure.hat else 0.98) * size)
    parts = [
        Part(shoulder, neck, (0.75 * size, 0.6 * size), Material.SKIN),
        Part(head, _below(head, 0.3, 0.35 * size), (size, 0.8 * size), Material.SKIN),
        Part(crown, _below(crown, pi, 0.25 * size), cover, Material.HAIR),
    ]
    eyes = [
        _aside((head[0] + 0.85 * size, 0, head[2] + 0.05 * size), s * 0.38 * size) for s in (-1, 1)
    ]
    return parts + [Part(eye, eye, (0.12 * size, 0.12 * size), Material.EYE) for eye in eyes]


def _leg(figure: Figure, hip: Point, side: int, swing: float, lift: float) -> list[Part]:
    thick, length = 0.055 * figure.bulk * figure.height, hip[2] - 0.05
    top = _aside(hip, side * 0.055 * figure.height)
    knee = _below(top, swing, 0.5 * length)
    ankle = _below(knee, swing - 1.1 * lift - 0.05, 0.5 * length)
    toe: Point = (ankle[0] + 0.15, ankle[1], ankle[2] - 0.01)
    return [
        Part(top, knee, (1.3 * thick, 0.95 * thick), Material.TROUSERS),
        Part(knee, ankle, (0.95 * thick, 0.7 * thick), Material.TROUSERS),
        Part(ankle, toe, (0.065, 0.05), Material.BOOT),
    ]


def _arm(figure: Figure, shoulder: Point, side: int, swing: float) -> list[Part]:
    thick = 0.042 * figure.bulk * figure.height
    low: Point = (shoulder[0], shoulder[1], shoulder[2] + 0.01)
    top = _aside(low, side * (0.1 * figure.height * figure.bulk + 0.02))
    elbow = _below(top, swing - 0.1, 0.18 * figure.height)
    hand = _below(elbow, swing + 0.45, 0.16 * figure.height)
    return [
        Part(top, elbow, (1.15 * thick, 0.9 * thick), Material.JACKET),
        Part(elbow, hand, (0.9 * thick, 0.65 * thick), Material.JACKET),
        Part(hand, _below(hand, swing + 0.4, 0.07), (0.04, 0.035), Material.SKIN),
    ]


def _backpack(figure: Figure, shoulder: Point) -> list[Part]:
    wide = 0.085 * figure.bulk * figure.height
    top: Point = (shoulder[0] - 1.35 * wide, 0, shoulder[2] - 0.02)
    low: Point = (top[0] - 0.06, 0, top[2] - 0.36)
    return [
        Part(_aside(top, s * 0.07), _aside(low, s * 0.08), (0.11, 0.14), Material.PACK)
        for s in (-1, 1)
    ]


def _staff(figure: Figure) -> list[Part]:
    if not figure.stick:
        return []
    tilt = 0.35 * cos(figure.height * 40)
    top: Point = (0.35 + tilt, 0.32, 1.35)
    return [Part((0.3, 0.3, 0.02), top, (0.018, 0.018), Material.WOOD)]
