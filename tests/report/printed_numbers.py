"""Numbers of a report's page, and the files beside it that have to hold them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from bs4 import BeautifulSoup, Tag

from wildroad.datasets.table import TableDataset
from wildroad.report.columns import cell_text, columns_of

NUMBER = re.compile(r"[+−-]?\d+(?:,\d{3})*(?:\.\d+)?")
ELSEWHERE = "script, style, svg, table, dialog, .size, .features .note, .under > span, footer"
"""What holds no number of the run: charts' axes, row counts; tables are compared cell by cell."""


def written_tables(results: Path) -> dict[str, pd.DataFrame]:
    """Tables that lie beside the report, by file name: CSV files, and those in its JSON."""
    values = json.loads((results / "report.json").read_text())
    parts = [part for section in values["sections"] for part in section["parts"]]
    shown = [*values["summary"], *(table for part in parts for table in part["tables"])]
    derived = {one["file"]: pd.DataFrame(one["rows"]) for one in shown if "rows" in one}
    files = {
        path.name: TableDataset(filepath=str(path)).load()
        for path in (results / "tables").glob("*.csv")
    }
    return files | derived


def cell_differences(page: BeautifulSoup, tables: dict[str, pd.DataFrame]) -> Iterator[str]:
    """Name each cell of a shown table that says something else than its file does."""
    for shown in page.select("table[data-file]"):
        frame = tables[shown["data-file"]]
        columns = columns_of(frame)
        rows = shown.select("tbody tr")
        if len(rows) != len(frame):
            yield f"{shown['data-file']}: {len(rows)} rows shown, {len(frame)} in the file"
            continue
        for row, values in zip(rows, frame.to_dict("records"), strict=True):
            for cell, column in zip(row.find_all(["td", "th"]), columns, strict=True):
                expected = cell_text(values, column)
                found = cell.get_text()
                if found != expected and "absent" not in cell["class"]:
                    yield f"{shown['data-file']}, {column.name}: {found!r}, not {expected!r}"


def matrix_differences(page: BeautifulSoup, confusion: pd.DataFrame) -> Iterator[str]:
    """Name each cell of a confusion matrix that says something else than the table does."""
    models = list(dict.fromkeys(confusion["model"]))
    for model, shown in zip(models, page.select("table.matrix"), strict=True):
        counts = confusion[confusion["model"] == model]["photos"]
        cells = shown.select("tbody td:not(.total)")
        for cell, expected in zip(cells, counts, strict=True):
            if cell.get_text() != (str(expected) if expected else "·"):
                yield f"matrix of {model}: {cell.get_text()}, not {expected}"


def prose(page: BeautifulSoup) -> list[str]:
    """Sentences of the page that hold a number, without those inside tables and charts."""
    bare = BeautifulSoup(str(page), "html.parser")
    for element in bare.select(ELSEWHERE):
        element.decompose()
    main = [one for one in bare.find_all(["p", "li", "dd", "dt", "figcaption", "h4", "h5", "span"])]
    return [text for one in main if NUMBER.search(text := _own_text(one))]


def _own_text(element: Tag) -> str:
    return " ".join(element.get_text(" ", strip=True).split())


def numbers_missing(sentences: list[str], results: Path, tables: dict[str, pd.DataFrame]) -> set:
    """Sentences with a number that is in no file beside the report."""
    told = json.loads((results / "report.json").read_text())
    known = set(NUMBER.findall(json.dumps(told, ensure_ascii=False)))
    for table in tables.values():
        for column in columns_of(table):
            for row in table.to_dict("records"):
                known |= set(NUMBER.findall(cell_text(row, column)))
    return {
        (sentence, number)
        for sentence in sentences
        for number in NUMBER.findall(sentence)
        if number not in known
    }
