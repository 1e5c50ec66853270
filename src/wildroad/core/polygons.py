"""Polygon annotations drawn to label images, pixel for pixel as the official converters draw them.

Followed are AutoNUE/public-code ``preperation/json2labelImg.py`` for IDD and cityscapesScripts
``preparation/json2labelImg.py`` for Cityscapes: objects in file order over "unlabeled", deleted
ones left out, "...group" read as the label itself, filled by Pillow without an outline.
Coordinates are cut to whole pixels by Pillow, and ids that a byte can't hold (csId 355) become
255, as Pillow makes them. IDD leaves out polygons of fewer than three points; Cityscapes draws
two as a line.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from wildroad.core.labels import LabelSpace, cityscapes_labels
from wildroad.core.masks import SceneFileError, check_pixels

_FEWEST_POINTS = {"idd": 3, "cityscapes": 2}
_FARTHEST = 1_000_000
MAX_BYTES = 32 * 2**20
MAX_CROSSINGS = 50_000_000
"""Points times rows of an image: what drawing takes grows with it."""


def _dataset(space: LabelSpace) -> str:
    dataset = space.name.partition("_")[0]
    if dataset not in _FEWEST_POINTS:
        raise ValueError(
            f"Polygons can't be drawn in {space.name!r}; draw them in a space of IDD or Cityscapes."
        )
    return dataset


def _ids(space: LabelSpace) -> dict[str, int]:
    """Map the data set's label names to the ids of the space."""
    return {name: label.id for label in space.labels for name in label.members}


@lru_cache
def _never_drawn() -> frozenset[str]:
    """Labels with a negative id (Cityscapes' license plate): the official tool leaves them out."""
    labels = cityscapes_labels()
    return frozenset(labels.loc[labels["id"] < 0, "name"])


def _label_name(name: str, ids: Mapping[str, int]) -> str:
    return name.removesuffix("group") if name not in ids else name


def _is_left_out(entry: Mapping[str, Any], fewest: int) -> bool:
    return bool(entry.get("deleted")) or len(entry["polygon"]) < fewest


def _polygons(
    annotation: Mapping[str, Any], space: LabelSpace
) -> Iterator[tuple[int, list[float], bool]]:
    """Yield id, [x0, y0, x1, y1, ...] and whether it is a group of all drawn, in drawing order."""
    dataset, ids = _dataset(space), _ids(space)
    left_out = _never_drawn() if dataset == "cityscapes" else frozenset()
    for entry in annotation["objects"]:
        name = _label_name(entry["label"], ids)
        if name in left_out or name not in ids or _is_left_out(entry, _FEWEST_POINTS[dataset]):
            continue
        points = [value for point in entry["polygon"] for value in point[:2]]
        yield ids[name], points, name != entry["label"]


def draw_polygons(annotation: Mapping[str, Any], *, space: LabelSpace) -> NDArray[np.uint8]:
    """Draw an annotation as the official converter of its data set does.

    Unknown labels are not drawn, as in IDD's converter; ``read_polygons`` refuses such files.

    Args:
        annotation: imgHeight, imgWidth and objects, as in the JSON file.
        space: Label space of the result, any of IDD's or of Cityscapes'.

    Returns:
        The target mask, H x W.

    Raises:
        ValueError: The space belongs to neither data set.
    """
    background = _ids(space).get("unlabeled", 0)
    size = (int(annotation["imgWidth"]), int(annotation["imgHeight"]))
    mask = Image.new("L", size, background)
    drawing = ImageDraw.Draw(mask)
    for label_id, points, _ in _polygons(annotation, space):
        drawing.polygon(points, fill=label_id)
    return np.array(mask)


def draw_instances(annotation: Mapping[str, Any], *, space: LabelSpace) -> NDArray[np.int32]:
    """Draw the instances of an annotation as the official converters do.

    Each polygon of a label with instances is one; groups, and labels without, keep their plain id.

    Args:
        annotation: imgHeight, imgWidth and objects, as in the JSON file.
        space: Label space of the ids, any of IDD's or of Cityscapes'.

    Returns:
        Instance ids, H x W: label id * 1000 + the number of the instance in its label, from 0.

    Raises:
        ValueError: The space belongs to neither data set.
    """
    countable = {label.id: 0 for label in space.labels if label.has_instances}
    size = (int(annotation["imgWidth"]), int(annotation["imgHeight"]))
    drawn = Image.new("I", size, _ids(space).get("unlabeled", 0))
    drawing = ImageDraw.Draw(drawn)
    for label_id, points, is_group in _polygons(annotation, space):
        value = label_id
        if label_id in countable and not is_group:
            value = label_id * 1000 + countable[label_id]
            countable[label_id] += 1
        drawing.polygon(points, fill=value)
    return np.array(drawn)


def _load(path: Path) -> Mapping[str, Any]:
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise SceneFileError(path, f"has {size:,} bytes, more than {MAX_BYTES:,}")
        annotation = json.loads(path.read_bytes())
    except SceneFileError:
        raise
    except OSError as error:
        raise SceneFileError(path, f"can't be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        size = path.stat().st_size
        raise SceneFileError(path, f"is no JSON ({size} bytes): {error}") from error
    if not isinstance(annotation, dict) or not isinstance(annotation.get("objects"), list):
        raise SceneFileError(path, 'has no list "objects" of polygons')
    return annotation


def _check_size(path: Path, annotation: Mapping[str, Any]) -> None:
    for key in ("imgHeight", "imgWidth"):
        value = annotation.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 65535:
            raise SceneFileError(path, f"has {key} {value!r}; a whole number of pixels is needed")
    check_pixels(path, annotation["imgWidth"], annotation["imgHeight"])


def _is_coordinate(value: object) -> bool:
    """Tell numbers near the image from the rest; NaN and infinity fail the comparison."""
    return isinstance(value, (int, float)) and abs(value) <= _FARTHEST


def _is_point(point: object) -> bool:
    return (
        isinstance(point, list)
        and len(point) >= 2
        and _is_coordinate(point[0])
        and _is_coordinate(point[1])
    )


def _check_entry(path: Path, index: int, entry: object) -> None:
    if not isinstance(entry, dict) or not isinstance(entry.get("label"), str):
        raise SceneFileError(path, f"object {index} has no label: {str(entry)[:80]}")
    if not isinstance(entry.get("polygon"), list):
        raise SceneFileError(path, f"object {index} ({entry['label']}) has no polygon")


def _check_drawn(path: Path, index: int, entry: Mapping[str, Any], ids: Mapping[str, int]) -> None:
    name = entry["label"]
    if _label_name(name, ids) not in ids:
        raise SceneFileError(path, f"object {index} has the label {name!r}; known are {list(ids)}")
    if wrong := [point for point in entry["polygon"] if not _is_point(point)]:
        raise SceneFileError(path, f"object {index} ({name}) has the point {wrong[0]}")


def _check_work(path: Path, annotation: Mapping[str, Any]) -> None:
    points = sum(len(entry["polygon"]) for entry in annotation["objects"])
    if points * annotation["imgHeight"] > MAX_CROSSINGS:
        raise SceneFileError(path, f"has {points:,} points, too many to draw")


def read_polygons(path: Path, *, space: LabelSpace) -> Mapping[str, Any]:
    """Read a polygon file and check everything that drawing it needs.

    Objects that are not drawn (deleted, or of too few points) may have any label and points.

    Args:
        path: A JSON file with imgHeight, imgWidth and objects.
        space: A label space of the data set whose labels are allowed.

    Returns:
        The annotation as it stands in the file.

    Raises:
        SceneFileError: The file is empty, no JSON, has no usable size, or an object with an
            unknown label or with a coordinate that is NaN, infinite or a million pixels off.
    """
    ids, fewest = _ids(space), _FEWEST_POINTS[_dataset(space)]
    annotation = _load(path)
    _check_size(path, annotation)
    for index, entry in enumerate(annotation["objects"]):
        _check_entry(path, index, entry)
    _check_work(path, annotation)
    for index, entry in enumerate(annotation["objects"]):
        if not _is_left_out(entry, fewest):
            _check_drawn(path, index, entry, ids)
    return annotation
