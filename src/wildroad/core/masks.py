"""Label images: reading, resizing and counting them without ever inventing a label.

Shapes: H x W pixels; a mask is uint8 in the ids of its label space.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from wildroad.core.jpeg import DAMAGE
from wildroad.core.labels import LabelSpace

_BROKEN = (*DAMAGE, EOFError, Image.DecompressionBombError)
_WHOLE_NUMBERS = ("1", "L", "P", "I;16", "I;16B", "I")
_FORMATS = ("PNG", "JPEG")
MAX_PIXELS = 64_000_000
"""Of one photo or label image of a scene."""


class SceneFileError(ValueError):
    """A photo, label image or polygon file of a scene can't be used.

    Attributes:
        path: The file.
        reason: What is wrong with it, without its path, so that tables don't depend on the folder.
    """

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file and what is wrong with it."""
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what Pillow raises on a broken file into an error that names it."""
    try:
        yield
    except SceneFileError:
        raise
    except UnidentifiedImageError as error:
        size = path.stat().st_size
        raise SceneFileError(path, f"is no PNG or JPEG image ({size} bytes)") from error
    except _BROKEN as error:
        raise SceneFileError(path, f"can't be read as an image: {_reason(error)}") from error


@contextmanager
def _open_image(path: Path) -> Iterator[Image.Image]:
    with _readable(path), Image.open(path, formats=_FORMATS) as image:
        check_pixels(path, *image.size)
        yield image


def check_pixels(path: Path, width: int, height: int) -> None:
    """Refuse an image that would fill the memory.

    Raises:
        SceneFileError: It has more than ``MAX_PIXELS``.
    """
    if width * height > MAX_PIXELS:
        raise SceneFileError(path, f"is {width}x{height}: more pixels than {MAX_PIXELS:,}")


def image_size(path: Path) -> tuple[int, int]:
    """Decode a photo and give its width and height as people see it (after EXIF orientation).

    Raises:
        SceneFileError: The file is no PNG or JPEG, is cut short or damaged.
    """
    with _open_image(path) as image:
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        return image.size


def _check_form(path: Path, image: Image.Image) -> None:
    if image.format != "PNG":
        raise SceneFileError(
            path, f"is a {image.format}, whose compression changes labels; a PNG was expected"
        )
    if image.mode not in _WHOLE_NUMBERS:
        raise SceneFileError(
            path,
            f"has the mode {image.mode} (colours); a label image holds one id a pixel, "
            f"in a mode of {', '.join(_WHOLE_NUMBERS)}",
        )


def _refuse_unknown(path: Path, values: NDArray[np.integer], space: LabelSpace) -> None:
    known = sorted(space.known_ids())
    unknown = np.setdiff1d(values, known)
    if unknown.size:
        raise SceneFileError(
            path, f"holds the ids {unknown[:5].tolist()}, which {space.name} does not know: {known}"
        )


def _present(values: NDArray[np.integer]) -> NDArray[np.integer]:
    """List the values that occur; counting beats sorting for bytes."""
    if values.dtype != np.uint8:
        return np.unique(values)
    return np.flatnonzero(np.bincount(values.ravel(), minlength=256))


def read_label_image(path: Path, *, space: LabelSpace) -> NDArray[np.uint8]:
    """Read a label image as the ids it stores.

    A palette image gives its indices, never its colours; a 16-bit image its values, where they
    are ids of the space. Images of several channels are refused.

    Args:
        path: A PNG file.
        space: The label space that the ids must belong to.

    Returns:
        The target mask, H x W.

    Raises:
        SceneFileError: The file can't be decoded, is no label image, or holds an unknown id.
    """
    values = read_whole_numbers(path)
    _refuse_unknown(path, _present(values), space)
    return values.astype(np.uint8)


def read_whole_numbers(path: Path) -> NDArray[np.integer]:
    """Read a PNG of one whole number a pixel, H x W; a palette image gives its indices.

    Raises:
        SceneFileError: The file can't be decoded, is no PNG, or holds colours.
    """
    with _open_image(path) as image:
        _check_form(path, image)
        values = np.asarray(image)
    return values.astype(np.uint8) if values.dtype == np.bool_ else values


def _nearest(length: int, source: int) -> NDArray[np.int64]:
    """Index of the source pixel whose centre is nearest to each of ``length`` pixel centres."""
    return (2 * np.arange(length, dtype=np.int64) + 1) * source // (2 * length)


def resize_mask(mask: NDArray[np.uint8], *, height: int, width: int) -> NDArray[np.uint8]:
    """Resize by the nearest pixel centre, in whole numbers: no new label can appear.

    Pillow's NEAREST follows the same rule with a running sum of floats, and so differs by a pixel
    where a centre falls on the border of two.

    Args:
        mask: H x W.
        height: Rows of the result.
        width: Columns of the result.

    Returns:
        ``height`` x ``width``.

    Raises:
        ValueError: A size is below one, or the mask is not two-dimensional or empty.
    """
    if mask.ndim != 2 or not mask.size or height < 1 or width < 1:
        raise ValueError(f"A mask of shape {mask.shape} can't be resized to {height} x {width}.")
    return mask[_nearest(height, mask.shape[0])[:, None], _nearest(width, mask.shape[1])]


def _count(scene_id: str, mask: NDArray[np.uint8], space: LabelSpace) -> NDArray[np.int64]:
    counts = np.bincount(mask.ravel(), minlength=256)
    unknown = sorted(set(np.flatnonzero(counts).tolist()) - space.known_ids())
    if unknown:
        raise ValueError(f"Scene {scene_id!r} holds the ids {unknown}, unknown to {space.name}.")
    return counts


def count_labels(masks: Iterable[tuple[str, NDArray[np.uint8]]], space: LabelSpace) -> pd.DataFrame:
    """Count the pixels of each label in each scene.

    Args:
        masks: Pairs of scene id and target mask (H x W), read one at a time.
        space: The label space of the masks.

    Returns:
        Columns scene_id, label, pixels; only labels that occur, in the order of the space.

    Raises:
        ValueError: A mask holds an unknown id.
    """
    rows = []
    for scene_id, mask in masks:
        counts = _count(scene_id, mask, space)
        rows += [
            (scene_id, label.name, int(counts[label.id]))
            for label in space.labels
            if counts[label.id]
        ]
    return pd.DataFrame(rows, columns=["scene_id", "label", "pixels"]).astype({"pixels": "int64"})


def _class_name(space: LabelSpace, index: int | None) -> str:
    return "" if index is None else space.classes[index]


def distribution(counts: pd.DataFrame, space: LabelSpace) -> pd.DataFrame:
    """Sum the pixels of each label and count the scenes that show it.

    Args:
        counts: What ``count_labels`` gives.
        space: The label space of the counts.

    Returns:
        One row a label, also where it never occurs: label, class_name ("" = ignored as target),
        pixels, pixel_share (of all pixels), scenes, scene_share (of all scenes). Shares are NaN
        where there is nothing to divide by.
    """
    by_label = counts.groupby("label")["pixels"]
    names = [label.name for label in space.labels]
    pixels = by_label.sum().reindex(names, fill_value=0).to_numpy(dtype=np.int64)
    scenes = by_label.size().reindex(names, fill_value=0).to_numpy(dtype=np.int64)
    total, scene_total = pixels.sum(), counts["scene_id"].nunique()
    return pd.DataFrame(
        {
            "label": names,
            "class_name": [_class_name(space, label.class_index) for label in space.labels],
            "pixels": pixels,
            "pixel_share": pixels / (total or np.nan),
            "scenes": scenes,
            "scene_share": scenes / (scene_total or np.nan),
        }
    )
