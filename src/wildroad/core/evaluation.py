"""From predicted masks to counts per scene, the one source of every later number.

Shapes: N scenes, R labels of the domain's label space, K evaluated classes.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm.auto import tqdm

from wildroad.core.domains import Domain
from wildroad.core.labels import LabelSpace
from wildroad.core.metrics.confusion import (
    Counts,
    class_confusion,
    count_confusion,
    counts_from_table,
    scene_table,
)

VALUES = 256


def count_scenes(domain: Domain, predicted: Mapping[str, NDArray[np.uint8]]) -> pd.DataFrame:
    """Count the pixels of every test scene by target label and predicted class.

    Args:
        domain: The scenes with their targets.
        predicted: scene_id -> mask (H, W) of evaluated classes, K for "other".

    Returns:
        Columns scene_id, label, class_name ("" = ignored), predicted, pixels; pairs that occur.

    Raises:
        ValueError: A predicted mask is of another size than its target.
    """
    scene_ids = list(predicted)
    space = domain.space
    ids = [label.id for label in space.labels]
    counts = np.zeros((len(scene_ids), len(ids), len(space.classes) + 1), np.int64)
    for number, scene_id in enumerate(tqdm(scene_ids, desc="Counting pixels", unit="scene")):
        values = count_confusion(
            domain.masks[scene_id],
            predicted[scene_id],
            rows=VALUES,
            columns=len(space.classes) + 1,
        )
        counts[number] = values[ids]
    return scene_table(counts, scene_ids, *rows_of(space), space.classes)


def rows_of(space: LabelSpace) -> tuple[list[str], list[int | None]]:
    """Names and classes of the R labels of a space, in their order."""
    return [one.name for one in space.labels], [one.class_index for one in space.labels]


def label_counts(table: pd.DataFrame, space: LabelSpace) -> Counts:
    """Counts (N, R, K + 1) from the table of ``count_scenes``, scenes in the table's order."""
    scene_ids = list(table["scene_id"].unique())
    return counts_from_table(table, scene_ids, rows_of(space)[0], space.classes)


def class_counts(table: pd.DataFrame, space: LabelSpace) -> Counts:
    """Counts (N, K, K + 1) of the evaluated classes from the table of ``count_scenes``."""
    return class_confusion(
        label_counts(table, space), rows_of(space)[1], classes=len(space.classes)
    )
