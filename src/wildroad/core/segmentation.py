"""What segmentation adds to the training loop.

Shapes: N scenes, K classes of the model, H x W pixels of a scene.
Class masks hold 0 to K - 1, and IGNORED where the target is not evaluated.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as transform

from wildroad.core.checkpoints import IMAGENET_MEAN, IMAGENET_STD
from wildroad.core.class_weights import frequency_weights
from wildroad.core.labels import IGNORED
from wildroad.core.masks import resize_mask
from wildroad.core.metrics.segmentation import Counts, count_confusion, overall_scores
from wildroad.core.models.classifiers import Normalise
from wildroad.core.scene_tensors import Pixels, network_input, resized_scene, shared_tensor
from wildroad.core.training import Batch


@dataclass(frozen=True)
class Augmentation:
    """Random changes of a training scene.

    Attributes:
        zoom: Greatest enlargement; a window of 1 to 1 / zoom of each side fills the input.
        flip: Probability of a horizontal flip.
        color: Greatest relative change of brightness, contrast and saturation.

    Raises:
        ValueError: A value out of its range.
    """

    zoom: float = 1.5
    flip: float = 0.5
    color: float = 0.2

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        if self.zoom < 1:
            raise ValueError(f"zoom is {self.zoom}; 1 keeps the whole scene, more enlarges it")
        for name in ("flip", "color"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; a share from 0 to 1 is needed")


class SegmentationBatches:
    """Batches of random views of scenes held in memory; the same for the same seed and epoch.

    Every scene's view follows from (seed, epoch, scene) alone, so it does not matter in which batch
    or on which machine it is made. A last batch that would be incomplete is left out: the epochs'
    orders differ, so no scene is left out for good.
    """

    def __init__(
        self,
        images: Pixels,
        masks: Pixels,
        *,
        batch_size: int,
        seed: int,
        device: torch.device,
        augmentation: Augmentation | None = None,
    ) -> None:
        """Hold the scenes.

        Args:
            images: (N, 3, H, W).
            masks: Class masks (N, H, W).
            batch_size: Scenes a batch; at most N are taken.
            seed: Decides order and changes.
            device: Where the batches lie.
            augmentation: Which changes; None for none.

        Raises:
            ValueError: Arrays that don't belong together, or fewer than two scenes a batch, of
                which batch normalisation can't learn.
        """
        if images.shape != (len(masks), 3, *masks.shape[1:]):
            raise ValueError(
                f"images of shape {images.shape} and masks of {masks.shape} don't belong together"
            )
        self.batch_size = min(batch_size, len(images))
        if self.batch_size < 2:
            raise ValueError(
                f"{len(images)} scenes in batches of {batch_size}: batch normalisation needs 2"
            )
        self.images, self.masks = shared_tensor(images), shared_tensor(masks)
        self.seed, self.device, self.augmentation = seed, device, augmentation
        self.normalise = Normalise(IMAGENET_MEAN, IMAGENET_STD).to(device)

    def __len__(self) -> int:
        """Give the number of batches an epoch."""
        return len(self.images) // self.batch_size

    def __call__(self, epoch: int) -> Iterator[Batch]:
        """Yield (normalised images (B, 3, H, W) float32, targets (B, H, W) int64) of an epoch."""
        order = torch.randperm(len(self.images), generator=_generator(self.seed, epoch)).tolist()
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            views = [self.view(epoch, scene) for scene in order[start : start + self.batch_size]]
            images, masks = (torch.stack(part).to(self.device) for part in zip(*views, strict=True))
            yield network_input(images, self.normalise), masks.long()

    def view(self, epoch: int, scene: int) -> tuple[Tensor, Tensor]:
        """Make the view of one scene: image (3, H, W) and mask (H, W), both uint8."""
        image, mask = self.images[scene], self.masks[scene]
        if self.augmentation is None:
            return image, mask
        return augmented(image, mask, self.augmentation, _generator(self.seed, epoch, scene))


def augmented(
    image: Tensor, mask: Tensor, changes: Augmentation, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Change image (3, H, W) and mask (H, W) alike; labels are never mixed.

    The image is enlarged smoothly and the mask by the nearest neighbour.
    """
    height, width = mask.shape
    zoom, top, left, flip, *colors = torch.rand(7, generator=generator).tolist()
    share = 1 / (1 + zoom * (changes.zoom - 1))
    rows, columns = round(height * share), round(width * share)
    window = (round(top * (height - rows)), round(left * (width - columns)), rows, columns)
    crop = partial(transform.resized_crop, size=[height, width])
    image = crop(image, *window, antialias=True)
    mask = crop(mask[None], *window, interpolation=InterpolationMode.NEAREST_EXACT)[0]
    if flip < changes.flip:
        image, mask = image.flip(-1), mask.flip(-1)
    factors = [1 + changes.color * (2 * color - 1) for color in colors]
    return _recolored(image, factors) if changes.color else image, mask


def stack_scenes(
    scenes: Iterable[tuple[Pixels, Pixels]], *, height: int, width: int
) -> tuple[Pixels, Pixels]:
    """Resize scenes to one size and stack them: images smoothly, masks by the nearest neighbour.

    Args:
        scenes: Image (H, W, 3) and class mask (H, W), of any sizes.
        height: Rows of the result.
        width: Columns of the result.

    Returns:
        Images (N, 3, height, width) and masks (N, height, width).

    Raises:
        ValueError: There are no scenes.
    """
    images, masks = [], []
    for image, mask in scenes:
        images.append(resized_scene(image, (height, width)).numpy())
        masks.append(resize_mask(mask, height=height, width=width))
    if not images:
        raise ValueError("there are no scenes to stack: the split or the selection is empty")
    return np.stack(images), np.stack(masks)


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


def rarity_weights(masks: Pixels, *, classes: int, power: float) -> Tensor:
    """Weigh classes by the inverse of their share of the pixels, to a power.

    Args:
        masks: Class masks, any shape.
        classes: How many classes K there are.
        power: 0 weighs all alike, 1 gives every class the same sum of weights.

    Returns:
        (K,), of mean 1 over the pixels; 0 for classes that don't occur.
    """
    pixels = np.bincount(masks.ravel(), minlength=IGNORED + 1)[:classes]
    return frequency_weights(pixels, power=power)


@torch.inference_mode()
def measure_segmentation(
    model: nn.Module,
    images: Pixels,
    masks: Pixels,
    *,
    classes: int,
    batch_size: int,
    device: torch.device,
    bfloat16: bool = False,
    class_weights: Tensor | None = None,
) -> dict[str, float]:
    """Measure a model on scenes of one size, at that size.

    Args:
        model: In eval mode, on the device.
        images: (N, 3, H, W).
        masks: Class masks (N, H, W).
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
    for start in range(0, len(images), batch_size):
        chosen = slice(start, start + batch_size)
        batch = network_input(shared_tensor(images[chosen]).to(device), normalise)
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            logits = model(batch).float()
        target = shared_tensor(masks[chosen]).long().to(device)
        summed, weights = _summed_loss(logits, target, class_weights)
        loss, weight = loss + summed.cpu().double(), weight + weights.cpu().double()
        predicted = logits.argmax(1).to(torch.uint8).cpu().numpy()
        counts += count_confusion(masks[chosen], predicted, rows=IGNORED + 1, columns=classes + 1)
    scores = overall_scores(counts[:classes]).set_index("metric")["value"]
    return {"val_loss": float(loss / weight), "val_mean_iou": float(scores["mean_iou"])}


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
