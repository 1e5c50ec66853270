"""Pictures as a folder of small WebP files, kept for people and for the report."""

import json
import os
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import ImagePreview
from numpy.typing import NDArray
from PIL import Image
from tqdm.auto import tqdm

from wildroad.core.lazy import LazyMapping, read_ahead
from wildroad.datasets.atomic import new_folder
from wildroad.datasets.previews import sheet_preview, spread

Pictures = Mapping[str, NDArray[np.uint8]]
Encoded = Mapping[str, bytes]

QUALITY = 50
EFFORT = 2
"""Of WebP's 0..6: the higher ones take twice as long for a twentieth of the bytes."""


class PictureFolderDataset(AbstractDataset[Pictures, Encoded | None]):
    """A mapping name -> uint8 (H, W, 3), saved as one WebP file a picture.

    Loading gives the bytes of the files, read when they are asked for: who shows a picture on a
    page needs no pixels. WebP, as two thirds of a thumbnail's JPEG would be its header's tables.

    Args:
        filepath: The folder.
        optional: Load None where it is not there, for a report on what has been run.
        lossless: Keep every pixel, as masks need: a colour between two classes is none.
        metadata: Read by Kedro-Viz.
    """

    def __init__(
        self,
        *,
        filepath: str,
        optional: bool = False,
        lossless: bool = False,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self._optional = optional
        self._lossless = lossless
        self.metadata = metadata

    def load(self) -> Encoded | None:
        """Give name -> content of its file, in the order they were saved.

        Raises:
            DatasetError: The folder is not there, or, when a picture is asked for, its file.
        """
        if self._optional and not self._exists():
            return None
        try:
            names = json.loads((self._filepath / "names.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise DatasetError(
                f"no pictures in {self._filepath}: run the pipeline that makes them first"
            ) from None
        return LazyMapping(names, lambda name: self._read(_file(self._filepath, name)))

    def save(self, data: Pictures) -> None:
        """Write the pictures while threads make the next ones; all of them or none."""
        encoded = LazyMapping(
            list(data), lambda name: encode_picture(data[name], lossless=self._lossless)
        )
        with new_folder(self._filepath) as folder:
            ahead = read_ahead(encoded, workers=os.cpu_count() or 1)
            for name, content in tqdm(
                ahead, total=len(data), desc=f"Writing {self._filepath.name}"
            ):
                path = _file(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            (folder / "names.json").write_text(json.dumps(list(data)), encoding="utf-8")

    def preview(self) -> ImagePreview:
        """Some of the pictures, for Kedro-Viz."""
        pictures = (self.load() if self._exists() else None) or {}
        return sheet_preview([decode_picture(pictures[name]) for name in spread(list(pictures))])

    @staticmethod
    def _read(path: Path) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise DatasetError(
                f"the picture {path} is not there: run the pipeline that makes it again"
            ) from None

    def _exists(self) -> bool:
        return (self._filepath / "names.json").exists()

    def _describe(self) -> dict[str, Any]:
        return {
            "filepath": str(self._filepath),
            "optional": self._optional,
            "lossless": self._lossless,
        }


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.webp"


def encode_picture(pixels: NDArray[np.uint8], *, lossless: bool = False) -> bytes:
    """Encode uint8 (H, W, 3) as WebP; the same pixels give the same bytes."""
    buffer = BytesIO()
    image = Image.fromarray(pixels)
    image.save(buffer, "webp", quality=QUALITY, method=EFFORT, lossless=lossless)
    return buffer.getvalue()


def decode_picture(content: bytes) -> NDArray[np.uint8]:
    """Decode a picture to (H, W, 3)."""
    return np.asarray(Image.open(BytesIO(content)).convert("RGB"))
