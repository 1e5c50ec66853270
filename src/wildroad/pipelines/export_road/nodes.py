"""Nodes of the export_road pipeline."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad import core
from wildroad.core.checkpoint_facts import Checkpoint
from wildroad.core.images import read_pixels
from wildroad.datasets.folder import Folder
from wildroad.options import ExportRoadOptions


def export_segmenter(
    checkpoint: Checkpoint, folder: Folder, scenes: pd.DataFrame, options: ExportRoadOptions
) -> tuple[bytes, pd.DataFrame]:
    """Export the segmenter and compare it with the original; give file and comparison."""
    facts = checkpoint.facts
    size = options.size or (facts.height, facts.width)
    model = core.models.segmenters.SegmenterInput(
        core.models.segmenters.restore_segmenter(checkpoint), facts
    ).eval()
    metadata = core.onnx_export.describe_checkpoint(checkpoint)
    content = core.onnx_export.export_onnx(
        model,
        height=size[0],
        width=size[1],
        metadata=metadata,
        outputs=core.onnx_export.WithClasses,
    )
    images = check_scenes(folder, scenes, count=options.scenes, size=size)
    parity = core.onnx_export.together(
        [core.onnx_export.compare_onnx(content, model, one) for one in images]
    )
    allowed = round((1 - options.agreement) * parity.images * size[0] * size[1])
    core.onnx_export.require_parity(parity, tolerance=options.tolerance, others_allowed=allowed)
    return content, core.onnx_export.parity_table(
        parity, tolerance=options.tolerance, content=content
    )


def check_scenes(
    folder: Folder, scenes: pd.DataFrame, *, count: int, size: tuple[int, int]
) -> Iterator[NDArray[np.uint8]]:
    """Yield test scenes taken evenly from all, one at a time: uint8 (1, 3, height, width)."""
    files = list(scenes.loc[scenes["role"] == "test", "image_file"])
    for row in np.linspace(0, len(files) - 1, min(count, len(files))).round().astype(int):
        image = read_pixels((folder.path / files[row]).read_bytes())
        yield core.scene_tensors.resized_scene(image, size).contiguous().numpy()[None]
