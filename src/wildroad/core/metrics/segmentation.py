"""Scores of a segmentation from its confusion counts: per class, overall, and how sure they are.

Counts are summed first and divided once. IoU = TP / (TP + FP + FN); pixels whose target is ignored
have no row, and predictions outside the evaluated classes stand in the last column, "other", as
false negatives of their target. An empty denominator gives NaN, and means are over the rest.

Shapes: N scenes, K classes, B bootstrap resamples; a confusion is (..., K, K + 1), rows targets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    "Intervals",
    "bootstrap_iou",
    "class_confusion",
    "class_scores",
    "confusion_table",
    "count_confusion",
    "counts_from_table",
    "difference_intervals",
    "ignored_table",
    "intersection_over_union",
    "overall_scores",
    "scene_table",
    "score_classes_with_intervals",
    "score_overall_with_intervals",
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


@dataclass(frozen=True)
class Intervals:
    """Percentile bootstrap intervals over scenes.

    Attributes:
        class_low: Lower end of each class's IoU, (K,).
        class_high: Upper end.
        overall: Metric -> (low, high).
    """

    class_low: Floats
    class_high: Floats
    overall: Mapping[str, tuple[float, float]]


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
    pixels, valid = class_pixels(confusion), confusion.sum()
    return pd.DataFrame(
        {
            "class_name": list(classes),
            "iou": divide(pixels.hit, pixels.union),
            "dice": divide(2 * pixels.hit, pixels.target + pixels.predicted),
            "precision": divide(pixels.hit, pixels.predicted),
            "recall": divide(pixels.hit, pixels.target),
            "ovr_accuracy": divide(valid - pixels.union + pixels.hit, valid),
            "target_pixels": pixels.target,
            "predicted_pixels": pixels.predicted,
        }
    )


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
            for metric, value in _overall(confusion).items()
        ],
        columns=["metric", "value", "classes"],
    )


def bootstrap_iou(
    counts: Counts, *, resamples: int = 1000, level: float = 0.95, seed: int
) -> Intervals:
    """Resample scenes, never pixels: pixels of one scene are not independent of one another.

    Args:
        counts: Confusion of each scene, (N, K, K + 1).
        resamples: How many times N scenes are drawn with replacement.
        level: Share of the resampled values that the intervals hold.
        seed: Seed of the draws.

    Returns:
        Percentile intervals; NaN for fewer than two scenes and for classes in none.

    Raises:
        ValueError: A number of resamples or a level that makes no sense.
    """
    drawn = _resampled(counts, resamples=resamples, seed=[seed])
    low, high = _interval(intersection_over_union(drawn), level=level, scenes=len(counts))
    overall = _overall(drawn)
    values = np.stack(list(overall.values()), axis=-1)
    ends = np.stack(_interval(values, level=level, scenes=len(counts)), axis=-1)
    pairs = {metric: (float(a), float(b)) for metric, (a, b) in zip(overall, ends, strict=True)}
    return Intervals(low, high, pairs)


def score_classes_with_intervals(
    counts: Counts, classes: Sequence[str], intervals: Intervals
) -> pd.DataFrame:
    """Score each class, with the interval of its IoU and the scenes it occurs in.

    Args:
        counts: Confusion of each scene, (N, K, K + 1).
        classes: The K names.
        intervals: Of the same counts.

    Returns:
        Columns of `class_scores`, with iou_low and iou_high after iou, and scenes (whose target has
        the class) at the end.
    """
    table = class_scores(counts.sum(0), classes)
    table.insert(2, "iou_low", intervals.class_low)
    table.insert(3, "iou_high", intervals.class_high)
    return table.assign(scenes=(class_pixels(counts).target > 0).sum(0))


def score_overall_with_intervals(counts: Counts, intervals: Intervals) -> pd.DataFrame:
    """Score all classes together; columns metric, value, low, high, classes."""
    table = overall_scores(counts.sum(0))
    ends = [intervals.overall[metric] for metric in table["metric"]]
    table.insert(2, "low", [low for low, _ in ends])
    table.insert(3, "high", [high for _, high in ends])
    return table


def difference_intervals(
    counts_a: Counts,
    counts_b: Counts,
    classes: Sequence[str],
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int,
) -> pd.DataFrame:
    """Compare the IoU of each class between two sets of scenes, each resampled on its own.

    Args:
        counts_a: Confusion of each scene of the first set, (N_a, K, K + 1).
        counts_b: Confusion of each scene of the second set, (N_b, K, K + 1).
        classes: The K names.
        resamples: How many times each set is drawn.
        level: Share of the resampled differences that an interval holds.
        seed: Seed of the draws.

    Returns:
        Columns class_name, iou_a, iou_b, difference (b - a), low, high; NaN where a class is
        scored in one set only.
    """
    drawn_a, drawn_b = (
        intersection_over_union(_resampled(counts, resamples=resamples, seed=[seed, number]))
        for number, counts in enumerate((counts_a, counts_b))
    )
    scenes = min(len(counts_a), len(counts_b))
    low, high = _interval(drawn_b - drawn_a, level=level, scenes=scenes)
    iou_a, iou_b = (intersection_over_union(counts.sum(0)) for counts in (counts_a, counts_b))
    return pd.DataFrame(
        {
            "class_name": list(classes),
            "iou_a": iou_a,
            "iou_b": iou_b,
            "difference": iou_b - iou_a,
            "low": low,
            "high": high,
        }
    )


def _overall(confusion: Counts) -> dict[str, Floats]:
    """Overall scores of confusions (..., K, K + 1), each (...)."""
    pixels, valid = class_pixels(confusion), confusion.sum((-2, -1))
    iou = divide(pixels.hit, pixels.union)
    weighted = (pixels.target * np.nan_to_num(iou)).sum(-1)
    return {
        "pixel_accuracy": divide(pixels.hit.sum(-1), valid),
        "mean_iou": _mean(iou),
        "mean_dice": _mean(divide(2 * pixels.hit, pixels.target + pixels.predicted)),
        "mean_recall": _mean(divide(pixels.hit, pixels.target)),
        "frequency_weighted_iou": divide(weighted, valid),
    }


def _mean(scores: Floats) -> Floats:
    """Mean over the last axis of what is not NaN; NaN where nothing is left."""
    return divide(np.nansum(scores, axis=-1), (~np.isnan(scores)).sum(-1))


def _resampled(counts: Counts, *, resamples: int, seed: Sequence[int]) -> Counts:
    """Sum scenes drawn with replacement: (N, K, K + 1) -> (B, K, K + 1)."""
    if resamples < 1:
        raise ValueError(f"resamples is {resamples}; at least 1 is needed")
    scenes = len(counts)
    if scenes == 0:
        return np.zeros((resamples, *counts.shape[1:]), np.int64)
    even = np.full(scenes, 1 / scenes)
    times = np.random.default_rng(seed).multinomial(scenes, even, size=resamples)
    # A float64 product runs on BLAS and is exact, as the sums stay below 2**53 pixels.
    drawn = times.astype(np.float64) @ counts.reshape(scenes, -1).astype(np.float64)
    return drawn.astype(np.int64).reshape(resamples, *counts.shape[1:])


def _interval(samples: Floats, *, level: float, scenes: int) -> tuple[Floats, Floats]:
    """Percentile ends of each column of (B, M); a resample where a score is NaN counts nowhere."""
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; a share between 0 and 1 is needed")
    ends = np.full((2, samples.shape[1]), np.nan)
    known = ~np.isnan(samples).all(axis=0)
    if scenes > 1 and known.any():
        tail = (1 - level) / 2
        ends[:, known] = np.nanquantile(samples[:, known], [tail, 1 - tail], axis=0)
    return ends[0], ends[1]
