"""What changes from one road domain to the other."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from wildroad.core.labels import ROAD_CLASSES
from wildroad.figures.rendered import RenderedFigure, nothing_to_show, render
from wildroad.figures.road_colors import class_hex
from wildroad.figures.style import (
    GRID,
    MUTED,
    domain_color,
    new_figure,
    readable,
    rows_from_top,
    styled,
    vertical_grid,
)

SMALLEST_NAMED_SHARE = 0.13  # a narrower part of a stacked bar has no room for a name


@styled()
def cross_domain(table: pd.DataFrame) -> RenderedFigure:
    """Difference in IoU per class, IDD minus Cityscapes, with 95 % intervals, worst first.

    Args:
        table: cross_domain (class_name, iou_cityscapes, iou_idd, difference, low, high).
    """
    known = table.dropna(subset=["difference"]).sort_values("difference", kind="stable")
    if known.empty:
        return nothing_to_show("No class was scored in both domains.")
    figure = new_figure(width=8.4, height=1.4 + 0.33 * len(known))
    axes = figure.subplots()
    _draw_differences(axes, known)
    rows_from_top(axes, list(known["class_name"]))
    _write_both_scores(axes, known)
    axes.set_xlabel("IoU in IDD minus IoU in Cityscapes")
    vertical_grid(axes)
    worst = known.iloc[0]
    return render(
        figure,
        alternative_text=f"Difference in IoU between IDD and Cityscapes for {len(known)} classes; "
        f"the largest loss is {worst['class_name']} at {worst['difference']:+.3f}.",
    )


def _draw_differences(axes: Axes, known: pd.DataFrame) -> None:
    bounds = known[["difference", "low", "high"]].to_numpy(dtype=float)
    for row, (value, low, high) in enumerate(bounds):
        color = domain_color("idd" if value < 0 else "cityscapes")
        axes.plot([low, high], [row, row], color=color, linewidth=4, alpha=0.4)
        axes.plot([value], [row], "o", color=color, markersize=8)
    axes.axvline(0, color=MUTED, linewidth=1)


def _write_both_scores(axes: Axes, known: pd.DataFrame) -> None:
    right = axes.secondary_yaxis("right")
    labels = [
        f"{here:.2f} → {there:.2f}"
        for here, there in known[["iou_cityscapes", "iou_idd"]].to_numpy(dtype=float)
    ]
    right.set_yticks(range(len(labels)), labels)
    axes.set_title("Cityscapes → IDD", loc="right", fontsize=9, fontweight="normal", color=MUTED)
    right.spines[:].set_visible(False)


@styled()
def ignored_labels(table: pd.DataFrame, colors: Mapping[str, str] | None = None) -> RenderedFigure:
    """What the model calls the labels that are ignored as target, one stacked bar each.

    Args:
        table: ignored_labels (domain, label, predicted, pixels, share).
        colors: See ``road_colors.class_hex``.
    """
    shown = table[table["pixels"] > 0]
    if shown.empty:
        return nothing_to_show("No pixel of an ignored label.")
    sizes = shown.groupby(["domain", "label"])["pixels"].sum().reset_index()
    sizes = sizes.sort_values(["domain", "pixels"], ascending=[True, False], kind="stable")
    bars = [(str(domain), str(label)) for domain, label in sizes[["domain", "label"]].to_numpy()]
    figure = new_figure(width=9.2, height=2.2 + 0.36 * len(bars))
    axes = figure.subplots()
    for row, (domain, label) in enumerate(bars):
        parts = shown[(shown["domain"] == domain) & (shown["label"] == label)]
        _draw_stack(axes, parts, colors, row=row)
    rows_from_top(axes, _bar_names(bars))
    axes.set(xlim=(0, 1), xlabel="share of the label's pixels")
    axes.xaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    axes.spines[:].set_visible(False)
    _legend_below(axes, shown, colors)
    return render(figure, alternative_text=_stack_text(shown, bars))


def _bar_names(bars: list[tuple[str, str]]) -> list[str]:
    several = len({domain for domain, _ in bars}) > 1
    return [f"{label} ({domain})" if several else label for domain, label in bars]


def _draw_stack(
    axes: Axes, parts: pd.DataFrame, colors: Mapping[str, str] | None, *, row: int
) -> None:
    ordered = parts.sort_values("share", ascending=False, kind="stable")
    names = list(ordered["predicted"])
    start = 0.0
    for name, share, color in zip(names, ordered["share"], class_hex(names, colors), strict=True):
        axes.barh(row, share, 0.7, left=start, color=color, edgecolor=GRID, linewidth=0.5)
        if share >= SMALLEST_NAMED_SHARE:
            axes.text(
                start + share / 2,
                row,
                name,
                ha="center",
                va="center",
                fontsize=8,
                color=_ink_over(color),
            )
        start += float(share)


def _ink_over(color: str) -> str:
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    # Rec. 601 luma.
    return "#000000" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#ffffff"


def _legend_below(axes: Axes, shown: pd.DataFrame, colors: Mapping[str, str] | None) -> None:
    largest = shown.groupby("predicted")["share"].max()
    order = [*ROAD_CLASSES, *largest.index.difference(list(ROAD_CLASSES))]
    names = [name for name in order if largest.get(name, 0) >= 0.02]
    handles = [
        Patch(color=color, label=name)
        for name, color in zip(names, class_hex(names, colors), strict=True)
    ]
    figure = axes.get_figure()
    if figure is not None:
        figure.legend(handles=handles, loc="outside lower center", ncols=min(6, len(handles)))


def _stack_text(shown: pd.DataFrame, bars: list[tuple[str, str]]) -> str:
    first = shown.sort_values("share", ascending=False, kind="stable")
    first = first.drop_duplicates(["domain", "label"]).set_index(["domain", "label"]).loc[bars]
    told = "; ".join(
        f"{readable(label)} mostly {predicted} ({share:.0%})"
        for (_, label), predicted, share in zip(
            bars, first["predicted"], first["share"], strict=True
        )
    )
    return f"What the model calls labels that are ignored as target: {told}."
