import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from wildroad.core.metrics.classification import (
    bootstrap_confusions,
    calibration_error,
    class_figures,
    confusion_table,
    count_confusion,
    group_confusions,
    overall_figures,
    reliability,
    score_classes,
    score_overall,
    wilson_interval,
)

CLASSES = tuple("abcdefghij")
pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=200)


def named(numbers):
    return pd.Series([CLASSES[number] for number in numbers])


def confusion_of(pairs):
    target, predicted = zip(*pairs, strict=True)
    return count_confusion(named(target), named(predicted), CLASSES)


def predictions_with(hits, photos, classes=10):
    """As many photos of changing classes, as many of them right."""
    target = [CLASSES[number % classes] for number in range(photos)]
    predicted = [
        one if number < hits else CLASSES[(CLASSES.index(one) + 1) % classes]
        for number, one in enumerate(target)
    ]
    return pd.DataFrame(
        {
            "target": target,
            "predicted": predicted,
            "confidence": 0.5,
            "group_id": [str(number) for number in range(photos)],
        }
    )


def value_of(table, metric):
    return table.set_index("metric").loc[metric, "value"]


@pytest.mark.parity
@settings(max_examples=1000, deadline=None)
@given(pairs)
def test_every_figure_equals_that_of_scikit_learn(drawn):
    target, predicted = map(named, zip(*drawn, strict=True))
    confusion = confusion_of(drawn)
    labels = list(CLASSES)
    assert np.array_equal(confusion, confusion_matrix(target, predicted, labels=labels))
    overall = overall_figures(confusion)
    present = sorted(set(target))
    for average in ("macro", "weighted"):
        expected = precision_recall_fscore_support(
            target, predicted, labels=present, average=average, zero_division=0
        )
        figures = [overall[f"{average}_{name}"] for name in ("precision", "recall", "f1")]
        assert np.allclose(figures, expected[:3], atol=1e-12)
    micro = precision_recall_fscore_support(target, predicted, labels=labels, average="micro")
    assert np.allclose(
        [overall[f"micro_{one}"] for one in ("precision", "recall", "f1")], micro[:3]
    )
    assert np.isclose(overall["top1"], accuracy_score(target, predicted))
    each = precision_recall_fscore_support(target, predicted, labels=labels, zero_division=np.nan)
    figures = class_figures(confusion)
    for name, expected in zip(("precision", "recall", "f1"), each, strict=False):
        known = ~np.isnan(figures[name])
        assert np.allclose(figures[name][known], expected[known], atol=1e-12)


@given(pairs)
def test_micro_averages_are_top1_and_one_vs_rest_follows_from_it(drawn):
    confusion = confusion_of(drawn)
    overall = overall_figures(confusion)
    assert overall["micro_precision"] == overall["micro_recall"] == overall["top1"]
    each = class_figures(confusion)["ovr_accuracy"]
    assert np.isclose(overall["mean_ovr_accuracy"], each.mean(), atol=1e-12)


@given(pairs, st.permutations(range(10)))
def test_permuting_the_classes_permutes_every_table(drawn, order):
    confusion = confusion_of(drawn)
    permuted = confusion[np.ix_(order, order)]
    for name, values in class_figures(confusion).items():
        assert np.array_equal(class_figures(permuted)[name], values[list(order)], equal_nan=True)


@pytest.mark.known_bug(12)
@pytest.mark.parametrize(
    ("top1", "published"), [(0.58870, 0.91773), (0.84688, 0.96937), (0.88265, 0.97653)]
)
def test_published_accuracies_are_mean_one_vs_rest_and_stand_beside_top1(top1, published):
    table = score_overall(predictions_with(round(top1 * 2000), 2000), CLASSES, resamples=100)
    assert abs(value_of(table, "top1") - top1) < 3e-4
    assert abs(value_of(table, "mean_ovr_accuracy") - published) < 1e-4
    exact = 1 - 2 * (1 - top1) / 10
    assert abs(exact - published) < 1e-5
    assert {"top1", "macro_f1", "majority_baseline"} <= set(table["metric"])
    confusion = confusion_of([(0, 0)] * 9 + [(0, 1)])
    assert overall_figures(confusion)["top1"] == 0.9


def test_a_class_without_photos_has_no_recall_and_one_never_predicted_no_precision():
    confusion = np.array([[3, 0, 1], [0, 0, 0], [2, 0, 0]])
    figures = class_figures(confusion)
    assert np.isnan(figures["recall"][1])
    assert np.isnan(figures["precision"][1])
    assert figures["f1"][2] == 0


def test_a_name_that_is_no_class_is_refused():
    with pytest.raises(ValueError, match=r"classes \['zebra'\] are not among"):
        count_confusion(pd.Series(["a"]), pd.Series(["zebra"]), CLASSES)


@pytest.mark.parity
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_intervals_equal_those_of_scipy(counts):
    hits, photos = counts
    expected = binomtest(hits, photos).proportion_ci(0.95, method="wilson")
    found = wilson_interval(hits, photos)
    assert np.allclose([found.low, found.high], [expected.low, expected.high], atol=1e-12)


def test_an_interval_over_nothing_is_nan():
    assert np.isnan(wilson_interval(0, 0).value)


def test_a_confidence_of_one_is_in_the_last_bin():
    table = reliability(pd.DataFrame({"target": ["a"], "predicted": ["a"], "confidence": [1.0]}))
    assert list(table["photos"]) == [0] * 14 + [1]


def test_calibration_error_by_hand():
    predictions = pd.DataFrame(
        {
            "target": ["a", "a", "b", "b"],
            "predicted": ["a", "b", "b", "b"],
            "confidence": [0.9, 0.9, 0.9, 0.3],
        }
    )
    # three of confidence 0.9 with two hits, one of 0.3 with a hit
    expected = (3 * abs(2 / 3 - 0.9) + abs(1 - 0.3)) / 4
    assert np.isclose(calibration_error(reliability(predictions)), expected)


@given(pairs, st.integers(1, 7))
def test_groups_add_up_to_the_whole(drawn, groups):
    target, predicted = map(named, zip(*drawn, strict=True))
    names = [str(number % groups) for number in range(len(drawn))]
    table = pd.DataFrame({"target": target, "predicted": predicted, "group_id": names})
    assert np.array_equal(group_confusions(table, CLASSES).sum(0), confusion_of(drawn))


def test_a_resample_draws_whole_groups():
    counts = np.zeros((3, 2, 2), np.int64)
    counts[:, 0, 0] = [1, 10, 100]
    drawn = bootstrap_confusions(counts, resamples=200, seed=0)[:, 0, 0]
    possible = {a + b + c for a in (1, 10, 100) for b in (1, 10, 100) for c in (1, 10, 100)}
    assert set(drawn) <= possible


def test_bursts_widen_the_interval_of_f1():
    predictions = predictions_with(60, 100)
    one_each = score_overall(predictions, CLASSES, seed=1).set_index("metric").loc["macro_f1"]
    predictions["group_id"] = [str(number // 10) for number in range(100)]
    bursts = score_overall(predictions, CLASSES, seed=1).set_index("metric").loc["macro_f1"]
    assert bursts["value"] == one_each["value"]
    assert bursts["high"] - bursts["low"] > one_each["high"] - one_each["low"]


def test_tables_hold_every_photo_and_recall_is_diagonal_over_row_sum():
    confusion = np.array([[3, 1], [2, 4]])
    table = confusion_table(confusion, ["a", "b"])
    assert table["photos"].sum() == 10
    assert np.isclose(table.groupby("target")["share"].sum(), 1).all()
    each = score_classes(confusion, ["a", "b"])
    assert list(each["recall"]) == [3 / 4, 4 / 6]
    assert list(each["support"]) == [4, 6]
    assert list(each["predicted_photos"]) == [5, 5]
