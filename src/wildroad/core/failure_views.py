"""The part of a scene where a class failed, as pictures to lay side by side.

Shapes: H x W pixels of a scene, h x w of a view, K classes; masks hold class indices.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wildroad.core.masks import resize_mask

Pixels = NDArray[np.uint8]
Window = tuple[slice, slice]

SMALLEST_SHARE = 0.4
"""A view shows at least this share of a scene's rows and columns, so that one sees where it is."""
MARGIN = 0.6
"""What is seen around the class on each side, as a share of its own extent."""
PALE = 0.72
"""How far the colours of everything else are drawn towards white."""


@dataclass(frozen=True)
class FailureView:
    """Three pictures of one place, each (h, w, 3).

    Attributes:
        photo: The photo.
        target: The target mask in colours, all pale but the pixels that are the class in the target
            or in the prediction.
        predicted: The predicted mask, likewise: these pixels are in the colour of what they were
            taken for.
        outline: Where the class begins in the target, (h, w).
    """

    photo: Pixels
    target: Pixels
    predicted: Pixels
    outline: NDArray[np.bool_]


def view_failure(
    photo: Pixels,
    target: Pixels,
    predicted: Pixels,
    *,
    index: int,
    colors: Pixels,
    mostly_missed: bool,
    width: int,
) -> FailureView:
    """Cut out where a class failed, and colour it.

    Args:
        photo: (H, W, 3).
        target: (H, W), which has the class.
        predicted: (H, W).
        index: The class.
        colors: Colours of all values of a mask, (256, 3).
        mostly_missed: Whether to look where the class is; else also where it was seen by mistake.
        width: Columns of the view at most.
    """
    there = target == index
    window = window_around(there if mostly_missed else there | (predicted == index))
    height, columns = (axis.stop - axis.start for axis in window)
    scale = min(1.0, width / columns)
    size = {"height": max(1, round(height * scale)), "width": max(1, round(columns * scale))}
    targets, guesses = (resize_mask(mask[window], **size) for mask in (target, predicted))
    concerned = (targets == index) | (guesses == index)
    return FailureView(
        photo=_shrunk(photo[window], **size),
        target=_highlighted(colors[targets], concerned),
        predicted=_highlighted(colors[guesses], concerned),
        outline=outline(targets == index),
    )


def window_around(there: NDArray[np.bool_]) -> Window:
    """Rows and columns around a region, in the proportions of the scene and within it.

    Args:
        there: (H, W), true somewhere.

    Raises:
        ValueError: It is true nowhere.

    >>> there = np.zeros((100, 200), bool)
    >>> there[50:60, 0:4] = True
    >>> window_around(there)
    (slice(35, 75, None), slice(0, 80, None))
    """
    spans = [np.flatnonzero(there.any(axis=axis)) for axis in (1, 0)]
    if not spans[0].size:
        raise ValueError("the class is nowhere in the scene, so there is nothing to look at")
    extents = [
        (span[-1] + 1 - span[0]) / length for span, length in zip(spans, there.shape, strict=True)
    ]
    share = min(1.0, max(SMALLEST_SHARE, (1 + 2 * MARGIN) * max(extents)))
    rows, columns = (
        _slice(int(span[0]), int(span[-1]) + 1, length, share)
        for span, length in zip(spans, there.shape, strict=True)
    )
    return rows, columns


def _slice(first: int, end: int, length: int, share: float) -> slice:
    size = min(length, max(1, round(length * share)))
    start = min(max(0, (first + end - size) // 2), length - size)
    return slice(start, start + size)


def outline(there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels on both sides of the border of a region; the border of the picture is none.

    >>> there = np.array([[0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0]], bool)
    >>> outline(there).astype(int)
    array([[0, 0, 0, 0],
           [1, 1, 0, 0],
           [1, 1, 1, 0],
           [0, 1, 1, 0]])
    """
    framed = np.pad(there, 1, mode="edge")
    around = (framed[:-2, 1:-1], framed[2:, 1:-1], framed[1:-1, :-2], framed[1:-1, 2:])
    edge: NDArray[np.bool_] = np.any([there != side for side in around], axis=0)
    return edge


def _shrunk(photo: Pixels, *, height: int, width: int) -> Pixels:
    return np.asarray(Image.fromarray(photo).resize((width, height), Image.Resampling.BOX))


def _highlighted(colored: Pixels, concerned: NDArray[np.bool_]) -> Pixels:
    pale = (1 - PALE) * colored + PALE * 255
    return np.where(concerned[..., None], colored, pale).astype(np.uint8)
