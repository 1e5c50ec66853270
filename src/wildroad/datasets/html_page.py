"""An HTML page that opens from disk."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import HTMLPreview

from wildroad.datasets.atomic import write_file
from wildroad.datasets.html_excerpt import excerpt


class HtmlPageDataset(AbstractDataset[str, str]):
    """A self-contained HTML page.

    Args:
        filepath: The .html file.
        metadata: Read by Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> str:
        """Read the page.

        Raises:
            DatasetError: It is not there.
        """
        try:
            return self._filepath.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise DatasetError(
                f"the page {self._filepath} is not there: run the reporting pipeline first"
            ) from None

    def save(self, data: str) -> None:
        """Write the page, whole or not at all."""
        write_file(self._filepath, data.encode("utf-8"))

    @property
    def filepath(self) -> Path:
        """Where the page lies."""
        return self._filepath

    def preview(self) -> HTMLPreview:
        """The words and tables of the page, for Kedro-Viz.

        It puts them into its own page, where style, scripts and pictures of this one don't belong.
        """
        return HTMLPreview(excerpt(self.load()) if self._exists() else "")

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
