import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from wildroad.core.metrics.intervals import Bootstrap
from wildroad.core.metrics.thresholds import (
    average_precision_table,
    mean_average_precision,
    score_average_precision,
    threshold_table,
)

THRESHOLDS = [k / 10 for k in range(11)]


def scene(*, hit: int, missed: int = 0, false: int = 0) -> NDArray[np.int64]:
    """One scene of the classes Car and Road: pixels of Car found, missed and falsely taken."""
    return np.array([[hit, missed, 0], [false, 100, 0]], np.int64)


def column(counts: NDArray[np.int64], name: str, class_name: str = "Car") -> list[float]:
    table = threshold_table(counts, ["Car", "Road"])
    return table.loc[table["class_name"] == class_name, name].tolist()


def slow_outcome(counts: NDArray[np.int64], index: int, k: int) -> tuple[int, int, int]:
    """The definition, word for word."""
    true_positives = false_positives = false_negatives = 0
    for one in counts.tolist():
        inter = one[index][index]
        target, predicted = sum(one[index]), sum(row[index] for row in one)
        union = target + predicted - inter
        hit = target > 0 and predicted > 0 and inter > 0 and 10 * inter >= k * union
        true_positives += hit
        false_positives += predicted > 0 and not hit
        false_negatives += target > 0 and not hit
    return true_positives, false_positives, false_negatives


def test_iou_of_exactly_three_tenths_passes_the_threshold_of_three_tenths() -> None:
    assert np.arange(0, 1.1, 0.1)[3] > 0.3
    recall = column(scene(hit=3, missed=5, false=2)[None], "recall")
    assert recall == [1.0] * 4 + [0.0] * 7


@pytest.mark.parametrize("tenths", range(1, 11))
def test_iou_of_exactly_each_threshold_passes_it_and_no_higher_one(tenths) -> None:
    recall = column(scene(hit=tenths, missed=10 - tenths)[None], "recall")
    assert recall == [1.0] * (tenths + 1) + [0.0] * (10 - tenths)


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_average_over_the_thresholds_is_a_staircase_of_iou(hit, missed, false) -> None:
    found = np.mean(column(scene(hit=hit, missed=missed, false=false)[None], "recall"))
    steps = 10 * hit // (hit + missed + false)
    assert found == pytest.approx((steps + 1) / 11, abs=1e-15)


def test_touching_nothing_is_a_miss_and_a_false_alarm_even_at_threshold_zero() -> None:
    table = threshold_table(scene(hit=0, missed=5, false=5)[None], ["Car", "Road"])
    first = table[table["threshold"] == 0.0].iloc[0]
    outcome = first[["true_positives", "false_positives", "false_negatives"]]
    assert outcome.tolist() == [0, 1, 1]
    assert first[["precision", "recall", "f1"]].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.known_bug(7)
def test_scene_without_the_class_is_left_out_and_class_without_scene_is_nan() -> None:
    counts = np.array([scene(hit=0), scene(hit=4), scene(hit=0)])
    assert column(counts, "precision") == [1.0] * 11
    nowhere = np.array([scene(hit=0)])
    assert np.isnan(column(nowhere, "recall")).all()
    table = average_precision_table(nowhere, ["Car", "Road"])
    assert table["ap"].isna().tolist() == [True, False]


def test_prediction_outside_the_classes_lowers_iou() -> None:
    counts = np.array([[[6, 0, 4], [0, 50, 0]]])
    assert column(counts, "recall") == [1.0] * 7 + [0.0] * 4


@given(
    st.lists(
        st.lists(st.integers(0, 6), min_size=12, max_size=12).map(
            lambda cells: np.array(cells, np.int64).reshape(3, 4)
        ),
        min_size=1,
        max_size=6,
    )
)
def test_table_follows_the_definition_word_for_word(scenes) -> None:
    counts = np.stack(scenes)
    table = threshold_table(counts, ["a", "b", "c"])
    assert table["threshold"].tolist() == THRESHOLDS * 3
    rows = zip(table.to_dict("records"), np.ndindex(3, 11), strict=True)
    for row, (index, k) in rows:
        tp, fp, fn = slow_outcome(counts, index, k)
        assert (row["true_positives"], row["false_positives"], row["false_negatives"]) == (
            tp,
            fp,
            fn,
        )
        expected = {
            "precision": (tp, tp + fp),
            "recall": (tp, tp + fn),
            "f1": (2 * tp, 2 * tp + fp + fn),
        }
        for name, (numerator, denominator) in expected.items():
            right = numerator / denominator if denominator else math.nan
            assert row[name] == pytest.approx(right, abs=1e-15, nan_ok=True)


def test_average_precisions_done_by_hand() -> None:
    counts = np.array(
        [scene(hit=10), scene(hit=3, missed=7), scene(hit=0, false=4), scene(hit=0, missed=4)]
    )
    table = average_precision_table(counts, ["Car", "Road"]).set_index("class_name")
    # Up to 0.3 two of four outcomes are hits; above, the second scene is a miss and a false alarm.
    assert table.loc["Car", "ap"] == pytest.approx((4 * 2 / 4 + 7 * 1 / 5) / 11, abs=1e-15)
    assert table.loc["Car", "ap_from_half"] == pytest.approx(1 / 5, abs=1e-15)
    assert table["target_scenes"].tolist() == [3, 4]


def test_mean_is_over_classes_with_a_target() -> None:
    counts = np.zeros((2, 3, 4), np.int64)
    counts[:, 0, 0] = 10
    counts[0, 0, 2] = 1
    table = average_precision_table(counts, ["Car", "Road", "Train"])
    assert table.loc[2, "ap"] == 0.0
    mean = mean_average_precision(table)
    # At threshold 1.0 the first scene, of IoU 10/11, is a miss and a false alarm.
    assert mean["metric"].tolist() == ["map", "map_from_half"]
    assert mean["classes"].tolist() == [1, 1]
    assert mean["value"].tolist() == pytest.approx([(10 + 1 / 3) / 11, (5 + 1 / 3) / 6])


def test_mean_without_any_target_is_nan() -> None:
    empty = np.zeros((1, 2, 3), np.int64)
    mean = mean_average_precision(average_precision_table(empty, ["Car", "Road"]))
    assert mean["value"].isna().all()
    assert mean["classes"].tolist() == [0, 0]


# Identities, and intervals


@st.composite
def many_scenes(draw: st.DrawFn, *, classes: int = 3) -> NDArray[np.int64]:
    cells = st.lists(st.integers(0, 6), min_size=classes * (classes + 1),
                     max_size=classes * (classes + 1))  # fmt: skip
    scenes = draw(st.lists(cells, min_size=1, max_size=8))
    return np.array(scenes, np.int64).reshape(-1, classes, classes + 1)


@given(many_scenes())
def test_hits_and_misses_are_the_scenes_with_the_class_at_every_threshold(counts) -> None:
    table = threshold_table(counts, ["a", "b", "c"])
    for index, name in enumerate("abc"):
        rows = table[table["class_name"] == name]
        with_target = (counts[:, index].sum(-1) > 0).sum()
        with_prediction = (counts[:, :, index].sum(-1) > 0).sum()
        assert (rows["true_positives"] + rows["false_negatives"] == with_target).all()
        assert (rows["true_positives"] + rows["false_positives"] == with_prediction).all()


@given(many_scenes())
def test_hits_never_grow_with_the_threshold(counts) -> None:
    table = threshold_table(counts, ["a", "b", "c"])
    for _, rows in table.groupby("class_name"):
        assert rows["true_positives"].is_monotonic_decreasing


@given(many_scenes(), st.permutations([0, 1, 2]))
def test_permuting_classes_permutes_thresholds_and_average_precision(counts, order) -> None:
    permuted = counts[:, order][:, :, [*order, 3]]
    names = np.array(["a", "b", "c"])
    for table_of in (threshold_table, average_precision_table):
        first = table_of(counts, list(names)).sort_values("class_name", kind="stable")
        second = table_of(permuted, list(names[order])).sort_values("class_name", kind="stable")
        pd.testing.assert_frame_equal(first.reset_index(drop=True), second.reset_index(drop=True))


@given(many_scenes(), st.integers(0, 8))
def test_thresholds_of_scenes_in_two_batches_add_up(counts, cut) -> None:
    columns = ["true_positives", "false_positives", "false_negatives"]
    whole = threshold_table(counts, ["a", "b", "c"])[columns]
    parts = [
        threshold_table(part, ["a", "b", "c"])[columns] for part in (counts[:cut], counts[cut:])
    ]
    assert (parts[0] + parts[1]).equals(whole)


@given(many_scenes())
def test_f1_is_the_harmonic_mean_of_precision_and_recall(counts) -> None:
    table = threshold_table(counts, ["a", "b", "c"]).dropna(subset=["precision", "recall"])
    both = table["precision"] + table["recall"]
    harmonic = np.where(
        both > 0, 2 * table["precision"] * table["recall"] / both.where(both > 0), 0
    )
    assert np.allclose(table["f1"], harmonic, rtol=1e-12)


@pytest.mark.known_bug(7)
@given(many_scenes())
def test_scenes_in_which_a_class_is_nowhere_change_nothing(counts) -> None:
    nowhere = np.zeros((4, 3, 4), np.int64)
    nowhere[:, 0, 0] = 9
    more = np.concatenate([counts, nowhere])
    first, second = (
        table[table["class_name"] != "a"]
        for table in (threshold_table(one, ["a", "b", "c"]) for one in (counts, more))
    )
    pd.testing.assert_frame_equal(first, second)


def test_average_precision_intervals_equal_resampling_scene_by_scene() -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 40, (9, 2, 3))
    counts[:, 0, 0] *= 4
    bootstrap = Bootstrap(resamples=60, seed=3)
    table, mean = score_average_precision(counts, ["Car", "Road"], bootstrap)
    times = np.random.default_rng([3]).multinomial(9, np.full(9, 1 / 9), size=60)
    drawn = [average_precision_table(counts.repeat(one, axis=0), ["Car", "Road"]) for one in times]
    for name in ("ap", "ap_from_half"):
        low, high = np.quantile([one[name] for one in drawn], [0.025, 0.975], axis=0)
        assert np.allclose(table[f"{name}_low"], low, rtol=1e-12)
        assert np.allclose(table[f"{name}_high"], high, rtol=1e-12)
        means = np.quantile([one[name].mean() for one in drawn], [0.025, 0.975])
        row = mean.set_index("metric").loc[f"m{name}"]
        assert np.allclose(row[["low", "high"]].to_numpy(dtype=float), means, rtol=1e-12)
        assert row["value"] == table[name].mean()


def test_mean_average_precision_of_scenes_without_any_target_has_no_interval() -> None:
    _, mean = score_average_precision(np.zeros((3, 2, 3), np.int64), ["Car", "Road"], Bootstrap())
    assert mean[["value", "low", "high"]].isna().all(axis=None)
