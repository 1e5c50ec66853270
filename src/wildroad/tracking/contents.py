"""Which datasets a tracker is told of, and in which words."""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256

import pandas as pd
from pydantic import BaseModel

from wildroad import core
from wildroad.core.checkpoint_facts import Checkpoint
from wildroad.figures.rendered import RenderedFigure
from wildroad.tracking.messages import Epoch, Fingerprint, Message, Picture, Scores, Table

Tracked = pd.DataFrame | RenderedFigure | Checkpoint
CURVES = ("history", "training_store")
SCORES = ("metrics", "overall_scores")


def messages_of(name: str, data: Tracked) -> Iterator[Message]:
    """Tell what a tracker gets of a dataset; tables of photos or of several models are left out.

    Tables are known by their columns, so that it makes no difference what a project calls them.
    """
    if isinstance(data, Checkpoint):
        yield Fingerprint(clean(name), sha256(core.checkpoints.encode_checkpoint(data)).hexdigest())
    elif isinstance(data, RenderedFigure):
        yield Picture(clean(name), data.png)
    elif list(data.columns[:1]) == ["epoch"]:
        yield from epochs(subject(name, CURVES), data)
    elif list(data.columns[:2]) == ["metric", "value"]:
        yield Scores(subject(name, SCORES), dict(scores(data)))
    elif is_of_classes(data):
        yield table(clean(name), data)


def epochs(name: str, history: pd.DataFrame) -> Iterator[Epoch]:
    """One message a row of a training's history."""
    for row in history.to_dict("records"):
        values = {str(key): float(value) for key, value in row.items() if key != "epoch"}
        yield Epoch(name, int(row["epoch"]), values)


def scores(metrics: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """Name and value of each figure; NAME_low and NAME_high are the ends of its interval."""
    ends = [end for end in ("low", "high") if end in metrics.columns]
    for row in metrics.to_dict("records"):
        yield row["metric"], float(row["value"])
        for end in ends:
            yield f"{row['metric']}_{end}", float(row[end])


def is_of_classes(frame: pd.DataFrame) -> bool:
    """Whether the rows are classes, or pairs of target and predicted class."""
    first = list(frame.columns[:2])
    return first[:1] == ["class_name"] or first == ["target", "predicted"]


def table(name: str, frame: pd.DataFrame) -> Table:
    """A table in plain values."""
    parts = frame.to_dict("split", index=False)
    csv = frame.to_csv(index=False, lineterminator="\n")
    return Table(name, csv, [str(column) for column in parts["columns"]], parts["data"])


def subject(name: str, endings: tuple[str, ...]) -> str:
    """What a dataset is of: its name without the ending that says what it holds.

    >>> subject("convnet_history", CURVES), subject("night.convnet.history", CURVES)
    ('convnet', 'night.convnet')
    """
    for ending in endings:
        if name.endswith(ending):
            return clean(name.removesuffix(ending).rstrip("_.") or name)
    return clean(name)


def clean(name: str) -> str:
    """A name of letters, digits and ``_ . / -``, which every tracker takes."""
    return re.sub(r"[^\w./-]", "_", name)


def flattened(values: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Nested parameters, plain or checked by their models, by dotted name and as text.

    >>> flattened({"split": {"train": 0.7, "shares": [1, 2]}, "seed": 3})
    {'split.train': '0.7', 'split.shares': '[1, 2]', 'seed': '3'}
    """
    flat: dict[str, str] = {}
    for key, value in values.items():
        name = clean(f"{prefix}{key}")
        inner = value.model_dump() if isinstance(value, BaseModel) else value
        flat |= flattened(inner, f"{name}.") if isinstance(inner, Mapping) else {name: str(inner)}
    return flat
