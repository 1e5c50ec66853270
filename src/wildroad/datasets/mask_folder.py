"""Masks as a folder of palette PNGs."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import ImagePreview
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo
from tqdm.auto import tqdm

from wildroad.core.lazy import LazyMapping, Restartable, read_ahead
from wildroad.datasets.atomic import exchange, new_folder, put_back, write_file
from wildroad.datasets.previews import sheet_preview, spread

Masks = Mapping[str, NDArray[np.uint8]]
TO_GO_ON = ".to-go-on"
"""End of the name of the folder in which the masks of an unfinished save wait for the rest."""
ORIGIN = "wildroad origin"
"""Key of the text in a mask's file that says what it is made from and how."""


class MaskFolderDataset(AbstractDataset[Masks, Masks]):
    """A mapping scene_id -> uint8 (H, W) as one PNG a scene, streamed both ways.

    The colours of the palette are for people only: the values are the palette's indices. Masks that
    know their origins (``core.lazy.Restartable``) are written beside the folder one by one, each
    with its origin in it, and the folder is replaced when all are there: so a save goes on where
    an earlier one, of this run or another, was interrupted, and a mask whose origin is the same is
    never made again.

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
        return LazyMapping(ids, partial(read_named_mask, self._filepath.absolute()))

    def save(self, data: Masks) -> None:
        """Write the masks one by one; the folder is replaced when all are written."""
        if isinstance(data, Restartable):
            self._resume(data)
            return
        with new_folder(self._filepath) as folder:
            for scene_id, mask in self._made(data):
                path = self._file(folder, scene_id)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(encode_mask(mask))
            self._list(folder, data)

    def _resume(self, data: Restartable[NDArray[np.uint8]]) -> None:
        """Write the masks that are not there yet, beside the folder, and then replace it."""
        put_back(self._filepath)
        folder = self._filepath.with_name(f".{self._filepath.name}{TO_GO_ON}")
        origins = {scene_id: data.origins[scene_id] for scene_id in data}
        kept = self._kept(self._filepath, origins)
        if len(kept) == len(data) and self._exists() and list(self.load()) == list(data):
            tell_made(self._filepath.name, 0, len(data))
            return
        # An interrupted save has left its masks in the other folder.
        kept |= self._kept(folder, origins)
        for scene_id, path in kept.items():
            if path != self._file(folder, scene_id):
                write_file(self._file(folder, scene_id), path.read_bytes())
        missing = [scene_id for scene_id in data if scene_id not in kept]
        for scene_id, mask in self._made(data.only(missing)):
            content = encode_mask(mask, origin=origins[scene_id])
            write_file(self._file(folder, scene_id), content)
        self._list(folder, data)
        remove_others(folder, [folder / "ids.json", *(self._file(folder, one) for one in data)])
        exchange(self._filepath, folder)
        tell_made(self._filepath.name, len(missing), len(data))

    def _kept(self, folder: Path, origins: Mapping[str, str]) -> dict[str, Path]:
        """Find the whole masks in a folder whose origin is the wanted one."""
        files = {scene_id: self._file(folder, scene_id) for scene_id in origins}
        return {one: path for one, path in files.items() if is_made_of(path, origins[one])}

    def _made(self, data: Masks) -> Iterator[tuple[str, NDArray[np.uint8]]]:
        """Give the masks while a thread makes the next one, in order."""
        ahead = read_ahead(data, workers=1)
        title = f"Writing {self._filepath.name}"
        return iter(tqdm(ahead, total=len(data), desc=title, disable=not data))

    @staticmethod
    def _list(folder: Path, data: Masks) -> None:
        write_file(folder / "ids.json", json.dumps(list(data)).encode())

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


def encode_mask(mask: NDArray[np.uint8], *, origin: str | None = None) -> bytes:
    """Encode a mask as an 8-bit PNG whose palette gives each value a colour of its own.

    Args:
        mask: (H, W).
        origin: What the mask is made from and how, kept as a text in the file.
    """
    image = Image.fromarray(mask)
    image.putpalette(distinct_colors().tobytes())
    texts = PngInfo()
    if origin is not None:
        texts.add_text(ORIGIN, origin)
    buffer = BytesIO()
    image.save(buffer, format="PNG", compress_level=1, pnginfo=texts)
    return buffer.getvalue()


def is_made_of(path: Path, origin: str) -> bool:
    """Whether a mask is there, whole, and of this origin."""
    try:
        with Image.open(path, formats=["PNG"]) as image:
            found = image.info.get(ORIGIN)
            image.load()
    except (OSError, SyntaxError):
        return False
    return bool(found == origin)


def tell_made(name: str, made: int, wanted: int) -> None:
    """Say how many masks had to be made."""
    logging.getLogger(__name__).info("%s: %d of %d made, the others were there", name, made, wanted)


def remove_others(folder: Path, wanted: Sequence[Path]) -> None:
    """Delete the files of a folder that aren't wanted, as of scenes that are no longer in use."""
    kept = set(wanted)
    for path in list(folder.rglob("*")):
        if path.is_file() and path not in kept:
            path.unlink()


def read_named_mask(folder: Path, scene_id: str) -> NDArray[np.uint8]:
    """Read one of the masks of a folder, as ``read_mask``."""
    return read_mask(folder / f"{scene_id}.png")


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
