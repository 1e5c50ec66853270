"""Figures of the wildlife task: tables and photos in, drawn figures out.

Shapes: N photos, H rows, W columns.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from wildroad.figures.matrix import draw_matrix, ink_on, only, short_percent, square
from wildroad.figures.rendered import RenderedFigure, nothing_to_show, render
from wildroad.figures.style import (
    MUTED,
    TEST_COLOR,
    TRAIN_COLOR,
    VAL_COLOR,
    WILDLIFE_ACCENT,
    horizontal_grid,
    model_palette,
    new_figure,
    readable,
    rows_from_top,
    styled,
    vertical_grid,
)

Photos = NDArray[np.uint8] | Sequence[NDArray[np.uint8]]

SPLIT_COLORS = {"train": TRAIN_COLOR, "val": VAL_COLOR, "test": TEST_COLOR}
COMPARED_METRICS = {"top1": "Top-1", "macro_f1": "Macro F1"}


@styled()
def class_distribution(table: pd.DataFrame) -> RenderedFigure:
    """Photos per class in each split, and each class's share of every split.

    Args:
        table: class_distribution (class_name, photos, train, val, test, train_share, ...).
    """
    if table.empty:
        return nothing_to_show("No photos to count.")
    figure = new_figure(width=9.6, height=1.5 + 0.36 * len(table))
    counts, shares = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    _draw_split_counts(counts, table)
    _draw_split_shares(shares, table)
    rows_from_top(counts, list(table["class_name"]))
    _legend_above(figure, counts, columns=3)
    return render(
        figure,
        alternative_text=f"Photos per class and split for {len(table)} classes, "
        f"{int(table['photos'].sum()):,} photos in all, and each class's share of train, "
        "validation and test.",
    )


def _draw_split_counts(axes: Axes, table: pd.DataFrame) -> None:
    rows = np.arange(len(table))
    start = np.zeros(len(table))
    for split, color in SPLIT_COLORS.items():
        photos = table[split].fillna(0).to_numpy(dtype=float)
        axes.barh(rows, photos, left=start, height=0.62, color=color, label=split)
        start += photos
    for row, total in enumerate(start):
        axes.annotate(
            f"{total:,.0f}", (total, row), (5, 0), textcoords="offset points", va="center"
        )
    axes.margins(x=0.14)
    axes.set_title("Photos")
    vertical_grid(axes)


def _draw_split_shares(axes: Axes, table: pd.DataFrame) -> None:
    rows = np.arange(len(table))
    # Smaller dots over larger ones: with a stratified split all three stay visible.
    for (split, color), size in zip(SPLIT_COLORS.items(), (13, 9, 5), strict=True):
        axes.plot(table[f"{split}_share"], rows, "o", color=color, markersize=size, clip_on=False)
    axes.xaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    axes.set_xlim(left=0)
    axes.set_title("Share of the split")
    vertical_grid(axes)


def _legend_above(figure: Figure, axes: Axes, *, columns: int) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=columns)


@styled()
def photo_sheet(
    pixels: Photos, titles: Sequence[str], *, heading: str = "", columns: int = 6
) -> RenderedFigure:
    """Contact sheet of photos, each with a title of one or two lines.

    Args:
        pixels: N x H x W x 3 photos, 0..255, or N photos of different H and W.
        titles: one per photo.
        heading: above the sheet; a class, say.
        columns: photos in a row.

    Raises:
        ValueError: when there is not one title per photo.
    """
    if len(pixels) != len(titles):
        raise ValueError(f"{len(pixels)} photos came with {len(titles)} titles; give one each")
    if not titles:
        return nothing_to_show(f"No photos to show{f' for {heading}' if heading else ''}.")
    rows = -(-len(titles) // columns)
    figure = new_figure(width=1.65 * columns, height=2.0 * rows + (0.4 if heading else 0.1))
    _fill_sheet(figure, pixels, titles, shape=(rows, columns))
    if heading:
        figure.suptitle(readable(heading), x=0.01, ha="left", fontsize=12, fontweight="bold")
    shown = ", ".join(title.replace("\n", " ") for title in titles)
    return render(figure, alternative_text=f"{readable(heading)} photos: {shown}.".strip())


def _fill_sheet(
    figure: Figure, pixels: Photos, titles: Sequence[str], *, shape: tuple[int, int]
) -> None:
    panels = figure.subplots(*shape, squeeze=False).ravel()
    size = 8 * max(1.0, shape[1] / 6)  # a wide sheet is shown smaller
    for panel in panels:
        panel.set_axis_off()
    for panel, photo, title in zip(panels[: len(titles)], pixels, titles, strict=True):
        panel.imshow(photo, interpolation="antialiased")
        panel.set_title(title, fontsize=size, fontweight="normal", pad=4, parse_math=False)


@styled()
def history_curves(history: pd.DataFrame) -> RenderedFigure:
    """Train and validation loss and accuracy per epoch, a column of panels for each model.

    Args:
        history: classification_history (model, epoch, train_loss, val_loss, ...).
    """
    if history.empty:
        return nothing_to_show("No training history.")
    models = list(dict.fromkeys(history["model"]))
    figure = new_figure(width=max(3.1 * len(models) + 0.5, 5.2), height=5.4)
    panels = figure.subplots(2, len(models), sharex="col", sharey="row", squeeze=False)
    for (loss, accuracy), model in zip(panels.T, models, strict=True):
        curves = history[history["model"] == model]
        _draw_pair(loss, curves, "loss")
        _draw_pair(accuracy, curves, "accuracy")
        loss.set_title(readable(model))
        accuracy.set_xlabel("epoch")
        _mark_lowest_val_loss(loss, curves)
    panels[0, 0].set_ylabel("loss")
    panels[1, 0].set_ylabel("accuracy")
    _legend_above(figure, panels[0, 0], columns=3)
    return render(figure, alternative_text=_history_text(history, models))


def _draw_pair(axes: Axes, curves: pd.DataFrame, quantity: str) -> None:
    for split, style in (("train", "--"), ("val", "-")):
        axes.plot(
            curves["epoch"],
            curves[f"{split}_{quantity}"],
            style,
            color=SPLIT_COLORS[split],
            marker="o",
            markersize=3.5,
            label=split,
        )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    horizontal_grid(axes)


def _mark_lowest_val_loss(axes: Axes, curves: pd.DataFrame) -> None:
    known = curves.dropna(subset=["val_loss"])
    if not known.empty:
        best = float(known["epoch"].iloc[int(known["val_loss"].argmin())])
        axes.axvline(best, color=MUTED, linewidth=1, linestyle=":", label="lowest val loss")


def _history_text(history: pd.DataFrame, models: list[str]) -> str:
    last = history.groupby("model", sort=False)[["train_loss", "val_loss"]].last()
    ends = "; ".join(
        f"{readable(model)} ends at train loss {train:.3f}, validation loss {val:.3f}"
        for model, (train, val) in zip(models, last.to_numpy(dtype=float), strict=True)
    )
    return f"Loss and accuracy per epoch on train and validation photos: {ends}."


@styled()
def confusion_heatmap(confusion: pd.DataFrame) -> RenderedFigure:
    """Confusion matrix of one model: counts in the cells, shade by share of the target's row.

    Args:
        confusion: classification_confusion of one model (model, target, predicted, photos, share).

    Raises:
        ValueError: when the rows belong to several models.
    """
    if confusion.empty:
        return nothing_to_show("No confusion matrix.")
    model = only(confusion, "model")
    classes = list(dict.fromkeys(confusion["target"]))
    columns = list(dict.fromkeys([*classes, *confusion["predicted"]]))
    shares = square(confusion, "share", rows=classes, columns=columns)
    counts = square(confusion, "photos", rows=classes, columns=columns)
    figure = new_figure(width=2.4 + 0.72 * len(columns), height=2.2 + 0.56 * len(classes))
    axes = figure.subplots()
    draw_matrix(axes, shares, rows=classes, columns=columns, color=WILDLIFE_ACCENT)
    _write_counts(axes, counts, shares)
    axes.set_title(readable(model))
    return render(
        figure,
        alternative_text=f"Confusion matrix of {readable(model) or 'a model'} over "
        f"{len(classes)} classes: "
        "photos in the cells, rows are the target class, shade is the share of the row.",
    )


def _write_counts(axes: Axes, counts: NDArray[np.float64], shares: NDArray[np.float64]) -> None:
    for row, column in np.argwhere(counts > 0):
        share = float(shares[row, column])
        for text, offset, size in (
            (f"{counts[row, column]:,.0f}", -0.14, 10),
            (short_percent(share), 0.24, 7),
        ):
            axes.text(
                column,
                row + offset,
                text,
                color=ink_on(share),
                fontsize=size,
                ha="center",
                va="center",
            )


@styled()
def reliability_diagram(reliability: pd.DataFrame) -> RenderedFigure:
    """Accuracy against confidence per bin, and how many photos fell in it, for each model.

    Args:
        reliability: classification_reliability (model, bin_low, bin_high, photos, confidence,
            accuracy); empty bins hold NaN.
    """
    if reliability.empty:
        return nothing_to_show("No confidences to compare with accuracy.")
    models = list(dict.fromkeys(reliability["model"]))
    figure = new_figure(width=max(3.1 * len(models) + 0.5, 4.2), height=4.6)
    panels = figure.subplots(
        2, len(models), sharex="col", sharey="row", squeeze=False, height_ratios=(3, 1)
    )
    for (upper, lower), model in zip(panels.T, models, strict=True):
        bins = reliability[reliability["model"] == model]
        color = model_palette(models)[model]
        _draw_calibration(upper, bins, color)
        _draw_bin_counts(lower, bins, color)
        upper.set_title(readable(model))
    panels[0, 0].set_ylabel("accuracy")
    panels[1, 0].set_ylabel("photos")
    return render(
        figure,
        alternative_text="Accuracy against stated confidence in equal bins for "
        f"{', '.join(map(readable, models))}; on the dashed line a model is as often right as "
        "it says.",
    )


def _draw_calibration(axes: Axes, bins: pd.DataFrame, color: str) -> None:
    width = bins["bin_high"] - bins["bin_low"]
    axes.bar(bins["bin_low"], bins["accuracy"], width * 0.92, align="edge", color=color, alpha=0.35)
    axes.plot([0, 1], [0, 1], "--", color=MUTED, linewidth=1)
    axes.plot(bins["confidence"], bins["accuracy"], "o", color=color, markersize=5)
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    horizontal_grid(axes)


def _draw_bin_counts(axes: Axes, bins: pd.DataFrame, color: str) -> None:
    width = bins["bin_high"] - bins["bin_low"]
    axes.bar(bins["bin_low"], bins["photos"], width * 0.92, align="edge", color=color)
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.set_xlabel("confidence")
    horizontal_grid(axes)


@styled()
def model_comparison(metrics: pd.DataFrame) -> RenderedFigure:
    """Top-1 and macro F1 of every model with 95 % intervals, beside the majority baseline.

    Args:
        metrics: classification_metrics (model, metric, value, low, high, photos).
    """
    if metrics.empty:
        return nothing_to_show("No metrics to compare.")
    models = list(dict.fromkeys(metrics["model"]))
    figure = new_figure(width=9.0, height=1.5 + 0.5 * len(models))
    panels = figure.subplots(1, len(COMPARED_METRICS), sharey=True)
    for axes, (metric, title) in zip(panels, COMPARED_METRICS.items(), strict=True):
        _draw_scores(axes, metrics, models, metric=metric)
        axes.set_title(title)
    _draw_baseline(panels[0], metrics)
    rows_from_top(panels[0], models)
    return render(figure, alternative_text=_comparison_text(metrics, models))


def _scores(metrics: pd.DataFrame, models: list[str], metric: str) -> pd.DataFrame:
    rows = metrics[metrics["metric"] == metric].set_index("model")
    return rows[["value", "low", "high"]].reindex(models).astype(float)


def _draw_scores(axes: Axes, metrics: pd.DataFrame, models: list[str], *, metric: str) -> None:
    scores = _scores(metrics, models, metric)
    colors = model_palette(models)
    for row, (model, value, low, high) in enumerate(scores.itertuples()):
        axes.plot([low, high], [row, row], color=colors[str(model)], linewidth=4, alpha=0.4)
        axes.plot([value], [row], "o", color=colors[str(model)], markersize=9)
        if np.isfinite(value):
            axes.annotate(
                f"{value:.3f}", (value, row), (0, 9), textcoords="offset points", ha="center"
            )
    axes.set_xlim(0, 1.02)
    vertical_grid(axes)


def _draw_baseline(axes: Axes, metrics: pd.DataFrame) -> None:
    baseline = metrics.loc[metrics["metric"] == "majority_baseline", "value"].dropna()
    if not baseline.empty:
        value = float(baseline.iloc[0])
        axes.axvline(value, color=MUTED, linestyle="--", linewidth=1.2)
        axes.annotate(
            f"majority baseline {value:.3f}",
            (value, 0),
            (5, 4),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            fontsize=8,
            color=MUTED,
        )


def _comparison_text(metrics: pd.DataFrame, models: list[str]) -> str:
    top1, macro_f1 = (_scores(metrics, models, metric)["value"] for metric in COMPARED_METRICS)
    parts = (
        f"{readable(model)} top-1 {top1[model]:.3f}, macro F1 {macro_f1[model]:.3f}"
        for model in models
    )
    return f"Test scores with 95 % intervals: {'; '.join(parts)}."
