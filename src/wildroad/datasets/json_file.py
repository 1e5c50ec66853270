"""Plain values as a JSON file."""

import json
from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import JSONPreview

from wildroad.datasets.atomic import write_file


class JsonFileDataset(AbstractDataset[dict[str, Any], dict[str, Any]]):
    """A dictionary of plain values as indented JSON that every parser reads: NaN is refused.

    Args:
        filepath: The .json file.
        metadata: Read by Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> dict[str, Any]:
        """Read the values.

        Raises:
            DatasetError: The file is not there, or holds no JSON object.
        """
        try:
            values = json.loads(self._filepath.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise DatasetError(
                f"the file {self._filepath} is not there: run the pipeline that makes it first"
            ) from None
        except ValueError as error:
            raise DatasetError(f"{self._filepath} is no JSON: {error}") from error
        if not isinstance(values, dict):
            kind = type(values).__name__
            raise DatasetError(f"{self._filepath} holds a {kind}, not an object with names")
        return values

    def save(self, data: dict[str, Any]) -> None:
        """Write the values, whole or not at all."""
        text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
        write_file(self._filepath, f"{text}\n".encode())

    def preview(self) -> JSONPreview:
        """The file itself, for Kedro-Viz."""
        return JSONPreview(json.dumps(self.load()) if self._exists() else "")

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
