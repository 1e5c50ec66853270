"""What is predicted of new road scenes: masks as files, overlays as pictures or a video."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from kedro.io import AbstractDataset, DatasetError
from numpy.typing import NDArray
from PIL import Image
from tqdm.auto import tqdm

from wildroad.core.lazy import LazyMapping, read_ahead
from wildroad.core.video import write_frames
from wildroad.datasets.atomic import new_folder

Pixels = NDArray[np.uint8]
VIDEO = "overlays.mp4"
JPEG_QUALITY = 90


@dataclass(frozen=True)
class Overlays:
    """Photos with predicted classes laid over them.

    Attributes:
        frames: Scene -> (H, W, 3), read once and in order.
        rate: Frames a second where they are to be a video; None for pictures.
    """

    frames: Mapping[str, Pixels]
    rate: Fraction | None = None


class PngFolderDataset(AbstractDataset[Mapping[str, bytes], LazyMapping[bytes]]):
    """A mapping name -> content of a PNG file, as a folder, streamed both ways.

    Args:
        filepath: The folder.
        metadata: Read by Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> LazyMapping[bytes]:
        """Give the files in the order they were saved.

        Raises:
            DatasetError: The folder is not there.
        """
        try:
            names = json.loads((self._filepath / "names.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise DatasetError(
                f"no masks in {self._filepath}: run the pipeline that makes them first"
            ) from None
        return LazyMapping(names, lambda name: self._read(self._filepath / f"{name}.png"))

    @staticmethod
    def _read(path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise DatasetError(f"{path} cannot be read ({error}): make it again") from error

    def save(self, data: Mapping[str, bytes]) -> None:
        """Write the files one by one; the folder is replaced when all are written."""
        with new_folder(self._filepath) as folder:
            for name, content in shown(data, self._filepath):
                path = folder / f"{name}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            names = json.dumps(list(data), ensure_ascii=False)
            (folder / "names.json").write_text(names, encoding="utf-8")

    @property
    def filepath(self) -> Path:
        """Where the files lie."""
        return self._filepath

    def _exists(self) -> bool:
        return (self._filepath / "names.json").exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


class OverlaysDataset(AbstractDataset[Overlays, NoReturn]):
    """A folder of JPEG files, or of one video.

    Args:
        filepath: The folder.
        metadata: Read by Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self.metadata = metadata

    def save(self, data: Overlays) -> None:
        """Write the overlays one by one; the folder is replaced when all are written."""
        with new_folder(self._filepath) as folder:
            frames = shown(data.frames, self._filepath)
            if data.rate is not None:
                write_frames(folder / VIDEO, (one for _, one in frames), rate=data.rate)
                return
            for name, pixels in frames:
                path = folder / f"{name}.jpg"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(encode_jpeg(pixels))

    def load(self) -> NoReturn:
        """Refuse.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError(f"{self._filepath} is for people to look at; the masks lie beside it")

    @property
    def filepath(self) -> Path:
        """Where the files lie."""
        return self._filepath

    def _exists(self) -> bool:
        return self._filepath.is_dir()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


def shown(data: Mapping[str, Any], path: Path) -> Any:  # noqa: ANN401
    """Iterate over (name, value) with a progress bar, while a thread makes the next value."""
    return tqdm(read_ahead(data, workers=1), total=len(data), desc=f"Writing {path.name}")


def encode_jpeg(pixels: Pixels) -> bytes:
    """Encode a picture (H, W, 3) as JPEG."""
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, format="JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
