"""Confusion matrices of the road classes: in per cent of each target, and in pixels."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from wildroad.figures.matrix import draw_matrix, ink_on, only, square
from wildroad.figures.rendered import RenderedFigure, nothing_to_show, render
from wildroad.figures.style import MUTED, ROAD_ACCENT, domain_title, new_figure, styled


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
    where, rows, columns = _names(confusion)
    shares = square(confusion, "share", rows=rows, columns=columns)
    figure = new_figure(width=2.2 + 0.44 * len(columns), height=2.2 + 0.38 * len(rows))
    axes = figure.subplots()
    draw_matrix(axes, shares, rows=rows, columns=columns, color=ROAD_ACCENT)
    _write_percents(axes, shares)
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
def pixel_counts(confusion: pd.DataFrame) -> RenderedFigure:
    """Confusion matrix of one domain in pixels, shaded by their logarithm.

    Args:
        confusion: segmentation_confusion of one domain (domain, target, predicted, pixels, share).

    Raises:
        ValueError: when the rows belong to several domains.
    """
    if confusion.empty:
        return nothing_to_show("No confusion matrix.")
    where, rows, columns = _names(confusion)
    pixels = square(confusion, "pixels", rows=rows, columns=columns)
    figure = new_figure(width=2.2 + 0.5 * len(columns), height=2.2 + 0.38 * len(rows))
    axes = figure.subplots()
    shades = np.log10(np.maximum(pixels, 1)) / max(1.0, float(np.log10(pixels.max())))
    draw_matrix(axes, shades**2, rows=rows, columns=columns, color=ROAD_ACCENT)
    for row, column in np.argwhere(pixels > 0):
        told, ink = short_count(float(pixels[row, column])), ink_on(float(shades[row, column]) ** 2)
        axes.text(column, row, told, ha="center", va="center", fontsize=7, color=ink)
    axes.set_title(f"{where}, pixels")
    total = short_count(float(pixels.sum()))
    return render(
        figure,
        alternative_text=f"Confusion matrix of {where} in pixels, {total} in all; 'other' is any "
        f"class outside the {len(rows)}.",
    )


def _names(confusion: pd.DataFrame) -> tuple[str, list[str], list[str]]:
    """Title of the domain, targets, and predicted classes with those outside at the end."""
    domain = only(confusion, "domain")
    rows = list(dict.fromkeys(confusion["target"]))
    columns = list(dict.fromkeys([*rows, *confusion["predicted"]]))
    return (domain_title(domain) if domain else "All scenes"), rows, columns


def short_count(pixels: float) -> str:
    """Number of pixels in at most four signs.

    >>> [short_count(n) for n in (0, 7, 999, 1234, 99_960, 1_234_567, 999_999, 2.5e9)]
    ['0', '7', '999', '1.2k', '100k', '1.2M', '1M', '2.5G']
    """
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if pixels >= 0.9995 * size:
            digits = max(2, len(f"{pixels / size:.0f}"))
            return f"{pixels / size:.{digits}g}{unit}"
    return f"{pixels:.0f}"
