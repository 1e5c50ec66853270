"""Nodes of the export_wildlife pipeline."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad import core
from wildroad.core.checkpoint_facts import Checkpoint
from wildroad.core.image_array import ImageArray
from wildroad.core.images import resize_photo
from wildroad.options import ExportOptions


def export_classifier(
    checkpoint: Checkpoint, images: ImageArray, options: ExportOptions
) -> tuple[bytes, pd.DataFrame]:
    """Export a classifier and compare it with the original on photos; give file and comparison."""
    facts = checkpoint.facts
    model = core.classification.ClassifierInput(
        core.models.classifiers.restore_classifier(checkpoint), facts
    ).eval()
    content = core.onnx_export.export_onnx(
        model,
        height=facts.height,
        width=facts.width,
        metadata=core.onnx_export.describe_checkpoint(checkpoint),
    )
    photos = check_photos(images, count=options.photos, size=facts.height)
    parity = core.onnx_export.compare_onnx(content, model, photos)
    core.onnx_export.require_parity(parity, tolerance=options.tolerance)
    return content, core.onnx_export.parity_table(
        parity, tolerance=options.tolerance, content=content
    )


def check_photos(images: ImageArray, *, count: int, size: int) -> NDArray[np.uint8]:
    """Photos taken evenly from all, at the size of a model: uint8 (N, 3, size, size)."""
    rows = np.linspace(0, len(images) - 1, min(count, len(images))).astype(int)
    photos = [resize_photo(images.pixels[row], size=size) for row in rows]
    return np.stack(photos).transpose(0, 3, 1, 2)
