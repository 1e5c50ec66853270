"""A text in Markdown."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import HTMLPreview
from markdown_it import MarkdownIt

from wildroad.datasets.atomic import write_file

FRONT_MATTER = "---\n"


class MarkdownDataset(AbstractDataset[str, str]):
    """A text in Markdown, with or without a block of YAML on top.

    Args:
        filepath: The .md file.
        metadata: Read by Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> str:
        """Read the text.

        Raises:
            DatasetError: It is not there.
        """
        try:
            return self._filepath.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise DatasetError(
                f"the text {self._filepath} is not there: run the reporting pipeline first"
            ) from None

    def save(self, data: str) -> None:
        """Write the text, whole or not at all."""
        write_file(self._filepath, data.encode("utf-8"))

    def preview(self) -> HTMLPreview:
        """The text as HTML, for Kedro-Viz."""
        return HTMLPreview(as_html(self.load()) if self._exists() else "")

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


def as_html(text: str) -> str:
    r"""Render Markdown without the block of YAML on top; HTML in the text is shown as text.

    >>> as_html("# A *card*")
    '<h1>A <em>card</em></h1>\n'
    """
    body = text
    if text.startswith(FRONT_MATTER):
        _, _, body = text.removeprefix(FRONT_MATTER).partition(f"\n{FRONT_MATTER}")
    html: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(body)
    return html
