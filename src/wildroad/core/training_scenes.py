"""The scenes that a segmenter is trained on: decoded when they are asked for, memory bounded.

Shapes: N scenes, K classes, H x W pixels of a scene at the size of training.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm.auto import tqdm

from wildroad.core.domains import Domain
from wildroad.core.labels import IGNORED
from wildroad.core.lazy import LazyMapping, read_ahead
from wildroad.core.masks import resize_mask
from wildroad.core.ranks import Ranks
from wildroad.core.scene_tensors import resized_scene, shared_tensor

Pair = tuple[Tensor, Tensor]
"""Image (3, H, W) and class mask (H, W) of a scene, both uint8."""


@dataclass(frozen=True)
class Survey:
    """What reading every scene once tells.

    Attributes:
        digest: Hash of all pixels of all images and masks, hexadecimal.
        class_pixels: Pixels of each class, (K,).
    """

    digest: str
    class_pixels: NDArray[np.int64]


class TrainingScenes:
    """The scenes of one role of a domain, at one size or at their own.

    Scenes are decoded and resized at each look-up, but for those that fit into the memory that may
    be used: these are kept as bytes. Which of the two never changes a pixel.
    """

    def __init__(
        self,
        domain: Domain,
        role: str,
        *,
        size: tuple[int, int] | None,
        held_bytes: int = 0,
    ) -> None:
        """Know which scenes there are; none is read yet.

        Args:
            domain: Whose scenes.
            role: Which of them.
            size: Height and width they are resized to, images smoothly, masks by the nearest
                neighbour; None for each scene's own.
            held_bytes: Most memory for decoded scenes.
        """
        self.domain, self.ids, self.size = domain, domain.ids(role), size
        self.free_bytes = held_bytes
        self._held: dict[int, Pair] = {}

    def __len__(self) -> int:
        """Give the number of scenes."""
        return len(self.ids)

    def __getitem__(self, scene: int) -> Pair:
        """Image and class mask of one scene.

        Raises:
            ValueError: A file can't be read, or image and mask are of different sizes.
        """
        if scene in self._held:
            return self._held[scene]
        pair = self._read(scene)
        needed = sum(part.nbytes for part in pair)
        if needed <= self.free_bytes:
            self.free_bytes -= needed
            self._held[scene] = pair
        return pair

    def ahead(self, order: Sequence[int]) -> Iterator[Pair]:
        """Yield scenes in an order while threads read the next ones."""
        pairs = LazyMapping([str(scene) for scene in order], lambda key: self[int(key)])
        return (pair for _, pair in read_ahead(pairs, workers=reading_threads()))

    def survey(self, *, classes: int, title: str | None = None) -> Survey:
        """Read every scene once: what can't be read is known before anything is computed from it.

        Processes that are joined in a group read a share each, and know what all of them read.

        Args:
            classes: How many classes K there are.
            title: What the progress bar says; None shows no bar.
        """
        digest = sha256()
        pixels = np.zeros(IGNORED + 1, np.int64)
        ranks = Ranks.current()
        own = range(len(self))[ranks.block(len(self))]
        pairs = tqdm(
            self.ahead(own),
            total=len(own),
            desc=title,
            unit="scene",
            disable=title is None,
        )
        for image, mask in pairs:
            digest.update(f"{tuple(image.shape)}".encode())
            for tensor in (image, mask):
                digest.update(tensor.contiguous().numpy().data)
            pixels += np.bincount(mask.numpy().ravel(), minlength=IGNORED + 1)
        return together(ranks.gathered(Survey(digest.hexdigest(), pixels[:classes])))

    def _read(self, scene: int) -> Pair:
        scene_id = self.ids[scene]
        image, mask = self.domain.image(scene_id), self.domain.target(scene_id)
        if image.shape[:2] != mask.shape:
            raise ValueError(
                f"the photo of {scene_id} is {image.shape[1]} x {image.shape[0]} px and its mask"
                f" {mask.shape[1]} x {mask.shape[0]}: run data_processing again"
            )
        height, width = self.size or mask.shape
        mask = resize_mask(mask, height=height, width=width)
        return resized_scene(image, (height, width)).contiguous(), shared_tensor(mask)


def together(surveys: Sequence[Survey]) -> Survey:
    """What several processes read, each a part of the scenes."""
    if len(surveys) == 1:
        return surveys[0]
    digest = sha256("".join(one.digest for one in surveys).encode())
    return Survey(digest.hexdigest(), np.sum([one.class_pixels for one in surveys], axis=0))


def reading_threads() -> int:
    """As many as there are cores for a process, but not so many that scenes fill the memory."""
    return max(1, min(8, (os.cpu_count() or 1) // Ranks.current().size))


def stacked(pairs: Sequence[Pair]) -> Pair:
    """Scenes of one size as one tensor of images (N, 3, H, W) and one of masks (N, H, W)."""
    images, masks = zip(*pairs, strict=True)
    return torch.stack(images), torch.stack(masks)
