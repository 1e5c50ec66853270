"""Pictures as a folder of PNGs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from kedro.io import AbstractDataset, DatasetError
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from wildroad.core.lazy import LazyMapping
from wildroad.datasets.atomic import new_folder

Pictures = Mapping[str, NDArray[np.uint8]]
NAMES = "names.json"


class PictureFolderDataset(AbstractDataset[Pictures, Pictures | None]):
    """A mapping name -> uint8 (H, W, 3), of any sizes, as one PNG a picture, streamed both ways.

    Args:
        filepath: The folder; a name with slashes lies in folders below it.
        optional: Load None where it is not there, for a report on what has been run.
        metadata: Read by Kedro-Viz.
    """

    def __init__(
        self, *, filepath: str, optional: bool = False, metadata: dict[str, Any] | None = None
    ) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self._optional = optional
        self.metadata = metadata

    def load(self) -> Pictures | None:
        """Give the pictures as a lazy mapping in the order they were saved.

        Raises:
            DatasetError: The folder is not there.
        """
        if self._optional and not self._exists():
            return None
        try:
            names = json.loads((self._filepath / NAMES).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise DatasetError(
                f"no pictures in {self._filepath}: run the pipeline that makes them first"
            ) from None
        return LazyMapping(names, lambda name: read_picture(self._filepath / f"{name}.png"))

    def save(self, data: Pictures) -> None:
        """Write the pictures one by one; the folder is replaced when all are written."""
        with new_folder(self._filepath) as folder:
            for name, pixels in data.items():
                path = folder / f"{name}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).save(path, format="PNG")
            (folder / NAMES).write_text(json.dumps(list(data)), encoding="utf-8")

    def _exists(self) -> bool:
        return (self._filepath / NAMES).exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath), "optional": self._optional}


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read a picture as (H, W, 3).

    Raises:
        DatasetError: The file is not there or damaged.
    """
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return np.array(image)
    except (OSError, UnidentifiedImageError, SyntaxError) as error:
        raise DatasetError(f"the picture {path} cannot be read ({error}): make it again") from error
