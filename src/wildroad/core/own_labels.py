"""Label spaces of one's own, and any label space as a table that travels with its masks."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wildroad.core.labels import IGNORED, Color, Label, LabelSpace

TABLE_COLUMNS = [
    "label_space", "label", "id", "class_name", "class_index", "red", "green", "blue",
    "has_instances", "members", "merged",
]  # fmt: skip
_BLACK = (0, 0, 0)


@dataclass(frozen=True)
class OwnLabel:
    """One row of a label table of one's own.

    Attributes:
        id: Value in the masks, 0..255.
        name: What it is called; "" for the name of its class.
        class_name: Class that it belongs to, "" where it is ignored as target.
        color: Red, green and blue; None is allowed for ignored labels, which are black then.
    """

    id: int
    name: str
    class_name: str
    color: Color | None


def own_label_space(
    name: str, labels: Sequence[OwnLabel], classes: Sequence[str] | None = None
) -> LabelSpace:
    """Make a label space from a table of one's own.

    Args:
        name: What tables and the report call it.
        labels: Every id that the masks may hold.
        classes: The classes in their order; None takes those of the labels as they come.

    Raises:
        ValueError: An id or a name stands twice, 255 is of a class, a class has no label or no
            colour, a label is of no class of ``classes``, or there are fewer than two classes.
    """
    order = tuple(dict.fromkeys(one.class_name for one in labels if one.class_name))
    _check(name, labels, order, tuple(order if classes is None else classes))
    order = order if classes is None else tuple(classes)
    index = {one: number for number, one in enumerate(order)}
    made = [
        Label(
            id=one.id,
            name=_label_name(one),
            class_index=index.get(one.class_name),
            color=one.color or _BLACK,
            has_instances=False,
            members=(_label_name(one),),
        )
        for one in labels
    ]
    return LabelSpace(name, tuple(made), order, {})


def _label_name(label: OwnLabel) -> str:
    return label.name or label.class_name or f"id {label.id}"


def _check(
    space: str, labels: Sequence[OwnLabel], used: Sequence[str], classes: Sequence[str]
) -> None:
    problems = [
        *_named("the id stands twice", _twice(one.id for one in labels)),
        *_named("the label stands twice", _twice(map(_label_name, labels))),
        *_named("the class stands twice in classes", _twice(classes)),
        *_named("no label is of the class", [name for name in classes if name not in used]),
        *_named("the class is not among classes", [name for name in used if name not in classes]),
        *_named(
            "red, green and blue are missing for the label",
            [_label_name(one) for one in labels if one.class_name and one.color is None],
        ),
        *_named(
            f"{IGNORED} means ignored and can't be the id of the class",
            [one.class_name for one in labels if one.id == IGNORED and one.class_name],
        ),
    ]
    if len(classes) < 2:
        problems.append(f"there must be two classes or more, not {list(classes)}")
    if problems:
        raise ValueError(f"the labels of {space!r} can't be used: {'; '.join(problems)}")


def _named(what: str, which: Iterable[int | str]) -> list[str]:
    return [f"{what}: {', '.join(map(str, names))}"] if (names := list(which)) else []


def _twice(values: Iterable[int | str]) -> list[int | str]:
    return [value for value, times in Counter(values).items() if times > 1]


def space_table(space: LabelSpace) -> pd.DataFrame:
    """Write a label space as a table, one row a label, in the order of its labels.

    Returns:
        ``TABLE_COLUMNS``: class_name is "" and class_index is missing where a label is ignored;
        members and merged hold names joined by "; ".
    """
    rows = [
        (
            space.name,
            label.name,
            label.id,
            name := "" if label.class_index is None else space.classes[label.class_index],
            label.class_index,
            *label.color,
            label.has_instances,
            "; ".join(label.members),
            "; ".join(space.merged.get(name, ())),
        )
        for label in space.labels
    ]
    table = pd.DataFrame(rows, columns=TABLE_COLUMNS)
    return table.astype({"class_index": "Int64"})


def space_of_table(table: pd.DataFrame) -> LabelSpace:
    """Read a label space from what ``space_table`` wrote.

    >>> from wildroad.core.labels import label_space
    >>> space_of_table(space_table(label_space("idd_level3"))) == label_space("idd_level3")
    True
    """
    rows = table.to_dict("records")
    labels = tuple(_label_of(row) for row in rows)
    evaluated = {int(row["class_index"]): row for row in rows if row["class_name"]}
    classes = tuple(evaluated[index]["class_name"] for index in range(len(evaluated)))
    merged = {row["class_name"]: _split(row["merged"]) for row in rows if row["merged"]}
    return LabelSpace(str(table["label_space"].iloc[0]), labels, classes, merged)


def _label_of(row: Mapping[Hashable, Any]) -> Label:
    return Label(
        id=int(row["id"]),
        name=row["label"],
        class_index=int(row["class_index"]) if row["class_name"] else None,
        color=(int(row["red"]), int(row["green"]), int(row["blue"])),
        has_instances=bool(row["has_instances"]),
        members=_split(row["members"]),
    )


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split("; ")) if text else ()
