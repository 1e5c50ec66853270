"""Prediction of photos that have no classes yet: a folder of any nesting, streamed in batches.

Legend: N photos, K classes, H and W pixels.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from tqdm.auto import tqdm

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts
from wildroad.core.classification import top_two
from wildroad.core.images import read_pixels, resize_photo
from wildroad.core.launching import Launcher
from wildroad.core.lazy import LazyMapping, read_ahead
from wildroad.core.photo_files import (
    UnreadablePhotoError,
    check_name,
    files_below,
    printable,
    read_file,
)

Pixels = NDArray[np.uint8]
T = TypeVar("T")
REASONS_SHOWN = 3


class NothingToPredictError(ValueError):
    """There is no photo to predict, or no model to predict it with."""


@dataclass(frozen=True)
class FolderPredictions:
    """What a classifier says of a folder.

    Attributes:
        photos: One row a readable photo, in the order of their names: file (posix, relative to the
            folder), predicted, confidence, runner_up, runner_up_confidence.
        quarantine: One row a file that could not be read: file, reason.
    """

    photos: pd.DataFrame
    quarantine: pd.DataFrame


def find_new_photos(root: Path) -> list[str]:
    """List all visible files below ``root`` as sorted posix paths relative to it.

    Unlike ``images.find_photos`` it wants no class folders: photos may lie at any depth.

    Raises:
        NothingToPredictError: The folder is not there or holds no visible file.
    """
    files = files_below(root, root)
    if not files:
        seen = "holds no visible file" if root.is_dir() else "is not a folder"
        raise NothingToPredictError(
            f"no photos to predict: {root} {seen}; name a folder with photos in it, at any depth:"
            " --params new_photos_folder=/my/photos"
        )
    return files


def choose_classifier(models: Mapping[str, Checkpoint], name: str) -> Checkpoint:
    """Take a trained classifier by its name.

    Raises:
        NothingToPredictError: There is none of that name, or it is of another task.
    """
    if name not in models:
        raise NothingToPredictError(
            f"no trained model {name!r}; there are {', '.join(models)}: train it with the"
            " classification pipeline, or name another with --params predict_wildlife.model=NAME"
        )
    checkpoint = models[name]
    if checkpoint.facts.task != "classification":
        raise NothingToPredictError(
            f"the model {name!r} is for {checkpoint.facts.task}: name a classifier of photos with"
            " --params predict_wildlife.model=NAME"
        )
    return checkpoint


def predict_folder(
    model: nn.Module,
    facts: CheckpointFacts,
    root: Path,
    *,
    batch_size: int,
    launcher: Launcher,
    title: str | None = None,
) -> FolderPredictions:
    """Predict every photo below a folder.

    Args:
        model: In eval mode; uint8 (N, 3, H, W) -> (N, K) logits.
        facts: Classes and input size of the model.
        root: The folder; its files are divided among the processes.
        batch_size: Photos at a time in each process.
        launcher: Where to compute, and by how many processes.
        title: What the progress bar says; None shows no bar.

    Raises:
        NothingToPredictError: No folder, no file, or none that can be read.
    """
    files = find_new_photos(root)
    predict = partial(
        predict_files,
        model,
        facts,
        root.absolute(),
        batch_size=batch_size,
        device=launcher.device,
        title=title,
    )
    parts = launcher.map(predict, [files[rows] for rows in launcher.parts(len(files))])
    photos = stacked([part.photos for part in parts])
    quarantine = stacked([part.quarantine for part in parts])
    if photos.empty:
        reasons = list(quarantine.itertuples(index=False, name=None))
        raise NothingToPredictError(nothing_readable(root, reasons))
    return FolderPredictions(photos, quarantine)


def stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables below each other; an empty one, whose columns have no type, changes no type."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]


def predict_files(
    model: nn.Module,
    facts: CheckpointFacts,
    root: Path,
    files: Sequence[str],
    *,
    batch_size: int,
    device: torch.device,
    title: str | None = None,
) -> FolderPredictions:
    """Predict files of a folder while threads decode the next ones.

    Only the photos of a batch and those being decoded are in memory at a time.

    Args:
        model: In eval mode; it is moved to the device.
        facts: Classes and input size of the model.
        root: The folder.
        files: Names of the files, relative to it.
        batch_size: Photos at a time.
        device: Where to compute.
        title: What the progress bar says; None shows no bar.
    """
    model = model.to(device)
    decoded = LazyMapping(files, partial(read_new_photo, root, size=facts.height))
    ahead = read_ahead(decoded, workers=os.cpu_count() or 1)
    shown = tqdm(ahead, total=len(files), desc=title, unit="photo", disable=title is None)
    readable: list[str] = []
    quarantine: list[tuple[str, str]] = []
    logits: list[Tensor] = []
    for batch in batches(shown, size=batch_size):
        photos = {name: one for name, one in batch if isinstance(one, np.ndarray)}
        quarantine += [(printable(name), str(one)) for name, one in batch if name not in photos]
        readable += photos
        logits += [classify(model, list(photos.values()), device)] if photos else []
    all_logits = torch.cat([torch.zeros(0, len(facts.classes)), *logits])
    table = top_two(torch.softmax(all_logits.double(), dim=1), facts.classes)
    table.insert(0, "file", readable)
    return FolderPredictions(table, pd.DataFrame(quarantine, columns=["file", "reason"]))


def read_new_photo(root: Path, name: str, *, size: int) -> Pixels | UnreadablePhotoError:
    """Decode and resize a photo to (size, size, 3), or give the error that says why not."""
    try:
        return resize_photo(decode(root, name), size=size)
    except UnreadablePhotoError as error:
        return error


def decode(root: Path, name: str) -> Pixels:
    """Decode a photo of the folder to (H, W, 3).

    Raises:
        UnreadablePhotoError: Not readable, no photo, or named in bytes that are no UTF-8.
    """
    check_name(name)
    return read_pixels(read_file(root, name))


def batches(values: Iterable[T], *, size: int) -> Iterator[list[T]]:
    """Lists of ``size`` values, the last one shorter.

    >>> list(batches("abcde", size=2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    remaining = iter(values)
    while batch := list(islice(remaining, size)):
        yield batch


@torch.inference_mode()
def classify(model: nn.Module, photos: Sequence[Pixels], device: torch.device) -> Tensor:
    """(N, K) float32 logits, on the CPU, of photos (H, W, 3)."""
    pixels = torch.from_numpy(np.stack(photos)).permute(0, 3, 1, 2)
    logits: Tensor = model(pixels.to(device)).float().cpu()
    return logits


def nothing_readable(root: Path, quarantine: Sequence[tuple[str, str]]) -> str:
    """Say that no file could be read, and why the first ones could not."""
    first = "; ".join(f"{name}: {reason}" for name, reason in quarantine[:REASONS_SHOWN])
    return (
        f"none of the {len(quarantine)} files in {root} can be read as a photo ({first}); name"
        " another folder: --params new_photos_folder=/my/photos"
    )


def least_sure(photos: pd.DataFrame, *, count: int) -> pd.DataFrame:
    """The rows with the smallest margin between the first two classes, smallest first.

    >>> table = pd.DataFrame({"file": ["a", "b"], "confidence": [0.9, 0.5],
    ...                       "runner_up_confidence": [0.1, 0.4]})
    >>> list(least_sure(table, count=1)["file"])
    ['b']
    """
    margin = photos["confidence"] - photos["runner_up_confidence"]
    return photos.loc[margin.sort_values(kind="stable").index[:count]]


def thumbnail(root: Path, name: str, *, size: int) -> Pixels:
    """A photo shrunk to fit into ``size`` x ``size`` pixels, in its own shape.

    Raises:
        UnreadablePhotoError: It could be read before, but not now.
    """
    image = Image.fromarray(decode(root, name))
    image.thumbnail((size, size))
    return np.array(image, np.uint8)
