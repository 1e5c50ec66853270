"""Gallery of new road scenes with what was predicted of them."""

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import Patch
from numpy.typing import NDArray

from wildroad.figures.rendered import RenderedFigure, render
from wildroad.figures.style import new_figure, readable, styled

Pixels = NDArray[np.uint8]

LONGEST_NAME = 48
LEGEND_COLUMNS = 6


@styled()
def overlay_gallery(
    scenes: Sequence[tuple[str, Pixels, Pixels, Pixels]], classes: Sequence[str], colors: Pixels
) -> RenderedFigure:
    """Photo and overlay of each scene side by side, and a legend of what was predicted.

    Args:
        scenes: At least one: name, photo (H, W, 3), overlay (H, W, 3), class mask (H, W).
        classes: K names.
        colors: Their colours, (K, 3).
    """
    shapes = [photo.shape[0] / photo.shape[1] for _, photo, _, _ in scenes]
    figure = new_figure(width=10.0, height=4.9 * sum(shapes) + 0.3 * len(scenes) + 1.0)
    panels = figure.subplots(len(scenes), 2, squeeze=False, height_ratios=shapes)
    for (left, right), (name, photo, shown, _) in zip(panels, scenes, strict=True):
        left.imshow(photo, interpolation="antialiased")
        left.set_title(name[-LONGEST_NAME:], fontsize=9, pad=5)
        right.imshow(shown, interpolation="antialiased")
        for panel in (left, right):
            panel.set_axis_off()
    panels[0][1].set_title("predicted", fontsize=9, pad=5)
    pixels = sum(np.bincount(mask.ravel(), minlength=len(classes)) for *_, mask in scenes)
    order = [int(one) for one in np.argsort(-np.asarray(pixels), kind="stable")]
    present = [one for one in order if np.asarray(pixels)[one]]
    figure.legend(
        handles=[Patch(color=colors[one] / 255, label=readable(classes[one])) for one in present],
        loc="outside lower center",
        ncols=min(LEGEND_COLUMNS, len(present)),
        fontsize=9,
        frameon=False,
    )
    names = ", ".join(name for name, *_ in scenes)
    most = ", ".join(readable(classes[one]) for one in present[:3])
    return render(
        figure, alternative_text=f"Photo and predicted classes of {names}; most pixels are {most}."
    )
