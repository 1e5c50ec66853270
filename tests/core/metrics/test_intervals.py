import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from wildroad.core.metrics.intervals import (
    Bootstrap,
    compare_classes,
    compare_overall,
    score_classes,
    score_overall,
)
from wildroad.core.metrics.segmentation import class_scores, overall_scores

SCORES = ("iou", "dice", "precision", "recall", "ovr_accuracy")


def scene_counts(*, scenes: int, classes: int, seed: int) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 1000, (scenes, classes, classes + 1))
    counts[:, range(classes), range(classes)] *= rng.integers(1, 9, (scenes, 1))
    return counts


def resampled_one_by_one(counts: NDArray[np.int64], *, resamples: int, seed: list[int]):
    scenes = len(counts)
    times = np.random.default_rng(seed).multinomial(
        scenes, np.full(scenes, 1 / scenes), size=resamples
    )
    for weights in times:
        yield sum(w * scene for w, scene in zip(weights, counts, strict=True))


def test_bootstrap_equals_resampling_scene_by_scene() -> None:
    counts = scene_counts(scenes=7, classes=3, seed=1)
    bootstrap = Bootstrap(resamples=50, seed=3, level=0.9)
    drawn = list(resampled_one_by_one(counts, resamples=50, seed=[3]))
    table = score_classes(counts, "abc", bootstrap)
    for score in SCORES:
        slow = [class_scores(confusion, "abc")[score] for confusion in drawn]
        assert_allclose(table[f"{score}_low"], np.quantile(slow, 0.05, axis=0), rtol=1e-12)
        assert_allclose(table[f"{score}_high"], np.quantile(slow, 0.95, axis=0), rtol=1e-12)
    means = [overall_scores(confusion).set_index("metric")["value"] for confusion in drawn]
    summary = score_overall(counts, bootstrap).set_index("metric")
    for metric, row in summary.iterrows():
        expected = np.quantile([mean[metric] for mean in means], [0.05, 0.95])
        assert_allclose(row[["low", "high"]].to_numpy(dtype=float), expected, rtol=1e-12)


def test_every_score_has_its_interval_beside_it() -> None:
    counts = scene_counts(scenes=30, classes=4, seed=2)
    table = score_classes(counts, list("abcd"), Bootstrap(seed=5))
    scores = [f"{name}{end}" for name in SCORES for end in ("", "_low", "_high")]
    assert list(table) == ["class_name", *scores, "target_pixels", "predicted_pixels", "scenes"]
    for name in SCORES:
        assert ((table[f"{name}_low"] < table[name]) & (table[name] < table[f"{name}_high"])).all()


def test_intervals_hold_the_value_and_repeat_with_the_seed() -> None:
    counts = scene_counts(scenes=30, classes=4, seed=2)
    summary = score_overall(counts, Bootstrap(seed=5))
    assert list(summary) == ["metric", "value", "low", "high", "classes"]
    assert ((summary["low"] < summary["value"]) & (summary["value"] < summary["high"])).all()
    again = score_overall(counts, Bootstrap(seed=5))
    pd.testing.assert_frame_equal(summary, again, check_exact=True)
    assert not summary.equals(score_overall(counts, Bootstrap(seed=6)))


def test_interval_of_the_mean_covers_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(150):
        hits = rng.binomial(100, 0.7, size=40)
        counts = np.stack([hits, np.zeros_like(hits), 100 - hits], axis=-1)
        counts = np.stack([counts, np.zeros_like(counts)], axis=1)
        row = score_overall(counts, Bootstrap(resamples=200)).set_index("metric")
        low, high = row.loc["pixel_accuracy", ["low", "high"]]
        covered += low <= 0.7 <= high
    assert 0.88 <= covered / 150 <= 0.99


@pytest.mark.parametrize("scenes", [0, 1])
def test_one_scene_or_none_has_no_interval(scenes) -> None:
    counts = scene_counts(scenes=scenes, classes=2, seed=0)
    table = score_classes(counts, "ab", Bootstrap())
    assert table[["iou_low", "iou_high"]].isna().all(axis=None)
    assert score_overall(counts, Bootstrap())[["low", "high"]].isna().all(axis=None)


@pytest.mark.known_bug(7)
def test_class_in_no_scene_has_no_interval_and_scenes_are_counted_by_target() -> None:
    counts = scene_counts(scenes=5, classes=2, seed=0)
    counts[:, 1] = 0
    counts[:, :, 1] = 0
    counts[0, 0] = 0
    table = score_classes(counts, ["a", "b"], Bootstrap())
    assert table["scenes"].tolist() == [4, 0]
    assert table.loc[1, ["iou", "iou_low", "iou_high"]].isna().all()


def test_difference_is_b_minus_a_and_its_interval_tells_zero_from_not() -> None:
    better = scene_counts(scenes=40, classes=2, seed=1)
    worse = scene_counts(scenes=30, classes=2, seed=2)
    better[:, 0, 0] *= 5
    table = compare_classes(worse, better, ["a", "b"], Bootstrap())
    assert list(table) == ["class_name", "iou_a", "iou_b", "difference", "low", "high"]
    assert_allclose(table["difference"], table["iou_b"] - table["iou_a"])
    assert ((table["low"] < table["difference"]) & (table["difference"] < table["high"])).all()
    assert table.loc[0, "low"] > 0
    same = compare_classes(worse, worse, ["a", "b"], Bootstrap())
    assert same["difference"].tolist() == [0.0, 0.0]
    assert ((same["low"] < 0) & (same["high"] > 0)).all()


def test_overall_difference_is_over_the_classes_scored_in_both() -> None:
    first = scene_counts(scenes=20, classes=3, seed=1)
    second = scene_counts(scenes=25, classes=3, seed=2)
    second[:, 2] = 0
    second[:, :, 2] = 0
    table = compare_overall(first, second, Bootstrap()).set_index("metric")
    iou_a, iou_b = (class_scores(one.sum(0), "abc")["iou"] for one in (first, second))
    row = table.loc["mean_iou"]
    assert (row["value_a"], row["value_b"]) == (iou_a[:2].mean(), iou_b[:2].mean())
    assert row["difference"] == row["value_b"] - row["value_a"]
    assert row["low"] < row["difference"] < row["high"]
    assert row["classes"] == 2
    whole = overall_scores(first.sum(0)).set_index("metric").loc["pixel_accuracy", "value"]
    assert table.loc["pixel_accuracy", "value_a"] == whole


@pytest.mark.faults
def test_settings_without_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="resamples is 0; at least 1"):
        Bootstrap(resamples=0)
    with pytest.raises(ValueError, match="level is 95; a share between 0 and 1"):
        Bootstrap(level=95)
