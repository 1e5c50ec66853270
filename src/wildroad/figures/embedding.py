"""Feature space as dots: t-SNE in two and in three dimensions, coloured by target class."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

from wildroad.figures.matrix import only
from wildroad.figures.rendered import RenderedFigure, nothing_to_show, render
from wildroad.figures.style import (
    CLASS_CYCLE,
    GRID,
    class_palette,
    new_figure,
    readable,
    styled,
)

MARKERS = ("o", "^", "s", "D", "v", "P")
MOST_PATHS = 1000  # more dots become pixels, so that the SVG stays small
VIEWS = ((22, -60), (22, 30))  # elevation and azimuth of the two views, in degrees
BACKDROP = "#d6d9d7"


@styled()
def embedding_2d(table: pd.DataFrame) -> RenderedFigure:
    """One joint embedding: train photos on the left, val photos over pale train ones on the right.

    Args:
        table: photo_id, split, class_name, drawn_from, x, y, perplexity, kl_divergence.
    """
    if table.empty:
        return nothing_to_show("Too few photos for an embedding.")
    figure = new_figure(width=10.0, height=5.2)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    train, val = (table[table["split"] == part] for part in ("train", "val"))
    panels[1].scatter(train["x"], train["y"], s=_size(table), color=BACKDROP, **_dots(table))
    for axes, rows, name in zip(panels, (train, val), ("train", "val"), strict=True):
        _draw_classes(axes, rows, table, "x", "y")
        axes.set_title(f"{len(rows):,} {name} photos", fontsize=10, fontweight="normal")
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set(visible=True, color=GRID)
    _finish(figure, table)
    return render(figure, alternative_text=_text(table, "two"))


@styled()
def embedding_3d(table: pd.DataFrame) -> RenderedFigure:
    """One embedding in space, seen from two sides.

    Args:
        table: photo_id, split, class_name, drawn_from, x, y, z, perplexity, kl_divergence.
    """
    if table.empty:
        return nothing_to_show("Too few photos for an embedding.")
    figure = new_figure(width=10.0, height=4.4)
    for number, (elevation, azimuth) in enumerate(VIEWS, start=1):
        axes: Any = figure.add_subplot(1, len(VIEWS), number, projection="3d")
        _draw_classes(axes, table, table, "x", "y", "z")
        axes.view_init(elev=elevation, azim=azimuth)
        _bare_box(axes)
    _finish(figure, table)
    return render(figure, alternative_text=_text(table, "three"))


def _bare_box(axes: Any) -> None:  # noqa: ANN401 - matplotlib has no types for 3-D axes
    """A box of thin lines without numbers, as those of t-SNE mean nothing."""
    axes.set_box_aspect(None, zoom=1.22)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_major_locator(MaxNLocator(4))
        axis.set_tick_params(color="none")
        axis.set_pane_color((1, 1, 1, 0))
        axis.set_major_formatter(NullFormatter())
        axis.line.set_color(GRID)


def _draw_classes(axes: Any, rows: pd.DataFrame, table: pd.DataFrame, *names: str) -> None:  # noqa: ANN401
    """Dots of each class in its colour, the same whichever rows are drawn."""
    colors = class_palette(list(table["class_name"]))
    for number, (name, color) in enumerate(colors.items()):
        dots = rows[rows["class_name"] == name]
        axes.scatter(
            *(dots[one] for one in names),
            s=_size(table),
            color=color,
            marker=MARKERS[number // len(CLASS_CYCLE) % len(MARKERS)],
            label=readable(name),
            **_dots(table),
        )


def _size(table: pd.DataFrame) -> float:
    """Area of a dot in square points: smaller where there are many."""
    return max(5.0, min(22.0, 9000 / len(table)))


def _dots(table: pd.DataFrame) -> dict[str, Any]:
    return {"linewidths": 0, "alpha": 0.85, "rasterized": len(table) > MOST_PATHS}


def _finish(figure: Figure, table: pd.DataFrame) -> None:
    axes: Axes = figure.axes[0]
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside right center", markerscale=(40 / _size(table)) ** 0.5
    )
    heading = f"t-SNE of {_photos(table)}, perplexity {_perplexity(table)}"
    figure.suptitle(heading, x=0.01, ha="left", fontsize=11, fontweight="bold")


def _photos(table: pd.DataFrame) -> str:
    """How many photos there are, and out of how many where they were drawn."""
    drawn_from = int(only(table, "drawn_from"))
    drawn = f" drawn from {drawn_from:,}" if drawn_from > len(table) else ""
    return f"{len(table):,} photos{drawn}"


def _perplexity(table: pd.DataFrame) -> str:
    return f"{float(only(table, 'perplexity')):.3g}"


def _text(table: pd.DataFrame, dimensions: str) -> str:
    classes: Sequence[str] = sorted(set(table["class_name"]))
    return (
        f"t-SNE of a model's features in {dimensions} dimensions, perplexity"
        f" {_perplexity(table)}, KL divergence {float(only(table, 'kl_divergence')):.3g}:"
        f" {_photos(table)}, a dot each, coloured by their class out of"
        f" {', '.join(map(readable, classes))}. Distances between clusters mean nothing."
    )
