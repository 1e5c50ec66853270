import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from wildroad.core.metrics.intervals import Bootstrap, score_classes
from wildroad.core.metrics.segmentation import (
    class_confusion,
    class_scores,
    confusion_table,
    count_confusion,
    counts_from_table,
    ignored_table,
    intersection_over_union,
    overall_scores,
    scene_table,
)

INTEGER_TYPES = [np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.uint64, np.int64]


@st.composite
def confusions(draw: st.DrawFn, *, most_classes: int = 6) -> NDArray[np.int64]:
    """One (K, K + 1) confusion, often with empty rows and columns."""
    classes = draw(st.integers(1, most_classes))
    cell = st.one_of(st.just(0), st.integers(0, 10**9))
    cells = draw(st.lists(cell, min_size=classes * (classes + 1), max_size=classes * (classes + 1)))
    return np.array(cells, np.int64).reshape(classes, classes + 1)


def names(confusion: NDArray[np.int64]) -> list[str]:
    return [f"class {index}" for index in range(confusion.shape[-2])]


def blocky_mask(rng: np.random.Generator, *, values: NDArray, shape: tuple[int, int]) -> NDArray:
    """A made-up mask: rectangles of random values, as smooth as real masks are."""
    mask = np.full(shape, rng.choice(values))
    for _ in range(40):
        top, left = rng.integers(0, shape[0]), rng.integers(0, shape[1])
        height, width = rng.integers(1, 40, size=2)
        mask[top : top + height, left : left + width] = rng.choice(values)
    return mask


def scene_counts(*, scenes: int, classes: int, seed: int) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 1000, (scenes, classes, classes + 1))
    counts[:, range(classes), range(classes)] *= rng.integers(1, 9, (scenes, 1))
    return counts


# Counting


@pytest.mark.parity
@pytest.mark.parametrize("dtype", INTEGER_TYPES)
def test_counts_equal_scikit_learns_on_random_masks_of_any_type(dtype) -> None:
    rng = np.random.default_rng(INTEGER_TYPES.index(dtype))
    for case in range(125):
        classes = int(rng.integers(2, 40))
        shape = tuple(rng.integers(1, 60, size=2))
        target = rng.integers(0, classes, shape)
        predicted = np.where(
            rng.random(shape) < case / 250, rng.integers(0, classes, shape), target
        )
        if case % 3 == 0:
            target, predicted = np.sort(target, axis=1), np.sort(predicted, axis=1)
        counts = count_confusion(
            target.astype(dtype), predicted.astype(dtype), rows=classes, columns=classes
        )
        expected = confusion_matrix(target.ravel(), predicted.ravel(), labels=np.arange(classes))
        assert counts.dtype == np.int64
        assert_array_equal(counts, expected)


def test_counts_of_values_that_overflow_when_combined_in_their_own_type() -> None:
    target = np.full((8, 8), 200, np.uint8)
    predicted = np.full((8, 8), 250, np.uint8)
    counts = count_confusion(target, predicted, rows=256, columns=256)
    assert counts[200, 250] == counts.sum() == 64


@pytest.mark.parametrize(("rows", "columns"), [(1, 65536), (300, 400), (1, 1)])
def test_counts_of_many_rows_and_columns_are_exact(rows, columns) -> None:
    rng = np.random.default_rng(0)
    target, predicted = rng.integers(0, rows, 5000), rng.integers(0, columns, 5000)
    counts = count_confusion(target, predicted, rows=rows, columns=columns)
    expected = np.zeros((rows, columns), np.int64)
    np.add.at(expected, (target, predicted), 1)
    assert_array_equal(counts, expected)


def test_smooth_beginning_and_noisy_end_are_counted_alike() -> None:
    target = np.zeros((512, 512), np.uint8)
    target[300:] = np.random.default_rng(0).integers(0, 5, (212, 512))
    predicted = target.T
    expected = np.bincount(5 * target.ravel().astype(int) + predicted.ravel(), minlength=25)
    assert_array_equal(
        count_confusion(target, predicted, rows=5, columns=5), expected.reshape(5, 5)
    )


def test_no_pixels_give_no_counts() -> None:
    empty = np.empty((0, 4), np.uint8)
    assert count_confusion(empty, empty, rows=2, columns=3).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_masks_that_are_views_are_counted_as_they_are_seen() -> None:
    target = np.arange(24, dtype=np.int16).reshape(4, 6) % 3
    seen = target[::2, ::-1]
    counts = count_confusion(seen, seen, rows=3, columns=3)
    assert_array_equal(counts, np.diag(np.bincount(seen.ravel())))


@pytest.mark.faults
@pytest.mark.parametrize(
    ("target", "predicted", "told"),
    [
        ([[3]], [[0]], "target holds 3; allowed is 0 to 2"),
        ([[-1]], [[0]], "target holds -1; allowed is 0 to 2"),
        ([[0]], [[4]], "predicted holds 4; allowed is 0 to 3"),
        ([[0.0]], [[0]], "target has type float64; whole numbers are needed"),
        ([[True]], [[0]], "target has type bool"),
        ([[0]], [[0, 1]], r"target has shape \(1, 1\) and predicted \(1, 2\)"),
    ],
)
def test_values_out_of_range_are_named_never_dropped(target, predicted, told) -> None:
    with pytest.raises(ValueError, match=told):
        count_confusion(np.array(target), np.array(predicted), rows=3, columns=4)


@pytest.mark.parity
def test_counting_is_many_times_as_fast_as_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    target = blocky_mask(rng, values=np.arange(19, dtype=np.uint8), shape=(1024, 2048))
    predicted = np.roll(target, (3, 5), axis=(0, 1))

    def seconds(count: Callable[[], NDArray]) -> float:
        started = time.perf_counter()
        count()
        return time.perf_counter() - started

    def ours() -> NDArray:
        return count_confusion(target, predicted, rows=19, columns=19)

    def theirs() -> NDArray:
        return confusion_matrix(target.ravel(), predicted.ravel(), labels=np.arange(19))

    assert_array_equal(ours(), theirs())
    slow = min(seconds(theirs) for _ in range(3))
    assert slow / min(seconds(ours) for _ in range(7)) > 25


# From labels to classes


def test_labels_of_one_class_are_summed_and_ignored_ones_left_out() -> None:
    counts = np.array([[[1, 2, 3], [10, 20, 30], [100, 200, 300], [1000, 0, 0]]])
    assert class_confusion(counts, [1, None, 1, 0], classes=2).tolist() == [
        [[1000, 0, 0], [101, 202, 303]]
    ]


@pytest.mark.known_bug(16)
def test_unlabeled_pixels_change_no_score() -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 100, (4, 4))
    without = counts.copy()
    without[3] = 0
    row_class = [0, 1, 2, None]
    with_unlabeled, without_unlabeled = (
        overall_scores(class_confusion(some, row_class, classes=3)) for some in (counts, without)
    )
    pd.testing.assert_frame_equal(with_unlabeled, without_unlabeled)
    assert with_unlabeled["classes"].tolist() == [3] * 5


@pytest.mark.known_bug(3)
def test_level_three_ids_land_on_the_rows_of_their_classes() -> None:
    ids = np.array([0, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 18, 19, 20, 22, 24, 25, 255])
    row_class: list[int | None] = [None] * 256
    for index, label in enumerate(ids[:-1]):
        row_class[label] = index
    target = np.repeat(ids, 3).astype(np.uint8)
    predicted = np.repeat(np.arange(19), 3).astype(np.uint8)
    counts = count_confusion(target, predicted, rows=256, columns=19)
    confusion = class_confusion(counts, row_class, classes=18)
    assert_array_equal(confusion[:, :18], 3 * np.eye(18))
    assert overall_scores(confusion)["value"].tolist() == [1.0] * 5


@pytest.mark.faults
def test_shapes_and_classes_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(
        ValueError, match="counts have 2 rows and 3 columns; 3 labels and 2 classes"
    ):
        class_confusion(np.zeros((2, 3), np.int64), [0, 1, None], classes=2)
    with pytest.raises(ValueError, match="row 1 has class 2; there are 0 to 1"):
        class_confusion(np.zeros((2, 3), np.int64), [0, 2], classes=2)
    with pytest.raises(ValueError, match=r"2 classes has 3 columns.*this one has 2"):
        class_scores(np.zeros((2, 2), np.int64), ["a", "b"])


# Scores


@pytest.mark.known_bug(15, 16)
def test_scores_of_a_confusion_small_enough_to_do_by_hand() -> None:
    confusion = np.array([[6, 2, 0, 2], [1, 3, 0, 0], [0, 0, 0, 0]])
    table = class_scores(confusion, ["Road", "Car", "Train"]).set_index("class_name")
    assert table.loc["Road"].tolist() == [6 / 11, 12 / 17, 6 / 7, 0.6, 9 / 14, 10, 7]
    assert table.loc["Car"].tolist() == [3 / 6, 6 / 9, 3 / 5, 3 / 4, 11 / 14, 4, 5]
    overall = overall_scores(confusion).set_index("metric")
    assert overall["classes"].tolist() == [2, 2, 2, 2, 2]
    assert overall["value"].tolist() == pytest.approx(
        [
            9 / 14,
            (6 / 11 + 1 / 2) / 2,
            (12 / 17 + 2 / 3) / 2,
            (0.6 + 0.75) / 2,
            (10 * 6 / 11 + 4 * 1 / 2) / 14,
        ],
        abs=1e-15,
    )


@pytest.mark.known_bug(7)
def test_class_absent_from_target_and_prediction_scores_nan_not_zero() -> None:
    confusion = np.array([[5, 0, 0], [0, 0, 0]])
    absent = class_scores(confusion, ["Road", "Train"]).iloc[1]
    assert absent[["iou", "dice", "precision", "recall"]].isna().all()
    assert np.isnan(intersection_over_union(confusion)[1])
    assert absent["ovr_accuracy"] == 1.0
    assert overall_scores(confusion).set_index("metric").loc["mean_iou"].tolist() == [1.0, 1]


def test_class_predicted_but_never_there_scores_iou_zero_and_counts_in_the_mean() -> None:
    confusion = np.array([[4, 1, 0], [0, 0, 0]])
    assert intersection_over_union(confusion).tolist() == [0.8, 0.0]
    overall = overall_scores(confusion).set_index("metric")
    assert overall.loc["mean_iou"].tolist() == [0.4, 2]
    assert overall.loc["mean_recall"].tolist() == [0.8, 1]


def test_no_valid_pixel_gives_nan_over_no_class() -> None:
    overall = overall_scores(np.zeros((3, 4), np.int64))
    assert overall["value"].isna().all()
    assert overall["classes"].tolist() == [0] * 5


def test_prediction_outside_the_classes_is_a_false_negative_of_the_target() -> None:
    scores = class_scores(np.array([[6, 4]]), ["Road"]).iloc[0]
    assert scores[["iou", "precision", "recall"]].tolist() == [0.6, 1.0, 0.6]


@pytest.mark.known_bug(15)
@given(confusions())
def test_recall_is_diagonal_over_row_sum(confusion) -> None:
    recall = class_scores(confusion, names(confusion))["recall"].to_numpy()
    for index, row in enumerate(confusion):
        if row.sum():
            assert recall[index] == row[index] / row.sum()
        else:
            assert np.isnan(recall[index])


@pytest.mark.known_bug(15)
def test_recall_of_many_scenes_is_that_of_their_confusion_matrix() -> None:
    counts = scene_counts(scenes=30, classes=4, seed=3)
    counts[5:, 2] = 0
    confusion, classes = counts.sum(0), list("abcd")
    table = score_classes(counts, classes, Bootstrap(seed=0))
    cells = confusion_table(confusion, classes)
    shown = cells.loc[cells["target"] == cells["predicted"], "share"]
    assert table["recall"].tolist() == shown.tolist()
    overall = overall_scores(confusion).set_index("metric")["value"]
    assert overall["mean_recall"] == pytest.approx(shown.mean(), rel=1e-12)


@given(confusions())
def test_dice_is_the_function_of_iou_it_should_be(confusion) -> None:
    table = class_scores(confusion, names(confusion))
    assert_allclose(table["dice"], 2 * table["iou"] / (1 + table["iou"]), rtol=1e-12)


@given(confusions(), st.randoms(use_true_random=False))
def test_permuting_classes_permutes_every_score(confusion, random) -> None:
    classes = len(confusion)
    order = random.sample(range(classes), classes)
    permuted = confusion[order][:, [*order, classes]]
    expected = class_scores(confusion, names(confusion)).iloc[order].reset_index(drop=True)
    found = class_scores(permuted, [names(confusion)[index] for index in order])
    pd.testing.assert_frame_equal(found, expected)
    pd.testing.assert_frame_equal(
        overall_scores(permuted), overall_scores(confusion), check_exact=False, rtol=1e-12
    )


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 29), max_size=5))
@settings(max_examples=40)
def test_splitting_a_mask_into_any_batches_changes_no_count(seed, cuts) -> None:
    rng = np.random.default_rng(seed)
    target, predicted = rng.integers(0, 4, (2, 30, 20), dtype=np.uint8)
    parts = zip(np.split(target, sorted(cuts)), np.split(predicted, sorted(cuts)), strict=True)
    summed = sum(count_confusion(a, b, rows=4, columns=5) for a, b in parts)
    whole = count_confusion(target, predicted, rows=4, columns=5)
    assert_array_equal(summed, whole)
    assert whole.sum() == target.size


def test_counts_beyond_float32_stay_exact() -> None:
    scene = np.array([[2**24, 1, 0], [0, 2**24 + 1, 0]], np.int64)
    table = class_scores(np.stack([scene] * 40).sum(0), ["a", "b"])
    assert table["target_pixels"].tolist() == [40 * (2**24 + 1)] * 2
    assert table["iou"].tolist() == [2**24 / (2**24 + 1), (2**24 + 1) / (2**24 + 2)]


# Tables


def test_confusion_table_has_a_row_for_every_pair_and_the_column_other() -> None:
    table = confusion_table(np.array([[3, 0, 1], [0, 0, 0]]), ["Road", "Train"])
    assert table["target"].tolist() == ["Road"] * 3 + ["Train"] * 3
    assert table["predicted"].tolist() == ["Road", "Train", "other"] * 2
    assert table["pixels"].tolist() == [3, 0, 1, 0, 0, 0]
    assert table["share"].tolist()[:3] == [0.75, 0.0, 0.25]
    assert table["share"].isna().tolist() == [False] * 3 + [True] * 3


def test_ignored_table_tells_what_ignored_labels_are_called_most_often_first() -> None:
    counts = np.array([[9, 9, 9], [1, 6, 3], [0, 0, 0], [0, 0, 5]])
    labels = ["road", "autorickshaw", "tunnel", "curb"]
    table = ignored_table(counts, labels, [0, None, None, None], ["Road", "Car"])
    assert table.to_numpy().tolist() == [
        ["autorickshaw", "Car", 6, 0.6],
        ["autorickshaw", "other", 3, 0.3],
        ["autorickshaw", "Road", 1, 0.1],
        ["curb", "other", 5, 1.0],
    ]
    assert list(table) == ["label", "predicted", "pixels", "share"]


def test_ignored_table_of_nothing_ignored_is_empty_with_its_columns() -> None:
    table = ignored_table(np.array([[1, 0]]), ["road"], [0], ["Road"])
    assert list(table) == ["label", "predicted", "pixels", "share"]
    assert table.empty


def test_counts_of_every_scene_survive_a_csv_file(tmp_path) -> None:
    counts = np.zeros((3, 4, 3), np.int64)
    counts[0, 1, 2], counts[0, 3, 0], counts[2, 0, 1] = 5, 7, 2**40
    scenes, labels, classes = ["a", "b", "c"], ["road", "curb", "animal", "car"], ["Road", "Car"]
    table = scene_table(counts, scenes, labels, [0, None, None, 1], classes)
    assert table.to_numpy().tolist() == [
        ["a", "curb", "", "other", 5],
        ["a", "car", "Car", "Road", 7],
        ["c", "road", "Road", "Car", 2**40],
    ]
    table.to_csv(tmp_path / "counts.csv", index=False)
    read = pd.read_csv(tmp_path / "counts.csv")
    assert_array_equal(counts_from_table(read, scenes, labels, classes), counts)
    with pytest.raises(ValueError, match="the counts have the label 'curb', which is not known"):
        counts_from_table(read, scenes, ["road", "car"], classes)
