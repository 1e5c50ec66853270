"""Figures of the road task: tables in, drawn figures out, classes in the data sets' own colours."""

from collections.abc import Collection, Mapping
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from wildroad.figures.gallery import scene_gallery
from wildroad.figures.rendered import RenderedFigure, nothing_to_show, render
from wildroad.figures.road_colors import class_hex
from wildroad.figures.road_confusion import pixel_counts, road_confusion
from wildroad.figures.road_domains import cross_domain, ignored_labels
from wildroad.figures.road_failures import failure_gallery
from wildroad.figures.road_thresholds import threshold_curves
from wildroad.figures.style import (
    GRID,
    INK,
    MUTED,
    TRAIN_COLOR,
    VAL_COLOR,
    domain_color,
    domain_title,
    domains_in_order,
    horizontal_grid,
    new_figure,
    rows_from_top,
    styled,
    vertical_grid,
)

__all__ = [
    "class_hex",
    "class_scores",
    "cross_domain",
    "failure_gallery",
    "ignored_labels",
    "pixel_counts",
    "road_confusion",
    "road_history",
    "scene_distribution",
    "scene_gallery",
    "threshold_curves",
]

DOMAIN_MARKERS = "oDs^"
SMALLEST_BAR = 0.003  # a shorter bar can't be told from none, so its value is written


@styled()
def scene_distribution(
    table: pd.DataFrame, colors: Mapping[str, str] | None = None
) -> RenderedFigure:
    """Each class's share of the pixels in each domain, on a logarithmic axis.

    Args:
        table: scene_distribution (domain, label, class_name, pixels, pixel_share, ...); labels
            without a class are left out.
        colors: See ``road_colors.class_hex``.
    """
    classes = table[table["class_name"].fillna("") != ""]
    if classes.empty:
        return nothing_to_show("No pixels to count.")
    shares = classes.pivot_table(
        index="class_name", columns="domain", values="pixel_share", aggfunc="sum", sort=False
    )
    domains = domains_in_order(list(shares.columns))
    figure = new_figure(width=8.4, height=1.6 + 0.34 * len(shares))
    axes = figure.subplots()
    markers = dict(zip(domains, cycle(DOMAIN_MARKERS)))
    for domain, marker in markers.items():
        _draw_shares(axes, shares[domain], class_hex(list(shares.index), colors), marker=marker)
    _join_domains(axes, shares)
    rows_from_top(axes, list(shares.index))
    handles = [_key(domain, marker) for domain, marker in markers.items()]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
    return render(
        figure,
        alternative_text=f"Share of pixels of {len(shares)} classes on a logarithmic axis in "
        f"{' and '.join(map(domain_title, domains))}.",
    )


def _key(domain: str, marker: str) -> Line2D:
    return Line2D(
        [], [], linestyle="", marker=marker, color=MUTED, markersize=8, label=domain_title(domain)
    )


def _draw_shares(axes: Axes, shares: "pd.Series[float]", colors: list[str], *, marker: str) -> None:
    present = shares.where(shares > 0)
    for row, (share, color) in enumerate(zip(present, colors, strict=True)):
        axes.plot(
            [share],
            [row],
            marker,
            color=color,
            markersize=9,
            markeredgecolor=INK,
            markeredgewidth=0.7,
            zorder=3,
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))
    axes.set_xlabel("share of all pixels (logarithmic)")
    vertical_grid(axes)


def _join_domains(axes: Axes, shares: pd.DataFrame) -> None:
    seen = shares.where(shares > 0)
    axes.hlines(range(len(seen)), seen.min(axis=1), seen.max(axis=1), color=GRID, linewidth=3)


@styled()
def class_scores(
    table: pd.DataFrame, contaminated: Mapping[str, Collection[str]] | None = None
) -> RenderedFigure:
    """IoU of every class with its 95 % interval, the domains side by side.

    Args:
        table: segmentation_class_scores (domain, class_name, iou, iou_low, iou_high, ...).
        contaminated: Domain -> classes whose scores its id space makes meaningless; they get no
            bar, whatever the table says.
    """
    if table.empty:
        return nothing_to_show("No class was scored.")
    domains = domains_in_order(list(table["domain"]))
    classes = list(dict.fromkeys(table["class_name"]))
    figure = new_figure(width=8.4, height=1.4 + 0.24 * len(classes) * (len(domains) + 0.5))
    axes = figure.subplots()
    for number, domain in enumerate(domains):
        scores = table[table["domain"] == domain].set_index("class_name").reindex(classes)
        mixed = (contaminated or {}).get(domain, ())
        scores.loc[scores.index.isin(list(mixed)), ["iou", "iou_low", "iou_high"]] = np.nan
        place = (number + 0.5) / len(domains) - 0.5
        _draw_bars(axes, scores, domain=domain, place=place, contaminated=mixed)
    rows_from_top(axes, classes)
    axes.set(xlim=(0, 1.0), xlabel="IoU")
    vertical_grid(axes)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper right", ncols=len(domains))
    means = table.groupby("domain")["iou"].mean()
    spoken = " and ".join(f"{domain_title(name)} (mean {means[name]:.3f})" for name in domains)
    return render(figure, alternative_text=f"IoU of {len(classes)} classes in {spoken}.")


def _draw_bars(
    axes: Axes, scores: pd.DataFrame, *, domain: str, place: float, contaminated: Collection[str]
) -> None:
    height = 0.36
    rows = np.arange(len(scores)) + place * 2 * height * 1.08
    iou, low, high = (scores[name].to_numpy(dtype=float) for name in ("iou", "iou_low", "iou_high"))
    axes.barh(
        rows, np.nan_to_num(iou), height, color=domain_color(domain), label=domain_title(domain)
    )
    axes.hlines(rows, low, high, color=INK, linewidth=1.2)
    for row, name, value in zip(rows, scores.index, iou, strict=True):
        told = "n/a: contaminated" if name in contaminated else "n/a"
        if np.isnan(value) or value < SMALLEST_BAR:
            shown = told if np.isnan(value) else f"{value:.3f}"
            axes.text(0.008, row, shown, va="center", fontsize=7, color=MUTED)


@styled()
def road_history(table: pd.DataFrame) -> RenderedFigure:
    """Loss on train and validation scenes, and the mean IoU on validation scenes, per epoch.

    Args:
        table: road_history (epoch, learning_rate, train_loss, val_loss, val_mean_iou).
    """
    if table.empty:
        return nothing_to_show("No training history.")
    figure = new_figure(width=8.4, height=3.4)
    loss, iou = figure.subplots(1, 2)
    dots = {"marker": "o", "markersize": 4}
    loss.plot(table["epoch"], table["train_loss"], "--", color=TRAIN_COLOR, label="train", **dots)
    loss.plot(table["epoch"], table["val_loss"], color=VAL_COLOR, label="val", **dots)
    iou.plot(table["epoch"], table["val_mean_iou"], color=VAL_COLOR, **dots)
    for axes, title in ((loss, "Loss"), (iou, "Validation mean IoU")):
        axes.set(title=title, xlabel="epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        horizontal_grid(axes)
    loss.legend()
    best = table["val_mean_iou"].max()
    return render(
        figure,
        alternative_text=f"Loss and validation mean IoU over {len(table)} epochs; the highest "
        f"mean IoU is {best:.3f}.",
    )
