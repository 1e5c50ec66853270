"""Scores of a segmentation from its confusion counts: per class and overall.

Counts are summed first and divided once. IoU = TP / (TP + FP + FN); pixels whose target is ignored
have no row, and predictions outside the evaluated classes stand in the last column, "other", as
false negatives of their target. An empty denominator gives NaN, and means are over the rest.

Shapes: N scenes, K classes; a confusion is (..., K, K + 1), rows targets.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad.core.metrics.classification import divide
from wildroad.core.metrics.confusion import (
    OTHER,
    Counts,
    class_confusion,
    confusion_table,
    count_confusion,
    counts_from_table,
    ignored_table,
    scene_table,
)

__all__ = [
    "OTHER",
    "ClassPixels",
    "Counts",
    "class_confusion",
    "class_pixels",
    "class_ratios",
    "class_scores",
    "confusion_table",
    "count_confusion",
    "counts_from_table",
    "ignored_table",
    "intersection_over_union",
    "mean_score",
    "overall_ratios",
    "overall_scores",
    "scene_table",
]

Floats = NDArray[np.float64]


class ClassPixels(NamedTuple):
    """Pixels of each class, each (..., K)."""

    hit: Counts
    target: Counts
    predicted: Counts

    @property
    def union(self) -> Counts:
        """Pixels that are of the class as target, as prediction or as both: TP + FP + FN."""
        return self.target + self.predicted - self.hit


def class_pixels(confusion: Counts) -> ClassPixels:
    """Sum up the hits, target pixels and predicted pixels of each class.

    Raises:
        ValueError: The confusion is not (..., K, K + 1).
    """
    rows, columns = confusion.shape[-2:]
    if columns != rows + 1:
        raise ValueError(
            f"a confusion of {rows} classes has {rows + 1} columns, the last one for predictions "
            f"outside the classes; this one has {columns}"
        )
    return ClassPixels(
        hit=np.diagonal(confusion, axis1=-2, axis2=-1),
        target=confusion.sum(-1),
        predicted=confusion[..., :rows].sum(-2),
    )


def intersection_over_union(confusion: Counts) -> Floats:
    """IoU of each class, (..., K); NaN where it is neither target nor prediction."""
    pixels = class_pixels(confusion)
    return divide(pixels.hit, pixels.union)


def class_scores(confusion: Counts, classes: Sequence[str]) -> pd.DataFrame:
    """Score each class.

    Args:
        confusion: (K, K + 1).
        classes: The K names.

    Returns:
        Columns class_name, iou, dice (= F1), precision, recall (= the class's pixel accuracy),
        ovr_accuracy ((TP + TN) / N, near 1 for any rare class), target_pixels, predicted_pixels.
    """
    pixels = class_pixels(confusion)
    return pd.DataFrame(
        {
            "class_name": list(classes),
            **class_ratios(confusion),
            "target_pixels": pixels.target,
            "predicted_pixels": pixels.predicted,
        }
    )


def class_ratios(confusion: Counts) -> dict[str, Floats]:
    """Scores of each class by name, each (..., K), of confusions (..., K, K + 1)."""
    pixels, valid = class_pixels(confusion), confusion.sum((-2, -1))[..., None]
    return {
        "iou": divide(pixels.hit, pixels.union),
        "dice": divide(2 * pixels.hit, pixels.target + pixels.predicted),
        "precision": divide(pixels.hit, pixels.predicted),
        "recall": divide(pixels.hit, pixels.target),
        "ovr_accuracy": divide(valid - pixels.union + pixels.hit, valid),
    }


def overall_scores(confusion: Counts) -> pd.DataFrame:
    """Score all classes together.

    Args:
        confusion: (K, K + 1).

    Returns:
        Columns metric, value, classes (over how many classes the value is); the metrics are
        pixel_accuracy, mean_iou, mean_dice, mean_recall and frequency_weighted_iou.
    """
    pixels = class_pixels(confusion)
    scored, as_target = int((pixels.union > 0).sum()), int((pixels.target > 0).sum())
    classes = {"mean_iou": scored, "mean_dice": scored}
    return pd.DataFrame(
        [
            (metric, float(value), classes.get(metric, as_target))
            for metric, value in overall_ratios(confusion).items()
        ],
        columns=["metric", "value", "classes"],
    )


def overall_ratios(confusion: Counts) -> dict[str, Floats]:
    """Overall scores of confusions (..., K, K + 1), each (...)."""
    pixels, valid = class_pixels(confusion), confusion.sum((-2, -1))
    iou = divide(pixels.hit, pixels.union)
    weighted = (pixels.target * np.nan_to_num(iou)).sum(-1)
    return {
        "pixel_accuracy": divide(pixels.hit.sum(-1), valid),
        "mean_iou": mean_score(iou),
        "mean_dice": mean_score(divide(2 * pixels.hit, pixels.target + pixels.predicted)),
        "mean_recall": mean_score(divide(pixels.hit, pixels.target)),
        "frequency_weighted_iou": divide(weighted, valid),
    }


def mean_score(scores: Floats) -> Floats:
    """Mean over the last axis of what is not NaN; NaN where nothing is left."""
    return divide(np.nansum(scores, axis=-1), (~np.isnan(scores)).sum(-1))
