"""Instances of the target: where the data sets keep them, and what their ids mean.

Cityscapes has instance maps beside its label images. Where targets are drawn from polygons, each
polygon of a label with instances is one, as the official converters have it; groups, deleted
objects and labels without instances are none. Label images of IDD have no instance maps, and the
``_inst_label.png`` of IDD-Lite, whose classes are its own, are not read: iIoU is n/a there.

Shapes: H x W pixels.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad.core.labels import LabelSpace, label_space
from wildroad.core.lazy import LazyMapping
from wildroad.core.masks import SceneFileError, read_whole_numbers
from wildroad.core.polygons import draw_instances, read_polygons

Instances = NDArray[np.integer]

_CITYSCAPES_MASK = re.compile(r"_gtFine_label(?:Ids|TrainIds)\.png$")


@dataclass(frozen=True)
class InstanceMaps:
    """Instances of scenes.

    Attributes:
        maps: scene_id -> instance ids (H, W): label id * 1000 + number; a value up to 1000 is no
            instance. Empty where the data set has none.
        label_class: Label id -> class index, of the evaluated labels with instances.
    """

    maps: Mapping[str, Instances] = field(default_factory=dict)
    label_class: Mapping[int, int] = field(default_factory=dict)


def find_instances(root: Path, scenes: pd.DataFrame, space: LabelSpace) -> InstanceMaps:
    """Find the instance maps of scenes; they are read when they are asked for.

    Args:
        root: The folder that was indexed.
        scenes: scene_id, annotation_file.
        space: Label space of the target masks.

    Raises:
        SceneFileError: Some scenes have an instance map, and one has none.
    """
    files = {
        str(scene_id): instance_file(str(annotation))
        for scene_id, annotation in scenes[["scene_id", "annotation_file"]].to_numpy()
    }
    there = {scene_id: bool(file) and (root / file).is_file() for scene_id, file in files.items()}
    if not any(there.values()):
        return InstanceMaps()
    if missing := [scene_id for scene_id, found in there.items() if not found]:
        raise SceneFileError(
            root / (files[missing[0]] or missing[0]),
            f"is not there, but {sum(there.values())} of {len(there)} test scenes have an instance"
            " map: add it, or take all of them away",
        )
    of_ids = label_space("cityscapes_id") if space.name == "cityscapes_trainid" else space
    read = partial(read_named_instances, root=root, files=files, space=of_ids)
    maps = LazyMapping(list(files), read)
    return InstanceMaps(maps, instance_classes(of_ids))


def instance_file(annotation_file: str) -> str:
    """Name the file that holds the instances of an annotation, "" where there can be none.

    >>> instance_file("gtFine/val/a/a_1_2_gtFine_labelIds.png")
    'gtFine/val/a/a_1_2_gtFine_instanceIds.png'
    """
    if annotation_file.endswith(".json"):
        return annotation_file
    if _CITYSCAPES_MASK.search(annotation_file):
        return _CITYSCAPES_MASK.sub("_gtFine_instanceIds.png", annotation_file)
    return ""


def read_named_instances(
    scene_id: str, *, root: Path, files: Mapping[str, str], space: LabelSpace
) -> Instances:
    """Read the instance ids of one of some scenes, as ``read_instances``."""
    return read_instances(root / files[scene_id], space=space)


def read_instances(path: Path, *, space: LabelSpace) -> Instances:
    """Read the instance ids of a scene from its polygons or its instance map.

    Raises:
        SceneFileError: The file can't be used.
    """
    if path.suffix == ".json":
        return draw_instances(read_polygons(path, space=space), space=space)
    return read_whole_numbers(path)


def instance_classes(space: LabelSpace) -> dict[int, int]:
    """Class index of each evaluated label whose instances the data set tells apart."""
    return {
        label.id: label.class_index
        for label in space.labels
        if label.has_instances and label.class_index is not None
    }
