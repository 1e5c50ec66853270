"""Draws the road half of the embedded sample: street scenes of two countries, with annotations.

Everything is drawn by code from a seed. Photo and annotation come from one description of the
scene, so they agree; a scene depends on nothing but seed, domain, split and its number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from tqdm import tqdm

from wildroad.sample.road_cityscapes import compose_cityscapes
from wildroad.sample.road_files import write_cityscapes, write_idd
from wildroad.sample.road_idd import compose_idd
from wildroad.sample.road_scene import Camera
from wildroad.sample.road_street import FRAMES_PER_DRIVE

SPLITS = ("train", "val", "test")
_MOST_SCENES = 3000
_SMALLEST, _LARGEST = 64, 4096
_TOWNS = {
    "train": ("altenau", "buxheim", "dornstadt", "ellwangen", "freyburg", "gifhorn", "holzminden"),
    "val": ("ilmenau", "kelheim", "lichtenau"),
    "test": ("meldorf", "nordhorn"),
}
_FIRST_DRIVE = {"train": 0, "val": 400, "test": 800}
_IDD_SIZES = ((480, 270), (320, 240), (320, 180))

_Seeds = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class RoadSample:
    """How many scenes each split of a domain has, and how large they are.

    Attributes:
        train: Scenes in train; likewise `val` and `test`.
        val: Scenes in val.
        test: Scenes in test, which have no annotation.
        width: Width of a Cityscapes-style photo in pixels; those in the style of IDD come in
            three sizes from 0.625 to 0.94 times as wide.
        height: Height of a Cityscapes-style photo in pixels.
        seed: Another seed draws other scenes.

    Raises:
        ValueError: A number is out of range.
    """

    train: int = 48
    val: int = 16
    test: int = 4
    width: int = 512
    height: int = 256
    seed: int = 18

    def __post_init__(self) -> None:
        """Check every number."""
        for name in SPLITS:
            _check(name, getattr(self, name), low=0, high=_MOST_SCENES)
        for name in ("width", "height"):
            _check(name, getattr(self, name), low=_SMALLEST, high=_LARGEST)
        _check("seed", self.seed, low=0, high=2**32 - 1)


def draw_cityscapes(folder: Path, sample: RoadSample, *, progress: bool = False) -> None:
    """Draw scenes in the style of Cityscapes into its layout: German streets in grey light.

    Args:
        folder: Receives `leftImg8bit` and `gtFine`; made where it does not exist.
        sample: How many, how large, which seed.
        progress: Whether to show a progress bar.
    """
    camera = _camera(sample.width, sample.height, focal=0.85, horizon=0.42, above_ground=1.35)
    for split, number in _numbers("Cityscapes", sample, progress=progress):
        scene = compose_cityscapes(camera, number, _seeds(sample, "cityscapes", split, number))
        write_cityscapes(scene, folder, split, _town(split, number), annotated=split != "test")


def draw_idd(folder: Path, sample: RoadSample, *, progress: bool = False) -> None:
    """Draw scenes in the style of IDD into the layout of its part II: Indian streets in haze.

    Args:
        folder: Receives `idd20kII`; made where it does not exist.
        sample: How many, how large, which seed.
        progress: Whether to show a progress bar.
    """
    for split, number in _numbers("IDD", sample, progress=progress):
        scene = compose_idd(
            _idd_camera(sample, number), number, _seeds(sample, "idd", split, number)
        )
        write_idd(scene, folder, split, _drive(split, number), annotated=split != "test")


def _numbers(title: str, sample: RoadSample, *, progress: bool) -> Iterator[tuple[str, int]]:
    numbers = [(split, k) for split in SPLITS for k in range(getattr(sample, split))]
    return iter(tqdm(numbers, desc=f"Drawing {title} scenes", disable=not progress))


def _seeds(sample: RoadSample, domain: str, split: str, number: int) -> _Seeds:
    """Return the seed of a scene and the one that it shares with its drive."""
    stem = (sample.seed, crc32(f"{domain}/{split}".encode()))
    return (*stem, 0, number), (*stem, 1, number // FRAMES_PER_DRIVE)


def _town(split: str, number: int) -> str:
    drive, frame = divmod(number, FRAMES_PER_DRIVE)
    sequence, town = divmod(drive, len(_TOWNS[split]))
    return f"{_TOWNS[split][town]}_{sequence:06d}_{frame:06d}"


def _drive(split: str, number: int) -> str:
    drive, frame = divmod(number, FRAMES_PER_DRIVE)
    return f"{_FIRST_DRIVE[split] + drive:03d}/frame{30 * frame:04d}"


def _camera(
    width: int, height: int, *, focal: float, horizon: float, above_ground: float
) -> Camera:
    return Camera(width, height, focal * width, horizon * height, above_ground)


def _idd_camera(sample: RoadSample, number: int) -> Camera:
    """Return a camera of the drive's size: drives differ in their cameras, as in the real set."""
    width, height = _IDD_SIZES[number // FRAMES_PER_DRIVE % len(_IDD_SIZES)]
    scale = sample.width / 512
    return _camera(
        round(width * scale), round(height * scale), focal=0.76, horizon=0.45, above_ground=1.45
    )


def _check(name: str, value: int, *, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"RoadSample.{name} is {value}; it must be from {low} to {high}.")
