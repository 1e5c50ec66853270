"""Model cards in Markdown, with the fields of those on the Hugging Face Hub.

What a card says is computed from tables (``classifier_card``, ``segmenter_card``); how it is said
stands in the templates ``classifier_card.md`` and ``segmenter_card.md``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

Task = Literal["classifier", "segmenter"]
LINE = 10_000  # characters; a long line of YAML stays one


@dataclass(frozen=True)
class CardTable:
    """A table of a card, written out.

    Attributes:
        title: What it holds.
        headings: Of its columns; the first is of text, the others of numbers.
        rows: Cells as they are shown.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ModelCard:
    """Everything that a card says of one model.

    Attributes:
        name: The model's name: that of its checkpoint file.
        task: Which template tells of it.
        metadata: The YAML block on top.
        summary: What it is and how good, in one or two sentences.
        caution: What comes before all numbers, or "".
        details: (name, value) of the model itself.
        training_data: Sentences.
        procedure: (name, value) of its training.
        settings: (name, value) as configured when the card was written.
        tables: Scores with intervals and baseline.
        findings: Sentences that follow from the scores.
        limitations: What a user has to know before believing a number.
        compute: (name, value) of machine and versions.
        sha256: Checksum of the checkpoint file.
        classes: Names of what it tells apart.
    """

    name: str
    task: Task
    metadata: Mapping[str, object]
    summary: str
    caution: str
    details: tuple[tuple[str, str], ...]
    training_data: tuple[str, ...]
    procedure: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    tables: tuple[CardTable, ...]
    findings: tuple[str, ...]
    limitations: tuple[str, ...]
    compute: tuple[tuple[str, str], ...]
    sha256: str
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """One entry of the ``model-index``.

    Attributes:
        kind: Identifier of the metric on the Hub, such as "accuracy".
        name: As a person says it.
        value: The score.
        low: Lower end of its 95 % interval, or NaN.
        high: Upper end.
    """

    kind: str
    name: str
    value: float
    low: float = math.nan
    high: float = math.nan


def render_card(card: ModelCard) -> str:
    """Write a card; the same card gives the same text."""
    environment = Environment(
        loader=PackageLoader("wildroad.report"),
        autoescape=False,  # it is Markdown, not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["cell"] = escape_cell
    front_matter = yaml.safe_dump(
        dict(card.metadata), sort_keys=False, allow_unicode=True, width=LINE
    )
    template = environment.get_template(f"{card.task}_card.md")
    return template.render(card=card, front_matter=front_matter)


def missing_card(name: str) -> str:
    """Write what stands in place of a card where there is no such model."""
    return (
        f"# {name}\n\nNo model of this name has been trained in this run, so there is nothing to"
        " tell of it. `kedro registry list` shows the pipelines that train models.\n"
    )


def escape_cell(text: str) -> str:
    r"""Keep a text within its cell of a Markdown table.

    >>> print(escape_cell("a|b"))
    a\|b
    """
    return text.replace("|", "\\|").replace("\n", " ")


def model_index(
    name: str, *, task: tuple[str, str], results: Mapping[tuple[str, str], tuple[Score, ...]]
) -> list[dict[str, object]]:
    """Write scores in the form of the Hub's ``model-index``; those that are NaN are left out.

    Args:
        name: The model's.
        task: Identifier and name of the task.
        results: (identifier, name) of a data set -> scores on its test part.
    """
    entries = [
        {
            "task": {"type": task[0], "name": task[1]},
            "dataset": {"type": kind, "name": title, "split": "test"},
            "metrics": [_metric(one) for one in scores if not math.isnan(one.value)],
        }
        for (kind, title), scores in results.items()
    ]
    return [{"name": name, "results": entries}]


def _metric(score: Score) -> dict[str, object]:
    entry: dict[str, object] = {
        "type": score.kind,
        "name": score.name,
        "value": round(score.value, 6),
    }
    if not math.isnan(score.low):
        ends = {"low": round(score.low, 6), "high": round(score.high, 6)}
        entry["args"] = {"confidence_level": 0.95, **ends}
    return entry
