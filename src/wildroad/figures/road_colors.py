"""Colours of the classes of scenes, those of the data sets."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.colors import to_hex

from wildroad.core.labels import class_colors

OUTSIDE = "other"
OUTSIDE_COLOR = "#b9b9b9"


def class_hex(classes: Sequence[str], colors: Mapping[str, str] | None = None) -> list[str]:
    """The data sets' colours of classes as hex codes; "other" is grey.

    Args:
        classes: Names of classes.
        colors: Class -> hex code, see ``own_colors``; needed for those that are not of IDD or
            Cityscapes.
    """
    codes = dict(colors or {})
    missing = [name for name in classes if name != OUTSIDE and name not in codes]
    for name, color in zip(missing, class_colors(missing), strict=True):
        codes[name] = to_hex(color / 255)
    return [OUTSIDE_COLOR if name == OUTSIDE else codes[name] for name in classes]


def own_colors(labels: pd.DataFrame) -> dict[str, str]:
    """Colour of each class as hex code, where domains differ that of the first.

    Args:
        labels: label_spaces (class_name, red, green, blue, ...).
    """
    first = labels[labels["class_name"] != ""].drop_duplicates("class_name")
    shades = first[["red", "green", "blue"]].to_numpy(dtype=float) / 255
    return {
        str(name): to_hex(shade) for name, shade in zip(first["class_name"], shades, strict=True)
    }
