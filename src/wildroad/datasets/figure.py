"""A figure as PNG and SVG."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import ImagePreview

from wildroad.datasets.atomic import write_file
from wildroad.datasets.previews import picture_preview
from wildroad.figures.rendered import RenderedFigure


class FigureDataset(AbstractDataset[RenderedFigure, RenderedFigure | None]):
    """A drawn figure as ``NAME.png``, ``NAME.svg`` and its alternative text in ``NAME.txt``.

    Args:
        filepath: The PNG file; the others lie beside it.
        optional: Load None where it is not there, for a report on what has been run.
        metadata: Read by Kedro-Viz.
    """

    def __init__(
        self, *, filepath: str, optional: bool = False, metadata: dict[str, Any] | None = None
    ) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self._optional = optional
        self.metadata = metadata

    def load(self) -> RenderedFigure | None:
        """Read the figure.

        Raises:
            DatasetError: It is not there.
        """
        if self._optional and not self._exists():
            return None
        try:
            return RenderedFigure(
                png=self._filepath.read_bytes(),
                svg=self._filepath.with_suffix(".svg").read_text(encoding="utf-8"),
                alternative_text=self._filepath.with_suffix(".txt").read_text(encoding="utf-8"),
            )
        except FileNotFoundError as error:
            raise DatasetError(
                f"the figure {error.filename} is not there: run the pipeline that draws it first"
            ) from None

    def save(self, data: RenderedFigure) -> None:
        """Write the three files; the PNG, which says that the figure is there, comes last."""
        write_file(self._filepath.with_suffix(".txt"), data.alternative_text.encode("utf-8"))
        write_file(self._filepath.with_suffix(".svg"), data.svg.encode("utf-8"))
        write_file(self._filepath, data.png)

    def preview(self) -> ImagePreview:
        """The PNG, for Kedro-Viz."""
        return picture_preview(self._filepath.read_bytes()) if self._exists() else ImagePreview("")

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath), "optional": self._optional}
