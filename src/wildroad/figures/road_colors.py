"""Colours of the road classes, those of the data sets."""

from collections.abc import Sequence

from matplotlib.colors import to_hex

from wildroad.core.labels import class_colors

OUTSIDE = "other"
OUTSIDE_COLOR = "#b9b9b9"


def class_hex(classes: Sequence[str]) -> list[str]:
    """The data sets' colours of classes as hex codes; "other" is grey."""
    inside = [name for name in classes if name != OUTSIDE]
    codes = {
        name: to_hex(color / 255) for name, color in zip(inside, class_colors(inside), strict=True)
    }
    return [codes.get(name, OUTSIDE_COLOR) for name in classes]
