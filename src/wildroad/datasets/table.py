"""A table as a CSV file."""

from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import TablePreview

from wildroad.datasets.atomic import write_file
from wildroad.schemas import TEXT_COLUMNS


class TableDataset(AbstractDataset[pd.DataFrame, pd.DataFrame | None]):
    """A DataFrame as CSV: text columns stay text ("" is "", "NA" is "NA"), other gaps are NaN.

    Args:
        filepath: The CSV file.
        optional: Load None where the file is not there, for a report on what has been run.
        metadata: Read by Kedro-Viz.
    """

    def __init__(
        self, *, filepath: str, optional: bool = False, metadata: dict[str, Any] | None = None
    ) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self._optional = optional
        self.metadata = metadata

    def load(self) -> pd.DataFrame | None:
        """Read the table.

        Raises:
            DatasetError: The file is not there, or is no CSV.
        """
        if self._optional and not self._filepath.exists():
            return None
        try:
            text = self._filepath.read_text(encoding="utf-8")
            columns = pd.read_csv(StringIO(text), nrows=0).columns
            words = [name for name in columns if name in TEXT_COLUMNS]
            numbers = {name: [""] for name in columns if name not in TEXT_COLUMNS}
            return pd.read_csv(
                StringIO(text),
                dtype=dict.fromkeys(words, str),
                na_values=numbers,
                keep_default_na=False,
                engine="python",  # reads every float exactly, in every version of pandas
            )
        except FileNotFoundError:
            raise DatasetError(
                f"the table {self._filepath} is not there: run the pipeline that makes it first"
            ) from None
        except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise DatasetError(f"{self._filepath} is no table: {error}") from error

    def save(self, data: pd.DataFrame) -> None:
        """Write the table, whole or not at all."""
        write_file(self._filepath, data.to_csv(index=False, lineterminator="\n").encode("utf-8"))

    @property
    def filepath(self) -> Path:
        """Where the table lies."""
        return self._filepath

    def preview(self, nrows: int = 20) -> TablePreview:
        """The first rows, for Kedro-Viz."""
        table = self.load() if self._exists() else None
        rows = pd.DataFrame() if table is None else table.head(nrows)
        return TablePreview(rows.astype(object).where(rows.notna(), None).to_dict("split"))

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath), "optional": self._optional}
