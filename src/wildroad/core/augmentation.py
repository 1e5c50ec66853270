"""Extra training photos made from training photos, each remembering its parent."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torchvision.transforms import v2

from wildroad.core.lazy import LazyMapping


@dataclass(frozen=True)
class Distortion:
    """Ranges of the random changes.

    Attributes:
        degrees: Greatest rotation either way.
        translate: Greatest shift as a share of the side.
        scale: Range of the zoom.
        shear: Greatest shear in degrees either way.
        flip: Probability of a horizontal flip.
        brightness: Greatest relative change of brightness.
        contrast: Greatest relative change of contrast.
        saturation: Greatest relative change of saturation.
        hue: Greatest shift of the hue, in turns (0 to 0.5).
    """

    degrees: float = 15.0
    translate: float = 0.1
    scale: tuple[float, float] = (0.9, 1.1)
    shear: float = 5.0
    flip: float = 0.5
    brightness: float = 0.3
    contrast: float = 0.3
    saturation: float = 0.3
    hue: float = 0.05

    def transform(self) -> v2.Transform:
        """The change as a transform of torchvision."""
        return v2.Compose(
            [
                v2.RandomAffine(
                    self.degrees,
                    translate=(self.translate, self.translate),
                    scale=self.scale,
                    shear=self.shear,
                    interpolation=v2.InterpolationMode.BILINEAR,
                ),
                v2.RandomHorizontalFlip(self.flip),
                v2.ColorJitter(self.brightness, self.contrast, self.saturation, self.hue),
            ]
        )


def choose_parents(split: pd.DataFrame, *, count: int, seed: int) -> pd.DataFrame:
    """Draw the parents of ``count`` extra photos from the training photos only.

    Every training photo is drawn once before any is drawn twice.

    Args:
        split: photo_id, class_name, split.
        count: Extra photos.
        seed: Seed of the draw.

    Returns:
        photo_id ("parent#extra0001"), parent_id, class_name.
    """
    train = split.loc[split["split"] == "train"].sort_values("photo_id")
    generator = np.random.default_rng(seed)
    rounds = -(-count // max(1, len(train)))
    order = [generator.permutation(len(train)) for _ in range(rounds)]
    drawn = np.concatenate(order)[:count] if order else np.zeros(0, np.int64)
    parents = train.iloc[drawn][["photo_id", "class_name"]].reset_index(drop=True)
    names = [f"{parent}#extra{number:04d}" for number, parent in enumerate(parents["photo_id"], 1)]
    parents = parents.rename(columns={"photo_id": "parent_id"})
    parents.insert(0, "photo_id", names)
    return parents


def extra_photos(
    images: Mapping[str, NDArray[np.uint8]],
    parents: pd.DataFrame,
    *,
    distortion: Distortion,
    seed: int,
) -> LazyMapping[NDArray[np.uint8]]:
    """Make the extra photos, lazily; each depends on the seed and its own id alone.

    Args:
        images: photo_id -> uint8 (H, W, 3), holding every parent.
        parents: photo_id, parent_id, as from ``choose_parents``.
        distortion: Ranges of the random changes.
        seed: Seed of the changes.

    Returns:
        photo_id -> uint8 (H, W, 3).
    """
    parent_of = dict(zip(parents["photo_id"], parents["parent_id"], strict=True))
    number_of = {name: number for number, name in enumerate(parent_of)}
    transform = distortion.transform()

    def make(photo_id: str) -> NDArray[np.uint8]:
        pixels = torch.from_numpy(np.array(images[parent_of[photo_id]])).permute(2, 0, 1)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed * 1_000_003 + number_of[photo_id])
            return np.ascontiguousarray(transform(pixels).permute(1, 2, 0).numpy())

    return LazyMapping(list(parent_of), make)
