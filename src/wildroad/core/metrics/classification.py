"""Classification metrics from one matrix of counts.

Legend: K classes, N photos, G groups of near-duplicates, B bootstrap resamples. Rows of a confusion
matrix are target classes, columns predicted classes. An empty denominator gives NaN.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
AT_A_TIME = 50  # resamples whose weights are held
AVERAGED = ("precision", "recall", "f1")


@dataclass(frozen=True)
class Interval:
    """A value with the ends of its confidence interval."""

    value: float
    low: float
    high: float


def divide(numerator: NDArray, denominator: NDArray) -> Floats:  # type: ignore[type-arg]
    """Divide element by element; NaN where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator == 0, np.nan, np.true_divide(numerator, denominator))


def count_confusion(target: pd.Series, predicted: pd.Series, classes: Sequence[str]) -> Counts:
    """Count photos by target and predicted class.

    Returns:
        (K, K) counts in the order of ``classes``.

    Raises:
        ValueError: A name is not one of the classes.
    """
    order = pd.Index(classes)
    rows, columns = order.get_indexer(pd.Index(target)), order.get_indexer(pd.Index(predicted))
    if unknown := sorted({*target[rows < 0], *predicted[columns < 0]}):
        raise ValueError(f"the classes {unknown} are not among {list(classes)}")
    combined = rows.astype(np.int64) * len(order) + columns
    return np.bincount(combined, minlength=len(order) ** 2).reshape(len(order), len(order))


def class_figures(confusion: Counts) -> dict[str, Floats]:
    """Precision, recall, F1 and one-vs-rest accuracy of each class.

    Args:
        confusion: (..., K, K) counts.

    Returns:
        Name -> (..., K) values. F1 = 2 TP / (2 TP + FP + FN).
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    support, called = confusion.sum(-1), confusion.sum(-2)
    photos = confusion.sum((-2, -1))[..., None]
    return {
        "precision": divide(hits, called),
        "recall": divide(hits, support),
        "f1": divide(2 * hits, called + support),
        "ovr_accuracy": divide(photos - called - support + 2 * hits, photos),
    }


def macro_average(figures: Floats, confusion: Counts) -> Floats:
    """Mean over the classes with a target, where precision without a prediction counts as 0."""
    present = confusion.sum(-1) > 0
    return divide(np.where(present, np.nan_to_num(figures), 0).sum(-1), present.sum(-1))


def overall_figures(confusion: Counts) -> dict[str, Floats]:
    """Top-1 accuracy, macro, micro and weighted averages, one-vs-rest accuracy, majority baseline.

    Args:
        confusion: (..., K, K) counts.

    Returns:
        Name -> (...) values. Macro and weighted averages are over classes with a target; a class
        never predicted has precision 0 in them, as in scikit-learn with ``zero_division=0``.
    """
    figures = class_figures(confusion)
    support, photos = confusion.sum(-1), confusion.sum((-2, -1))
    top1 = divide(np.diagonal(confusion, axis1=-2, axis2=-1).sum(-1), photos)
    averages = {f"macro_{name}": macro_average(figures[name], confusion) for name in AVERAGED}
    averages |= {f"micro_{name}": top1 for name in AVERAGED}
    averages |= {
        f"weighted_{name}": divide((np.nan_to_num(figures[name]) * support).sum(-1), photos)
        for name in AVERAGED
    }
    return {
        "top1": top1,
        **averages,
        "mean_ovr_accuracy": 1 - 2 * (1 - top1) / confusion.shape[-1],
        "majority_baseline": divide(support.max(-1), photos),
    }


def wilson_interval(hits: int, photos: int, *, level: float = 0.95) -> Interval:
    """Share of hits with its Wilson score interval.

    >>> found = wilson_interval(8, 10)
    >>> round(found.low, 3), round(found.high, 3)
    (0.49, 0.943)
    """
    if photos == 0:
        return Interval(np.nan, np.nan, np.nan)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share, weight = hits / photos, z * z / photos
    centre = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * np.sqrt(share * (1 - share) / photos + weight / (4 * photos))
    return Interval(share, float(centre - half), float(centre + half))


def group_confusions(predictions: pd.DataFrame, classes: Sequence[str]) -> Counts:
    """Confusion of each group of near-duplicates.

    Args:
        predictions: Columns target, predicted, group_id.
        classes: The K class names.

    Returns:
        (G, K, K) counts, groups in the order of their sorted ids.
    """
    groups = np.unique(predictions["group_id"], return_inverse=True)[1]
    order = pd.Index(classes)
    counts = np.zeros((groups.max(initial=-1) + 1, len(order), len(order)), np.int64)
    rows = order.get_indexer(pd.Index(predictions["target"]))
    columns = order.get_indexer(pd.Index(predictions["predicted"]))
    np.add.at(counts, (groups, rows, columns), 1)
    return counts


def bootstrap_confusions(counts: Counts, *, resamples: int, seed: int) -> Counts:
    """Resample groups with replacement.

    Args:
        counts: (G, K, K) confusion of each group.
        resamples: B.
        seed: Seed of the resampling.

    Returns:
        (B, K, K) confusion of each resample.
    """
    groups = len(counts)
    generator = np.random.default_rng(seed)
    shares = np.full(groups, 1 / groups)
    # In doubles, which are exact for such counts and multiplied far faster than integers.
    flat = counts.reshape(groups, -1).astype(np.float64)
    drawn = [
        generator.multinomial(groups, shares, size=min(AT_A_TIME, resamples - first)) @ flat
        for first in range(0, resamples, AT_A_TIME)
    ]
    return np.concatenate(drawn).astype(np.int64).reshape(resamples, *counts.shape[1:])


def score_overall(
    predictions: pd.DataFrame, classes: Sequence[str], *, resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Overall figures with 95 % intervals.

    Wilson for top-1 and what is a function of it, percentile bootstrap over groups for the rest.

    Args:
        predictions: Columns target, predicted, confidence, group_id; one row a photo.
        classes: The K class names.
        resamples: Bootstrap resamples.
        seed: Seed of the bootstrap.

    Returns:
        Columns metric, value, low, high, photos.
    """
    counts = group_confusions(predictions, classes)
    confusion = counts.sum(0)
    values = overall_figures(confusion)
    resampled = overall_figures(bootstrap_confusions(counts, resamples=resamples, seed=seed))
    rows = {
        name: Interval(float(value), *np.nanpercentile(resampled[name], [2.5, 97.5]))
        for name, value in values.items()
    }
    hits, photos, many = int(np.trace(confusion)), int(confusion.sum()), len(classes)
    top1 = wilson_interval(hits, photos)
    rows |= dict.fromkeys(["top1", *(f"micro_{name}" for name in AVERAGED)], top1)
    ends = (1 - 2 * (1 - end) / many for end in (top1.value, top1.low, top1.high))
    rows["mean_ovr_accuracy"] = Interval(*ends)
    rows["majority_baseline"] = Interval(float(values["majority_baseline"]), np.nan, np.nan)
    rows["ece"] = Interval(calibration_error(reliability(predictions)), np.nan, np.nan)
    return pd.DataFrame(
        [(name, row.value, row.low, row.high, photos) for name, row in rows.items()],
        columns=["metric", "value", "low", "high", "photos"],
    )


def score_classes(confusion: Counts, classes: Sequence[str]) -> pd.DataFrame:
    """Table of each class's figures, its photos (support) and how often it was predicted."""
    table = pd.DataFrame({"class_name": list(classes), **class_figures(confusion)})
    return table.assign(support=confusion.sum(1), predicted_photos=confusion.sum(0))


def confusion_table(confusion: Counts, classes: Sequence[str]) -> pd.DataFrame:
    """The matrix as a long table: target, predicted, photos, share of the target's row."""
    index = pd.MultiIndex.from_product([classes, classes], names=["target", "predicted"])
    share = divide(confusion, confusion.sum(1, keepdims=True))
    return pd.DataFrame({"photos": confusion.ravel(), "share": share.ravel()}, index).reset_index()


def reliability(predictions: pd.DataFrame, *, bins: int = 15) -> pd.DataFrame:
    """Accuracy against confidence in bins of equal width; a confidence of 1 is in the last bin.

    Returns:
        Columns bin_low, bin_high, photos, confidence and accuracy (means; NaN in an empty bin).
    """
    confidence = predictions["confidence"].to_numpy(float)
    hit = (predictions["target"] == predictions["predicted"]).to_numpy(float)
    number = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    photos = np.bincount(number, minlength=bins)
    edges = np.arange(bins + 1) / bins
    return pd.DataFrame(
        {
            "bin_low": edges[:-1],
            "bin_high": edges[1:],
            "photos": photos,
            "confidence": divide(np.bincount(number, confidence, bins), photos),
            "accuracy": divide(np.bincount(number, hit, bins), photos),
        }
    )


def calibration_error(bins: pd.DataFrame) -> float:
    """Expected calibration error: mean |accuracy - confidence| over bins, weighted by photos."""
    gap = (bins["accuracy"] - bins["confidence"]).abs().fillna(0)
    photos = bins["photos"].sum()
    return float((gap * bins["photos"]).sum() / photos) if photos else float("nan")
