"""A table as the page shows it: text, what it sorts by, a bar where that helps, links to photos."""

import base64
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from wildroad.report.columns import Column, cell_text, columns_of, sort_key
from wildroad.report.formats import ABSENT
from wildroad.report.parts import Table
from wildroad.report.photo_links import photo_links

BARS = frozenset(
    [
        *("iou", "dice", "precision", "recall", "f1", "top1", "macro_f1", "mean_iou", "mean_dice"),
        *("frequency_weighted_iou", "pixel_accuracy", "accuracy", "train_accuracy"),
        *("val_accuracy", "iou_cityscapes", "iou_idd", "val_mean_iou"),
    ]
)
"""Scores from 0 to 1, larger is better, that get a bar under the number."""


@dataclass(frozen=True)
class Cell:
    """A cell as shown.

    Attributes:
        text: what it says.
        key: what it sorts by.
        absent: whether it says that there is no number.
        link: address of the photos behind it, or "".
        bar: length of its bar in per cent, or "".
    """

    text: str
    key: str
    absent: bool
    link: str = ""
    bar: str = ""


@dataclass(frozen=True)
class ShownTable:
    """A table ready for the template."""

    table: Table
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    csv_link: str


def show_table(table: Table, photos: frozenset[str] = frozenset()) -> ShownTable:
    """Write the cells of a table, and the link that saves its rows as CSV, unrounded.

    Args:
        table: what to show.
        photos: those that the page can open; without any, no number is a link.
    """
    columns = columns_of(table.frame)
    links = {**table.links, **photo_links(table, photos)} if photos else {}
    rows = tuple(
        tuple(
            _cell(row, column, table.absent.get(place), links.get(place, ""))
            for column in columns
            for place in [(position, column.name)]
        )
        for position, row in enumerate(table.frame.to_dict("records"))
    )
    return ShownTable(table, columns, rows, csv_link(table))


def _cell(row: Mapping[Hashable, object], column: Column, absent: str | None, link: str) -> Cell:
    text = absent or cell_text(row, column)
    key = "" if absent else sort_key(row, column)
    missing = bool(absent) or text == ABSENT
    bar = f"{100 * float(key):.1f}" if column.name in BARS and column.numeric and key else ""
    return Cell(text, key, missing, "" if missing else link, bar)


def csv_link(table: Table) -> str:
    """Address that holds the whole CSV file, so that saving it needs no server and no script."""
    text = table.frame.to_csv(index=False, lineterminator="\n")
    return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}"
