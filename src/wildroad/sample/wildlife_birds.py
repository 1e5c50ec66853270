"""Birds on the ground, on a branch and in flight.

Measures are metres; body frame as in wildlife_solids.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np

from wildroad.sample.wildlife_coats import Coat
from wildroad.sample.wildlife_noise import Floats, tint, vary
from wildroad.sample.wildlife_solids import Material, Part, Point


@dataclass(frozen=True)
class Plumage:
    """One kind of bird.

    Attributes:
        length: From breast to rump.
        girth: Radius of the body.
        upright: Angle of the body above the horizontal.
        leg: Length of a leg.
        neck: Length of the neck.
        head: Radius of the head.
        beak: Length of the beak.
        tail: Length of the tail.
        colors: Colours of back, breast, head, wing, wing tip, beak.
    """

    length: float
    girth: float
    upright: float
    leg: float
    neck: float
    head: float
    beak: float
    tail: float
    colors: tuple[Floats, Floats, Floats, Floats, Floats, Floats]

    @property
    def center(self) -> Point:
        """Middle of the body of a standing bird."""
        return (0.0, 0.0, self.leg + self.girth)


_BLACK, _BILL = tint(34, 34, 40), tint(70, 66, 60)
BIRDS: tuple[Plumage, ...] = (
    Plumage(0.3, 0.1, 0.2, 0.12, 0.05, 0.06, 0.08, 0.2,
            (_BLACK, _BLACK, _BLACK, _BLACK, _BLACK, _BLACK)),
    Plumage(0.4, 0.13, 0.15, 0.13, 0.16, 0.055, 0.05, 0.55,
            (tint(158, 88, 40), tint(150, 66, 34), tint(30, 84, 70), tint(176, 128, 70),
             tint(120, 96, 70), tint(190, 176, 130))),
    Plumage(0.24, 0.09, 0.3, 0.09, 0.03, 0.055, 0.04, 0.18,
            (tint(172, 132, 108), tint(190, 152, 128), tint(196, 140, 100), tint(48, 46, 50),
             tint(74, 120, 190), _BILL)),
    Plumage(0.3, 0.14, 1.15, 0.08, 0.02, 0.125, 0.03, 0.14,
            (tint(118, 96, 72), tint(170, 148, 118), tint(136, 112, 84), tint(96, 76, 56),
             tint(70, 56, 44), tint(60, 50, 40))),
    Plumage(0.5, 0.19, 0.85, 0.14, 0.1, 0.1, 0.11, 0.3,
            (tint(58, 46, 38), tint(66, 52, 42), tint(92, 78, 62), tint(46, 38, 32),
             tint(222, 216, 206), tint(226, 172, 52))),
    Plumage(0.5, 0.16, 0.25, 0.55, 0.5, 0.06, 0.14, 0.2,
            (tint(214, 212, 208), tint(224, 222, 218), tint(40, 38, 38), tint(212, 210, 206),
             tint(36, 36, 38), tint(126, 124, 92))),
    Plumage(0.3, 0.1, 0.25, 0.1, 0.04, 0.055, 0.05, 0.3,
            (tint(30, 32, 40), tint(220, 216, 208), tint(28, 28, 34), tint(34, 42, 60),
             tint(220, 218, 212), _BLACK)),
)  # fmt: skip


def draw_plumage(generator: np.random.Generator) -> tuple[Plumage, Coat]:
    """A kind of bird and the colours of one individual."""
    kind = BIRDS[generator.integers(len(BIRDS))]
    back, breast, head, wing, tip, beak = (vary(generator, c, spread=0.07) for c in kind.colors)
    parts: Mapping[Material, Floats] = {
        Material.BREAST: breast, Material.HEAD: head, Material.NECK: 0.5 * (head + breast),
        Material.WING: wing, Material.WING_TIP: tip, Material.BEAK: beak,
        Material.LEG: tint(112, 92, 66), Material.FOOT: tint(100, 82, 60), Material.TAIL: wing,
    }  # fmt: skip
    shift = float(generator.integers(0, 500))
    return kind, Coat(back, parts, streak=0.1, shift=shift)


def perch(kind: Plumage, *, peck: float, turn: float) -> list[Part]:
    """A bird that stands; peck lowers the head, turn looks aside, both in radians."""
    tilt = kind.upright - 0.5 * peck
    breast = _from(kind.center, tilt, 0.5 * (kind.length - kind.girth))
    rump = _from(kind.center, tilt, -0.5 * kind.length)
    parts = _body(kind, breast, rump) + _folded_wings(kind, tilt)
    parts += _bird_head(kind, breast, rise=1.1 - 1.6 * peck, turn=turn)
    parts.append(_tail_fan(kind, rump, tilt))
    return parts + [part for side in (-1, 1) for part in _bird_leg(kind, side)]


def fly(kind: Plumage, *, beat: float, height: float) -> list[Part]:
    """A bird on the wing at a height above the ground; beat is the angle of the wings."""
    center: Point = (0.0, 0.0, height)
    breast, rump = _from(center, 0.1, 0.4 * kind.length), _from(center, 0.1, -0.5 * kind.length)
    parts = _body(kind, breast, rump) + _bird_head(kind, breast, rise=0.2, turn=0.0)
    parts.append(_tail_fan(kind, rump, 0.1))
    return parts + [part for side in (-1, 1) for part in _open_wing(kind, center, side, beat)]


def branch_under(*, length: float, tilt: float) -> list[Part]:
    """A branch below the feet of a bird that perches."""
    first: Point = (-0.15 * length, length, -0.03 - tilt)
    last: Point = (0.15 * length, -length, -0.03 + tilt)
    return [Part(first, last, (0.05, 0.03), Material.WOOD)]


def _from(start: Point, rise: float, length: float) -> Point:
    return (start[0] + cos(rise) * length, start[1], start[2] + sin(rise) * length)


def _body(kind: Plumage, breast: Point, rump: Point) -> list[Part]:
    under: Point = (breast[0] + 0.02, 0, breast[2] - 0.16 * kind.girth)
    return [
        Part(breast, rump, (kind.girth, 0.5 * kind.girth), Material.TORSO),
        Part(under, kind.center, (0.93 * kind.girth, 0.6 * kind.girth), Material.BREAST),
    ]


def _bird_head(kind: Plumage, breast: Point, *, rise: float, turn: float) -> list[Part]:
    top = _from(breast, rise, kind.neck + 0.95 * kind.girth)
    ahead = (cos(turn), sin(turn))
    bill = (top[0] + ahead[0] * kind.head, top[1] + ahead[1] * kind.head, top[2])
    tip = (bill[0] + ahead[0] * kind.beak, bill[1] + ahead[1] * kind.beak, top[2] - 0.2 * kind.beak)
    parts = [
        Part(breast, top, (0.75 * kind.girth, 0.8 * kind.head), Material.NECK),
        Part(top, top, (kind.head, kind.head), Material.HEAD),
        Part(bill, tip, (0.3 * kind.head, 0.08 * kind.head), Material.BEAK),
    ]
    return parts + [_bird_eye(kind, top, ahead, side) for side in (-1, 1)]


def _bird_eye(kind: Plumage, top: Point, ahead: tuple[float, float], side: int) -> Part:
    forward, aside = 0.6 * kind.head, 0.68 * side * kind.head
    place = (
        top[0] + ahead[0] * forward - ahead[1] * aside,
        top[1] + ahead[1] * forward + ahead[0] * aside,
        top[2] + 0.25 * kind.head,
    )
    return Part(place, place, (0.2 * kind.head, 0.2 * kind.head), Material.EYE)


def _folded_wings(kind: Plumage, tilt: float) -> list[Part]:
    parts: list[Part] = []
    for side in (-1, 1):
        shoulder, tip = (
            _from(kind.center, tilt, 0.25 * kind.length),
            _from(kind.center, tilt, -0.7 * kind.length),
        )
        start = (shoulder[0], side * 0.55 * kind.girth, shoulder[2] + 0.12 * kind.girth)
        end = (tip[0], side * 0.22 * kind.girth, tip[2] + 0.1 * kind.girth)
        middle = tuple((a + b) / 2 for a, b in zip(start, end, strict=True))
        joint: Point = (middle[0], side * 0.5 * kind.girth, middle[2])
        parts.append(Part(start, joint, (0.58 * kind.girth, 0.5 * kind.girth), Material.WING))
        parts.append(Part(joint, end, (0.5 * kind.girth, 0.15 * kind.girth), Material.WING_TIP))
    return parts


def _tail_fan(kind: Plumage, rump: Point, tilt: float) -> Part:
    tip = _from(rump, pi + tilt - 0.1, kind.tail)
    return Part(rump, tip, (0.32 * kind.girth, 0.2 * kind.girth), Material.TAIL)


def _bird_leg(kind: Plumage, side: int) -> list[Part]:
    thick = 0.012 + 0.03 * kind.girth
    top: Point = (0.0, side * 0.4 * kind.girth, kind.leg + 0.4 * kind.girth)
    heel: Point = (-0.03, side * 0.4 * kind.girth, 0.45 * kind.leg)
    ankle: Point = (0.0, side * 0.4 * kind.girth, thick)
    toe: Point = (0.05 + 0.2 * kind.girth, side * 0.45 * kind.girth, thick)
    return [
        Part(top, heel, (2.2 * thick, thick), Material.LEG),
        Part(heel, ankle, (thick, thick), Material.LEG),
        Part(ankle, toe, (thick, 0.7 * thick), Material.FOOT),
    ]


def _open_wing(kind: Plumage, center: Point, side: int, beat: float) -> list[Part]:
    span, feather = 1.15 * kind.length + 2 * kind.girth, 0.75 * kind.length
    parts: list[Part] = []
    for share in np.linspace(0.06, 1.0, 10):
        out, lift = share * span * cos(beat), share * span * sin(beat) * (1.2 - 0.3 * share)
        root = (
            0.12 * kind.length - 0.12 * share**2,
            side * out,
            center[2] + 0.4 * kind.girth + lift,
        )
        sweep = feather * (1 - 0.35 * share)
        tip = (root[0] - sweep, side * (out + 0.3 * share * feather), root[2] - 0.05)
        material = Material.WING if share < 0.6 else Material.WING_TIP
        parts.append(Part(root, tip, (0.075 * span, 0.045 * span), material))
    return parts
