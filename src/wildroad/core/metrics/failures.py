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
    """Find, for each class, the scenes that contain it and where most of its pixels were missed.

    Args:
        counts: Confusion of each scene, (N, K, K + 1).
        scene_ids: The N ids.
        classes: The K names.
        iou_at_most: Scenes with a higher IoU of the class are no failures.
        per_class: How many scenes a class gets at most.

    Returns:
        Columns class_name, scene_id, iou, target_pixels, missed_pixels, taken_for (the class, or
        "other", that most missed pixels were given; "" where none was missed), words; the scene
        with most missed pixels first.
    """
    scores, pixels = target_iou(counts), class_pixels(counts)
    missed = pixels.target - pixels.hit
    rows = []
    for index, name in enumerate(classes):
        failed = np.flatnonzero(scores[:, index] <= iou_at_most)
        worst = failed[np.argsort(-missed[failed, index], kind="stable")][:per_class]
        for scene in worst:
            told = describe_row(counts[scene, index], index, classes)
            facts = (pixels.target[scene, index], missed[scene, index])
            rows.append((name, scene_ids[scene], scores[scene, index], *facts, *told))
    columns = ["class_name", "scene_id", "iou", "target_pixels", "missed_pixels"]
    return pd.DataFrame(rows, columns=[*columns, "taken_for", "words"])


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
