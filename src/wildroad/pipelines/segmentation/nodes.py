"""Nodes of the segmentation pipeline."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad import core
from wildroad.core.checkpoint_facts import Checkpoint
from wildroad.core.domains import Domain
from wildroad.core.own_labels import space_of_table
from wildroad.datasets.folder import Folder
from wildroad.figures import road
from wildroad.figures.rendered import RenderedFigure
from wildroad.options import (
    ComputeOptions,
    InferenceOptions,
)

Masks = Mapping[str, NDArray[np.uint8]]


def open_domain(folder: Folder, scenes: pd.DataFrame, masks: Masks, labels: pd.DataFrame) -> Domain:
    """Bring together what belongs to one domain."""
    return Domain.opened(folder.path, scenes, masks, space_of_table(labels))


def predict_scenes(
    domain: Domain, checkpoint: Checkpoint, options: InferenceOptions, compute: ComputeOptions
) -> Masks:
    """Predict the mask of each test scene at the size of its target."""
    launcher = compute.launcher
    inference = options.inference(bfloat16=launcher.place.bfloat16)
    return core.domain_masks.predicted_masks(
        domain, "test", checkpoint, inference=inference, launcher=launcher
    )


def plot_road_history(history: pd.DataFrame) -> RenderedFigure:
    """Draw the training of the segmenter by epoch."""
    return road.road_history(history)
