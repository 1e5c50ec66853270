"""Inference from images of road scenes to masks.

Shapes: N scenes, K classes of the model, H x W pixels of a scene, h x w of what the network sees.
Class masks hold 0 to K - 1, and IGNORED where the target is not evaluated.
"""

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor

from wildroad.core.checkpoints import IMAGENET_MEAN, IMAGENET_STD
from wildroad.core.models.classifiers import Normalise
from wildroad.core.models.segmenter import Segmenter
from wildroad.core.scene_tensors import Pixels, network_input, resized_scene
from wildroad.core.upsampling import upsampled_argmax

Scene = tuple[str, Pixels, tuple[int, int]]
"""Scene id, image (H, W, 3), and height and width of its target mask."""


@torch.inference_mode()
def predict_masks(
    model: Segmenter,
    scenes: Iterable[Scene],
    *,
    size: tuple[int, int] | None,
    batch_size: int,
    device: torch.device,
    class_lookup: Pixels,
    bfloat16: bool = False,
) -> Iterator[tuple[str, Pixels]]:
    """Predict the mask of every scene, at the size of its target, in the order they come.

    The image is resized (antialiased), normalised as ImageNet's, and the logits, not the classes,
    are brought to the target's size before the most likely class is taken.

    Args:
        model: In eval mode, on the device.
        scenes: Scene id, image (H, W, 3), and height and width of its target mask.
        size: Height and width that the network sees; None for each image's own.
        batch_size: Scenes at once; images of different sizes never share a batch.
        device: Where to compute.
        class_lookup: For each class of the model, the evaluated class, or K for "other", (K',).
        bfloat16: Whether to compute the logits in bfloat16.

    Yields:
        Scene id and predicted mask (H, W) of evaluated classes.

    Raises:
        ValueError: class_lookup is of another number of classes than the model's.
    """
    normalise = Normalise(IMAGENET_MEAN, IMAGENET_STD).to(device)
    for batch in _same_size_batches(scenes, size=size, batch_size=batch_size):
        images = torch.stack([image for _, image, _ in batch]).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            logits = model.decoder_logits(network_input(images, normalise))
        if len(class_lookup) != logits.shape[1]:
            raise ValueError(
                f"class_lookup names {len(class_lookup)} classes; the model has {logits.shape[1]}"
            )
        for (scene_id, _, target_size), scene_logits in zip(batch, logits.float(), strict=True):
            classes = upsampled_argmax(scene_logits, size=target_size)
            yield scene_id, class_lookup[classes.cpu().numpy()]


def _same_size_batches(
    scenes: Iterable[Scene], *, size: tuple[int, int] | None, batch_size: int
) -> Iterator[Sequence[tuple[str, Tensor, tuple[int, int]]]]:
    batch: list[tuple[str, Tensor, tuple[int, int]]] = []
    for scene_id, pixels, target_size in scenes:
        image = resized_scene(pixels, size or pixels.shape[:2])
        if batch and (len(batch) == batch_size or batch[0][1].shape != image.shape):
            yield batch
            batch = []
        batch.append((scene_id, image, target_size))
    if batch:
        yield batch
