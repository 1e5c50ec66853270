"""Road scenes without targets: a folder of images or a video, streamed one scene at a time.

Shapes: H x W pixels of a scene, K classes.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from colorsys import hsv_to_rgb
from fractions import Fraction
from functools import partial
from io import BytesIO
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from tqdm.auto import tqdm

from wildroad.core.checkpoints import Checkpoint
from wildroad.core.images import UnreadablePhotoError
from wildroad.core.labels import Color, cityscapes_labels, color_by_class
from wildroad.core.lazy import LazyMapping, read_ahead
from wildroad.core.new_photos import NothingToPredictError, decode, find_new_photos
from wildroad.core.photo_files import printable
from wildroad.core.video import VideoError, frame_rate, read_frames

Pixels = NDArray[np.uint8]

OPACITY = 0.55
"""Share of the class colours in an overlay."""

COMMAND = "--params new_scenes=/my/folder, or the path of a video"
SCENE_COLUMNS = ["file", "seconds", "width", "height"]
REASONS_SHOWN = 3


def is_video(source: Path) -> bool:
    """Whether a source is taken for a video: a file is, a folder is one of images."""
    return source.is_file()


def check_scenes(source: Path, *, title: str | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read every scene once, so that what can't be read is known before anything is predicted.

    Args:
        source: A folder of images at any depth, or a video.
        title: What the progress bar says; None shows no bar.

    Returns:
        One row a scene: file (posix, relative to the folder, or "frame_000001"), seconds from the
        start of the video (NaN for images), width, height; and the quarantine: file, reason.

    Raises:
        NothingToPredictError: There is nothing, or nothing that can be read.
        VideoError: The extra that reads videos is not installed.
    """
    found = checked_frames(source) if is_video(source) else checked_images(source)
    rows: list[tuple[str, float, int, int]] = []
    quarantine: list[tuple[str, str]] = []
    for name, seconds, scene in tqdm(found, desc=title, unit="scene", disable=title is None):
        if isinstance(scene, Exception):
            quarantine.append((printable(name), str(scene)))
        else:
            rows.append((name, seconds, scene.shape[1], scene.shape[0]))
    if not rows:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in quarantine[:REASONS_SHOWN])
        raise NothingToPredictError(
            f"none of the {len(quarantine)} files in {source} can be read ({reasons}); name another"
            f" folder: {COMMAND}"
        )
    return pd.DataFrame(rows, columns=SCENE_COLUMNS), pd.DataFrame(
        quarantine, columns=["file", "reason"]
    )


def checked_images(root: Path) -> Iterator[tuple[str, float, Pixels | UnreadablePhotoError]]:
    """Yield name, no time, and image or the reason why it can't be read, of each file."""
    try:
        names = find_new_photos(root)
    except NothingToPredictError:
        seen = "holds no visible file" if root.is_dir() else "is neither a folder nor a video"
        raise NothingToPredictError(
            f"no scenes to predict: {root} {seen}; name one: {COMMAND}"
        ) from None
    images = LazyMapping(names, partial(image_or_reason, root))
    for name, scene in read_ahead(images, workers=threads()):
        yield name, np.nan, scene


def image_or_reason(root: Path, name: str) -> Pixels | UnreadablePhotoError:
    """Read an image (H, W, 3) of a folder, or give the error that says why it can't be read."""
    try:
        return decode(root, name)
    except UnreadablePhotoError as error:
        return error


def checked_frames(video: Path) -> Iterator[tuple[str, float, Pixels | VideoError]]:
    """Yield name, time and frame of a video; in the end the error where it is damaged."""
    rate, number = frame_rate(video), 0
    try:
        for frame in read_frames(video):
            yield frame_name(number), float(number / rate), frame
            number += 1
    except VideoError as error:
        yield video.name, np.nan, VideoError(f"damaged after {number} frames: {error}")


def frame_name(number: int) -> str:
    """Name of a frame, counted from 0.

    >>> frame_name(0)
    'frame_000001'
    """
    return f"frame_{number + 1:06d}"


def source_rate(source: Path) -> Fraction | None:
    """Frames a second of a video; None for a folder of images."""
    return frame_rate(source) if is_video(source) else None


def scene_images(source: Path, names: Sequence[str]) -> Iterator[tuple[str, Pixels]]:
    """Yield the scenes of a checked source in order, while threads read the next ones.

    Raises:
        ValueError: A scene could be read before, but not now.
    """
    if is_video(source):
        frames = islice(read_frames(source), len(names))
        yield from zip(names, frames, strict=True)
        return
    readable = LazyMapping(names, lambda name: decode(source, name))
    yield from read_ahead(readable, workers=threads())


def spread_scenes(
    source: Path, names: Sequence[str], *, count: int
) -> Iterator[tuple[str, Pixels]]:
    """Yield at most ``count`` scenes of a checked source, evenly spread from first to last."""
    rows = np.linspace(0, len(names) - 1, min(count, len(names))).round().astype(int)
    chosen = {names[row] for row in rows}
    if is_video(source):
        yield from (one for one in scene_images(source, names) if one[0] in chosen)
        return
    yield from scene_images(source, [name for name in names if name in chosen])


def threads() -> int:
    """Few enough that waiting images don't fill the memory."""
    return min(4, os.cpu_count() or 1)


def choose_segmenter(models: Mapping[str, Checkpoint], name: str) -> Checkpoint:
    """Take a trained segmenter by its name.

    Raises:
        NothingToPredictError: There is none of that name, or it is of another task.
    """
    if name not in models:
        raise NothingToPredictError(
            f"no trained model {name!r}; there are {', '.join(models)}: train it with the"
            " segmentation pipeline, or name another with --params predict_road.model=NAME"
        )
    checkpoint = models[name]
    if checkpoint.facts.task != "segmentation":
        raise NothingToPredictError(
            f"the model {name!r} is for {checkpoint.facts.task}: name a segmenter of road scenes"
            " with --params predict_road.model=NAME"
        )
    return checkpoint


def output_colors(classes: Sequence[str]) -> Pixels:
    """Give each output of a model a colour (K, 3): its data set's, or one that tells it apart.

    A model of classes of one's own knows their names, not their colours.
    """
    labels = cityscapes_labels().set_index("name")[["red", "green", "blue"]]
    known = {str(name): row.to_list() for name, row in labels.iterrows()} | color_by_class()
    rows = [known.get(name, color_apart(number)) for number, name in enumerate(classes)]
    return np.array(rows, np.uint8).reshape(-1, 3)


def color_apart(number: int) -> Color:
    """A colour whose hue is far from that of the numbers before, by the golden ratio."""
    red, green, blue = hsv_to_rgb(number * 0.618034 % 1, 0.7, 0.85)
    return round(255 * red), round(255 * green), round(255 * blue)


def encode_palette(mask: Pixels, colors: Pixels) -> bytes:
    """Encode a class mask (H, W) as a PNG whose indices are classes, in their colours (K, 3)."""
    image = Image.fromarray(mask)
    image.putpalette(colors.tobytes())
    buffer = BytesIO()
    image.save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def decode_palette(content: bytes) -> Pixels:
    """Read a class mask (H, W) back."""
    with Image.open(BytesIO(content), formats=["PNG"]) as image:
        return np.array(image, np.uint8)


def overlay(image: Pixels, mask: Pixels, colors: Pixels) -> Pixels:
    """Lay the colours (K, 3) of a mask (H, W) over its image (H, W, 3)."""
    blended = (1 - OPACITY) * image + OPACITY * colors[mask]
    return np.rint(blended).astype(np.uint8)


def class_shares(
    scenes: pd.DataFrame, masks: Mapping[str, Pixels], classes: Sequence[str]
) -> pd.DataFrame:
    """Share of the pixels that each class has in each scene.

    Args:
        scenes: As `check_scenes` gives them.
        masks: Predicted class mask of each scene, by file, in their order.
        classes: K names.

    Returns:
        The columns of ``scenes``, and "share_NAME" of each class; the shares add up to 1.
    """
    counts = [np.bincount(mask.ravel(), minlength=len(classes)) for _, mask in masks.items()]
    columns = [f"share_{name}" for name in classes]
    pixels = np.array(counts, np.int64).reshape(-1, len(classes))
    shares = pd.DataFrame(pixels / pixels.sum(1, keepdims=True), columns=columns)
    return pd.concat([scenes.reset_index(drop=True), shares], axis=1)
