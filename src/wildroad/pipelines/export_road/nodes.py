"""Nodes of the export_road pipeline."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad.core.checkpoints import Checkpoint
from wildroad.core.images import read_pixels
from wildroad.core.models.segmenters import SegmenterInput, restore_segmenter
from wildroad.core.onnx_export import (
    WithClasses,
    compare_onnx,
    describe_checkpoint,
    export_onnx,
    parity_table,
    require_parity,
    together,
)
from wildroad.core.scene_tensors import resized_scene
from wildroad.datasets.folder import Folder
from wildroad.options import ExportRoadOptions


def export_segmenter(
    checkpoint: Checkpoint, folder: Folder, scenes: pd.DataFrame, options: ExportRoadOptions
) -> tuple[bytes, pd.DataFrame]:
    """Export the segmenter and compare it with the original; give file and comparison."""
    facts = checkpoint.facts
    size = options.size or (facts.height, facts.width)
    model = SegmenterInput(restore_segmenter(checkpoint), facts).eval()
    metadata = describe_checkpoint(checkpoint)
    content = export_onnx(
        model, height=size[0], width=size[1], metadata=metadata, outputs=WithClasses
    )
    images = check_scenes(folder, scenes, count=options.scenes, size=size)
    parity = together([compare_onnx(content, model, one) for one in images])
    allowed = round((1 - options.agreement) * parity.images * size[0] * size[1])
    require_parity(parity, tolerance=options.tolerance, others_allowed=allowed)
    return content, parity_table(parity, tolerance=options.tolerance, content=content)


def check_scenes(
    folder: Folder, scenes: pd.DataFrame, *, count: int, size: tuple[int, int]
) -> Iterator[NDArray[np.uint8]]:
    """Yield test scenes taken evenly from all, one at a time: uint8 (1, 3, height, width)."""
    files = list(scenes.loc[scenes["role"] == "test", "image_file"])
    for row in np.linspace(0, len(files) - 1, min(count, len(files))).round().astype(int):
        image = read_pixels((folder.path / files[row]).read_bytes())
        yield resized_scene(image, size).contiguous().numpy()[None]
