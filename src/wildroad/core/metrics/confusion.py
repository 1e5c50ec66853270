"""Counts of target against predicted pixels, from which every segmentation score is computed.

Shapes: R labels of a label space, K evaluated classes, H x W pixels. Rows are targets, columns
predictions; a K + 1st column, "other", holds predictions outside the evaluated classes.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad.core.compiled import compiled
from wildroad.core.metrics.classification import divide

Counts = NDArray[np.int64]
Indices = NDArray[np.integer]
Bytes = NDArray[np.uint8]

OTHER = "other"
"""Name of the column of predictions outside the evaluated classes."""

_WORD = 8
"""Bytes compared at once."""


def count_confusion(target: Indices, predicted: Indices, *, rows: int, columns: int) -> Counts:
    """Count the pixels of every pair of target and predicted value.

    Neighbouring pixels mostly agree, so eight are counted at once where they do. That is exact,
    whatever the integer type.

    Args:
        target: Values 0 to rows - 1, any shape.
        predicted: Values 0 to columns - 1, of the same shape.
        rows: Rows of the result.
        columns: Columns of the result.

    Returns:
        Counts (rows, columns).

    Raises:
        ValueError: Shapes that differ, values that aren't integers or are out of range.

    >>> count_confusion(np.array([0, 0, 1]), np.array([0, 2, 2]), rows=2, columns=3)
    array([[1, 0, 1],
           [0, 0, 1]])
    """
    if target.shape != predicted.shape:
        raise ValueError(
            f"target has shape {target.shape} and predicted {predicted.shape}: they must be equal"
        )
    row = _checked("target", target, below=rows)
    column = _checked("predicted", predicted, below=columns)
    if row.dtype == column.dtype == np.uint8:
        return _count_bytes(row.view(np.uint8), column.view(np.uint8), rows, columns)
    return _count_numbers(row, column, rows, columns)


def class_confusion(counts: Counts, row_class: Sequence[int | None], *, classes: int) -> Counts:
    """Sum label rows into class rows; rows of ignored labels count nowhere.

    Args:
        counts: (..., R, K + 1).
        row_class: Class index of each of the R rows, None where the label is ignored as target.
        classes: How many classes K there are.

    Returns:
        Confusion (..., K, K + 1).

    Raises:
        ValueError: Shapes or class indices that don't belong together.
    """
    if counts.shape[-2:] != (len(row_class), classes + 1):
        raise ValueError(
            f"counts have {counts.shape[-2]} rows and {counts.shape[-1]} columns; "
            f"{len(row_class)} labels and {classes} classes need {len(row_class)} and {classes + 1}"
        )
    membership = np.zeros((classes, len(row_class)), np.int64)
    for row, index in enumerate(row_class):
        if index is not None and not 0 <= index < classes:
            raise ValueError(f"row {row} has class {index}; there are 0 to {classes - 1}")
        if index is not None:
            membership[index, row] = 1
    summed: Counts = np.matmul(membership, counts)
    return summed


def scene_table(
    counts: Counts,
    scene_ids: Sequence[str],
    labels: Sequence[str],
    row_class: Sequence[int | None],
    classes: Sequence[str],
) -> pd.DataFrame:
    """Lay out the counts of every scene, so that every later score can be computed from a file.

    Args:
        counts: (N, R, K + 1).
        scene_ids: The N ids.
        labels: The R names.
        row_class: Class index of each label, None where it is ignored as target.
        classes: The K names.

    Returns:
        Columns scene_id, label, class_name ("" = ignored), predicted, pixels; only pairs found.
    """
    scene, row, column = np.nonzero(counts)
    class_of_row = ["" if index is None else classes[index] for index in row_class]
    return pd.DataFrame(
        {
            "scene_id": np.array(scene_ids, object)[scene],
            "label": np.array(labels, object)[row],
            "class_name": np.array(class_of_row, object)[row],
            "predicted": np.array([*classes, OTHER], object)[column],
            "pixels": counts[scene, row, column],
        }
    )


def counts_from_table(
    table: pd.DataFrame, scene_ids: Sequence[str], labels: Sequence[str], classes: Sequence[str]
) -> Counts:
    """Undo `scene_table`: counts (N, R, K + 1) in the order of the names given.

    Raises:
        ValueError: The table has a scene, label or class that is not among those given.
    """
    axes = {"scene_id": scene_ids, "label": labels, "predicted": [*classes, OTHER]}
    counts = np.zeros([len(names) for names in axes.values()], np.int64)
    places = []
    for column, names in axes.items():
        place = pd.Index(names).get_indexer(pd.Index(table[column]))
        if (place < 0).any():
            unknown = table[column].to_numpy()[place < 0][0]
            raise ValueError(f"the counts have the {column} {unknown!r}, which is not known here")
        places.append(place)
    counts[tuple(places)] = table["pixels"]
    return counts


def confusion_table(confusion: Counts, classes: Sequence[str]) -> pd.DataFrame:
    """Lay a confusion matrix out, one row per pair.

    Args:
        confusion: (K, K + 1).
        classes: The K names.

    Returns:
        Columns target, predicted (a class or "other"), pixels, share (of the target's row, NaN
        where the target does not occur); K * (K + 1) rows.
    """
    columns = [*classes, OTHER]
    return pd.DataFrame(
        {
            "target": np.repeat(np.array(classes, object), len(columns)),
            "predicted": columns * len(classes),
            "pixels": confusion.ravel(),
            "share": divide(confusion, confusion.sum(-1, keepdims=True)).ravel(),
        }
    )


def ignored_table(
    counts: Counts,
    labels: Sequence[str],
    row_class: Sequence[int | None],
    classes: Sequence[str],
) -> pd.DataFrame:
    """Tell what the model calls the labels that are ignored as target.

    Args:
        counts: (R, K + 1).
        labels: The R names.
        row_class: Class index of each row, None where the label is ignored as target.
        classes: The K names.

    Returns:
        Columns label, predicted, pixels, share (of the label's pixels); labels in their order, each
        one's predictions by falling number of pixels; pairs that don't occur are left out.
    """
    ignored = [row for row, index in enumerate(row_class) if index is None]
    rows = counts[ignored]
    table = pd.DataFrame(
        {
            "label": np.repeat(np.arange(len(ignored)), rows.shape[1]),
            "predicted": [*classes, OTHER] * len(ignored),
            "pixels": rows.ravel(),
            "share": divide(rows, rows.sum(-1, keepdims=True)).ravel(),
        }
    )
    found = table[table["pixels"] > 0].sort_values(
        ["label", "pixels"], ascending=[True, False], kind="stable", ignore_index=True
    )
    names = np.array([labels[row] for row in ignored], object)
    return found.assign(label=names[found["label"].to_numpy()])


def _checked(name: str, values: Indices, *, below: int) -> Indices:
    """Flatten values that are all within 0 to below - 1, in an unsigned type that holds them."""
    if values.dtype.kind not in "iu":
        raise ValueError(f"{name} has type {values.dtype}; whole numbers are needed")
    if values.size:
        least, greatest = values.min(), values.max()
        if least < 0 or greatest >= below:
            seen = least if least < 0 else greatest
            raise ValueError(f"{name} holds {seen}; allowed is 0 to {below - 1}")
    return values.ravel().astype(np.uint8 if below <= 256 else np.intp, copy=False)


def _count_bytes(row: Bytes, column: Bytes, rows: int, columns: int) -> Counts:
    """Count pairs of bytes, eight at once where they are alike, as next to each other most are."""
    words = row.size // _WORD
    starts = [np.require(one[: words * _WORD], requirements="A") for one in (row, column)]
    counts = np.zeros((rows, columns), np.int64)
    _add_words(starts[0].view(np.uint64), starts[1].view(np.uint64), counts)
    _add_pixels(row[words * _WORD :], column[words * _WORD :], counts)
    return counts


def _count_numbers(row: Indices, column: Indices, rows: int, columns: int) -> Counts:
    counts = np.zeros((rows, columns), np.int64)
    _add_pixels(row, column, counts)
    return counts


@compiled
def _add_words(row: NDArray[np.uint64], column: NDArray[np.uint64], counts: Counts) -> None:
    """Add the pairs of words of eight bytes; the order of the bytes does not matter."""
    last, ones, eight = np.uint64(0xFF), np.uint64(0x0101010101010101), np.uint64(8)
    for place in range(len(row)):
        r, c = row[place], column[place]
        if r == (r & last) * ones and c == (c & last) * ones:
            counts[r & last, c & last] += 8
        else:
            for _ in range(8):
                counts[r & last, c & last] += 1
                r, c = r >> eight, c >> eight


@compiled
def _add_pixels(row: Indices, column: Indices, counts: Counts) -> None:
    for place in range(len(row)):
        counts[row[place], column[place]] += 1
