"""A small wildlife data set, drawn by code: camera-trap photos of ten classes.

Each photo depends on the seed, its class and its number only. Place, season, light, camera and
the printed strip come from random streams that do not know the class.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from wildroad.sample.wildlife_camera import Lens, Strip, expose
from wildroad.sample.wildlife_canvas import Canvas
from wildroad.sample.wildlife_noise import Floats
from wildroad.sample.wildlife_scenery import Scenery, draw_scenery
from wildroad.sample.wildlife_subjects import Stand, Subject, draw_subject, lay_subject

REFERENCE_PHOTOS = {
    "amur_leopard": 978,
    "amur_tiger": 1049,
    "birds": 1446,
    "black_bear": 975,
    "brown_bear": 1209,
    "dog": 1213,
    "roe_deer": 1124,
    "sika_deer": 1539,
    "wild_boar": 1435,
    "people": 700,
}
WILDLIFE_CLASSES: tuple[str, ...] = tuple(REFERENCE_PHOTOS)

SMALLEST = (96, 72)
PAIR_SHARE = 0.08
BURST_LENGTHS = (1, 2, 3, 4)
BURST_SHARES = (0.7, 0.12, 0.1, 0.08)


@dataclass(frozen=True)
class WildlifeSample:
    """How large a sample is.

    Attributes:
        photos_per_class: Mean over the classes; single classes differ as in the reference set.
        width: Columns of a photo, pixels.
        height: Rows of a photo, pixels.
        seed: Another seed gives other photos.

    Raises:
        ValueError: If a number is too small.
    """

    photos_per_class: int = 48
    width: int = 320
    height: int = 240
    seed: int = 20

    def __post_init__(self) -> None:
        """Checks the numbers."""
        _check("photos_per_class", self.photos_per_class, least=1)
        _check("width", self.width, least=SMALLEST[0])
        _check("height", self.height, least=SMALLEST[1])
        _check("seed", self.seed, least=0)

    def photo_count(self, class_name: str) -> int:
        """How many photos a class has, at least one."""
        mean = sum(REFERENCE_PHOTOS.values()) / len(REFERENCE_PHOTOS)
        return max(round(REFERENCE_PHOTOS[class_name] / mean * self.photos_per_class), 1)


def _check(name: str, value: int, *, least: int) -> None:
    if value < least:
        raise ValueError(f"WildlifeSample.{name} is {value}; it must be at least {least}.")


@dataclass(frozen=True)
class Burst:
    """The frames a camera took of one visit.

    Attributes:
        class_name: Who came.
        number: Counts the visits of a class from 1.
        frames: How many photos there are of it.
    """

    class_name: str
    number: int
    frames: int

    @staticmethod
    def of(class_name: str, number: int, *, seed: int) -> "Burst":
        """The burst of that number; its length depends on the seed and the number."""
        generator = np.random.default_rng([seed, WILDLIFE_CLASSES.index(class_name), number, 0])
        return Burst(class_name, number, int(generator.choice(BURST_LENGTHS, p=BURST_SHARES)))

    def file_names(self) -> list[str]:
        """The names of its files: the frame is counted only where there are several."""
        stem = f"{self.class_name}_{self.number:04d}"
        if self.frames == 1:
            return [f"{stem}.jpg"]
        return [f"{stem}_{frame + 1}.jpg" for frame in range(self.frames)]

    def streams(self, seed: int) -> list[np.random.Generator]:
        """Independent streams: place, camera, stand, subject, sensor."""
        key = [seed, WILDLIFE_CLASSES.index(self.class_name), self.number]
        return [np.random.default_rng([*key, stream]) for stream in range(1, 6)]


def burst_of(file_name: str) -> str:
    """The burst a file belongs to.

    >>> burst_of("amur_tiger_0007_2.jpg"), burst_of("amur_tiger_0008.jpg")
    ('amur_tiger_0007', 'amur_tiger_0008')

    Raises:
        ValueError: If the name is not one that draw_wildlife gives.
    """
    stem = Path(file_name).stem
    for class_name in WILDLIFE_CLASSES:
        number, _, frame = stem.removeprefix(f"{class_name}_").partition("_")
        if len(number) == 4 and number.isdigit() and (not frame or frame.isdigit()):
            return f"{class_name}_{number}"
    raise ValueError(
        f"{file_name!r} is no file name of the wildlife sample; one is 'amur_tiger_0007_2.jpg'."
    )


def bursts(sample: WildlifeSample, class_name: str) -> Iterator[Burst]:
    """The bursts of a class until there are enough photos; the last may be cut short."""
    left, number = sample.photo_count(class_name), 0
    while left > 0:
        number += 1
        burst = Burst.of(class_name, number, seed=sample.seed)
        yield burst
        left -= burst.frames


def wildlife_files(sample: WildlifeSample) -> list[str]:
    """The photos draw_wildlife writes, as class/file.jpg."""
    return [f"{name}/{file}" for name in WILDLIFE_CLASSES for file in _class_files(sample, name)]


def _class_files(sample: WildlifeSample, class_name: str) -> list[str]:
    names = [name for burst in bursts(sample, class_name) for name in burst.file_names()]
    return names[: sample.photo_count(class_name)]


def draw_wildlife(folder: Path, sample: WildlifeSample, *, progress: bool = False) -> None:
    """Writes folder/class/class_0001.jpg and so on; a burst's frames end in _1, _2 ...

    Args:
        folder: Made where it does not exist; files of the same names are replaced.
        sample: How many photos, how large, from which seed.
        progress: Shows a bar.
    """
    wanted = set(wildlife_files(sample))
    with tqdm(total=len(wanted), desc="wildlife photos", disable=not progress) as bar:
        for class_name in WILDLIFE_CLASSES:
            (folder / class_name).mkdir(parents=True, exist_ok=True)
            for burst in bursts(sample, class_name):
                for name, photo, quality in _photos(sample, burst):
                    if f"{class_name}/{name}" in wanted:
                        photo.save(folder / class_name / name, quality=quality)
                        bar.update()


def _photos(sample: WildlifeSample, burst: Burst) -> Iterator[tuple[str, Image.Image, int]]:
    """File name, photo and JPEG quality of each frame."""
    place, camera, spot, who, sensor = burst.streams(sample.seed)
    scenery = draw_scenery(place, height=sample.height, width=sample.width)
    lens = Lens.draw(camera, night=scenery.setting.light.night)
    strip = Strip.draw(camera, scenery.setting)
    pictures = _pictures(scenery, _cast(burst, spot, who), frames=burst.frames)
    for frame, (name, picture) in enumerate(zip(burst.file_names(), pictures, strict=True)):
        yield name, expose(picture, scenery.setting, lens, strip.later(frame), sensor), lens.quality


def _cast(
    burst: Burst, spot: np.random.Generator, who: np.random.Generator
) -> list[tuple[Subject, Stand]]:
    """One or two of the class and where they stand, the farther one first."""
    stand = Stand.draw(spot)
    cast = [(draw_subject(burst.class_name, who, frames=burst.frames), stand)]
    if spot.random() < PAIR_SHARE:
        other = draw_subject(burst.class_name, who, frames=burst.frames)
        cast.append((other, stand.beside(spot)))
    return sorted(cast, key=lambda pair: -pair[1].distance)


def _pictures(
    scenery: Scenery, cast: list[tuple[Subject, Stand]], *, frames: int
) -> Iterator[Floats]:
    """What the lens sees in each frame, (H, W, 3)."""
    nearest = cast[-1][1].distance
    back, front = scenery.split_at(nearest)
    for frame in range(frames):
        canvas: Canvas = back.copy()
        for subject, stand in cast:
            lay_subject(canvas, scenery.setting, subject, stand, frame=frame)
        canvas.cover(front)
        yield canvas.color
