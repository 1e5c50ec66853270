"""Galleries of road scenes: photo, target mask and predicted mask side by side.

Shapes: H rows, W columns, K classes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from wildroad.core.labels import IGNORED
from wildroad.figures.rendered import RenderedFigure, nothing_to_show, render
from wildroad.figures.style import MUTED, new_figure, readable, styled

Pixels = NDArray[np.uint8]

IGNORED_COLOR = (38, 42, 46)
OUTSIDE_COLOR = (185, 185, 185)


class GalleryScene(NamedTuple):
    """One row of a gallery.

    Attributes:
        title: name of the scene.
        photo: H x W x 3.
        target: H x W class mask (0..K-1, IGNORED), or None without a target.
        predicted: H x W class mask (0..K-1, K = "other"), or None without a prediction.
    """

    title: str
    photo: Pixels
    target: Pixels | None
    predicted: Pixels | None


@styled()
def scene_gallery(
    scenes: Sequence[tuple[str, Pixels, Pixels | None, Pixels | None]],
    classes: Sequence[str],
    colors: Pixels,
) -> RenderedFigure:
    """Photo, target and predicted mask of each scene in a row, and a legend of what occurs.

    Args:
        scenes: `GalleryScene` values or plain tuples of title, photo, target, predicted.
        classes: K names.
        colors: K x 3, the data sets' colours of the classes.

    Raises:
        ValueError: when there is not one colour per class.
    """
    if len(classes) != len(colors):
        raise ValueError(f"{len(classes)} classes came with {len(colors)} colours; give one each")
    if not scenes:
        return nothing_to_show("No scenes to show.")
    rows = [GalleryScene(*scene) for scene in scenes]
    table = color_table(colors)
    figure = new_figure(width=10.0, height=_height(rows))
    panels = figure.subplots(len(rows), 3, squeeze=False)
    for row, (axes, scene) in enumerate(zip(panels, rows, strict=True)):
        _draw_row(axes, scene, table, first=row == 0)
    _legend(figure, rows, classes, table)
    titles = ", ".join(readable(scene.title) for scene in rows)
    return render(
        figure, alternative_text=f"Photo, target mask and predicted mask of the scenes {titles}."
    )


def color_table(colors: Pixels) -> Pixels:
    """Colours of all values of a class mask: 256 x 3, "other" light grey, the rest dark.

    >>> color_table(np.array([[128, 64, 128]], dtype=np.uint8))[:2].tolist()
    [[128, 64, 128], [185, 185, 185]]
    """
    table = np.full((256, 3), IGNORED_COLOR, dtype=np.uint8)
    table[: len(colors)] = colors
    table[len(colors)] = OUTSIDE_COLOR
    return table


def _height(rows: Sequence[GalleryScene]) -> float:
    tall = sum(len(scene.photo) / len(scene.photo[0]) for scene in rows)
    return 3.25 * tall + 0.3 * len(rows) + 1.2


def _draw_row(axes: Sequence[Axes], scene: GalleryScene, table: Pixels, *, first: bool) -> None:
    axes[0].imshow(scene.photo, interpolation="antialiased")
    axes[0].set_title(readable(scene.title), fontsize=9, pad=5)
    for panel, mask, name in zip(
        axes[1:], (scene.target, scene.predicted), ("target", "predicted"), strict=True
    ):
        _draw_mask(panel, mask, table, absent=f"no {name} mask")
        if first:
            panel.set_title(name, fontsize=9, pad=5)
    for panel in axes:
        panel.set_axis_off()


def _draw_mask(axes: Axes, mask: Pixels | None, table: Pixels, *, absent: str) -> None:
    if mask is None:
        axes.text(0.5, 0.5, absent, ha="center", va="center", color=MUTED, style="italic")
    else:
        # Nearest: smoothing would invent labels between labels.
        axes.imshow(table[mask], interpolation="nearest")


def _legend(
    figure: Figure, rows: Sequence[GalleryScene], classes: Sequence[str], table: Pixels
) -> None:
    masks = [mask for scene in rows for mask in (scene.target, scene.predicted) if mask is not None]
    seen = sorted(set().union(*(np.unique(mask).tolist() for mask in masks)))
    names = [*classes, "other"]
    handles = [
        Patch(
            color=tuple(table[value] / 255),
            label=names[value] if value < len(names) else "ignored",
        )
        for value in seen
        if value < len(names) or value == IGNORED
    ]
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=min(7, len(handles)))
