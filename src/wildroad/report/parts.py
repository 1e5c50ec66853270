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
        still: whether it stands for something one can touch: on paper and without scripts.
    """

    key: str
    caption: str
    picture: Picture
    folded: bool = False
    still: bool = False


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
        links: (row position, column) -> address on the page of the photos behind the number, see
            `wildroad.report.photo_links`.
    """

    title: str
    frame: pd.DataFrame
    file: str
    note: str = ""
    folded: bool = False
    absent: Mapping[tuple[int, str], str] = field(default_factory=dict)
    links: Mapping[tuple[int, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix whose cells lead to their photos.

    Attributes:
        title: whose it is, on what.
        classes: names in order, of the rows (targets) and the columns (predicted).
        counts: (target, predicted) -> photos.
        links: (target, predicted) -> address on the page of these photos.
        folded: whether it starts closed.
    """

    title: str
    classes: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]
    links: Mapping[tuple[str, str], str] = field(default_factory=dict)
    folded: bool = False
    kind: Literal["matrix"] = "matrix"


@dataclass(frozen=True)
class Card:
    """A picture of a gallery with its words.

    Attributes:
        picture: an encoded image (WebP, PNG or JPEG).
        alternative_text: what it shows.
        title: the line in bold under it.
        text: the line below that.
        link: address on the page of more about it, or "".
    """

    picture: bytes
    alternative_text: str
    title: str
    text: str = ""
    link: str = ""


@dataclass(frozen=True)
class Gallery:
    """Pictures in named groups.

    Attributes:
        title: what they are.
        groups: (name, its cards), in order.
        folded: whether it starts closed.
    """

    title: str
    groups: tuple[tuple[str, tuple[Card, ...]], ...]
    folded: bool = False
    kind: Literal["gallery"] = "gallery"


@dataclass(frozen=True)
class MaskSlider:
    """A photo under two masks, with a slider that uncovers the one or the other.

    Attributes:
        title: the line in bold under it.
        photo: an encoded image (WebP, PNG or JPEG).
        target: an encoded image of the same shape, opaque or see-through, laid over the photo.
        predicted: the same of what the model said.
        alternative_text: what photo and masks show.
        text: the line below the title.
    """

    title: str
    photo: bytes
    target: bytes
    predicted: bytes
    alternative_text: str
    text: str = ""


@dataclass(frozen=True)
class SliderGallery:
    """Sliders in named groups.

    Attributes:
        title: what they are.
        groups: (name, its sliders), in order.
        key: (colour as "#rrggbb", name) of what the masks' colours mean.
        folded: whether it starts closed.
    """

    title: str
    groups: tuple[tuple[str, tuple[MaskSlider, ...]], ...]
    key: tuple[tuple[str, str], ...] = ()
    folded: bool = False
    kind: Literal["sliders"] = "sliders"


@dataclass(frozen=True)
class FeatureSpace:
    """Dots in two and in three dimensions that the reader can turn, filter and compare.

    Attributes:
        title: what they are.
        embeddings: (model, dimensions) -> photo_id, split, class_name, x, y and perhaps z.
        colors: class -> "#rrggbb".
    """

    title: str
    embeddings: Mapping[tuple[str, int], pd.DataFrame]
    colors: Mapping[str, str]
    kind: Literal["features"] = "features"


Block = Matrix | Gallery | SliderGallery | FeatureSpace


@dataclass(frozen=True)
class Part:
    """A thought of a section: a few sentences, then figures, what one can touch, then tables."""

    title: str
    text: str = ""
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Album:
    """Photos that the page can show on demand.

    Attributes:
        pictures: photo_id -> an encoded image; a photo without one is shown by its name.
        answers: model, photo_id, split, target, predicted, confidence of these photos.
    """

    pictures: Mapping[str, bytes]
    answers: pd.DataFrame


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
        album: photos behind the numbers, or None.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    headlines: tuple[Headline, ...]
    verdicts: tuple[Verdict, ...]
    summary: tuple[Table, ...]
    sections: tuple[Section, ...]
    album: Album | None = None
