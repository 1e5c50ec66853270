"""What segmentation adds to the training loop: random views of scenes, loss and validation.

Shapes: N scenes, K classes of the model, H x W pixels of a scene, h x w of what the network sees.
Class masks hold 0 to K - 1, and IGNORED where the target is not evaluated.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as transform

from wildroad.core.checkpoints import IMAGENET_MEAN, IMAGENET_STD
from wildroad.core.class_weights import frequency_weights
from wildroad.core.labels import IGNORED
from wildroad.core.lazy import LazyMapping, read_ahead
from wildroad.core.metrics.segmentation import Counts, count_confusion, overall_scores
from wildroad.core.models.classifiers import Normalise
from wildroad.core.ranks import Ranks
from wildroad.core.scene_tensors import network_input
from wildroad.core.training import Batch
from wildroad.core.training_scenes import Pair, TrainingScenes, reading_threads, stacked

PADDING = tuple(round(255 * mean) for mean in IMAGENET_MEAN)
"""Colour beside a scene that doesn't fill the view: the mean, which is normalised to about 0."""


@dataclass(frozen=True)
class Augmentation:
    """Random changes of a training scene.

    Attributes:
        scale: Least and greatest enlargement of the scene, of which the view is a random window;
            where the scene is smaller than the view, the rest is ignored.
        flip: Probability of a horizontal flip.
        color: Greatest relative change of brightness, contrast and saturation.

    Raises:
        ValueError: A value out of its range.
    """

    scale: tuple[float, float] = (0.5, 2.0)
    flip: float = 0.5
    color: float = 0.2

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        if not 0 < self.scale[0] <= self.scale[1]:
            raise ValueError(
                f"scale is {list(self.scale)}; the least enlargement comes first, and is above 0"
            )
        for name in ("flip", "color"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; a share from 0 to 1 is needed")


class SegmentationBatches:
    """Batches of random views of scenes; the same for the same seed and epoch.

    Every scene's view follows from (seed, epoch, scene) alone, so it does not matter in which batch
    or on which machine it is made. Threads make the next views while a batch is learned from.
    Processes that are joined in a group divide each batch among them, each scene to one. A last
    batch that would be incomplete is left out: the epochs' orders differ, so no scene is left
    out for good.
    """

    def __init__(
        self,
        scenes: TrainingScenes,
        *,
        size: tuple[int, int],
        batch_size: int,
        seed: int,
        device: torch.device,
        augmentation: Augmentation,
    ) -> None:
        """Know the scenes.

        Args:
            scenes: N scenes of any sizes.
            size: Height and width of the views.
            batch_size: Scenes a batch; at most N are taken.
            seed: Decides order and changes.
            device: Where the batches lie.
            augmentation: Which changes.

        Raises:
            ValueError: Fewer than two scenes a batch, of which batch normalisation can't learn.
        """
        self.batch_size = min(batch_size, len(scenes))
        if self.batch_size < 2:
            raise ValueError(
                f"{len(scenes)} scenes in batches of {batch_size}: batch normalisation needs 2"
            )
        self.scenes, self.size, self.augmentation = scenes, size, augmentation
        self.seed, self.device = seed, device
        self.normalise = Normalise(IMAGENET_MEAN, IMAGENET_STD).to(device)

    def __len__(self) -> int:
        """Give the number of batches an epoch."""
        return len(self.scenes) // self.batch_size

    def __call__(self, epoch: int) -> Iterator[Batch]:
        """Yield (normalised images (B, 3, h, w) float32, targets (B, h, w) int64) of an epoch."""
        order = torch.randperm(len(self.scenes), generator=_generator(self.seed, epoch)).tolist()
        shares = [
            Ranks.current().share(order[start : start + self.batch_size])
            for start in range(0, len(self) * self.batch_size, self.batch_size)
        ]
        used = [str(scene) for share in shares for scene in share]
        views = LazyMapping(used, lambda scene: self.view(epoch, int(scene)))
        made = read_ahead(views, workers=reading_threads())
        for share in shares:
            batch = [view for _, view in islice(made, len(share))]
            images, masks = (part.to(self.device) for part in stacked(batch))
            yield network_input(images, self.normalise), masks.long()

    def view(self, epoch: int, scene: int) -> Pair:
        """Make the view of one scene: image (3, h, w) and mask (h, w), both uint8."""
        generator = _generator(self.seed, epoch, scene)
        return augmented(*self.scenes[scene], self.augmentation, generator, size=self.size)


def augmented(
    image: Tensor,
    mask: Tensor,
    changes: Augmentation,
    generator: torch.Generator,
    *,
    size: tuple[int, int],
) -> Pair:
    """Make a view of ``size`` of image (3, H, W) and mask (H, W) alike; labels are never mixed.

    The image is resized smoothly and the mask by the nearest neighbour.
    """
    zoom, top, left, flip, *colors = torch.rand(7, generator=generator).tolist()
    scale = changes.scale[0] + zoom * (changes.scale[1] - changes.scale[0])
    rows, columns = (max(1, round(side / scale)) for side in size)
    place = (round(top * (mask.shape[0] - rows)), round(left * (mask.shape[1] - columns)))
    image = window(image, place, (rows, columns), outside=PADDING)
    mask = window(mask[None], place, (rows, columns), outside=(IGNORED,))
    resize = partial(transform.resize, size=list(size))
    image = resize(image, antialias=True)
    mask = resize(mask, interpolation=InterpolationMode.NEAREST_EXACT)[0]
    if flip < changes.flip:
        image, mask = image.flip(-1), mask.flip(-1)
    factors = [1 + changes.color * (2 * color - 1) for color in colors]
    return _recolored(image, factors) if changes.color else image, mask


def window(
    pixels: Tensor, place: tuple[int, int], size: tuple[int, int], *, outside: Sequence[int]
) -> Tensor:
    """Cut (C, rows, columns) out of (C, H, W) at a place that may begin before it.

    Args:
        pixels: An image or, with one channel, a mask.
        place: Row and column of the window's first pixel; negative where it begins outside.
        size: Rows and columns.
        outside: Value of each channel beyond the pixels, (C,).

    >>> window(torch.ones(1, 1, 2), (0, -1), (1, 4), outside=[7]).tolist()
    [[[7.0, 1.0, 1.0, 7.0]]]
    """
    (top, left), (rows, columns) = place, size
    inside = pixels[:, max(0, top) : top + rows, max(0, left) : left + columns]
    if inside.shape[1:] == size:
        return inside
    filled = torch.empty(len(pixels), rows, columns, dtype=pixels.dtype)
    filled[:] = torch.tensor(outside, dtype=pixels.dtype)[:, None, None]
    first_row, first_column = max(0, -top), max(0, -left)
    height, width = inside.shape[1:]
    filled[:, first_row : first_row + height, first_column : first_column + width] = inside
    return filled


def segmentation_loss(
    logits: Tensor, target: Tensor, *, class_weights: Tensor | None = None
) -> Tensor:
    """Mean cross-entropy in nats over the pixels that aren't ignored; 0 where all are.

    Args:
        logits: (N, K, H, W).
        target: (N, H, W), 0 to K - 1 or IGNORED.
        class_weights: Weight of a pixel of each class, (K,); all alike if None.
    """
    summed, weight = _summed_loss(logits, target, class_weights)
    return summed / weight.clamp(min=torch.finfo(weight.dtype).tiny)


def rarity_weights(class_pixels: NDArray[np.int64], *, power: float) -> Tensor:
    """Weigh classes by the inverse of their share of the pixels, to a power.

    Args:
        class_pixels: How many pixels each class has, (K,).
        power: 0 weighs all alike, 1 gives every class the same sum of weights.

    Returns:
        (K,), of mean 1 over the pixels; 0 for classes that don't occur.
    """
    return frequency_weights(class_pixels, power=power)


@torch.inference_mode()
def measure_segmentation(
    model: nn.Module,
    scenes: TrainingScenes,
    *,
    classes: int,
    batch_size: int,
    device: torch.device,
    bfloat16: bool = False,
    class_weights: Tensor | None = None,
) -> dict[str, float]:
    """Measure a model on scenes at their size; of several processes, each on its share.

    Args:
        model: In eval mode, on the device.
        scenes: N scenes; those of different sizes never share a batch.
        classes: How many classes K the model has.
        batch_size: Scenes at once.
        device: Where to compute.
        bfloat16: Whether to compute the logits in bfloat16.
        class_weights: As in `segmentation_loss`.

    Returns:
        val_loss (mean over pixels, not over batches) and val_mean_iou.
    """
    normalise = Normalise(IMAGENET_MEAN, IMAGENET_STD).to(device)
    loss, weight = torch.zeros(2, dtype=torch.float64)
    counts: Counts = np.zeros((IGNORED + 1, classes + 1), np.int64)
    ranks = Ranks.current()
    own = range(len(scenes))[ranks.block(len(scenes))]
    for images, masks in same_size_batches(scenes, own, batch_size=batch_size):
        batch = network_input(images.to(device), normalise)
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            logits = model(batch).float()
        summed, weights = _summed_loss(logits, masks.long().to(device), class_weights)
        loss, weight = loss + summed.cpu().double(), weight + weights.cpu().double()
        predicted = logits.argmax(1).to(torch.uint8).cpu().numpy()
        counts += count_confusion(masks.numpy(), predicted, rows=IGNORED + 1, columns=classes + 1)
    loss, weight = ranks.total(loss), ranks.total(weight)
    counts = ranks.total(torch.from_numpy(counts)).numpy()
    scores = overall_scores(counts[:classes]).set_index("metric")["value"]
    return {"val_loss": float(loss / weight), "val_mean_iou": float(scores["mean_iou"])}


def same_size_batches(
    scenes: TrainingScenes, order: Sequence[int], *, batch_size: int
) -> Iterator[Pair]:
    """Images (B, 3, H, W) and masks (B, H, W) of scenes in an order."""
    for _, pairs in groupby(scenes.ahead(order), lambda pair: pair[1].shape):
        batch: list[Pair] = []
        for pair in pairs:
            batch.append(pair)
            if len(batch) == batch_size:
                yield stacked(batch)
                batch = []
        if batch:
            yield stacked(batch)


def _summed_loss(
    logits: Tensor, target: Tensor, class_weights: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Give the weighted sum of the pixels' losses, and the sum of their weights."""
    summed = functional.cross_entropy(
        logits, target, weight=class_weights, ignore_index=IGNORED, reduction="sum"
    )
    valid = target != IGNORED
    weights = valid if class_weights is None else class_weights[target[valid]]
    return summed, weights.sum().to(summed.dtype)


def _recolored(image: Tensor, factors: Sequence[float]) -> Tensor:
    brightness, contrast, saturation = factors
    image = transform.adjust_brightness(image, brightness)
    image = transform.adjust_contrast(image, contrast)
    recolored: Tensor = transform.adjust_saturation(image, saturation)
    return recolored


def _generator(*key: int) -> torch.Generator:
    """Make a generator whose stream belongs to the key alone."""
    (state,) = np.random.SeedSequence(key).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))
