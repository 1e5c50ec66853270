"""Extra training photos made from training photos, each remembering its parent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from wildroad.core.image_array import origins_of
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

    def apply(self, photo: Tensor, generator: np.random.Generator) -> Tensor:
        """Change a photo (3, H, W) uint8 at random: shape first, then colours in random order.

        All chance comes from the generator, so photos can be made in any order and thread.
        """
        height, width = photo.shape[-2:]
        photo = functional.affine(
            photo,
            angle=generator.uniform(-self.degrees, self.degrees),
            translate=[
                round(width * generator.uniform(-self.translate, self.translate)),
                round(height * generator.uniform(-self.translate, self.translate)),
            ],
            scale=generator.uniform(*self.scale),
            shear=[generator.uniform(-self.shear, self.shear), 0.0],
            interpolation=InterpolationMode.BILINEAR,
        )
        if generator.random() < self.flip:
            photo = functional.horizontal_flip(photo)
        return self._recolor(photo, generator)

    def _recolor(self, photo: Tensor, generator: np.random.Generator) -> Tensor:
        changes: list[tuple[Callable[[Tensor, float], Tensor], float, float]] = [
            (functional.adjust_brightness, 1, self.brightness),
            (functional.adjust_contrast, 1, self.contrast),
            (functional.adjust_saturation, 1, self.saturation),
            (functional.adjust_hue, 0, self.hue),
        ]
        for number in generator.permutation(len(changes)):
            change, middle, most = changes[number]
            photo = change(photo, generator.uniform(middle - most, middle + most))
        return photo


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
        photo_id -> uint8 (H, W, 3), with origins where those of the parents are known.
    """
    parent_of = dict(zip(parents["photo_id"], parents["parent_id"], strict=True))
    number_of = {name: number for number, name in enumerate(parent_of)}

    def make(photo_id: str) -> NDArray[np.uint8]:
        pixels = torch.from_numpy(np.array(images[parent_of[photo_id]])).permute(2, 0, 1)
        generator = np.random.default_rng([seed, number_of[photo_id]])
        changed = distortion.apply(pixels, generator)
        return np.ascontiguousarray(changed.permute(1, 2, 0).numpy())

    known = origins_of(images)
    origins = {
        name: f"{known[parent]}; {distortion}; seed {seed}, draw {number_of[name]}"
        for name, parent in parent_of.items()
        if parent in known
    }
    return LazyMapping(list(parent_of), make, origins=origins)
