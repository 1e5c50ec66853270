"""Each class in two scenes: where it is, and the scene's mask in the data sets' own colours.

Shapes: H rows, W columns, K classes.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray
from PIL import Image

from wildroad.core.masks import resize_mask
from wildroad.figures.gallery import color_table
from wildroad.figures.rendered import RenderedFigure, render
from wildroad.figures.style import MUTED, new_figure, styled

Pixels = NDArray[np.uint8]
WIDEST = 360
"""Scenes are drawn at most this many pixels wide."""
EXAMPLES = 2


class Example(NamedTuple):
    """A scene that shows a class.

    Attributes:
        photo: H x W x 3.
        mask: H x W class mask (0..K-1, IGNORED).
    """

    photo: Pixels
    mask: Pixels


@styled()
def class_gallery(
    examples: Mapping[str, Sequence[Example]], classes: Sequence[str], colors: Pixels
) -> RenderedFigure:
    """One row a class: in each of two scenes the class alone in colour, and the whole mask.

    Args:
        examples: Class -> up to two scenes that show it, see ``small_example``; a class in no scene
            may be absent.
        classes: K names in the order of the mask's values.
        colors: K x 3, the data sets' colours of the classes.
    """
    shapes = [one.mask.shape for several in examples.values() for one in several] or [(1, 2)]
    ratio = float(np.median([height / width for height, width in shapes]))
    figure = new_figure(width=10.0, height=len(classes) * (2.45 * ratio + 0.06) + 0.9)
    panels = figure.subplots(len(classes), 2 * EXAMPLES, squeeze=False)
    for number, (name, axes) in enumerate(zip(classes, panels, strict=True)):
        draw_class(axes, name, number, examples.get(name, ()), colors)
        for empty in axes[2 * len(examples.get(name, ())) :]:
            empty.set(xlim=(0, 1), ylim=(0, ratio), aspect="equal")
    handles = [
        Patch(color=tuple(color / 255), label=name)
        for name, color in zip(classes, colors, strict=True)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=7)
    return render(
        figure,
        alternative_text=f"Two scenes for each of the classes {', '.join(classes)}: the class alone"
        " in colour, and the mask.",
    )


def draw_class(
    axes: Sequence[Axes], name: str, number: int, examples: Sequence[Example], colors: Pixels
) -> None:
    """Draw the row of one class."""
    table = color_table(colors)
    for panel in axes:
        panel.set_axis_off()
    axes[0].set_title(name, loc="left", fontsize=9, fontweight="bold", pad=3)
    pairs = list(zip(axes[::2], axes[1::2], strict=True))
    for (photo_axes, mask_axes), example in zip(pairs[: len(examples)], examples, strict=True):
        photo_axes.imshow(highlight(example, number, colors[number]), interpolation="antialiased")
        # Nearest: smoothing would invent labels between labels.
        mask_axes.imshow(table[example.mask], interpolation="nearest")
    if not examples:
        axes[0].text(0.02, 0.2, "in no scene", color=MUTED, style="italic", va="center")


def highlight(example: Example, number: int, color: NDArray[np.uint8]) -> Pixels:
    """The photo in pale gray, but the pixels of one class in their colours, tinted with its own."""
    gray = example.photo.mean(axis=2, keepdims=True) * 0.35 + 150
    here = (example.mask == number)[..., None]
    tinted = 0.6 * example.photo + 0.4 * color
    return np.where(here, tinted, gray).astype(np.uint8)


def small_example(photo: Pixels, mask: Pixels) -> Example:
    """A scene at the size it is drawn at; the mask by the nearest pixel, so no label is invented.

    Args:
        photo: H x W x 3.
        mask: H x W class mask.
    """
    scale = min(1.0, WIDEST / photo.shape[1])
    height, width = (max(1, round(side * scale)) for side in photo.shape[:2])
    small = Image.fromarray(photo).resize((width, height), Image.Resampling.BOX)
    return Example(np.asarray(small), resize_mask(mask, height=height, width=width))
