"""Instance-weighted IoU (iIoU) of Cityscapes, which counts a small instance as much as a large one.

Each target instance's found and missed pixels are weighted by mean instance size of its class /
its own size; pixels falsely taken for the class are not weighted. The reference is
`evalPixelLevelSemanticLabeling.py` of the Cityscapes scripts.

Shapes: N scenes, K classes, I instances, H x W pixels.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad.core.compiled import compiled
from wildroad.core.metrics.classification import divide
from wildroad.core.metrics.confusion import Counts
from wildroad.core.metrics.intervals import Bootstrap
from wildroad.core.metrics.segmentation import Floats, class_pixels, mean_score

IDS_PER_LABEL = 1000
"""An instance id is label id * 1000 + number; up to 1000 it is a plain label id or a group."""

CITYSCAPES_SIZES: Mapping[str, float] = {
    "Person": 3462.4756337644,
    "Rider": 3930.4788056518,
    "Motorbike": 6298.7200839748,
    "Bicycle": 4672.3249222261,
    "Car": 12794.0202738185,
    "Truck": 27855.1264367816,
    "Bus": 35732.1511111111,
    "Train": 67583.7075812274,
}
"""Mean pixels of an instance at 2048 x 1024, the constants of the Cityscapes benchmark."""

COLUMNS = ["instance", "class_index", "pixels", "found_pixels"]


def count_instances(
    instances: NDArray[np.integer],
    predicted: NDArray[np.integer],
    label_class: Mapping[int, int],
) -> pd.DataFrame:
    """Count how much of each target instance was found.

    Args:
        instances: Instance ids of the target, (H, W), none below 0.
        predicted: Predicted class indices, (H, W).
        label_class: Label id -> class index; instances of other labels count nowhere.

    Returns:
        One row an instance, by instance id: instance, class_index, pixels, found_pixels.

    Raises:
        ValueError: The shapes differ.
    """
    if instances.shape != predicted.shape:
        raise ValueError(f"instances have shape {instances.shape}, predicted {predicted.shape}")
    size = int(instances.max(initial=0)) + 1
    class_of = np.full(size, -1, np.int64)
    for label, index in label_class.items():
        class_of[label * IDS_PER_LABEL : (label + 1) * IDS_PER_LABEL] = index
    class_of[: IDS_PER_LABEL + 1] = -1
    pixels, found = np.zeros((2, size), np.int64)
    _add_runs(instances.ravel(), predicted.ravel(), class_of, pixels, found)
    there = np.flatnonzero((pixels > 0) & (class_of >= 0))
    facts = (there, class_of[there], pixels[there], found[there])
    return pd.DataFrame(dict(zip(COLUMNS, facts, strict=True)))


@compiled
def _add_runs(
    instances: NDArray[np.integer],
    predicted: NDArray[np.integer],
    class_of: Counts,
    pixels: Counts,
    found: Counts,
) -> None:
    """Add the pixels of each instance, and those predicted as its class, run after run."""
    start = 0
    for place in range(1, len(instances) + 1):
        same = place < len(instances) and instances[place] == instances[start]
        if not same or predicted[place] != predicted[start]:
            number, length = instances[start], place - start
            pixels[number] += length
            if class_of[number] == predicted[start]:
                found[number] += length
            start = place


def mean_instance_sizes(instances: pd.DataFrame, *, classes: int) -> Floats:
    """Mean pixels of an instance, per class (K,); NaN where a class has none."""
    index = instances["class_index"].to_numpy()
    pixels = np.bincount(index, weights=instances["pixels"], minlength=classes)
    return divide(pixels, np.bincount(index, minlength=classes))


def instance_iou(instances: pd.DataFrame, confusion: Counts, mean_sizes: Floats) -> Floats:
    """Compute the iIoU of each class.

    Args:
        instances: What `count_instances` gives, of all scenes.
        confusion: Of the same scenes, (K, K + 1).
        mean_sizes: Mean pixels of an instance of each class (K,): of the scenes themselves, or the
            constants of a benchmark; NaN for classes without instances.

    Returns:
        (K,); NaN for classes without instances, and where nothing is to be scored.
    """
    scene = np.zeros(len(instances), np.int64)
    weighted = _weighted_pixels(instances, scene, mean_sizes, scenes=1)
    return _iou(weighted[0], _false_positives(confusion))


def score_instances(
    instances: pd.DataFrame,
    scene_ids: Sequence[str],
    counts: Counts,
    mean_sizes: Floats,
    bootstrap: Bootstrap,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compute the iIoU of each class and its mean, with intervals over scenes.

    The mean sizes are taken as they are: no interval tells how sure they are.

    Args:
        instances: What `count_instances` gives, with scene_id.
        scene_ids: The N ids.
        counts: Confusion of each of the scenes, (N, K, K + 1).
        mean_sizes: As in `instance_iou`.
        bootstrap: How the intervals are drawn.

    Returns:
        Columns iiou, iiou_low, iiou_high, a row a class; and one row metric ("mean_iiou"), value,
        low, high, classes.
    """
    scene = pd.Index(scene_ids).get_indexer(pd.Index(instances["scene_id"]))
    weighted = _weighted_pixels(instances, scene, mean_sizes, scenes=len(scene_ids))
    false = _false_positives(counts)
    scores = _iou(weighted.sum(0), false.sum(0))
    drawn = _iou(bootstrap.sums(weighted), bootstrap.sums(false))
    low, high = bootstrap.ends(drawn, scenes=len(scene_ids))
    means = bootstrap.ends(mean_score(drawn), scenes=len(scene_ids))
    row = ("mean_iiou", float(mean_score(scores)), *map(float, means), (~np.isnan(scores)).sum())
    return (
        pd.DataFrame({"iiou": scores, "iiou_low": low, "iiou_high": high}),
        pd.DataFrame([row], columns=["metric", "value", "low", "high", "classes"]),
    )


def _weighted_pixels(
    instances: pd.DataFrame, scene: NDArray[np.integer], mean_sizes: Floats, *, scenes: int
) -> Floats:
    """Weighted pixels found and there, by scene and class: (N, 2, K); NaN without a mean size."""
    index, classes = instances["class_index"].to_numpy(), len(mean_sizes)
    weight = mean_sizes[index] / instances["pixels"].to_numpy()
    cell = scene * classes + index
    sums = [
        np.bincount(cell, weights=weight * instances[name], minlength=scenes * classes)
        for name in ("found_pixels", "pixels")
    ]
    weighted = np.stack(sums).reshape(2, scenes, classes).swapaxes(0, 1)
    return np.where(np.isnan(mean_sizes), np.nan, weighted)


def _false_positives(confusion: Counts) -> Counts:
    pixels = class_pixels(confusion)
    return pixels.predicted - pixels.hit


def _iou(weighted: Floats, false_positives: NDArray[np.generic]) -> Floats:
    found, there = np.moveaxis(weighted, -2, 0)
    return divide(found, there + false_positives)
