"""Decoded photos: one memory-mapped array with its ids beside it."""

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import ImagePreview
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from tqdm.auto import tqdm

from wildroad.core.image_array import (
    ImageArray,
    checksum,
    kept_pixels,
    origins_of,
    same_photos,
)
from wildroad.core.lazy import LazyMapping, OnePass, Restartable, read_ahead
from wildroad.datasets.atomic import new_folder
from wildroad.datasets.npy import write_header, write_values
from wildroad.datasets.previews import sheet_preview, spread

Images = Mapping[str, NDArray[np.uint8]]


class About(BaseModel):
    """What ``ids.json`` says of the rows of ``pixels.npy``.

    Attributes:
        ids: Photo id of each row.
        origins: Photo id -> what the photo was made from and how; ids may be missing.
        checksums: CRC-32 of each row.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    ids: list[str]
    origins: dict[str, str]
    checksums: list[int]


class ImageArrayDataset(AbstractDataset[Images, ImageArray]):
    """A mapping photo_id -> uint8 (H, W, 3) as ``pixels.npy`` and ``ids.json`` in a folder.

    Saving reads the mapping one photo a time, so memory stays flat; loading maps the file. Gray
    maps (H, W) are kept as well. A photo whose origin is that of a photo in the array is copied
    from there instead of being made again; an array in which all are as they should be is left as
    it is.

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
            return read_array(self._filepath)[0]
        except FileNotFoundError:
            raise DatasetError(
                f"no image array in {self._filepath}: run the pipeline that makes it first"
            ) from None
        except ValueError as error:
            raise DatasetError(
                f"the image array in {self._filepath} is damaged: {error}; run the pipeline that"
                " makes it again"
            ) from error

    def save(self, data: Images) -> None:
        """Write the array, whole or not at all, making only the photos it does not hold yet."""
        stored = self._stored()
        kept = kept_pixels(data, *stored) if stored else {}
        if not stored or len(kept) < len(data) or not same_photos(data, stored[0]):
            with new_folder(self._filepath) as folder:
                write_array(folder, data, kept)
        logging.getLogger(__name__).info(
            "%s: %d of %d made, the others were there",
            self._filepath.name, len(data) - len(kept), len(data),
        )  # fmt: skip

    def preview(self) -> ImagePreview:
        """Some of the photos, for Kedro-Viz."""
        photos = self.load() if self._exists() else {}
        return sheet_preview([photos[name] for name in spread(list(photos))])

    def _stored(self) -> tuple[ImageArray, Sequence[int]] | None:
        try:
            return read_array(self._filepath)
        except (OSError, ValueError):
            return None

    def _exists(self) -> bool:
        return (self._filepath / "ids.json").exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


def read_array(folder: Path) -> tuple[ImageArray, Sequence[int]]:
    """Map an array into memory; give it with the checksums of its rows when they were written.

    Raises:
        FileNotFoundError: It is not there.
        ValueError: What is there is not what ``write_array`` writes.
    """
    about = read_about(folder / "ids.json")
    pixels = np.load(folder / "pixels.npy", mmap_mode="r" if about.ids else None)
    kinds = (3, 4)  # gray (N, H, W), as heat maps are, or (N, H, W, 3)
    if pixels.dtype != np.uint8 or pixels.ndim not in kinds or len(about.checksums) != len(pixels):
        raise ValueError(
            f"pixels.npy holds {pixels.dtype} {pixels.shape}, not {len(about.checksums)} photos"
        )
    return ImageArray(about.ids, pixels, origins=about.origins), about.checksums


def read_about(path: Path) -> About:
    """Read what is said of the rows of an array.

    Raises:
        FileNotFoundError: It is not there.
        ValueError: It is not of that form.
    """
    try:
        return About.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ValueError(f"{path.name}: {error.errors()[0]['msg']}") from None


def write_array(folder: Path, images: Images, kept: Images) -> None:
    """Write all images into a folder: those in ``kept`` from there, the others newly made."""
    ids, origins = list(images), origins_of(images)
    missing = [name for name in ids if name not in kept]
    made = images.only(missing) if isinstance(images, Restartable) else images
    source = LazyMapping(ids, lambda name: kept[name] if name in kept else made[name])
    # What is made in one go has to be read in its order, by one thread.
    workers = 1 if isinstance(made, OnePass) else os.cpu_count() or 1
    checksums = write_pixels(folder / "pixels.npy", source, workers=workers)
    known = {name: origins[name] for name in ids if name in origins}
    about = About(ids=ids, origins=known, checksums=checksums)
    (folder / "ids.json").write_text(about.model_dump_json(), encoding="utf-8")


def write_pixels(path: Path, images: Images, *, workers: int) -> list[int]:
    """Write all images into one .npy file while threads make the next ones; give the checksums.

    Args:
        path: The file.
        images: Of one size.
        workers: Threads.

    Raises:
        ValueError: The images are not all of one size.
    """
    checksums: list[int] = []
    shape: tuple[int, ...] = ()
    ahead = read_ahead(images, workers=workers)
    with path.open("wb") as file:
        if not images:
            write_header(file, (0, 1, 1, 3), np.dtype(np.uint8))
        for name, pixels in tqdm(ahead, total=len(images), desc="Writing photos"):
            if not shape:
                shape = pixels.shape
                write_header(file, (len(images), *shape), np.dtype(np.uint8))
            if pixels.shape != shape:
                raise ValueError(f"{name} is {pixels.shape}, the photos before it {shape}")
            write_values(file, pixels)
            checksums.append(checksum(pixels))
    return checksums
