"""All that a report says, as plain values: for programs, and so that every number is in a file."""

import json
from dataclasses import asdict, fields
from typing import Any

from wildroad.report.parts import Part, ReportContent, Section, Table
from wildroad.report.tables import ReportTables

IN_FILES = frozenset(f"{field.name}.csv" for field in fields(ReportTables))
"""Tables that lie in CSV files of their own, from where the report has them."""


def plain_values(content: ReportContent) -> dict[str, Any]:
    """Words, large numbers and derived tables of a report, ready for JSON.

    Tables that the report reads from CSV files are named, not repeated.
    """
    return {
        "title": content.title,
        "facts": dict(content.facts),
        "warnings": list(content.warnings),
        "headlines": [asdict(headline) for headline in content.headlines],
        "verdicts": [asdict(verdict) for verdict in content.verdicts],
        "summary": [_table(table) for table in content.summary],
        "sections": [_section(section) for section in content.sections],
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "id": section.id,
        "title": section.title,
        "lead": section.lead,
        "task": section.task,
        "parts": [_part(part) for part in section.parts],
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "title": part.title,
        "text": part.text.splitlines(),
        "figures": [
            {"name": one.key, "caption": one.caption, "shows": one.picture.alternative_text}
            for one in part.figures
        ],
        "tables": [_table(table) for table in part.tables],
    }


def _table(table: Table) -> dict[str, Any]:
    about = {"title": table.title, "file": table.file, "note": table.note}
    if table.file in IN_FILES:
        return about
    return about | {"rows": json.loads(table.frame.to_json(orient="records", double_precision=15))}
