"""The build of four-legged animals and how a pose turns it into round cones.

Measures are metres of a typical adult; body frame as in wildlife_solids.
"""

from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np

from wildroad.sample.wildlife_solids import Material, Part, Point


@dataclass(frozen=True)
class Build:
    """Measures of one kind of animal, in metres and radians.

    Attributes:
        trunk: Distance from hip to shoulder.
        shoulder: Height of the back over the shoulders.
        hip: Height of the back over the hips.
        girth: Radius of chest, belly and rump.
        neck: Length of the neck.
        neck_girth: Radius where it leaves the trunk and where it meets the head.
        neck_rise: Angle above the horizontal when at ease.
        skull: Radius of the head.
        muzzle: Length beyond the skull.
        muzzle_girth: Radius at the skull and at the nose.
        ear: Length of an ear.
        ear_girth: Radius of an ear at its base and at its tip.
        leg_girth: Radius of a leg at the trunk and above the foot.
        foot: Radius of a foot.
        tail: Length of the tail.
        tail_girth: Radius of the tail.
        tail_rise: Angle at which it leaves the trunk (negative: it hangs) and how it bends.
        hump: Radius of a hump or mane over the shoulders.
        antlers: Length of a male's antlers.
        shag: How shaggy the fur is.
    """

    trunk: float
    shoulder: float
    hip: float
    girth: tuple[float, float, float]
    neck: float
    neck_girth: tuple[float, float]
    neck_rise: float
    skull: float
    muzzle: float
    muzzle_girth: tuple[float, float]
    ear: float
    ear_girth: tuple[float, float]
    leg_girth: tuple[float, float]
    foot: float
    tail: float
    tail_girth: float
    tail_rise: tuple[float, float]
    hump: float = 0.0
    antlers: float = 0.0
    shag: float = 0.008


@dataclass(frozen=True)
class Pose:
    """What the animal does at the moment of the photo.

    Attributes:
        stride: Half the angle a leg swings through, radians.
        phase: Where in the stride it is, radians.
        head_rise: Added to the neck's angle, radians (negative: it feeds).
        head_turn: The head turned sideways, radians.
        tail_swing: Added to the tail's angle, radians.
    """

    stride: float
    phase: float
    head_rise: float
    head_turn: float
    tail_swing: float

    @staticmethod
    def draw(generator: np.random.Generator) -> "Pose":
        """A random pose: standing, walking or running, alert or feeding."""
        return Pose(
            stride=float(generator.choice([0.08, 0.32, 0.42, 0.65], p=[0.3, 0.3, 0.25, 0.15])),
            phase=float(generator.uniform(0, 2 * pi)),
            head_rise=float(generator.choice([0.1, -0.25, -0.95], p=[0.45, 0.33, 0.22])),
            head_turn=float(generator.normal(0, 0.45)),
            tail_swing=float(generator.normal(0, 0.3)),
        )

    def moved(self, generator: np.random.Generator) -> "Pose":
        """A moment later."""
        return Pose(
            stride=self.stride,
            phase=self.phase + float(generator.uniform(0.2, 0.6)),
            head_rise=self.head_rise + float(generator.normal(0, 0.05)),
            head_turn=self.head_turn + float(generator.normal(0, 0.08)),
            tail_swing=self.tail_swing + float(generator.normal(0, 0.1)),
        )


BUILDS = {
    "amur_leopard": Build(
        trunk=0.86, shoulder=0.62, hip=0.62, girth=(0.165, 0.155, 0.16), neck=0.17,
        neck_girth=(0.13, 0.1), neck_rise=0.35, skull=0.105, muzzle=0.075,
        muzzle_girth=(0.07, 0.045), ear=0.05, ear_girth=(0.035, 0.025), leg_girth=(0.085, 0.048),
        foot=0.052, tail=0.85, tail_girth=0.035, tail_rise=(-0.7, 0.5), shag=0.005,
    ),
    "amur_tiger": Build(
        trunk=1.2, shoulder=0.95, hip=0.92, girth=(0.26, 0.24, 0.24), neck=0.24,
        neck_girth=(0.21, 0.17), neck_rise=0.25, skull=0.165, muzzle=0.12,
        muzzle_girth=(0.115, 0.075), ear=0.07, ear_girth=(0.05, 0.035), leg_girth=(0.14, 0.078),
        foot=0.085, tail=0.95, tail_girth=0.05, tail_rise=(-0.8, 0.45), shag=0.008,
    ),
    "black_bear": Build(
        trunk=0.92, shoulder=0.8, hip=0.82, girth=(0.27, 0.29, 0.28), neck=0.22,
        neck_girth=(0.22, 0.16), neck_rise=0.1, skull=0.155, muzzle=0.16,
        muzzle_girth=(0.085, 0.055), ear=0.075, ear_girth=(0.05, 0.045), leg_girth=(0.14, 0.09),
        foot=0.085, tail=0.06, tail_girth=0.05, tail_rise=(-0.9, 0.0), shag=0.009,
    ),
    "brown_bear": Build(
        trunk=1.15, shoulder=1.02, hip=0.98, girth=(0.33, 0.34, 0.32), neck=0.28,
        neck_girth=(0.27, 0.2), neck_rise=0.0, skull=0.195, muzzle=0.21,
        muzzle_girth=(0.11, 0.065), ear=0.06, ear_girth=(0.05, 0.04), leg_girth=(0.18, 0.115),
        foot=0.11, tail=0.08, tail_girth=0.06, tail_rise=(-0.9, 0.0), hump=0.2, shag=0.011,
    ),
    "dog": Build(
        trunk=0.58, shoulder=0.56, hip=0.54, girth=(0.13, 0.11, 0.115), neck=0.2,
        neck_girth=(0.095, 0.075), neck_rise=0.85, skull=0.088, muzzle=0.12,
        muzzle_girth=(0.055, 0.034), ear=0.1, ear_girth=(0.035, 0.012), leg_girth=(0.065, 0.03),
        foot=0.034, tail=0.36, tail_girth=0.032, tail_rise=(0.7, 1.5), shag=0.006,
    ),
    "roe_deer": Build(
        trunk=0.68, shoulder=0.66, hip=0.7, girth=(0.135, 0.14, 0.14), neck=0.34,
        neck_girth=(0.09, 0.058), neck_rise=1.0, skull=0.072, muzzle=0.125,
        muzzle_girth=(0.046, 0.026), ear=0.13, ear_girth=(0.034, 0.014), leg_girth=(0.062, 0.017),
        foot=0.021, tail=0.03, tail_girth=0.03, tail_rise=(-0.7, 0.0), antlers=0.19, shag=0.004,
    ),
    "sika_deer": Build(
        trunk=0.88, shoulder=0.9, hip=0.89, girth=(0.195, 0.2, 0.19), neck=0.42,
        neck_girth=(0.14, 0.08), neck_rise=0.95, skull=0.09, muzzle=0.16,
        muzzle_girth=(0.06, 0.034), ear=0.14, ear_girth=(0.04, 0.015), leg_girth=(0.085, 0.023),
        foot=0.028, tail=0.16, tail_girth=0.034, tail_rise=(-1.1, 0.0), antlers=0.5, shag=0.005,
    ),
    "wild_boar": Build(
        trunk=0.78, shoulder=0.82, hip=0.7, girth=(0.255, 0.225, 0.18), neck=0.2,
        neck_girth=(0.225, 0.165), neck_rise=-0.3, skull=0.145, muzzle=0.33,
        muzzle_girth=(0.105, 0.05), ear=0.12, ear_girth=(0.05, 0.015), leg_girth=(0.09, 0.032),
        foot=0.036, tail=0.26, tail_girth=0.015, tail_rise=(-1.0, 0.0), hump=0.12, shag=0.013,
    ),
}  # fmt: skip


def stand(build: Build, pose: Pose, *, antlers: bool, floppy_ears: bool = False) -> list[Part]:
    """The animal's parts in the pose."""
    head = _Head.carried(build, pose)
    parts = _trunk(build) + _neck(build, head) + head.parts(build, floppy_ears=floppy_ears)
    parts += _legs(build, pose) + _tail(build, pose)
    return parts + (head.antlers(build) if antlers else [])


def _trunk(build: Build) -> list[Part]:
    chest, belly, rump = build.girth
    fore, rear = 0.44 * build.trunk, -0.44 * build.trunk
    shoulder: Point = (fore, 0, build.shoulder - chest)
    middle: Point = (-0.02, 0, (build.shoulder + build.hip) / 2 - 1.08 * belly)
    hip: Point = (rear, 0, build.hip - rump)
    parts = [
        Part(shoulder, middle, (chest, belly), Material.TORSO),
        Part(middle, hip, (belly, rump), Material.TORSO),
    ]
    if build.hump > 0:
        top: Point = (0.75 * fore, 0, build.shoulder - 0.6 * build.hump)
        parts.append(Part(top, shoulder, (build.hump, chest), Material.TORSO))
    return parts


def _along(start: Point, rise: float, length: float, *, turn: float = 0.0) -> Point:
    """The point at a length from start, rise above the horizontal, turned to the left."""
    flat = cos(rise) * length
    return (
        start[0] + flat * cos(turn),
        start[1] + flat * sin(turn),
        start[2] + sin(rise) * length,
    )


def _neck_base(build: Build) -> Point:
    return (0.47 * build.trunk, 0, build.shoulder - 1.05 * build.neck_girth[0])


def _neck(build: Build, head: "_Head") -> list[Part]:
    return [Part(_neck_base(build), head.center, build.neck_girth, Material.NECK)]


@dataclass(frozen=True)
class _Head:
    """Where the head is and where it points."""

    center: Point
    rise: float
    turn: float

    @staticmethod
    def carried(build: Build, pose: Pose) -> "_Head":
        rise = max(build.neck_rise + pose.head_rise, -0.9)
        reach = build.neck + 0.75 * build.neck_girth[0]
        x, y, z = _along(_neck_base(build), rise, reach, turn=0.35 * pose.head_turn)
        return _Head((x, y, max(z, 1.2 * build.skull)), 0.35 * rise - 0.42, pose.head_turn)

    def at(self, forward: float, left: float, up: float) -> Point:
        x, y, z = _along(self.center, self.rise, forward, turn=self.turn)
        side = (-sin(self.turn) * left, cos(self.turn) * left)
        lift = (-sin(self.rise) * cos(self.turn) * up, -sin(self.rise) * sin(self.turn) * up)
        return (x + side[0] + lift[0], y + side[1] + lift[1], z + cos(self.rise) * up)

    def parts(self, build: Build, *, floppy_ears: bool) -> list[Part]:
        skull, tip = build.skull, build.skull + build.muzzle
        nose = build.muzzle_girth[1]
        front, end = self.at(0.45 * skull, 0, -0.2 * skull), self.at(tip - nose, 0, -0.25 * skull)
        parts = [
            Part(self.center, self.at(0.3 * skull, 0, 0), (skull, 0.88 * skull), Material.HEAD),
            Part(front, end, build.muzzle_girth, Material.MUZZLE),
            Part(end, self.at(tip, 0, -0.18 * skull), (0.75 * nose, 0.55 * nose), Material.NOSE),
        ]
        for side in (-1, 1):
            parts += [self._eye(build, side), self._ear(build, side, floppy=floppy_ears)]
        return parts

    def _eye(self, build: Build, side: int) -> Part:
        skull = build.skull
        place = self.at(0.78 * skull, side * 0.52 * skull, 0.36 * skull)
        return Part(place, place, (0.17 * skull, 0.17 * skull), Material.EYE)

    def _ear(self, build: Build, side: int, *, floppy: bool) -> Part:
        skull, length = build.skull, build.ear
        base = self.at(-0.1 * skull, side * 0.62 * skull, 0.68 * skull)
        rise = -0.7 if floppy else 0.9
        tip = self.at(
            -0.25 * skull, side * (0.62 * skull + 0.55 * length), 0.68 * skull + rise * length
        )
        return Part(base, tip, build.ear_girth, Material.EAR)

    def antlers(self, build: Build) -> list[Part]:
        parts: list[Part] = []
        thick = 0.028 * build.antlers + 0.006
        for side in (-1, 1):
            beam = [self._tine(build, side, share) for share in (0.0, 0.35, 0.7, 1.0)]
            pairs = [(beam[0], beam[1]), (beam[1], beam[2]), (beam[2], beam[3])]
            pairs += [
                (beam[1], self._fork(build, side, 0.35)),
                (beam[2], self._fork(build, side, 0.7)),
            ]
            parts += [Part(a, b, (thick, 0.7 * thick), Material.HORN) for a, b in pairs]
        return parts

    def _tine(self, build: Build, side: int, share: float) -> Point:
        spread = 0.3 * build.skull + 0.32 * build.antlers * share**0.7
        up = 0.75 * build.skull + build.antlers * share
        return self.at(-0.3 * build.antlers * share * (1.1 - share), side * spread, up)

    def _fork(self, build: Build, side: int, share: float) -> Point:
        spread = 0.3 * build.skull + 0.3 * build.antlers * share
        up = 0.8 * build.skull + build.antlers * (share + 0.25)
        return self.at(0.25 * build.antlers, side * spread, up)


def _legs(build: Build, pose: Pose) -> list[Part]:
    parts: list[Part] = []
    for side, offset in ((1, 0.0), (-1, pi)):
        swing = pose.stride * sin(pose.phase + offset)
        lift = max(0.0, cos(pose.phase + offset)) * pose.stride
        parts += _fore_leg(build, side, swing, lift)
        parts += _hind_leg(build, side, -swing, max(0.0, -cos(pose.phase + offset)) * pose.stride)
    return parts


def _fore_leg(build: Build, side: int, swing: float, lift: float) -> list[Part]:
    chest = build.girth[0]
    top: Point = (0.43 * build.trunk, side * 0.5 * chest, build.shoulder - 1.15 * chest)
    length = top[2] - build.foot
    elbow = _down(top, swing - 0.12, 0.46 * length)
    wrist = _down(elbow, swing - 0.9 * lift, 0.54 * length)
    return _limb(build, (top, elbow, wrist), thick=0.55 * chest)


def _hind_leg(build: Build, side: int, swing: float, lift: float) -> list[Part]:
    rump = build.girth[2]
    top: Point = (-0.45 * build.trunk, side * 0.5 * rump, build.hip - 1.1 * rump)
    length = top[2] - build.foot
    knee = _down(top, swing + 0.3, 0.4 * length)
    hock = _down(knee, swing - 0.55 - 0.5 * lift, 0.36 * length)
    ankle = _down(hock, swing + 0.08 - 0.8 * lift, 0.34 * length)
    return _limb(build, (top, knee, hock, ankle), thick=0.72 * rump)


def _down(start: Point, angle: float, length: float) -> Point:
    """The point at a length below start, swung forward by the angle."""
    return (start[0] + sin(angle) * length, start[1], start[2] - cos(angle) * length)


def _limb(build: Build, joints: tuple[Point, ...], *, thick: float) -> list[Part]:
    middle, thin = build.leg_girth
    girths = [thick, *np.linspace(0.75 * middle, thin, len(joints) - 1).tolist()]
    foot = _along(joints[-1], -0.15, 1.0 * build.foot)
    parts = [
        Part(joints[i], joints[i + 1], (girths[i], girths[i + 1]), Material.LEG)
        for i in range(len(joints) - 1)
    ]
    return [*parts, Part(joints[-1], foot, (thin, build.foot), Material.FOOT)]


def _tail(build: Build, pose: Pose) -> list[Part]:
    joints: list[Point] = [
        (-0.44 * build.trunk - 0.85 * build.girth[2], 0, build.hip - 0.6 * build.girth[2])
    ]
    rise, bend = build.tail_rise
    for share in (0.0, 0.33, 0.67, 1.0):
        angle = pi - rise - (bend + pose.tail_swing) * share
        joints.append(_along(joints[-1], angle, build.tail / 4, turn=0.3 * pose.tail_swing))
    girths = np.linspace(build.tail_girth, 0.75 * build.tail_girth, 5)
    materials = (Material.TAIL, Material.TAIL, Material.TAIL, Material.TAIL_TIP)
    return [
        Part(joints[i], joints[i + 1], (float(girths[i]), float(girths[i + 1])), materials[i])
        for i in range(4)
    ]
