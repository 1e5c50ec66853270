"""What ``params:DOMAIN.data_set`` may hold: a segmentation set of one's own, in YAML or CSV."""

import csv
from io import StringIO
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from wildroad.core.layouts import folder_layout
from wildroad.core.own_labels import OwnLabel, own_label_space
from wildroad.core.scenes import OwnScenes
from wildroad.options import Options

Byte = Annotated[int, Field(ge=0, le=255)]
CSV_COLUMNS = ("id", "label", "class_name", "red", "green", "blue")


class LabelOptions(Options):
    """One id of the masks.

    Attributes:
        id: Value in the masks, 0..255.
        label: What it is called; the name of its class where it is not given.
        class_name: Class that it belongs to; null where it is ignored as target.
        color: Red, green and blue; needed where there is a class.
    """

    id: Byte
    label: str = ""
    class_name: str = ""
    color: tuple[Byte, Byte, Byte] | None = None

    @field_validator("label", "class_name", mode="before")
    @classmethod
    def _is_text(cls, value: object) -> object:
        return "" if value is None else value


class OwnScenesOptions(Options):
    """Scenes and masks in two folders, and what the ids of the masks mean.

    Attributes:
        name: What tables and the report call the label space.
        photos: Folder of the photos, below that of the domain; folders in it are drives, and the
            first may be train, val or test.
        masks: Folder of the masks: PNGs with one id a pixel, in folders of the same names.
        photo_ending: What the name of a photo has after that of its frame, such as "_rgb".
        mask_ending: What the name of a mask has there, such as "_mask".
        labels: Every id that the masks may hold: a list, or CSV with the columns id, label,
            class_name, red, green and blue.
        classes: The classes in their order; null takes those of the labels as they come.
    """

    name: str = Field(min_length=1)
    photos: str = "images"
    masks: str = "masks"
    photo_ending: str = ""
    mask_ending: str = ""
    labels: tuple[LabelOptions, ...]
    classes: tuple[str, ...] | None = None

    @field_validator("labels", mode="before")
    @classmethod
    def _from_csv(cls, labels: object) -> object:
        return rows_of_csv(labels) if isinstance(labels, str) else labels

    @model_validator(mode="after")
    def _makes_sense(self) -> "OwnScenesOptions":
        if self.photos.strip("/") == self.masks.strip("/"):
            raise ValueError(
                f"photos and masks are both in {self.photos!r}: put them in two folders"
            )
        own_label_space(self.name, self._own_labels(), self.classes)
        return self

    def _own_labels(self) -> list[OwnLabel]:
        return [OwnLabel(one.id, one.label, one.class_name, one.color) for one in self.labels]

    @property
    def scenes(self) -> OwnScenes:
        """Where the files lie, and what the ids of the masks mean."""
        layout = folder_layout(
            self.photos.strip("/"),
            self.masks.strip("/"),
            photo_ending=self.photo_ending,
            mask_ending=self.mask_ending,
            space=self.name,
        )
        return OwnScenes(layout, own_label_space(self.name, self._own_labels(), self.classes))


def rows_of_csv(text: str) -> list[dict[str, Any]]:
    """Read labels from CSV as the list that YAML would hold.

    >>> rows_of_csv("id, label, class_name, red, green, blue" + chr(10) + "7,,Leaf,0,90,0")
    [{'id': '7', 'label': '', 'class_name': 'Leaf', 'color': ('0', '90', '0')}]

    Raises:
        ValueError: The columns are others.
    """
    reader = csv.DictReader(StringIO(text.strip()), strict=True, skipinitialspace=True)
    columns = tuple(name.strip() for name in reader.fieldnames or ())
    if sorted(columns) != sorted(CSV_COLUMNS):
        raise ValueError(
            f"labels as CSV need the columns {','.join(CSV_COLUMNS)}, not {','.join(columns)}"
        )
    reader.fieldnames = list(columns)
    return [_row(row) for row in reader]


def _row(row: dict[str | Any, Any]) -> dict[str, Any]:
    cells = {name: (value or "").strip() for name, value in row.items() if name in CSV_COLUMNS}
    if row.keys() != set(CSV_COLUMNS) or None in row.values():
        raise ValueError(f"a row of the labels has not {len(CSV_COLUMNS)} cells: {cells}")
    color = tuple(cells.pop(name) for name in ("red", "green", "blue"))
    return {**cells, "color": color if any(color) else None}
