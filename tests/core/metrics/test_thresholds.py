import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from wildroad.core.metrics.thresholds import (
    average_precision_table,
    mean_average_precision,
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
