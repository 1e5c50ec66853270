"""From predicted masks to counts per scene, the one source of every later number.

Shapes: N scenes, R labels of the domain's label space, K evaluated classes.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm.auto import tqdm

from wildroad.core.domains import Domain
from wildroad.core.labels import LabelSpace
from wildroad.core.lazy import LazyMapping, OnePass, Restartable, read_ahead
from wildroad.core.metrics import instances as by_instance
from wildroad.core.metrics.confusion import (
    Counts,
    class_confusion,
    count_confusion,
    counts_from_table,
    scene_table,
)
from wildroad.core.metrics.intervals import Bootstrap, score_classes, score_overall
from wildroad.core.metrics.thresholds import score_average_precision

VALUES = 256
INSTANCE_COLUMNS = ["scene_id", "class_name", "instance", "pixels", "found_pixels"]
CITYSCAPES_SIZE = (1024, 2048)
CLASS_SCORES = ("iou", "dice", "precision", "recall", "ovr_accuracy", "iiou")

Masks = Mapping[str, NDArray[np.uint8]]
Sizes = Literal["auto", "scenes", "cityscapes"]


class SceneCounts(NamedTuple):
    """Tables of counts, from which every score is computed.

    Attributes:
        confusions: scene_id, label, class_name ("" = ignored), predicted, pixels; pairs that occur.
        instances: scene_id, class_name, instance, pixels, found_pixels; a row for each instance of
            the target, none where the data set has no instances.
    """

    confusions: pd.DataFrame
    instances: pd.DataFrame


def count_scenes(domain: Domain, predicted: Masks) -> SceneCounts:
    """Count the pixels of every test scene by target label and predicted class, and by instance.

    Every mask is decoded once, the next scene's while this one's is counted.

    Args:
        domain: The scenes with their targets.
        predicted: scene_id -> mask (H, W) of evaluated classes, K for "other".

    Raises:
        ValueError: A predicted mask is of another size than its target.
    """
    scene_ids, space = list(predicted), domain.space
    counts = np.zeros((len(scene_ids), len(space.labels), len(space.classes) + 1), np.int64)
    found = []
    for number, (confusion, instances) in enumerate(_count_each(domain, predicted)):
        counts[number] = confusion
        found.append(instances.assign(scene_id=scene_ids[number]))
    confusions = scene_table(counts, scene_ids, *rows_of(space), space.classes)
    return SceneCounts(confusions, _instance_table(found, space.classes))


def _count_each(domain: Domain, predicted: Masks) -> Iterator[tuple[Counts, pd.DataFrame]]:
    if isinstance(predicted, Restartable):
        predicted = predicted.only(list(predicted))
    # A stream of predictions has to be read in its order, by one thread.
    workers = 1 if isinstance(predicted, OnePass) else os.cpu_count() or 1
    counted = LazyMapping(list(predicted), lambda one: count_scene(domain, one, predicted[one]))
    ahead = read_ahead(counted, workers=workers)
    for _, both in tqdm(ahead, total=len(predicted), desc="Counting pixels", unit="scene"):
        yield both


def count_scene(
    domain: Domain, scene_id: str, predicted: NDArray[np.uint8]
) -> tuple[Counts, pd.DataFrame]:
    """Count one scene: pixels (R, K + 1), and what ``count_instances`` gives.

    Raises:
        ValueError: The predicted mask is of another size than its target.
    """
    space = domain.space
    ids = [label.id for label in space.labels]
    values = count_confusion(
        domain.masks[scene_id], predicted, rows=VALUES, columns=len(space.classes) + 1
    )
    counts = values[ids]
    if not domain.instances.maps:
        return counts, pd.DataFrame(columns=by_instance.COLUMNS)
    return counts, by_instance.count_instances(
        domain.instances.maps[scene_id], predicted, domain.instances.label_class
    )


def _instance_table(found: Sequence[pd.DataFrame], classes: Sequence[str]) -> pd.DataFrame:
    counted = [one for one in found if len(one)]
    if not counted:
        return pd.DataFrame(columns=INSTANCE_COLUMNS)
    table = pd.concat(counted, ignore_index=True)
    names = np.array(classes, object)[table["class_index"].to_numpy()]
    return table.assign(class_name=names)[INSTANCE_COLUMNS]


def rows_of(space: LabelSpace) -> tuple[list[str], list[int | None]]:
    """Names and classes of the R labels of a space, in their order.

    Labels of a class that the space contaminates are ignored as target, as most of them would be
    if they could be told apart.
    """
    mixed = {space.classes.index(name) for name in space.contaminated()}
    classes = [one.class_index for one in space.labels]
    return (
        [one.name for one in space.labels],
        [None if index in mixed else index for index in classes],
    )


def label_counts(table: pd.DataFrame, space: LabelSpace) -> Counts:
    """Counts (N, R, K + 1) from the table of ``count_scenes``, scenes in the table's order."""
    scene_ids = list(table["scene_id"].unique())
    return counts_from_table(table, scene_ids, rows_of(space)[0], space.classes)


def class_counts(table: pd.DataFrame, space: LabelSpace) -> Counts:
    """Counts (N, K, K + 1) of the evaluated classes from the table of ``count_scenes``.

    A class that the space contaminates has no target pixel, and predictions of it stand in the last
    column, "other": they are wrong on every valid pixel, and its own scores are NaN.
    """
    counts = class_confusion(
        label_counts(table, space), rows_of(space)[1], classes=len(space.classes)
    )
    for name in space.contaminated():
        column = space.classes.index(name)
        counts[..., -1] += counts[..., column]
        counts[..., column] = 0
    return counts


def score_scenes(
    domain: Domain, found: SceneCounts, bootstrap: Bootstrap, *, sizes: Sizes
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score each class, and all of them together, from the counts alone.

    Args:
        domain: Whose scenes were counted.
        found: What ``count_scenes`` gives.
        bootstrap: How the intervals are drawn.
        sizes: Whose mean instance sizes weigh the instances: of the scenes themselves, of the
            Cityscapes benchmark, or ("auto") of the benchmark for its ids at its image size.

    Returns:
        Columns class_name, then iou, dice, precision, recall, ovr_accuracy and iiou, each with _low
        and _high, target_pixels, predicted_pixels, scenes; and columns metric, value, low, high,
        classes.
    """
    space, classes = domain.space, domain.space.classes
    counts = class_counts(found.confusions, space)
    by_class, means = _score_instances(domain, found, counts, bootstrap, sizes=sizes)
    table = score_classes(counts, classes, bootstrap)
    table = table.assign(**{str(name): by_class[name] for name in by_class})
    scores = [f"{name}{end}" for name in CLASS_SCORES for end in ("", "_low", "_high")]
    # (TP + TN) / N of a class without pixels is 1; of a contaminated one it is nothing.
    table.loc[table["class_name"].isin(list(space.contaminated())), scores] = np.nan
    _, precision = score_average_precision(counts, classes, bootstrap)
    overall = pd.concat([score_overall(counts, bootstrap), means, precision], ignore_index=True)
    return table[["class_name", *scores, "target_pixels", "predicted_pixels", "scenes"]], overall


def _score_instances(
    domain: Domain, found: SceneCounts, counts: Counts, bootstrap: Bootstrap, *, sizes: Sizes
) -> tuple[pd.DataFrame, pd.DataFrame]:
    classes = domain.space.classes
    index = pd.Index(classes).get_indexer(pd.Index(found.instances["class_name"]))
    instances = found.instances.assign(class_index=index)
    mean_sizes = by_instance.mean_instance_sizes(instances, classes=len(classes))
    if sizes == "cityscapes" or (sizes == "auto" and is_benchmark(domain)):
        mean_sizes = np.array([by_instance.CITYSCAPES_SIZES.get(name, np.nan) for name in classes])
    countable = np.isin(np.arange(len(classes)), list(domain.instances.label_class.values()))
    # Without an instance there is nothing to weigh, but false positives make the score 0.
    mean_sizes = np.where(countable, np.nan_to_num(mean_sizes, nan=1.0), np.nan)
    scene_ids = list(found.confusions["scene_id"].unique())
    return by_instance.score_instances(instances, scene_ids, counts, mean_sizes, bootstrap)


def is_benchmark(domain: Domain) -> bool:
    """Whether the test scenes are in the ids and of the size of the Cityscapes benchmark."""
    test = domain.scenes[domain.scenes["role"] == "test"]
    sizes = set(zip(test["height"], test["width"], strict=True))
    return domain.space.name.startswith("cityscapes") and sizes == {CITYSCAPES_SIZE}
