"""Nodes of the segmentation pipeline."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from wildroad.core.checkpoints import Checkpoint
from wildroad.core.devices import choose_device, uses_bfloat16
from wildroad.core.domains import Domain
from wildroad.core.instance_maps import find_instances
from wildroad.core.lazy import OnePass
from wildroad.core.models import segmenters
from wildroad.core.own_labels import space_of_table
from wildroad.core.segmentation import predict_masks
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
    space = space_of_table(labels)
    test = scenes[scenes["role"] == "test"]
    instances = find_instances(folder.path, test, space)
    return Domain(folder.path, scenes, masks, space, instances)


def predict_scenes(
    domain: Domain, checkpoint: Checkpoint, options: InferenceOptions, compute: ComputeOptions
) -> Masks:
    """Predict the mask of each test scene at the size of its target."""
    device = choose_device(compute.device)
    model = segmenters.restore_segmenter(checkpoint)
    model = model.to(memory_format=torch.channels_last).to(device)
    predicted = predict_masks(
        model,
        test_scenes(domain),
        size=options.size,
        batch_size=options.batch_size,
        device=device,
        class_lookup=segmenters.class_lookup(checkpoint.facts.classes, domain.space.classes),
        bfloat16=uses_bfloat16(compute.precision, device),
    )
    return OnePass(domain.ids("test"), predicted)


def test_scenes(domain: Domain) -> Iterator[tuple[str, NDArray[np.uint8], tuple[int, int]]]:
    """Id, image and size of the target of each test scene."""
    for scene_id in domain.ids("test"):
        height, width = domain.masks[scene_id].shape
        yield scene_id, domain.image(scene_id), (height, width)


def plot_road_history(history: pd.DataFrame) -> RenderedFigure:
    """Draw the training of the segmenter by epoch."""
    return road.road_history(history)
