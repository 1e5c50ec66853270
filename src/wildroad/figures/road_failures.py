"""Scenes where a class went wrong: photo, target and predicted mask, and how it was taken."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from wildroad.core.failure_views import FailureView
from wildroad.figures.gallery import IGNORED_COLOR, OUTSIDE_COLOR
from wildroad.figures.matrix import short_percent
from wildroad.figures.rendered import RenderedFigure, nothing_to_show, render
from wildroad.figures.style import INK, MUTED, new_figure, styled

Pixels = NDArray[np.uint8]

PANELS = 3
SIDE_BY_SIDE = 2
OUTLINE = (255, 236, 64)
READING = (
    "Photo with the target's outline, target mask, predicted mask. In full colour: pixels that are"
    " the class in target or prediction. 2.0x false: twice as many pixels as the class has were"
    " taken for it by mistake."
)


@styled()
def failure_gallery(
    failures: pd.DataFrame, views: Sequence[FailureView], classes: Sequence[str], colors: Pixels
) -> RenderedFigure:
    """Each class's failures, two classes side by side: photo, target, predicted mask.

    The target's outline of the class is drawn into the photo. In the masks all is pale but the
    pixels that are the class in target or prediction.

    Args:
        failures: class_name, rank, scene_id, iou, target_pixels, missed_pixels, false_pixels,
            taken_for; N rows.
        views: The N views.
        classes: K names.
        colors: K x 3, the data sets' colours of the classes.
    """
    if failures.empty:
        return nothing_to_show("No scene contains a class that went wrong in it.")
    failed = list(dict.fromkeys(failures["class_name"]))
    most = int(failures["rank"].max())
    blocks = -(-len(failed) // SIDE_BY_SIDE)
    ratio = float(np.median([len(view.photo) / view.photo.shape[1] for view in views]))
    figure = new_figure(width=12.0, height=blocks * most * (1.88 * ratio + 0.34) + 0.9)
    panels = figure.subplots(blocks * most, SIDE_BY_SIDE * PANELS, squeeze=False)
    for axes in panels.ravel():
        axes.set_axis_off()
        axes.set(xlim=(0, 1), ylim=(0, ratio), aspect="equal")
    for failure, view in zip(failures.itertuples(), views, strict=True):
        place, rank = failed.index(str(failure.class_name)), int(str(failure.rank))
        row, side = place // SIDE_BY_SIDE * most + rank - 1, place % SIDE_BY_SIDE
        _draw_failure(list(panels[row, PANELS * side : PANELS * (side + 1)]), failure, view)
    _legend(figure, failures, classes, colors)
    figure.suptitle(READING, x=0.005, ha="left", fontsize=8, color=MUTED)
    return render(figure, alternative_text=_text(failures))


def _draw_failure(axes: Sequence[Axes], failure: object, view: FailureView) -> None:
    photo = view.photo.copy()
    photo[view.outline] = OUTLINE
    height, width = photo.shape[:2]
    for panel, picture in zip(axes, (photo, view.target, view.predicted), strict=True):
        # Nearest: smoothing would invent labels between labels.
        panel.imshow(picture, interpolation="nearest")
        panel.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    name, told = _told(failure)
    axes[0].set_title(name, loc="left", fontsize=8.5, pad=4, color=INK)
    axes[1].set_title(told, loc="left", fontsize=7.5, fontweight="normal", pad=4, color=MUTED)


def _told(failure: object) -> tuple[str, str]:
    columns = ("class_name", "iou", "missed_pixels", "target_pixels", "false_pixels", "taken_for")
    name, iou, missed, pixels, false, taken_for = (getattr(failure, one) for one in columns)
    told = f"IoU {iou:.2f}, {short_percent(missed / pixels)} missed"
    told += f", most taken for {taken_for}" if taken_for else ""
    return str(name), f"{told}; {false / pixels:.1f}x false" if false > missed else told


def _legend(figure: Figure, failures: pd.DataFrame, classes: Sequence[str], colors: Pixels) -> None:
    seen = set(failures["class_name"]) | set(failures["taken_for"])
    known = [*zip(classes, colors, strict=True), ("other", OUTSIDE_COLOR)]
    handles = [
        Patch(color=tuple(np.divide(color, 255)), label=name)
        for name, color in known
        if name in seen
    ]
    handles.append(Patch(color=tuple(np.divide(IGNORED_COLOR, 255)), label="ignored"))
    figure.legend(handles=handles, loc="outside lower center", ncols=min(9, len(handles)))


def _text(failures: pd.DataFrame) -> str:
    first = failures[failures["rank"] == 1]
    told = [
        f"{name} in {scene} (IoU {iou:.2f}{f', most taken for {taken}' if taken else ''})"
        for name, scene, iou, taken in first[
            ["class_name", "scene_id", "iou", "taken_for"]
        ].itertuples(index=False)
    ]
    return (
        "Scenes that contain a class and where it went wrong, as photo, target and predicted mask;"
        f" the worst of each class: {'; '.join(told)}."
    )
