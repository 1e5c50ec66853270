"""An exported model as an ONNX file."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import JSONPreview

from wildroad.datasets.atomic import write_file
from wildroad.datasets.previews import facts_preview, file_facts


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

    def preview(self) -> JSONPreview:
        """Size and checksum of the file, for Kedro-Viz."""
        if not self._exists():
            return JSONPreview("")
        checksum = sha256(self._filepath.read_bytes()).hexdigest()
        return facts_preview({**file_facts(self._filepath), "sha256": checksum})

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
