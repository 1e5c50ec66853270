"""The report as one HTML page that opens from disk and asks the network for nothing."""

import base64
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from importlib import resources
from io import BytesIO

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from wildroad.report.columns import Column, cell_text, columns_of, sort_key
from wildroad.report.formats import ABSENT
from wildroad.report.parts import Figure, ReportContent, Table

# Roles of colours in the figures (wildroad.figures.style) -> colours of the page, light or dark.
PAGE_COLORS = {
    "#1d2428": "var(--ink)",
    "#5e686e": "var(--muted)",
    "#dcdfdd": "var(--line)",
    "#fefefd": "var(--paper)",
}
CSS_PIXELS_PER_POINT = 96 / 72
HEAVIEST_PNG = 200_000  # bytes


@dataclass(frozen=True)
class Cell:
    """A cell as shown, and what it sorts by."""

    text: str
    key: str
    absent: bool


@dataclass(frozen=True)
class ShownTable:
    """A table ready for the template."""

    table: Table
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    csv_link: str


def render_report(content: ReportContent) -> str:
    """Write the page; the same content gives the same text.

    Everything is inside: style, script, figures and the CSV files. A content security policy
    forbids the page to load anything else.
    """
    environment = Environment(
        loader=PackageLoader("wildroad.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"shown": show_table, "inline": inline_picture}
    template = environment.get_template("page.html")
    return template.render(
        content=content, style=_raw("style.css"), script=_raw("script.js"), tasks=TASK_NAMES
    )


TASK_NAMES = {"wildlife": "Wildlife photos", "road": "Road scenes"}


def _raw(name: str) -> Markup:
    return Markup((resources.files("wildroad.report") / "templates" / name).read_text("utf-8"))


def show_table(table: Table) -> ShownTable:
    """Write the cells of a table, and the link that saves its rows as CSV, unrounded."""
    columns = columns_of(table.frame)
    rows = tuple(
        tuple(_cell(row, column, table.absent.get((position, column.name))) for column in columns)
        for position, row in enumerate(table.frame.to_dict("records"))
    )
    return ShownTable(table, columns, rows, csv_link(table))


def _cell(row: Mapping[Hashable, object], column: Column, absent: str | None) -> Cell:
    text = absent or cell_text(row, column)
    return Cell(text, "" if absent else sort_key(row, column), bool(absent) or text == ABSENT)


def csv_link(table: Table) -> str:
    """Address that holds the whole CSV file, so that saving it needs no server and no script."""
    text = table.frame.to_csv(index=False, lineterminator="\n")
    return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}"


def inline_picture(figure: Figure) -> Markup:
    """Put a figure into the page: as SVG in the page's colours, or as pixels if it has photos."""
    if "<image" in figure.picture.svg:
        return _image_element(figure)
    return Markup(
        adapt_svg(figure.picture.svg, key=figure.key, text=figure.picture.alternative_text)
    )


def _image_element(figure: Figure) -> Markup:
    kind, image = _light_image(figure.picture.png)
    data = base64.b64encode(image).decode()
    return Markup('<img src="data:image/{};base64,{}" alt="{}">').format(
        kind, data, figure.picture.alternative_text
    )


def _light_image(png: bytes) -> tuple[str, bytes]:
    """Turn a heavy PNG into a JPEG without colour subsampling, so that a phone can open the page.

    The PNG file beside the report keeps every pixel.
    """
    if len(png) <= HEAVIEST_PNG:
        return "png", png
    buffer = BytesIO()
    Image.open(BytesIO(png)).convert("RGB").save(buffer, "jpeg", quality=90, subsampling=0)
    return "jpeg", buffer.getvalue()


def adapt_svg(svg: str, *, key: str, text: str) -> str:
    """Fit an SVG into a page.

    Identifiers get the figure's name before them, as those of two figures would clash; colours
    become the page's; the style rule that would reach all of the page goes; the size in points
    becomes a width in CSS pixels that a narrow screen may undercut.
    """
    prefix = re.sub(r"[^A-Za-z0-9_-]", "-", key)
    body = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{prefix}-', body)
    body = re.sub(r'((?:xlink:)?href="#|url\(#)', rf"\g<1>{prefix}-", body)
    for color, role in PAGE_COLORS.items():
        body = body.replace(color, role)
    return re.sub(r"<svg[^>]*>", lambda match: _svg_tag(match[0], text), body, count=1)


def _svg_tag(tag: str, text: str) -> str:
    box = re.search(r'viewBox="([^"]+)"', tag)
    if box is None:
        raise ValueError(f"an SVG needs a viewBox to be scaled; this one starts {tag[:80]!r}")
    width = float(box[1].split()[2]) * CSS_PIXELS_PER_POINT
    return str(
        Markup(
            '<svg role="img" aria-label="{}" viewBox="{}" style="--width: {}px" '
            'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        ).format(text, box[1], round(width))
    )
