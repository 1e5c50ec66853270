"""From images of road scenes to masks, by a segmenter.

Shapes: N scenes, K classes of the model, H x W pixels of a target, h x w logits.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from wildroad.core.checkpoints import IMAGENET_MEAN, IMAGENET_STD
from wildroad.core.models.classifiers import Normalise
from wildroad.core.models.deeplab import DeepLabV3Plus
from wildroad.core.models.prepared import prepared_for_cpu
from wildroad.core.scene_tensors import Pixels, network_input, resized_scene
from wildroad.core.tiling import LogitsOf, Size, Tiling, tiled_logits
from wildroad.core.upsampling import upsampled_argmax

Scene = tuple[str, Pixels, Size]
"""Scene id, image (H, W, 3), and height and width of its target mask."""


class GivesLogits(Protocol):
    """A segmenter."""

    def decoder_logits(self, images: Tensor) -> Tensor:
        """Map normalised images (N, 3, H, W) to logits (N, K, h, w)."""


@dataclass(frozen=True)
class Views:
    """In which ways the network sees an image.

    Where there are several, the mean of their class probabilities at the target's size decides.

    Attributes:
        scales: Factors on the height and width that the network sees.
        flip: Whether it also sees the image's mirror image, at each scale.
        tiling: When and how images are cut into tiles.

    Raises:
        ValueError: No scale, or one that is not positive.
    """

    scales: tuple[float, ...] = (1.0,)
    flip: bool = False
    tiling: Tiling = field(default_factory=Tiling)

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        if not self.scales or min(self.scales) <= 0:
            raise ValueError(f"scales are {self.scales}; at least one, all above 0, are needed")

    def sizes(self, size: Size) -> list[Size]:
        """Heights and widths that the network sees.

        >>> Views(scales=(0.5, 1.0)).sizes((512, 1025))
        [(256, 512), (512, 1025)]
        """
        return [(round(size[0] * scale), round(size[1] * scale)) for scale in self.scales]


class SizedScene(NamedTuple):
    """A scene at the sizes that the network sees."""

    scene_id: str
    images: list[Tensor]
    """(3, H, W), one a scale, uint8."""
    target_size: Size


@torch.inference_mode()
def predict_masks(
    model: GivesLogits,
    scenes: Iterable[Scene],
    *,
    size: Size | None,
    batch_size: int,
    device: torch.device,
    class_lookup: Pixels,
    bfloat16: bool = False,
    views: Views | None = None,
) -> Iterator[tuple[str, Pixels]]:
    """Predict the mask of every scene, at the size of its target, in the order they come.

    The image is resized (antialiased), normalised as ImageNet's, and the logits, not the classes,
    are brought to the target's size before the most likely class is taken. One batch of scenes is
    held at a time.

    Args:
        model: In eval mode, on the device.
        scenes: Scene id, image (H, W, 3), and height and width of its target mask.
        size: Height and width that the network sees at scale 1; None for each image's own.
        batch_size: Scenes at once, at most; images of different sizes never share a batch.
        device: Where to compute.
        class_lookup: For each class of the model, the evaluated class, or K for "other", (K',).
        bfloat16: Whether to compute the logits in bfloat16.
        views: In which ways the network sees an image; once, whole where it is not too large, if
            None.

    Yields:
        Scene id and predicted mask (H, W) of evaluated classes.

    Raises:
        ValueError: class_lookup is of another number of classes than the model's.
    """
    views = views or Views()
    logits_of = ready(model, device=device, bfloat16=bfloat16)
    sized = (_sized(scene, size=size, views=views) for scene in scenes)
    for batch in _same_size_batches(sized, batch_size=batch_size, tiling=views.tiling):
        seen = _logits_of_views(logits_of, batch, views, device)
        for number, scene in enumerate(batch):
            logits = [of_batch[number] for of_batch in seen]
            _check_classes(class_lookup, logits[0])
            classes = most_likely_classes(logits, size=scene.target_size)
            yield scene.scene_id, class_lookup[classes.cpu().numpy()]


def ready(model: GivesLogits, *, device: torch.device, bfloat16: bool) -> LogitsOf:
    """Make a function of a model, in the form that is the fastest on the device.

    Args:
        model: In eval mode, on the device.
        device: Where to compute.
        bfloat16: Whether to compute in bfloat16.

    Returns:
        Maps normalised images (N, 3, H, W) to float32 logits (N, K, h, w).
    """
    if device.type == "cpu" and isinstance(model, DeepLabV3Plus):
        return prepared_for_cpu(model, bfloat16=bfloat16).decoder_logits

    def logits_of(images: Tensor) -> Tensor:
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            return model.decoder_logits(images).float()

    return logits_of


def most_likely_classes(logits: Sequence[Tensor], *, size: Size) -> Tensor:
    """Take the class of each pixel of a mask from the logits of one or several views.

    Args:
        logits: (K, h, w) of each view, of any sizes.
        size: Height and width of the mask, H and W.

    Returns:
        (H, W), uint8; of several views, the class of the greatest mean probability.
    """
    if len(logits) == 1:
        return upsampled_argmax(logits[0], size=size)
    summed = torch.zeros(len(logits[0]), *size, device=logits[0].device)
    for view in logits:
        large = functional.interpolate(view[None], size, mode="bilinear", align_corners=False)
        summed += large[0].softmax(0)
    return summed.argmax(0).to(torch.uint8)


def _sized(scene: Scene, *, size: Size | None, views: Views) -> SizedScene:
    scene_id, pixels, target_size = scene
    at_scale_one = size or (pixels.shape[0], pixels.shape[1])
    images = [resized_scene(pixels, scaled) for scaled in views.sizes(at_scale_one)]
    return SizedScene(scene_id, images, target_size)


def _same_size_batches(
    scenes: Iterable[SizedScene], *, batch_size: int, tiling: Tiling
) -> Iterator[list[SizedScene]]:
    batch: list[SizedScene] = []
    for scene in scenes:
        shapes = [tuple(image.shape) for image in scene.images]
        if batch and shapes != [tuple(image.shape) for image in batch[0].images]:
            yield batch
            batch = []
        batch.append(scene)
        if len(batch) == _room(shapes, batch_size=batch_size, tiling=tiling):
            yield batch
            batch = []
    if batch:
        yield batch


def _room(shapes: Iterable[tuple[int, ...]], *, batch_size: int, tiling: Tiling) -> int:
    """Scenes whose images of all scales fit into one batch."""
    return min(tiling.batch((height, width), at_most=batch_size) for _, height, width in shapes)


def _logits_of_views(
    logits_of: LogitsOf, batch: Sequence[SizedScene], views: Views, device: torch.device
) -> list[Tensor]:
    """Compute the logits (N, K, h, w) of every view of the scenes of a batch."""
    normalise = Normalise(IMAGENET_MEAN, IMAGENET_STD).to(device)
    seen = []
    for images in zip(*(scene.images for scene in batch), strict=True):
        inputs = network_input(torch.stack(images).to(device), normalise)
        seen.append(tiled_logits(logits_of, inputs, views.tiling))
        if views.flip:
            seen.append(tiled_logits(logits_of, inputs.flip(-1), views.tiling).flip(-1))
    return seen


def _check_classes(class_lookup: Pixels, logits: Tensor) -> None:
    if len(class_lookup) != len(logits):
        raise ValueError(
            f"class_lookup names {len(class_lookup)} classes; the model has {len(logits)}"
        )
