"""How sure the scores of a segmentation are: the bootstrap over scenes.

Scenes are drawn with replacement, never pixels: those of one scene are not independent of one
another. Ends are percentiles; a resample where a score is NaN counts nowhere.

Shapes: N scenes, K classes, B resamples; counts are (N, K, K + 1), the confusion of each scene.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad.core.metrics.segmentation import (
    Counts,
    Floats,
    class_pixels,
    class_ratios,
    class_scores,
    intersection_over_union,
    mean_score,
    overall_ratios,
    overall_scores,
)


@dataclass(frozen=True)
class Bootstrap:
    """How scenes are resampled.

    Attributes:
        resamples: How many times N scenes are drawn with replacement.
        seed: Seed of the draws.
        level: Share of the resampled values that an interval holds.

    Raises:
        ValueError: A number of resamples or a level that makes no sense.
    """

    resamples: int = 1000
    seed: int = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        """Refuse what gives no interval."""
        if self.resamples < 1:
            raise ValueError(f"resamples is {self.resamples}; at least 1 is needed")
        if not 0 < self.level < 1:
            raise ValueError(f"level is {self.level}; a share between 0 and 1 is needed")

    def sums(self, values: NDArray[np.generic], *, stream: Sequence[int] = ()) -> Floats:
        """Sum what was drawn of the scenes: (N, ...) -> (B, ...).

        Args:
            values: Anything that is summed over scenes. Whole numbers stay exact below 2**53.
            stream: Tells apart draws of the same seed that have to be independent.
        """
        scenes = len(values)
        if scenes == 0:
            return np.zeros((self.resamples, *values.shape[1:]))
        even = np.full(scenes, 1 / scenes)
        generator = np.random.default_rng([self.seed, *stream])
        times = generator.multinomial(scenes, even, size=self.resamples)
        # As a float64 product it runs on BLAS.
        drawn = times.astype(np.float64) @ values.reshape(scenes, -1).astype(np.float64)
        return drawn.reshape(self.resamples, *values.shape[1:])

    def counts(self, counts: Counts, *, stream: Sequence[int] = ()) -> Counts:
        """Sum the counts of what was drawn of the scenes: (N, ...) -> (B, ...)."""
        return self.sums(counts, stream=stream).astype(np.int64)

    def ends(self, drawn: Floats, *, scenes: int) -> tuple[Floats, Floats]:
        """Ends of the interval of each score, (B, ...) -> twice (...).

        Args:
            drawn: Resampled scores.
            scenes: How many scenes were drawn from; of fewer than two nothing can be said: NaN.
        """
        samples = drawn.reshape(self.resamples, -1)
        ends = np.full((2, samples.shape[1]), np.nan)
        known = ~np.isnan(samples).all(axis=0)
        if scenes > 1 and known.any():
            tail = (1 - self.level) / 2
            ends[:, known] = np.nanquantile(samples[:, known], [tail, 1 - tail], axis=0)
        low, high = ends.reshape(2, *drawn.shape[1:])
        return low, high


def with_intervals(table: pd.DataFrame, ends: Mapping[str, tuple[Floats, Floats]]) -> pd.DataFrame:
    """Put ``NAME_low`` and ``NAME_high`` after each column NAME that has ends."""
    columns = {}
    for name in table:
        columns[str(name)] = table[name]
        if name in ends:
            columns[f"{name}_low"], columns[f"{name}_high"] = map(pd.Series, ends[str(name)])
    return pd.DataFrame(columns)


def score_classes(counts: Counts, classes: Sequence[str], bootstrap: Bootstrap) -> pd.DataFrame:
    """Score each class, every score with its interval.

    Args:
        counts: (N, K, K + 1).
        classes: The K names.
        bootstrap: How the intervals are drawn.

    Returns:
        Columns of ``class_scores``, each score with its _low and _high after it, and scenes (whose
        target has the class) at the end.
    """
    drawn = class_ratios(bootstrap.counts(counts))
    ends = {name: bootstrap.ends(values, scenes=len(counts)) for name, values in drawn.items()}
    table = class_scores(counts.sum(0), classes)
    return with_intervals(table, ends).assign(scenes=(class_pixels(counts).target > 0).sum(0))


def score_overall(counts: Counts, bootstrap: Bootstrap) -> pd.DataFrame:
    """Score all classes together; columns metric, value, low, high, classes."""
    drawn = np.stack(list(overall_ratios(bootstrap.counts(counts)).values()), axis=-1)
    table = overall_scores(counts.sum(0))
    low, high = bootstrap.ends(drawn, scenes=len(counts))
    table.insert(2, "low", low)
    table.insert(3, "high", high)
    return table


def compare_classes(
    counts_a: Counts, counts_b: Counts, classes: Sequence[str], bootstrap: Bootstrap
) -> pd.DataFrame:
    """Compare the IoU of each class between two sets of scenes, each resampled on its own.

    Args:
        counts_a: (N_a, K, K + 1).
        counts_b: (N_b, K, K + 1).
        classes: The K names.
        bootstrap: How both are drawn.

    Returns:
        Columns class_name, iou_a, iou_b, difference (b - a), low, high; NaN where a class is
        scored in one set only.
    """
    both = (counts_a, counts_b)
    drawn = [
        intersection_over_union(bootstrap.counts(counts, stream=[number]))
        for number, counts in enumerate(both)
    ]
    observed = [intersection_over_union(counts.sum(0)) for counts in both]
    low, high = bootstrap.ends(drawn[1] - drawn[0], scenes=min(map(len, both)))
    names = {"class_name": list(classes), "iou_a": observed[0], "iou_b": observed[1]}
    return pd.DataFrame(
        {**names, "difference": observed[1] - observed[0], "low": low, "high": high}
    )


def compare_overall(counts_a: Counts, counts_b: Counts, bootstrap: Bootstrap) -> pd.DataFrame:
    """Compare two sets of scenes over all classes; means are over classes scored in both.

    Args:
        counts_a: (N_a, K, K + 1).
        counts_b: (N_b, K, K + 1).
        bootstrap: How both are drawn.

    Returns:
        Columns metric (mean_iou, pixel_accuracy, frequency_weighted_iou), value_a, value_b,
        difference (b - a), low, high, classes.
    """
    both = (counts_a, counts_b)
    shared = ~np.isnan(sum(intersection_over_union(counts.sum(0)) for counts in both))
    observed = [_compared(counts.sum(0), shared) for counts in both]
    drawn = [
        _compared(bootstrap.counts(counts, stream=[number]), shared)
        for number, counts in enumerate(both)
    ]
    rows = []
    for metric, (here, there) in _joined(observed).items():
        samples = drawn[1][metric] - drawn[0][metric]
        low, high = bootstrap.ends(samples, scenes=min(map(len, both)))
        rows.append((metric, here, there, there - here, float(low), float(high), shared.sum()))
    columns = ["metric", "value_a", "value_b", "difference", "low", "high", "classes"]
    return pd.DataFrame(rows, columns=columns)


def _compared(confusion: Counts, shared: NDArray[np.bool_]) -> dict[str, Floats]:
    ratios = overall_ratios(confusion)
    return {
        "mean_iou": mean_score(intersection_over_union(confusion)[..., shared]),
        "pixel_accuracy": ratios["pixel_accuracy"],
        "frequency_weighted_iou": ratios["frequency_weighted_iou"],
    }


def _joined(observed: Sequence[Mapping[str, Floats]]) -> dict[str, tuple[float, float]]:
    first, second = observed
    return {name: (float(first[name]), float(second[name])) for name in first}
