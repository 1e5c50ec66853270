"""Masks as a folder of palette PNGs."""

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import ImagePreview
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from tqdm.auto import tqdm

from wildroad.core.lazy import LazyMapping, read_ahead
from wildroad.datasets.atomic import new_folder
from wildroad.datasets.previews import sheet_preview, spread

Masks = Mapping[str, NDArray[np.uint8]]


class MaskFolderDataset(AbstractDataset[Masks, Masks]):
    """A mapping scene_id -> uint8 (H, W) as one PNG a scene, streamed both ways.

    The colours of the palette are for people only: the values are the palette's indices.

    Args:
        filepath: The folder.
        metadata: Read by Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> Masks:
        """Give the masks as a lazy mapping in the order they were saved.

        Raises:
            DatasetError: The folder is not there.
        """
        try:
            ids = json.loads((self._filepath / "ids.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise DatasetError(
                f"no masks in {self._filepath}: run the pipeline that makes them first"
            ) from None
        return LazyMapping(ids, lambda scene_id: read_mask(self._file(self._filepath, scene_id)))

    def save(self, data: Masks) -> None:
        """Write the masks one by one; the folder is replaced when all are written."""
        with new_folder(self._filepath) as folder:
            # One thread makes the next mask, in order, while this one writes the last.
            ahead = read_ahead(data, workers=1)
            for scene_id, mask in tqdm(
                ahead, total=len(data), desc=f"Writing {self._filepath.name}"
            ):
                path = self._file(folder, scene_id)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(encode_mask(mask))
            (folder / "ids.json").write_text(json.dumps(list(data)), encoding="utf-8")

    def preview(self) -> ImagePreview:
        """Some of the masks in the colours of their files, for Kedro-Viz."""
        masks = self.load() if self._exists() else {}
        palette = distinct_colors().tobytes()
        return sheet_preview([masks[name] for name in spread(list(masks))], palette=palette)

    @staticmethod
    def _file(folder: Path, scene_id: str) -> Path:
        return folder / f"{scene_id}.png"

    def _exists(self) -> bool:
        return (self._filepath / "ids.json").exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


def encode_mask(mask: NDArray[np.uint8]) -> bytes:
    """Encode a mask as an 8-bit PNG whose palette gives each value a colour of its own."""
    image = Image.fromarray(mask)
    image.putpalette(distinct_colors().tobytes())
    buffer = BytesIO()
    image.save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def read_mask(path: Path) -> NDArray[np.uint8]:
    """Read a mask as the palette's indices.

    Raises:
        DatasetError: The file is not there or damaged.
    """
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return np.array(image)
    except (OSError, UnidentifiedImageError, SyntaxError) as error:
        raise DatasetError(f"the mask {path} cannot be read ({error}): make it again") from error


def distinct_colors() -> NDArray[np.uint8]:
    """(256, 3) colours that tell neighbouring values apart; 255 is black."""
    value = np.arange(256, dtype=np.uint32)
    colors = np.stack([value * 83 + 60, value * 151 + 90, value * 37 + 140], axis=1) % 256
    colors[255] = 0
    return colors.astype(np.uint8)
