"""Instance-weighted IoU (iIoU) of Cityscapes, which counts a small instance as much as a large one.

Each target instance's found and missed pixels are weighted by mean instance size of its class /
its own size; pixels falsely taken for the class are not weighted. The reference is
`evalPixelLevelSemanticLabeling.py` of the Cityscapes scripts.

Shapes: K classes, I instances, H x W pixels.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad.core.metrics.classification import divide
from wildroad.core.metrics.confusion import Counts
from wildroad.core.metrics.segmentation import class_pixels

IDS_PER_LABEL = 1000
"""An instance id is label id * 1000 + number; up to 1000 it is a plain label id or a group."""


def count_instances(
    instances: NDArray[np.integer],
    predicted: NDArray[np.integer],
    label_class: Mapping[int, int],
) -> pd.DataFrame:
    """Count how much of each target instance was found.

    Args:
        instances: Instance ids of the target, (H, W).
        predicted: Predicted class indices, (H, W).
        label_class: Label id -> class index; instances of other labels count nowhere.

    Returns:
        One row an instance, by instance id: class_index, pixels, found_pixels.

    Raises:
        ValueError: The shapes differ.
    """
    if instances.shape != predicted.shape:
        raise ValueError(f"instances have shape {instances.shape}, predicted {predicted.shape}")
    among = instances > IDS_PER_LABEL
    ids, member = np.unique(instances[among], return_inverse=True)
    of_class = np.array([label_class.get(int(i) // IDS_PER_LABEL, -1) for i in ids], np.int64)
    found = predicted[among] == of_class[member]
    table = pd.DataFrame(
        {
            "class_index": of_class,
            "pixels": np.bincount(member, minlength=len(ids)),
            "found_pixels": np.bincount(member[found], minlength=len(ids)),
        }
    )
    return table[table["class_index"] >= 0].reset_index(drop=True)


def mean_instance_sizes(instances: pd.DataFrame, *, classes: int) -> NDArray[np.float64]:
    """Mean pixels of an instance, per class (K,); NaN where a class has none."""
    index = instances["class_index"].to_numpy()
    pixels = np.bincount(index, weights=instances["pixels"], minlength=classes)
    return divide(pixels, np.bincount(index, minlength=classes))


def instance_iou(
    instances: pd.DataFrame, confusion: Counts, mean_sizes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Compute the iIoU of each class.

    Args:
        instances: What `count_instances` gives, of all scenes.
        confusion: Of the same scenes, (K, K + 1).
        mean_sizes: Mean pixels of an instance of each class (K,): of the scenes themselves, or the
            constants of a benchmark; NaN for classes without instances.

    Returns:
        (K,); NaN for classes without instances, and where nothing is to be scored.
    """
    index = instances["class_index"].to_numpy()
    weight = mean_sizes[index] / instances["pixels"].to_numpy()
    found, all_pixels = (
        np.bincount(index, weights=weight * instances[name], minlength=len(confusion))
        for name in ("found_pixels", "pixels")
    )
    pixels = class_pixels(confusion)
    scores = divide(found, all_pixels + pixels.predicted - pixels.hit)
    return np.where(np.isnan(mean_sizes), np.nan, scores)
