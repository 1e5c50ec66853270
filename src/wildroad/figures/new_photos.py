"""Gallery of the new photos that a classifier is least sure of."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad.figures.rendered import RenderedFigure
from wildroad.figures.style import readable
from wildroad.figures.wildlife import photo_sheet

NAME_LENGTH = 20
COLUMNS = ["file", "predicted", "confidence", "runner_up", "runner_up_confidence"]


def unsure_gallery(
    photos: Sequence[NDArray[np.uint8]], predictions: pd.DataFrame, *, heading: str
) -> RenderedFigure:
    """Photos with their names and the two most probable classes of each.

    Args:
        photos: One (H, W, 3) each, of any size.
        predictions: A row each: file, predicted, confidence, runner_up, runner_up_confidence.
        heading: What the gallery shows.
    """
    titles = [
        f"{shortened(file)}\n{100 * first:.0f} % {readable(predicted)}"
        f"\n{100 * second:.0f} % {readable(runner_up)}"
        for file, predicted, first, runner_up, second in predictions[COLUMNS].to_numpy().tolist()
    ]
    return photo_sheet(photos, titles, heading=heading, columns=min(6, max(3, len(titles))))


def shortened(file: str) -> str:
    """A file name in one short line, its end kept: the number of a photo stands there.

    >>> shortened("station_07/2024-05-01/IMG_0001.JPG")
    '…4-05-01/IMG_0001.JPG'
    """
    line = "".join(one if one.isprintable() else "?" for one in file)
    if len(line) <= NAME_LENGTH:
        return line
    return "…" + line[-NAME_LENGTH:]
