"""Precision, recall and F1 over IoU thresholds, one small picture a class."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from wildroad.figures.matrix import only
from wildroad.figures.rendered import RenderedFigure, nothing_to_show, render
from wildroad.figures.style import (
    MUTED,
    domain_title,
    horizontal_grid,
    new_figure,
    readable,
    styled,
)

COLUMNS = 6
CURVES = {
    "f1": {"color": "#7fcdb6", "linewidth": 4.5, "marker": "o", "markersize": 4.5},
    "precision": {"color": "#0072b2", "linestyle": (0, (4, 2)), "linewidth": 1.4},
    "recall": {"color": "#d55e00", "linestyle": (2, (1, 2)), "linewidth": 1.8},
}
NAMES = {"precision": "precision", "recall": "recall", "f1": "F1"}


@styled()
def threshold_curves(table: pd.DataFrame) -> RenderedFigure:
    """Staircases of one domain over the thresholds 0.0, 0.1 ... 1.0, classes in their order.

    Args:
        table: segmentation_thresholds of one domain (class_name, threshold, precision, recall, f1,
            true_positives, false_positives, false_negatives).

    Raises:
        ValueError: when the rows belong to several domains.
    """
    if table.empty:
        return nothing_to_show("No thresholds.")
    domain = only(table, "domain")
    classes = list(dict.fromkeys(table["class_name"]))
    rows = -(-len(classes) // COLUMNS)
    figure = new_figure(width=11.0, height=1.75 * rows + 0.9)
    panels = figure.subplots(rows, COLUMNS, squeeze=False, sharex=True, sharey=True).ravel()
    for axes, name in zip(panels[: len(classes)], classes, strict=True):
        _draw_class(axes, table[table["class_name"] == name], name)
    for axes in panels[len(classes) :]:
        axes.set_axis_off()
    figure.supxlabel("IoU that a scene's class has to reach", fontsize=10, color=MUTED)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(handles))
    where = domain_title(domain) if domain else "All scenes"
    figure.suptitle(where, x=0.01, ha="left", fontsize=11, fontweight="bold")
    return render(figure, alternative_text=_text(table, where))


def _draw_class(axes: Axes, rows: pd.DataFrame, name: str) -> None:
    for curve, look in CURVES.items():
        axes.plot(rows["threshold"], rows[curve], label=NAMES[curve], **look)  # type: ignore[arg-type]
    axes.set_title(readable(name), fontsize=9, pad=5)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.04, 1.04))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator([0, 0.5, 1]))
    horizontal_grid(axes)
    if rows["f1"].isna().all():
        axes.text(0.5, 0.5, "n/a", ha="center", va="center", fontsize=9, color=MUTED)


def _text(table: pd.DataFrame, where: str) -> str:
    half = table[table["threshold"] == 0.5].dropna(subset=["f1"])
    if half.empty:
        return f"{where}: no class is in target or prediction of any scene."
    ordered = half.sort_values("f1", kind="stable")
    best, worst = ordered.iloc[-1], ordered.iloc[0]
    return (
        f"{where}: precision, recall and F1 of {table['class_name'].nunique()} classes over IoU"
        f" thresholds. At 0.5, {best['class_name']} has the highest F1, {best['f1']:.2f}, and"
        f" {worst['class_name']} the lowest, {worst['f1']:.2f}."
    )
