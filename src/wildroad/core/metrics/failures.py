"""Scenes where a class went wrong, and what its pixels were taken for.

Shapes: N scenes, K classes.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad.core.metrics.segmentation import (
    OTHER,
    Counts,
    class_pixels,
    intersection_over_union,
)

_NAMED = 2
COLUMNS = [
    *("class_name", "rank", "scene_id", "iou", "target_pixels", "missed_pixels", "false_pixels"),
    *("taken_for", "words"),
]


def target_iou(counts: Counts) -> NDArray[np.float64]:
    """IoU of each class in each scene whose target has it, else NaN: (N, K + 1) -> (N, K)."""
    return np.where(class_pixels(counts).target > 0, intersection_over_union(counts), np.nan)


def find_failures(
    counts: Counts,
    scene_ids: Sequence[str],
    classes: Sequence[str],
    *,
    iou_at_most: float = 0.5,
    per_class: int = 3,
) -> pd.DataFrame:
    """Find, for each class, the scenes that contain it and where it went most wrong.

    Args:
        counts: Confusion of each scene, (N, K, K + 1).
        scene_ids: The N ids.
        classes: The K names.
        iou_at_most: Scenes with a higher IoU of the class are no failures.
        per_class: How many scenes a class gets at most.

    Returns:
        Columns class_name, rank, scene_id, iou, target_pixels, missed_pixels, false_pixels (of
        other classes, taken for this one), taken_for (the class, or "other", that most missed
        pixels were given; "" where none was missed), words; the scene with most missed pixels
        first, then the one with most false ones.
    """
    scores, pixels = target_iou(counts), class_pixels(counts)
    missed, false = pixels.target - pixels.hit, pixels.predicted - pixels.hit
    rows = []
    for index, name in enumerate(classes):
        failed = np.flatnonzero(scores[:, index] <= iou_at_most)
        order = np.lexsort((-false[failed, index], -missed[failed, index]))
        for rank, scene in enumerate(failed[order][:per_class], start=1):
            facts = (int(part[scene, index]) for part in (pixels.target, missed, false))
            told = describe_failure(counts[scene], index, classes)
            rows.append((name, rank, scene_ids[scene], scores[scene, index], *facts, *told))
    return pd.DataFrame(rows, columns=COLUMNS)


def describe_failure(confusion: Counts, index: int, classes: Sequence[str]) -> tuple[str, str]:
    """Say what a class's target pixels were taken for, and what for it where that is more.

    Args:
        confusion: Of one scene, (K, K + 1), whose target has the class.
        index: Which class it is.
        classes: The K names.

    Returns:
        What most of its missed pixels were taken for ("" where none was missed), and the words.

    >>> describe_failure(np.array([[10, 0, 0], [30, 60, 0]]), 0, ["Rider", "Person"])
    ('', 'Of 10 Rider pixels 100 % were found. Of 40 pixels called Rider 75 % were Person.')
    """
    taken_for, words = describe_row(confusion[index], index, classes)
    called = confusion[:, index]
    missed, false = (int(part.sum() - part[index]) for part in (confusion[index], called))
    if false <= missed:
        return taken_for, words
    most = max((i for i in range(len(classes)) if i != index), key=lambda i: int(called[i]))
    share = 100 * called[most] / called.sum()
    told = f"Of {called.sum():,} pixels called {classes[index]} {share:.0f} % were {classes[most]}."
    return taken_for, f"{words} {told}"


def describe_row(row: Counts, index: int, classes: Sequence[str]) -> tuple[str, str]:
    """Say what a class's target pixels were taken for.

    Args:
        row: The class's row of a confusion, (K + 1,), with at least one pixel.
        index: Which class it is.
        classes: The K names.

    Returns:
        What most of its missed pixels were taken for ("" where none was missed), and a sentence.

    >>> describe_row(np.array([20, 80, 0]), 0, ["Rider", "Person"])
    ('Person', 'Of 100 Rider pixels 20 % were found; 80 % were taken for Person.')
    """
    names, total = [*classes, OTHER], int(row.sum())
    wrong = [i for i in np.argsort(-row, kind="stable") if i != index and row[i] > 0]
    parts = [f"{100 * row[i] / total:.0f} %" for i in (index, *wrong[:_NAMED])]
    taken = [f"{part} for {names[i]}" for part, i in zip(parts[1:], wrong[:_NAMED], strict=True)]
    words = f"Of {total:,} {classes[index]} pixels {parts[0]} were found"
    if taken:
        taken[0] = taken[0].replace(" for ", " were taken for ", 1)
        words += "; " + " and ".join(taken)
    return (names[wrong[0]] if wrong else ""), words + "."
