"""The masks that a segmenter predicts for scenes without targets."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from wildroad.core.checkpoints import Checkpoint
from wildroad.core.domain_masks import Inference
from wildroad.core.mask_prediction import predict_masks
from wildroad.core.models.segmenters import restore_segmenter
from wildroad.core.new_scenes import encode_palette, output_colors, scene_images


def predict_source(
    names: Sequence[str],
    *,
    source: Path,
    checkpoint: Checkpoint,
    inference: Inference,
    device: torch.device,
) -> Iterator[tuple[str, bytes]]:
    """Predict the mask of scenes of a checked source, each at its own size.

    Args:
        names: Of the scenes, in their order; of a video all from the first one on.
        source: A folder of images, or a video.
        checkpoint: The segmenter.
        inference: How to use it.
        device: Where to compute.

    Yields:
        Name, and the mask as a PNG whose indices are classes.
    """
    classes = checkpoint.facts.classes
    model = restore_segmenter(checkpoint).to(memory_format=torch.channels_last).to(device)
    colors = output_colors(classes)
    masks = predict_masks(
        model,
        ((name, image, image.shape[:2]) for name, image in scene_images(source, names)),
        size=inference.size,
        batch_size=inference.batch_size,
        device=device,
        class_lookup=np.arange(len(classes), dtype=np.uint8),
        bfloat16=inference.bfloat16,
        views=inference.views,
    )
    return ((name, encode_palette(mask, colors)) for name, mask in masks)
