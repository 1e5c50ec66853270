"""What a report is made of: plain values, no HTML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import pandas as pd

Task = Literal["wildlife", "road", ""]


class Picture(Protocol):
    """A drawn figure, as `wildroad.figures.rendered.RenderedFigure` is one."""

    @property
    def png(self) -> bytes:
        """The picture as PNG, two pixels per CSS pixel."""

    @property
    def svg(self) -> str:
        """The picture as SVG, starting at its `<svg` tag."""

    @property
    def alternative_text(self) -> str:
        """What the picture shows, in words."""


@dataclass(frozen=True)
class Figure:
    """A picture with its caption.

    Attributes:
        key: unique name in the report, made of letters, digits, "_", "-" and ".".
        caption: one line under the picture.
        picture: the drawn figure.
        folded: whether it starts closed; for tall ones.
    """

    key: str
    caption: str
    picture: Picture
    folded: bool = False


@dataclass(frozen=True)
class Table:
    """A table that the reader can sort and take along.

    Attributes:
        title: what it holds.
        frame: the rows, with every number unrounded.
        file: name of the CSV file with the same rows.
        note: how to read it, one or two sentences.
        folded: whether it starts closed; for long ones.
        absent: (row position, column) -> what stands there instead of "n/a".
    """

    title: str
    frame: pd.DataFrame
    file: str
    note: str = ""
    folded: bool = False
    absent: Mapping[tuple[int, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """A thought of a section: a few sentences, then figures, then tables."""

    title: str
    text: str = ""
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Section:
    """A chapter of the report; one without parts was not run.

    Attributes:
        id: its anchor on the page.
        title: its heading.
        lead: one or two sentences in larger type.
        parts: what it holds.
        task: whose accent colour it wears.
    """

    id: str
    title: str
    lead: str
    parts: tuple[Part, ...]
    task: Task = ""


@dataclass(frozen=True)
class Verdict:
    """A sentence that follows from the numbers, and the task it is about."""

    task: Task
    text: str


@dataclass(frozen=True)
class Headline:
    """One large number of the first screen.

    Attributes:
        task: whose accent colour it wears.
        label: what is measured, on what.
        value: the number as shown.
        detail: its interval, or what it is held against.
    """

    task: Task
    label: str
    value: str
    detail: str


@dataclass(frozen=True)
class ReportContent:
    """Everything that the page shows, in order.

    Attributes:
        title: heading of the page.
        facts: what was run on which data, as (name, value).
        warnings: what the reader has to know before believing a number.
        headlines: the large numbers of the first screen.
        verdicts: sentences computed from the numbers.
        summary: the tables under the verdicts.
        sections: the chapters.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    headlines: tuple[Headline, ...]
    verdicts: tuple[Verdict, ...]
    summary: tuple[Table, ...]
    sections: tuple[Section, ...]
