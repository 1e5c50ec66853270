"""Figures of the road task: tables in, drawn figures out, classes in the data sets' own colours."""

from collections.abc import Mapping
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from wildroad.core.labels import ROAD_CLASSES, class_colors
from wildroad.figures.gallery import scene_gallery
from wildroad.figures.matrix import draw_matrix, ink_on, only, square
from wildroad.figures.rendered import RenderedFigure, nothing_to_show, render
from wildroad.figures.style import (
    GRID,
    INK,
    MUTED,
    ROAD_ACCENT,
    TRAIN_COLOR,
    VAL_COLOR,
    domain_color,
    domain_title,
    domains_in_order,
    horizontal_grid,
    new_figure,
    readable,
    rows_from_top,
    styled,
    vertical_grid,
)

__all__ = [
    "class_hex",
    "class_scores",
    "cross_domain",
    "ignored_labels",
    "own_colors",
    "road_confusion",
    "road_history",
    "scene_distribution",
    "scene_gallery",
]

OUTSIDE = "other"
OUTSIDE_COLOR = "#b9b9b9"
DOMAIN_MARKERS = "oDs^"
SMALLEST_NAMED_SHARE = 0.13  # a narrower part of a stacked bar has no room for a name


def class_hex(classes: list[str], colors: Mapping[str, str] | None = None) -> list[str]:
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


@styled()
def scene_distribution(
    table: pd.DataFrame, colors: Mapping[str, str] | None = None
) -> RenderedFigure:
    """Each class's share of the pixels in each domain, on a logarithmic axis.

    Args:
        table: scene_distribution (domain, label, class_name, pixels, pixel_share, ...); labels
            without a class are left out.
        colors: See ``class_hex``.
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
def class_scores(table: pd.DataFrame) -> RenderedFigure:
    """IoU of every class with its 95 % interval, the domains side by side.

    Args:
        table: segmentation_class_scores (domain, class_name, iou, iou_low, iou_high, ...).
    """
    if table.empty:
        return nothing_to_show("No class was scored.")
    domains = domains_in_order(list(table["domain"]))
    classes = list(dict.fromkeys(table["class_name"]))
    figure = new_figure(width=8.4, height=1.4 + 0.24 * len(classes) * (len(domains) + 0.5))
    axes = figure.subplots()
    for number, domain in enumerate(domains):
        scores = table[table["domain"] == domain].set_index("class_name").reindex(classes)
        _draw_bars(axes, scores, domain=domain, place=(number + 0.5) / len(domains) - 0.5)
    rows_from_top(axes, classes)
    axes.set(xlim=(0, 1.0), xlabel="IoU")
    vertical_grid(axes)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper right", ncols=len(domains))
    means = table.groupby("domain")["iou"].mean()
    spoken = " and ".join(f"{domain_title(name)} (mean {means[name]:.3f})" for name in domains)
    return render(figure, alternative_text=f"IoU of {len(classes)} classes in {spoken}.")


def _draw_bars(axes: Axes, scores: pd.DataFrame, *, domain: str, place: float) -> None:
    height = 0.36
    rows = np.arange(len(scores)) + place * 2 * height * 1.08
    iou, low, high = (scores[name].to_numpy(dtype=float) for name in ("iou", "iou_low", "iou_high"))
    axes.barh(
        rows, np.nan_to_num(iou), height, color=domain_color(domain), label=domain_title(domain)
    )
    axes.hlines(rows, low, high, color=INK, linewidth=1.2)
    for row in rows[np.isnan(iou)]:
        axes.annotate(
            "n/a",
            (0, row),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize=7,
            color=MUTED,
        )


@styled()
def road_confusion(confusion: pd.DataFrame) -> RenderedFigure:
    """Confusion matrix of one domain, each row in per cent of its target's pixels.

    Args:
        confusion: segmentation_confusion of one domain (domain, target, predicted, pixels, share).

    Raises:
        ValueError: when the rows belong to several domains.
    """
    if confusion.empty:
        return nothing_to_show("No confusion matrix.")
    domain = only(confusion, "domain")
    rows = list(dict.fromkeys(confusion["target"]))
    columns = list(dict.fromkeys([*rows, *confusion["predicted"]]))
    shares = square(confusion, "share", rows=rows, columns=columns)
    figure = new_figure(width=2.2 + 0.44 * len(columns), height=2.2 + 0.38 * len(rows))
    axes = figure.subplots()
    draw_matrix(axes, shares, rows=rows, columns=columns, color=ROAD_ACCENT)
    _write_percents(axes, shares)
    where = domain_title(domain) if domain else "All scenes"
    axes.set_title(f"{where}, per cent of the target's pixels")
    return render(
        figure,
        alternative_text=f"Confusion matrix of {where}: what the pixels of each of "
        f"{len(rows)} classes were predicted as, in per cent of the row; 'other' is any class "
        "outside these.",
    )


def _write_percents(axes: Axes, shares: NDArray[np.float64]) -> None:
    for row, column in np.argwhere(shares >= 0.005):
        share = float(shares[row, column])
        axes.text(
            column,
            row,
            f"{100 * share:.0f}",
            ha="center",
            va="center",
            fontsize=8,
            color=ink_on(share),
        )
    for row in np.flatnonzero(np.isnan(shares).all(axis=1)):
        axes.text(-0.4, int(row), "n/a", va="center", fontsize=8, color=MUTED)


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
        colors: See ``class_hex``.
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
