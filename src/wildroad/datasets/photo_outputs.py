"""Probabilities and features of photos as arrays beside their ids."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import TablePreview

from wildroad.core.photo_outputs import PhotoOutputs
from wildroad.datasets.atomic import new_folder
from wildroad.datasets.npy import write_array
from wildroad.datasets.previews import table_preview


class PhotoOutputsDataset(AbstractDataset[PhotoOutputs, PhotoOutputs]):
    """A folder of ``ids.json``, ``probabilities.npy`` and ``features.npy``.

    Loading maps the features into memory, as those of a large photo set may not fit.

    Args:
        filepath: The folder.
        metadata: Read by Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> PhotoOutputs:
        """Read ids and probabilities, map the features, read-only.

        Raises:
            DatasetError: The outputs are not there or damaged.
        """
        try:
            ids = json.loads((self._filepath / "ids.json").read_text(encoding="utf-8"))
            probabilities = np.load(self._filepath / "probabilities.npy")
            # A file without a photo can't be mapped.
            features = np.load(self._filepath / "features.npy", mmap_mode="r" if ids else None)
            return PhotoOutputs(tuple(ids), probabilities, features)
        except FileNotFoundError:
            raise DatasetError(
                f"no outputs of photos in {self._filepath}: run the pipeline that makes them first"
            ) from None
        except (ValueError, EOFError) as error:
            raise DatasetError(
                f"the outputs of photos in {self._filepath} are damaged: {error}; run the pipeline"
                " that makes them again"
            ) from error

    def save(self, data: PhotoOutputs) -> None:
        """Write the folder, whole or not at all."""
        with new_folder(self._filepath) as folder:
            ids = json.dumps(data.photo_ids, ensure_ascii=False)
            (folder / "ids.json").write_text(ids, encoding="utf-8")
            write_array(folder / "probabilities.npy", data.probabilities)
            write_array(folder / "features.npy", data.features)

    def preview(self, nrows: int = 20) -> TablePreview:
        """The probabilities of the first photos, for Kedro-Viz."""
        if not self._exists():
            return TablePreview(table_preview((), ()))
        outputs = self.load()
        classes = outputs.probabilities.shape[1]
        rows = [
            (photo_id, *values.round(4).tolist())
            for photo_id, values in zip(
                outputs.photo_ids[:nrows], outputs.probabilities[:nrows], strict=True
            )
        ]
        columns = ("photo_id", *(f"class {number}" for number in range(classes)))
        return TablePreview(table_preview(columns, rows))

    def _exists(self) -> bool:
        return (self._filepath / "ids.json").exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
