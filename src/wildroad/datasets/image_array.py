"""Decoded photos: one memory-mapped array with its ids beside it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from kedro.io import AbstractDataset, DatasetError
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from tqdm.auto import tqdm

from wildroad.core.image_array import ImageArray
from wildroad.core.lazy import read_ahead
from wildroad.datasets.atomic import new_folder

Images = Mapping[str, NDArray[np.uint8]]


class ImageArrayDataset(AbstractDataset[Images, ImageArray]):
    """A mapping photo_id -> uint8 (H, W, 3) as ``pixels.npy`` and ``ids.json`` in a folder.

    Saving reads the mapping one photo a time, so memory stays flat; loading maps the file.

    Args:
        filepath: The folder.
        metadata: Read by Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> ImageArray:
        """Map the array into memory, read-only.

        Raises:
            DatasetError: The array is not there or damaged.
        """
        try:
            ids = json.loads((self._filepath / "ids.json").read_text(encoding="utf-8"))
            pixels = np.load(self._filepath / "pixels.npy", mmap_mode="r" if ids else None)
            return ImageArray(ids, pixels)
        except FileNotFoundError:
            raise DatasetError(
                f"no image array in {self._filepath}: run the pipeline that makes it first"
            ) from None
        except ValueError as error:
            raise DatasetError(
                f"the image array in {self._filepath} is damaged: {error}"
            ) from error

    def save(self, data: Images) -> None:
        """Write the array photo by photo, whole or not at all."""
        with new_folder(self._filepath) as folder:
            ids = list(data)
            (folder / "ids.json").write_text(json.dumps(ids, ensure_ascii=False), encoding="utf-8")
            if ids:
                write_pixels(folder / "pixels.npy", data)
            else:
                np.save(folder / "pixels.npy", np.zeros((0, 1, 1, 3), np.uint8))

    def _exists(self) -> bool:
        return (self._filepath / "ids.json").exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


def write_pixels(path: Path, images: Images) -> None:
    """Write all images into one .npy file while threads make the next ones."""
    array: np.memmap[Any, np.dtype[np.uint8]] | None = None
    ahead = read_ahead(images, workers=os.cpu_count() or 1)
    for row, (_, pixels) in enumerate(tqdm(ahead, total=len(images), desc="Writing photos")):
        if array is None:
            array = open_memmap(path, "w+", np.uint8, (len(images), *pixels.shape))
        array[row] = pixels
    if array is not None:
        array.flush()
