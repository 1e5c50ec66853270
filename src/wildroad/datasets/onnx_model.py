"""An exported model as an ONNX file."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError

from wildroad.datasets.atomic import write_file


class OnnxModelDataset(AbstractDataset[bytes, bytes]):
    """The content of an ONNX file; neither saving nor loading needs onnx to be installed.

    Args:
        filepath: The .onnx file.
        metadata: Read by Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> bytes:
        """Read the file.

        Raises:
            DatasetError: It is not there.
        """
        try:
            return self._filepath.read_bytes()
        except FileNotFoundError:
            raise DatasetError(
                f"no exported model at {self._filepath}: run the pipeline that exports it first"
            ) from None

    def save(self, data: bytes) -> None:
        """Write the file, whole or not at all."""
        write_file(self._filepath, data)

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
