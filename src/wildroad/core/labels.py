"""Label tables of the road data sets, and what each id space can express.

A *label* is an entry of a data set's own table; a *class* is what is evaluated. The tables lie
as CSV files in ``core/tables`` and nowhere else. Several labels may share one id of a space:
``Label.members`` names them all, and ``LabelSpace.merged`` says what that does to a class.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
import pandas as pd
from numpy.typing import NDArray

IGNORED = 255
"""Value of ignored pixels in class masks, and of labels that a uint8 mask has no room for."""

Color = tuple[int, int, int]

_COLUMNS = {
    "idd_id": ("idd", "id"),
    "idd_csid": ("idd", "cs_id"),
    "idd_cstrainid": ("idd", "cs_train_id"),
    "idd_level4": ("idd", "level4_id"),
    "idd_level3": ("idd", "level3_id"),
    "idd_level2": ("idd", "level2_id"),
    "idd_level1": ("idd", "level1_id"),
    "cityscapes_id": ("cityscapes", "id"),
    "cityscapes_trainid": ("cityscapes", "train_id"),
}
_LEVELS = {"idd_level2": 2, "idd_level1": 1}

SPACES: tuple[str, ...] = (*_COLUMNS, "road18")
"""Names of the label spaces there are."""


@dataclass(frozen=True)
class Label:
    """One id of a label space.

    Attributes:
        id: Value in a target mask, 0..255.
        name: The data set's name. Labels that share the id are joined by "+", or named by their
            class in a space with classes of its own; several stored as 255 are "void".
        class_index: Index of the evaluated class, None where ignored as target.
        color: Red, green and blue of the data set.
        has_instances: Whether the data set tells instances of the label apart.
        members: Names of the labels of the data set that are stored as this id.
    """

    id: int
    name: str
    class_index: int | None
    color: Color
    has_instances: bool
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabelSpace:
    """What the values of a target mask mean.

    Attributes:
        name: One of ``SPACES``, or a name of one's own.
        labels: The labels in the order of the data set's table.
        classes: Evaluated classes, in the order of ``Label.class_index``.
        merged: Class -> names of foreign labels that this space can't tell from it.
    """

    name: str
    labels: tuple[Label, ...]
    classes: tuple[str, ...]
    merged: Mapping[str, tuple[str, ...]]

    def class_table(self) -> NDArray[np.uint8]:
        """Map ids to class indices: shape (256,), IGNORED for ignored and unknown ids."""
        table = np.full(256, IGNORED, dtype=np.uint8)
        for label in self.labels:
            if label.class_index is not None:
                table[label.id] = label.class_index
        return table

    def known_ids(self) -> frozenset[int]:
        """List the values that a target mask in this space may hold."""
        return frozenset(label.id for label in self.labels)

    def palette(self) -> NDArray[np.uint8]:
        """Give the data set's colours: shape (256, 3), black for unknown ids."""
        palette = np.zeros((256, 3), dtype=np.uint8)
        for label in self.labels:
            palette[label.id] = label.color
        return palette

    def class_colors(self) -> NDArray[np.uint8]:
        """Give the colour of each class, that of its first label: shape (K, 3)."""
        first: dict[int | None, Color] = {}
        for label in self.labels:
            first.setdefault(label.class_index, label.color)
        colors = [first[index] for index in range(len(self.classes))]
        return np.array(colors, dtype=np.uint8).reshape(-1, 3)

    def contaminated(self) -> frozenset[str]:
        """Name the classes with more foreign labels than their own one: their scores mean nothing.

        In level 3 the Train id also holds trailers, caravans and vehicle fallback.
        """
        return frozenset(name for name, foreign in self.merged.items() if len(foreign) > 1)


@lru_cache
def _table(name: str) -> pd.DataFrame:
    with (resources.files("wildroad.core") / "tables" / f"{name}.csv").open() as file:
        return pd.read_csv(file)


def idd_labels() -> pd.DataFrame:
    """Read the label table of IDD, one row a label, with its id in every space."""
    return _table("idd_labels").copy()


def cityscapes_labels() -> pd.DataFrame:
    """Read the label table of Cityscapes, one row a label, with its id and train id."""
    return _table("cityscapes_labels").copy()


def road_classes() -> pd.DataFrame:
    """Read the eighteen evaluated classes with their names and ids in both data sets."""
    return _table("road_classes").copy()


ROAD_CLASSES: tuple[str, ...] = tuple(_table("road_classes")["class"])
"""The eighteen evaluated classes."""


def _color(row: pd.Series) -> Color:
    return (int(row["red"]), int(row["green"]), int(row["blue"]))


def _stored(values: pd.Series) -> pd.Series:
    """Put ids that a uint8 mask can't hold (-1, 355) where the official tools put them: on 255."""
    return values.where(values.between(0, 255), IGNORED)


def _classes(name: str) -> tuple[str, ...]:
    if name not in _LEVELS:
        return ROAD_CLASSES
    levels = _table("idd_level_classes")
    return tuple(levels.loc[levels["level"] == _LEVELS[name], "class"])


def _class_by_label(name: str, dataset: str, stored: Mapping[str, int]) -> dict[str, int]:
    """Map the names of the labels that are evaluated in a space to their class indices."""
    if name in _LEVELS:
        return {label: value for label, value in stored.items() if value != IGNORED}
    return {label: index for index, label in enumerate(_table("road_classes")[f"{dataset}_name"])}


def _label_name(value: int, members: Sequence[str], own_classes: Sequence[str]) -> str:
    if value == IGNORED and len(members) > 1:
        return "void"
    return own_classes[value].lower() if own_classes else " + ".join(members)


def _label(
    value: int, rows: pd.DataFrame, class_of: Mapping[str, int], own_classes: Sequence[str]
) -> Label:
    members = tuple(rows["name"])
    own = next((row for _, row in rows.iterrows() if row["name"] in class_of), rows.iloc[0])
    return Label(
        id=value,
        name=_label_name(value, members, own_classes),
        class_index=class_of.get(own["name"]),
        color=_color(own),
        has_instances=bool(own["has_instances"]),
        members=members,
    )


def _merged(
    labels: Sequence[Label], classes: Sequence[str], class_of: Mapping[str, int]
) -> dict[str, tuple[str, ...]]:
    foreign = {
        classes[label.class_index]: tuple(name for name in label.members if name not in class_of)
        for label in labels
        if label.class_index is not None
    }
    return {name: names for name, names in foreign.items() if names}


def _dataset_space(name: str) -> LabelSpace:
    dataset, column = _COLUMNS[name]
    table = _table(f"{dataset}_labels")
    values = _stored(table[column])
    stored = dict(zip(table["name"], values, strict=True))
    class_of = _class_by_label(name, dataset, stored)
    groups = table.groupby(values, sort=False)
    classes = _classes(name)
    own = classes if name in _LEVELS else ()
    labels = tuple(_label(int(str(value)), rows, class_of, own) for value, rows in groups)
    return LabelSpace(name, labels, classes, _merged(labels, classes, class_of))


def _road_space() -> LabelSpace:
    instances = _table("cityscapes_labels").set_index("name")["has_instances"]
    labels = [
        Label(index, row["class"], index, _color(row), bool(instances[row["cityscapes_name"]]))
        for index, (_, row) in enumerate(_table("road_classes").iterrows())
    ]
    labels.append(Label(IGNORED, "void", None, (0, 0, 0), False))
    return LabelSpace("road18", tuple(labels), ROAD_CLASSES, {})


@lru_cache
def label_space(name: str) -> LabelSpace:
    """Look up a label space by name.

    ``idd_id`` and ``cityscapes_id`` are what polygons are drawn in; levels 4 and 3 merge foreign
    labels into some of the eighteen classes; levels 2 and 1 are coarser and have classes of
    their own; ``road18`` holds class indices.

    Args:
        name: One of ``SPACES``.

    Raises:
        ValueError: There is no such space.
    """
    if name == "road18":
        return _road_space()
    if name not in _COLUMNS:
        raise ValueError(f"There is no label space {name!r}; there are {', '.join(SPACES)}.")
    return _dataset_space(name)


@lru_cache
def color_by_class() -> dict[str, Color]:
    """Map the names of the eighteen classes and of IDD's levels 2 and 1 to their colours."""
    return {
        space.classes[label.class_index]: label.color
        for space in map(label_space, (*_LEVELS, "road18"))
        for label in space.labels
        if label.class_index is not None
    }


def class_colors(classes: Sequence[str]) -> NDArray[np.uint8]:
    """Give the data sets' own colours of classes.

    Args:
        classes: K class names, of the eighteen or of IDD's levels 2 and 1.

    Returns:
        Red, green and blue, shape (K, 3).

    Raises:
        ValueError: A name is no class.
    """
    colors = color_by_class()
    if unknown := [name for name in classes if name not in colors]:
        raise ValueError(f"{unknown[0]!r} is no class with a colour; there are {list(colors)}.")
    return np.array([colors[name] for name in classes], dtype=np.uint8).reshape(-1, 3)
