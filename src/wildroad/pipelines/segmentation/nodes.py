"""Nodes of the segmentation pipeline."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from wildroad.core.checkpoints import Checkpoint
from wildroad.core.devices import choose_device, uses_bfloat16
from wildroad.core.domains import Domain
from wildroad.core.evaluation import class_counts, count_scenes, label_counts, rows_of
from wildroad.core.labels import class_colors, label_space
from wildroad.core.lazy import OnePass
from wildroad.core.metrics import segmentation as metrics
from wildroad.core.models import segmenters
from wildroad.core.segmentation import predict_masks
from wildroad.core.stacking import stack_tables
from wildroad.datasets.folder import Folder
from wildroad.figures import road
from wildroad.figures.gallery import scene_gallery
from wildroad.figures.rendered import RenderedFigure
from wildroad.options import (
    ComputeOptions,
    EvaluationOptions,
    InferenceOptions,
)

GALLERY_SCENES = 4
Masks = Mapping[str, NDArray[np.uint8]]


def open_domain(
    folder: Folder, scenes: pd.DataFrame, masks: Masks, overview: pd.DataFrame
) -> Domain:
    """Bring together what belongs to one domain."""
    return Domain(folder.path, scenes, masks, label_space(overview["label_space"].item()))


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


def count_confusions(domain: Domain, predicted: Masks) -> pd.DataFrame:
    """Count the pixels of each scene by target label and predicted class."""
    return count_scenes(domain, predicted)


def score_domain(
    domain: Domain, confusions: pd.DataFrame, options: EvaluationOptions
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Score from the counts alone: classes, overall, confusion, what ignored labels are called."""
    space, classes = domain.space, domain.space.classes
    counts = class_counts(confusions, space)
    intervals = metrics.bootstrap_iou(counts, resamples=options.resamples, seed=options.seed)
    labels, row_class = rows_of(space)
    return (
        metrics.score_classes_with_intervals(counts, classes, intervals),
        metrics.score_overall_with_intervals(counts, intervals),
        metrics.confusion_table(counts.sum(0), classes),
        metrics.ignored_table(label_counts(confusions, space).sum(0), labels, row_class, classes),
    )


def compare_domains(
    idd: Domain,
    cityscapes: Domain,
    idd_confusions: pd.DataFrame,
    cityscapes_confusions: pd.DataFrame,
    options: EvaluationOptions,
) -> pd.DataFrame:
    """Compare the IoU of each class; no rows where the domains have different classes."""
    if idd.space.classes != cityscapes.space.classes:
        columns = ["class_name", "iou_cityscapes", "iou_idd", "difference", "low", "high"]
        return pd.DataFrame(columns=columns)
    table = metrics.difference_intervals(
        class_counts(cityscapes_confusions, cityscapes.space),
        class_counts(idd_confusions, idd.space),
        idd.space.classes,
        resamples=options.resamples,
        seed=options.seed,
    )
    return table.rename(columns={"iou_a": "iou_cityscapes", "iou_b": "iou_idd"})


def draw_gallery(domain: Domain, predicted: Masks) -> RenderedFigure:
    """Show some test scenes, evenly spread: photo, target and predicted mask."""
    scene_ids = list(predicted)
    chosen = scene_ids[:: max(1, len(scene_ids) // GALLERY_SCENES)][:GALLERY_SCENES]
    rows = [
        (scene_id, domain.image(scene_id), domain.target(scene_id), predicted[scene_id])
        for scene_id in chosen
    ]
    classes = domain.space.classes
    return scene_gallery(rows, classes, class_colors(classes))


def plot_pixel_confusion(confusion: pd.DataFrame) -> RenderedFigure:
    """Draw the confusion matrix of one domain."""
    return road.road_confusion(confusion)


def stack_domains(**tables: pd.DataFrame) -> pd.DataFrame:
    """Put the tables of all domains below each other; each keyword names a domain."""
    return stack_tables(tables, key="domain")


def plot_class_scores(table: pd.DataFrame) -> RenderedFigure:
    """Draw the IoU of every class in both domains."""
    return road.class_scores(table)


def plot_cross_domain(table: pd.DataFrame) -> RenderedFigure:
    """Draw the difference between the domains for every class."""
    return road.cross_domain(table)


def plot_ignored_labels(table: pd.DataFrame) -> RenderedFigure:
    """Draw what labels ignored as target are called."""
    return road.ignored_labels(table)


def plot_road_history(history: pd.DataFrame) -> RenderedFigure:
    """Draw the training of the segmenter by epoch."""
    return road.road_history(history)
