"""Precision, recall and mAP over IoU thresholds, for masks without confidences.

No standard exists, so this is the definition used here. Per scene and class, of integers
intersection and union over valid pixels, at threshold t = k / 10 for k = 0 to 10:

- true positive: in target and prediction, intersection > 0, 10 * intersection >= k * union;
- false positive: in the prediction and no true positive;
- false negative: in the target and no true positive;
- a class that is in neither is left out.

It is a staircase of per-scene IoU, not the average precision of a detector.

Shapes: N scenes, K classes, T = 11 thresholds.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad.core.metrics.classification import divide
from wildroad.core.metrics.intervals import Bootstrap, with_intervals
from wildroad.core.metrics.segmentation import Counts, Floats, class_pixels, mean_score

TENTHS = np.arange(11)
"""The thresholds in tenths: compared as integers, since 0.1 * 3 is greater than 0.3."""


class Outcomes(NamedTuple):
    """Numbers of scenes, each (T, K)."""

    true_positive: Counts
    false_positive: Counts
    false_negative: Counts

    @property
    def average_precision(self) -> Floats:
        """TP / (TP + FP + FN), (T, K)."""
        return divide(self.true_positive, np.stack(self).sum(0))


def scene_outcomes(counts: Counts) -> NDArray[np.bool_]:
    """Whether each scene is a true positive, false positive, false negative: (N, 3, T, K).

    Args:
        counts: Confusion of each scene, (N, K, K + 1).
    """
    pixels = class_pixels(counts)
    hit, union, predicted, target = (
        part[:, None] for part in (pixels.hit, pixels.union, pixels.predicted, pixels.target)
    )
    matched = (10 * hit >= TENTHS[:, None] * union) & (hit > 0)
    outcomes = [matched, (predicted > 0) & ~matched, (target > 0) & ~matched]
    return np.stack(outcomes, axis=1)


def count_outcomes(counts: Counts) -> Outcomes:
    """Count each class's true positives, false positives and false negatives over the scenes.

    Args:
        counts: Confusion of each scene, (N, K, K + 1).
    """
    return Outcomes(*scene_outcomes(counts).sum(0))


def threshold_table(counts: Counts, classes: Sequence[str]) -> pd.DataFrame:
    """Lay out precision, recall and F1 over the scenes, one row per class and threshold.

    Args:
        counts: Confusion of each scene, (N, K, K + 1).
        classes: The K names.

    Returns:
        Columns class_name, threshold, precision, recall, f1, true_positives, false_positives,
        false_negatives; NaN where a denominator is empty.
    """
    hits, false_alarms, misses = (numbers.T.ravel() for numbers in count_outcomes(counts))
    return pd.DataFrame(
        {
            "class_name": np.repeat(np.array(classes, object), len(TENTHS)),
            "threshold": np.tile(TENTHS / 10, len(classes)),
            "precision": divide(hits, hits + false_alarms),
            "recall": divide(hits, hits + misses),
            "f1": divide(2 * hits, 2 * hits + false_alarms + misses),
            "true_positives": hits,
            "false_positives": false_alarms,
            "false_negatives": misses,
        }
    )


def average_precision_table(counts: Counts, classes: Sequence[str]) -> pd.DataFrame:
    """Average TP / (TP + FP + FN) over the thresholds, for each class.

    Args:
        counts: Confusion of each scene, (N, K, K + 1).
        classes: The K names.

    Returns:
        Columns class_name, ap (over 0.0 to 1.0), ap_from_half (over 0.5 to 1.0, as a threshold of 0
        is trivial), target_scenes; NaN for a class that no scene has in target or prediction.
    """
    precision = count_outcomes(counts).average_precision
    return pd.DataFrame(
        {
            "class_name": list(classes),
            "ap": precision.mean(0),
            "ap_from_half": precision[TENTHS >= 5].mean(0),
            "target_scenes": (class_pixels(counts).target > 0).sum(0),
        }
    )


def mean_average_precision(table: pd.DataFrame) -> pd.DataFrame:
    """Average over the classes that any target has.

    Args:
        table: What `average_precision_table` gives.

    Returns:
        Columns metric ("map" and "map_from_half"), value (NaN without any target), classes.
    """
    present = table[table["target_scenes"] > 0]
    rows = [(f"m{name}", present[name].mean(), len(present)) for name in ("ap", "ap_from_half")]
    return pd.DataFrame(rows, columns=["metric", "value", "classes"])


def score_average_precision(
    counts: Counts, classes: Sequence[str], bootstrap: Bootstrap
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Average precision of each class and its mean, with intervals over scenes.

    Args:
        counts: Confusion of each scene, (N, K, K + 1).
        classes: The K names.
        bootstrap: How the intervals are drawn.

    Returns:
        Columns of `average_precision_table`, with _low and _high after ap and ap_from_half; and
        columns of `mean_average_precision`, with low and high after value.
    """
    table, scenes = average_precision_table(counts, classes), len(counts)
    outcomes = bootstrap.sums(scene_outcomes(counts))
    true_positive, _, _ = outcomes.swapaxes(0, 1)
    drawn = divide(true_positive, outcomes.sum(1))
    samples = {"ap": drawn.mean(1), "ap_from_half": drawn[:, TENTHS >= 5].mean(1)}
    ends = {name: bootstrap.ends(values, scenes=scenes) for name, values in samples.items()}
    present = (table["target_scenes"] > 0).to_numpy()
    means = np.stack([mean_score(values[:, present]) for values in samples.values()], axis=-1)
    low, high = bootstrap.ends(means, scenes=scenes)
    mean = mean_average_precision(table)
    mean.insert(2, "low", low)
    mean.insert(3, "high", high)
    return with_intervals(table, ends), mean
