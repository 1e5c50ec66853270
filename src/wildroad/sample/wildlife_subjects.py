"""Who walks into the picture: an individual, what it does from frame to frame, and how it looks.

Shape legend: h, w of the picture of one body.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import pi

import numpy as np
from scipy.ndimage import uniform_filter1d

from wildroad.sample.wildlife_animals import BUILDS, Build, Pose, stand
from wildroad.sample.wildlife_birds import Plumage, branch_under, draw_plumage, fly, perch
from wildroad.sample.wildlife_canvas import Canvas, Patch
from wildroad.sample.wildlife_coats import Coat, draw_coat
from wildroad.sample.wildlife_noise import Floats
from wildroad.sample.wildlife_people import draw_person, walk
from wildroad.sample.wildlife_scenery import Setting
from wildroad.sample.wildlife_solids import SUPERSAMPLING, Material, Part, Surface, View, see

TYPICAL_SIZE = 1.2


@dataclass(frozen=True)
class Stand:
    """Where a subject stands; drawn without knowing what it is.

    Attributes:
        distance: Metres from the camera.
        aside: Share of the photo's width.
        yaw: Which way it faces, see View.
        pace: Metres it moves between two frames.
        smear: Length of the motion blur, pixels.
    """

    distance: float
    aside: float
    yaw: float
    pace: float
    smear: int

    @staticmethod
    def draw(generator: np.random.Generator) -> "Stand":
        """A random place, most often seen from the side."""
        side = float(generator.choice([0.0, pi]))
        return Stand(
            distance=float(generator.uniform(1.65, 2.15)),
            aside=float(np.clip(generator.normal(0.5, 0.08), 0.05, 0.95)),
            yaw=side + float(generator.normal(0, 0.3)),
            pace=float(generator.uniform(0.02, 0.16)),
            smear=int(generator.choice([1, 3, 6], p=[0.75, 0.17, 0.08])),
        )

    def beside(self, generator: np.random.Generator) -> "Stand":
        """The place of a companion, somewhat farther away."""
        away = 0.3 + 0.2 * float(generator.random())
        aside = self.aside + (away if self.aside < 0.5 else -away)
        turn = float(generator.normal(0, 0.4))
        farther = self.distance * float(generator.uniform(1.15, 1.5))
        return replace(self, distance=farther, aside=aside, yaw=self.yaw + turn)

    def later(self, frame: int) -> "Stand":
        """The place some frames later."""
        step = self.pace * float(np.cos(self.yaw)) / self.distance
        return replace(self, aside=self.aside + frame * step)


@dataclass(frozen=True)
class Subject:
    """An individual and its poses.

    Attributes:
        poses: Its parts in each frame of the burst.
        coat: Its colours.
        size: Metres, for how near it comes.
        shag: How shaggy it is, metres.
        glow: Whether its eyes shine in the flash.
    """

    poses: Sequence[Sequence[Part]]
    coat: Coat
    size: float
    shag: float
    glow: bool = True

    def closeness(self) -> float:
        """How much larger it is shown: a camera for small animals hangs nearer."""
        return float((TYPICAL_SIZE / self.size) ** 0.7)


def draw_subject(class_name: str, generator: np.random.Generator, *, frames: int) -> Subject:
    """A random individual of the class."""
    return _SUBJECTS.get(class_name, partial(_draw_animal, class_name))(generator, frames)


def _draw_animal(class_name: str, generator: np.random.Generator, frames: int) -> Subject:
    build = BUILDS[class_name]
    antlers = build.antlers > 0 and generator.random() < 0.45
    floppy = class_name == "dog" and generator.random() < 0.4
    coat, pose = draw_coat(class_name, generator), Pose.draw(generator)
    growth = _draw_growth(generator)
    poses = []
    for _ in range(frames):
        parts = stand(build, pose, antlers=bool(antlers), floppy_ears=bool(floppy))
        poses.append(_scaled(_grounded(parts), growth))
        pose = pose.moved(generator)
    return Subject(poses, coat, growth * _size(build), build.shag)


def _draw_growth(generator: np.random.Generator) -> float:
    """Size relative to a typical adult; some are young."""
    return float(
        generator.uniform(0.6, 0.8) if generator.random() < 0.15 else generator.uniform(0.9, 1.12)
    )


def _size(build: Build) -> float:
    return 0.5 * (build.trunk + build.shoulder) + 0.3


def _scaled(parts: Sequence[Part], factor: float) -> list[Part]:
    return [
        Part(_times(part.start, factor), _times(part.end, factor),
             (part.radii[0] * factor, part.radii[1] * factor), part.material)
        for part in parts
    ]  # fmt: skip


def _grounded(parts: Sequence[Part]) -> list[Part]:
    """The parts moved up or down until the lowest foot is on the ground."""
    feet = [part for part in parts if part.material in (Material.FOOT, Material.BOOT)]
    return _lifted(parts, -min(foot.end[2] - foot.radii[1] for foot in feet))


def _times(point: tuple[float, float, float], factor: float) -> tuple[float, float, float]:
    return (point[0] * factor, point[1] * factor, point[2] * factor)


def _draw_bird(generator: np.random.Generator, frames: int) -> Subject:
    kind, coat = draw_plumage(generator)
    poses = _bird_poses(generator, kind, frames)
    return Subject(poses, coat, kind.length + 0.5 * kind.neck + 0.2, 0.003)


def _bird_poses(generator: np.random.Generator, kind: Plumage, frames: int) -> list[list[Part]]:
    manner = generator.choice(["ground", "branch", "flight"], p=[0.5, 0.25, 0.25])
    beat, lift = float(generator.uniform(-0.3, 0.9)), float(generator.uniform(0.15, 0.5))
    if manner == "flight":
        return [fly(kind, beat=beat - 0.35 * frame, height=lift) for frame in range(frames)]
    peck, turn = float(generator.choice([0.0, 0.2, 0.9])), float(generator.normal(0, 0.5))
    poses = [perch(kind, peck=peck, turn=turn + 0.3 * frame) for frame in range(frames)]
    if manner == "ground":
        return poses
    branch = branch_under(
        length=float(generator.uniform(0.5, 1.4)), tilt=float(generator.normal(0, 0.08))
    )
    return [_lifted(pose + branch, lift) for pose in poses]


def _lifted(parts: Sequence[Part], height: float) -> list[Part]:
    return [
        replace(part, start=(*part.start[:2], part.start[2] + height),
                end=(*part.end[:2], part.end[2] + height))
        for part in parts
    ]  # fmt: skip


def _draw_walker(generator: np.random.Generator, frames: int) -> Subject:
    figure, coat = draw_person(generator)
    stride, phase = float(generator.choice([0.06, 0.35, 0.5])), float(generator.uniform(0, 2 * pi))
    lean = float(generator.choice([0.02, 0.12, 0.4], p=[0.55, 0.4, 0.05]))
    poses = [
        _grounded(walk(figure, stride=stride, phase=phase + 0.45 * frame, lean=lean))
        for frame in range(frames)
    ]
    return Subject(poses, coat, 1.7, 0.003, glow=False)


_SUBJECTS: Mapping[str, Callable[[np.random.Generator, int], Subject]] = {
    "birds": _draw_bird,
    "people": _draw_walker,
}


def lay_subject(
    canvas: Canvas, setting: Setting, subject: Subject, stand_: Stand, *, frame: int
) -> None:
    """Lays the subject and its shadow on the canvas, as it stands in a frame of the burst."""
    place = stand_.later(frame)
    distance = place.distance
    pitch = 0.6 * (setting.eye - 0.4 * subject.size) / distance
    view = View(
        place.yaw,
        pitch,
        subject.closeness() * setting.scale(distance),
        subject.shag,
        subject.coat.shift,
    )
    surface = see(subject.poses[frame], view)
    color = _lit(surface, subject, setting, distance)
    patch = _patch(surface, color, (setting.row(distance), place.aside * setting.width))
    if not setting.light.night:
        canvas.lay(_shadow(patch, round(setting.row(distance)), setting))
    canvas.lay(_smeared(patch, place.smear))


def _lit(surface: Surface, subject: Subject, setting: Setting, distance: float) -> Floats:
    """Colours (h, w, 3) in the light of the place; black beside the body."""
    shade = setting.light.shade(surface.normal)
    shade *= 0.72 + 0.28 * np.clip(surface.place[:, 2] / (0.5 * subject.size), 0, 1)
    color = setting.light.at(subject.coat.paint(surface) * shade[:, None], distance)
    if setting.light.night and subject.glow:
        color[surface.material == Material.EYE] = 3.2
    picture = np.zeros((*surface.alpha.shape, 3), np.float32)
    picture[surface.alpha > 0] = color
    return picture


def _patch(surface: Surface, color: Floats, origin: tuple[float, float]) -> Patch:
    """The body at the photo's resolution, its origin at a row and column of the photo."""
    alpha = _reduced(surface.alpha[..., None], surface.origin)[..., 0]
    covered = _reduced(color, surface.origin)
    top, left = ((place + SUPERSAMPLING - 1) // SUPERSAMPLING for place in surface.origin)
    return Patch(covered, alpha, round(origin[0]) - top, round(origin[1]) - left)


def _reduced(image: Floats, origin: tuple[int, int]) -> Floats:
    """Means over SUPERSAMPLING squares that begin at the origin."""
    pads = []
    for axis in (0, 1):
        before = -origin[axis] % SUPERSAMPLING
        pads.append((before, -(image.shape[axis] + before) % SUPERSAMPLING))
    padded = np.pad(image, [*pads, (0, 0)])
    steps = range(SUPERSAMPLING)
    shifted = [padded[i::SUPERSAMPLING, j::SUPERSAMPLING] for i in steps for j in steps]
    return np.asarray(sum(shifted[1:], shifted[0]) / len(shifted), np.float32)


def _shadow(patch: Patch, ground: int, setting: Setting) -> Patch:
    """A soft shadow on the ground, as wide as the body."""
    high = max(patch.alpha.shape[0] // 14, 2)
    rows = np.arange(-3 * high, 3 * high + 1, dtype=np.float32) / high
    profile = np.pad(patch.alpha.max(axis=0), 3 * high)
    across = uniform_filter1d(uniform_filter1d(profile, 3 * high), 3 * high)
    depth = 0.75 * (1.05 - setting.light.ambient)
    alpha = (depth * np.exp(-(rows**2))[:, None] * across).astype(np.float32)
    dark = alpha[..., None] * np.array([0.03, 0.04, 0.06], np.float32)
    return Patch(dark, alpha, ground - 3 * high, patch.left - 3 * high)


def _smeared(patch: Patch, length: int) -> Patch:
    """The patch as it moves sideways while the shutter is open."""
    if length < 2:
        return patch
    pad = ((0, 0), (length, length))
    alpha = np.pad(patch.alpha, pad)
    color = np.pad(patch.color, (*pad, (0, 0)))
    alphas = sum(np.roll(alpha, step, 1) for step in range(length)) / length
    colors = sum(np.roll(color, step, 1) for step in range(length)) / length
    return Patch(
        np.asarray(colors, np.float32),
        np.asarray(alphas, np.float32),
        patch.top,
        patch.left - length,
    )
