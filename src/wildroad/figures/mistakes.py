"""Photos a model got wrong, with where it looked.

Shapes: N photos, H rows, W columns.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from numpy.typing import NDArray

from wildroad.figures.matrix import short_percent
from wildroad.figures.rendered import RenderedFigure, nothing_to_show, render
from wildroad.figures.style import INK, new_figure, readable, styled

Pixels = NDArray[np.uint8]

HEAT_COLORS = "inferno"
STRONGEST_TINT = 0.6
GAP = 0.03  # of the photo's width, between the photo and its heat


@styled()
def mistake_gallery(
    mistakes: pd.DataFrame, photos: Sequence[Pixels], heat: Sequence[Pixels]
) -> RenderedFigure:
    """A row for each target class: its most confident wrong photos, each with its heat beside it.

    Args:
        mistakes: photo_id, target, rank (1 = surest), predicted, confidence; N rows.
        photos: N photos, H x W x 3.
        heat: N heat maps of the predicted class, H x W, 0..255.
    """
    if mistakes.empty:
        return nothing_to_show("No mistakes on the test photos.")
    classes = list(dict.fromkeys(mistakes["target"]))
    figure = new_figure(width=10.0, height=0.2 + 1.75 * len(classes))
    columns = int(mistakes["rank"].max())
    panels = figure.subplots(len(classes), columns, squeeze=False)
    for axes in panels.ravel():
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    for row, name in enumerate(classes):
        panels[row, 0].set_ylabel(readable(name), color=INK, fontweight="bold")
    for mistake, photo, warmth in zip(mistakes.itertuples(), photos, heat, strict=True):
        axes = panels[classes.index(str(mistake.target)), int(str(mistake.rank)) - 1]
        _draw_pair(axes, photo, warmth)
        axes.set_title(
            _said(mistake.predicted, mistake.confidence), fontsize=9, fontweight="normal", pad=4
        )
    return render(figure, alternative_text=_text(mistakes))


def _said(predicted: object, confidence: object) -> str:
    return f"called {readable(str(predicted))}, {short_percent(float(str(confidence)))} sure"


def _draw_pair(axes: Axes, photo: Pixels, heat: Pixels) -> None:
    """Show a photo and, to its right, the same photo tinted by heat."""
    gap = np.full((len(photo), max(1, round(GAP * photo.shape[1])), 3), 255, np.uint8)
    axes.imshow(np.concatenate([photo, gap, tinted(photo, heat)], 1), interpolation="antialiased")


def photo_and_heat(photo: Pixels, heat: Pixels) -> Pixels:
    """A photo (H, W, 3) and, to its right, the same tinted by heat (H, W): (H, 2 W, 3)."""
    return np.concatenate([photo, tinted(photo, heat)], 1)


def tinted(photo: Pixels, heat: Pixels) -> Pixels:
    """A greyed photo (H, W, 3) that takes the colours of heat (H, W) the more, the warmer it is."""
    warmth = heat[..., None] / 255
    colors = colormaps[HEAT_COLORS](heat)[..., :3] * 255
    grey = photo.mean(2, keepdims=True) * np.ones(3)
    share = STRONGEST_TINT * warmth
    mixed: Pixels = np.rint((1 - share) * grey + share * colors).astype(np.uint8)
    return mixed


def _text(mistakes: pd.DataFrame) -> str:
    told = (
        f"{readable(str(target))} called {readable(str(predicted))} ({confidence:.2f})"
        for target, predicted, confidence in mistakes[
            ["target", "predicted", "confidence"]
        ].itertuples(index=False)
    )
    return (
        "Wrong test photos that the model was surest of, each beside a heat map of what spoke for"
        f" its answer: {', '.join(told)}."
    )
