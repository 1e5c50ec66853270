"""The report as one HTML page that opens from disk and asks the network for nothing."""

import base64
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from wildroad.report.album import album_data, album_pictures, feature_data
from wildroad.report.formats import readable
from wildroad.report.parts import FeatureSpace, Matrix, ReportContent
from wildroad.report.pictures import data_address, inline_picture, size_of
from wildroad.report.shown_table import show_table

TASK_NAMES = {"wildlife": "Wildlife photos", "road": "Road scenes"}
STYLES = ("base.css", "tables.css", "blocks.css", "features.css", "print.css")
SCRIPTS = ("shared.js", "tables.js", "reading.js", "photos.js", "sliders.js", "features.js")


def render_report(content: ReportContent) -> str:
    """Write the page; the same content gives the same text.

    Everything is inside: style, scripts, figures, photos and the CSV files. A content security
    policy forbids the page to load anything else.
    """
    album = content.album
    photos = frozenset() if album is None else frozenset(album.answers["photo_id"])
    environment = Environment(
        loader=PackageLoader("wildroad.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "shown": partial(show_table, photos=photos),
        "matrix_rows": partial(matrix_rows, linked=bool(photos)),
        "inline": inline_picture,
        "address": data_address,
        "size": size_of,
        "readable": readable,
        "anchor": anchor,
    }
    return environment.get_template("page.html").render(
        content=content,
        style=_raw(STYLES),
        script=_raw(SCRIPTS),
        tasks=TASK_NAMES,
        data=dict(script_data(content)),
        plotly=packed_plotly() if any(_feature_spaces(content)) else "",
    )


def _raw(names: tuple[str, ...]) -> Markup:
    folder = resources.files("wildroad.report") / "templates"
    return Markup("\n").join(Markup((folder / name).read_text("utf-8")) for name in names)


def anchor(text: str) -> str:
    """Make a title an identifier.

    >>> anchor("Does confidence mean anything?")
    'does-confidence-mean-anything'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def script_data(content: ReportContent) -> Iterator[tuple[str, Markup]]:
    """Name -> JSON of everything that the page's script reads."""
    if content.album is not None:
        yield "album", _json(album_data(content.album))
        yield "album-pictures", _json(album_pictures(content.album))
    for space in _feature_spaces(content):
        yield f"{anchor(space.title)}-data", _json(feature_data(space))


def _json(value: Any) -> Markup:  # noqa: ANN401 - whatever JSON can hold
    return htmlsafe_json_dumps(value, separators=(",", ":"))


def _feature_spaces(content: ReportContent) -> Iterator[FeatureSpace]:
    for section in content.sections:
        for part in section.parts:
            yield from (block for block in part.blocks if isinstance(block, FeatureSpace))


@cache
def packed_plotly() -> str:
    """The library that draws feature spaces, as gzip in base 64: a third of its size.

    The page unpacks it when a feature space comes into sight, and never where none does.
    """
    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), 9, mtime=0)).decode()


@dataclass(frozen=True)
class MatrixCell:
    """A cell of a confusion matrix as shown; the share is of its row."""

    target: str
    predicted: str
    photos: int
    share: float
    link: str


def matrix_rows(matrix: Matrix, *, linked: bool) -> list[tuple[str, int, list[MatrixCell]]]:
    """Rows of a confusion matrix: target, its photos, and a cell for each predicted class."""
    rows = []
    for target in matrix.classes:
        counts = [matrix.counts.get((target, predicted), 0) for predicted in matrix.classes]
        total = sum(counts)
        cells = [
            MatrixCell(target, predicted, photos, photos / total if total else 0.0, link)
            for predicted, photos in zip(matrix.classes, counts, strict=True)
            for link in [matrix.links.get((target, predicted), "") if linked and photos else ""]
        ]
        rows.append((target, total, cells))
    return rows
