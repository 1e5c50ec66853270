"""A matrix as shaded cells, shared by both tasks' confusion figures."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from numpy.typing import NDArray

from wildroad.figures.style import INK, PAPER, fading, readable

DARK_SHARE = 0.62  # cells of a larger share are dark enough for white text


def short_percent(share: float) -> str:
    """Share as a whole per cent that never calls something nothing.

    >>> short_percent(0.847), short_percent(0.002), short_percent(0.0)
    ('85%', '<1%', '0%')
    """
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def square(
    table: pd.DataFrame, value: str, *, rows: list[str], columns: list[str]
) -> NDArray[np.float64]:
    """Lay a long confusion table out as a matrix, targets as rows; NaN where it has no entry.

    Args:
        table: target, predicted and the value's column.
        value: column that fills the cells.
        rows: targets in order.
        columns: predicted in order.
    """
    wide = table.pivot(index="target", columns="predicted", values=value)
    return wide.reindex(index=rows, columns=columns).to_numpy(dtype=np.float64)


def only(table: pd.DataFrame, column: str) -> str:
    """Return the one value that a column holds, "" where there is no such column.

    Raises:
        ValueError: when it holds several.
    """
    if column not in table:
        return ""
    values = list(dict.fromkeys(table[column]))
    if len(values) != 1:
        raise ValueError(f"one {column} is drawn at a time, got {values}; select its rows first")
    return str(values[0])


def ink_on(share: float) -> str:
    """Colour of text that stands out in a cell of this share."""
    return "#ffffff" if share > DARK_SHARE else INK


def draw_matrix(
    axes: Axes,
    shares: NDArray[np.float64],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    color: str,
) -> None:
    """Shade each cell by its share 0..1 (NaN stays empty); row 0 on top, targets as rows.

    Small shares are shaded more than in proportion: confusions are small and should be seen.

    Cells are paths, not pixels, so that the SVG scales; cell (row, column) is centred there.
    """
    axes.pcolormesh(
        np.arange(len(columns) + 1) - 0.5,
        np.arange(len(rows) + 1) - 0.5,
        np.ma.masked_invalid(shares),
        cmap=fading(color),
        norm=PowerNorm(0.6, vmin=0, vmax=1),
        edgecolors=PAPER,
        linewidth=1.2,
    )
    axes.set_xticks(
        range(len(columns)),
        [readable(name) for name in columns],
        rotation=45,
        ha="right",
        rotation_mode="anchor",
    )
    axes.set_yticks(range(len(rows)), [readable(name) for name in rows])
    axes.tick_params(labelcolor=INK)
    axes.invert_yaxis()
    axes.spines[:].set_visible(False)
    axes.set(xlabel="predicted", ylabel="target")
