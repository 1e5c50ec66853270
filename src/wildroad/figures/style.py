"""One look for every figure: type, sizes and colours that stay told apart by colour-blind readers.

Four hues are roles, not decoration: `INK`, `MUTED`, `GRID` and `PAPER` never colour data, so that a
page showing the SVG may swap them for its own (a dark page does).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure

INK = "#1d2428"
MUTED = "#5e686e"
GRID = "#dcdfdd"
PAPER = "#fefefd"

WILDLIFE_ACCENT = "#1f6f5c"
ROAD_ACCENT = "#a4492a"

TRAIN_COLOR = "#3f6f9f"
VAL_COLOR = "#d98026"
TEST_COLOR = "#8f9aa3"

DOMAIN_COLORS = {"cityscapes": "#3b6ea8", "idd": "#d4792a"}
DOMAIN_TITLES = {"cityscapes": "Cityscapes (Germany)", "idd": "IDD (India)"}

# Paul Tol's "muted" scheme, https://personal.sron.nl/~pault/, without its grey.
CLASS_CYCLE = (
    *("#332288", "#88ccee", "#44aa99", "#117733", "#999933"),
    *("#ddcc77", "#cc6677", "#882255", "#aa4499", "#777777"),
)
# Okabe and Ito's colours that stand out on white and on black.
MODEL_CYCLE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")

STYLE: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.labelsize": 10,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "axes.edgecolor": GRID,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 2,
    "figure.constrained_layout.wspace": 0.06,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    # Text stays text in SVG: searchable, small, and every common font is narrower than the
    # DejaVu Sans that the layout was measured with, so that labels cannot come to overlap.
    "svg.fonttype": "none",
    "svg.hashsalt": "wildroad",
    "path.simplify": False,
}

_rc_lock = RLock()


@contextmanager
def styled() -> Iterator[None]:
    """Hold this style for a block or, as `@styled()`, a function; threads take turns.

    matplotlib keeps its settings in one global table, which is as it was when the block ends.
    """
    with _rc_lock, matplotlib.rc_context(STYLE):
        yield


def new_figure(*, width: float, height: float) -> Figure:
    """Empty figure of a width and height in inches that lays itself out, on its own Agg canvas."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def readable(name: str) -> str:
    """Name as a person writes it.

    >>> readable("amur_leopard")
    'amur leopard'
    """
    return name.replace("_", " ")


def domain_title(domain: str) -> str:
    """Name of a road domain as a person writes it."""
    return DOMAIN_TITLES.get(domain, readable(domain))


def domain_color(domain: str) -> str:
    """Colour of a road domain, the same in every figure."""
    return DOMAIN_COLORS.get(domain, MODEL_CYCLE[2])


def domains_in_order(domains: Sequence[str]) -> list[str]:
    """Each domain once, Cityscapes and IDD first.

    >>> domains_in_order(["idd", "other", "cityscapes", "idd"])
    ['cityscapes', 'idd', 'other']
    """
    known = [domain for domain in DOMAIN_TITLES if domain in domains]
    return known + sorted(set(domains) - set(known))


def class_palette(classes: Sequence[str]) -> dict[str, str]:
    """Colour of each photo class; it depends on the set of names only, not on their order."""
    return {
        name: CLASS_CYCLE[position % len(CLASS_CYCLE)]
        for position, name in enumerate(sorted(set(classes)))
    }


def model_palette(models: Sequence[str]) -> dict[str, str]:
    """Colour of each model, in order of first appearance."""
    return {
        name: MODEL_CYCLE[position % len(MODEL_CYCLE)]
        for position, name in enumerate(dict.fromkeys(models))
    }


def fading(color: str) -> LinearSegmentedColormap:
    """Colour map from see-through to a colour: right on a white page and on a black one."""
    red, green, blue = to_rgb(color)
    return LinearSegmentedColormap.from_list(
        f"fading {color}", [(red, green, blue, 0.0), (red, green, blue, 1.0)]
    )


def horizontal_grid(axes: Axes) -> None:
    """Light lines at the values of the y axis, for curves and upright bars."""
    axes.grid(visible=True, axis="y")
    axes.spines["left"].set_visible(False)


def vertical_grid(axes: Axes) -> None:
    """Light lines at the values of the x axis, for lying bars and dots."""
    axes.grid(visible=True, axis="x")
    axes.spines["left"].set_visible(False)


def rows_from_top(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows 0, 1, ... of an axes, the first one on top."""
    axes.set_yticks(range(len(names)), [readable(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", labelcolor=INK)
