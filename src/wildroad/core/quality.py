"""Photos a person should look at: too dark, too light, blurred, empty, odd in shape, enlarged."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from cleanvision import Imagelab
from PIL import Image

from wildroad.core.image_array import ImageArray

PIXEL_ISSUES = ("dark", "light", "blurry", "low_information")
OBLONG = 0.35
COLUMNS = ["photo_id", "class_name", "issue", "score"]


class PhotoItems(Sequence[tuple[Image.Image]]):
    """Photos of an image array as cleanvision reads a torchvision data set: one-item tuples.

    Args:
        images: The array.
        photo_ids: Which photos, in this order.
    """

    def __init__(self, images: ImageArray, photo_ids: Sequence[str]) -> None:
        """Find the rows."""
        self._pixels, self._rows = images.pixels, images.rows(photo_ids)

    def __len__(self) -> int:
        """Number of photos."""
        return len(self._rows)

    def __getitem__(self, item: int) -> tuple[Image.Image]:  # type: ignore[override]
        """One photo."""
        return (Image.fromarray(np.asarray(self._pixels[self._rows[item]])),)


def quality_issues(images: ImageArray, index: pd.DataFrame) -> pd.DataFrame:
    """List the photos with an issue, the worst of each issue first.

    Brightness, blur and entropy are measured by cleanvision, with its own limits, on the photos as
    the models see them; shape and size come from the index.

    Args:
        images: Decoded photos, (N, S, S, 3).
        index: photo_id, class_name, width, height of these photos and maybe more.

    Returns:
        photo_id, class_name, issue ("dark", "light", "blurry", "low_information", "oblong",
        "enlarged"), score from 0 (worst) to 1. A photo may have several issues.
    """
    photos = index[index["photo_id"].isin(images.ids)].reset_index(drop=True)
    tables = [pixel_issues(images, photos), shape_issues(photos, size=images.pixels.shape[1])]
    found = pd.concat(tables, ignore_index=True)
    return found.sort_values(["issue", "score", "photo_id"], kind="stable", ignore_index=True)


def pixel_issues(images: ImageArray, photos: pd.DataFrame) -> pd.DataFrame:
    """Issues that the pixels show."""
    laboratory = Imagelab(torchvision_dataset=PhotoItems(images, list(photos["photo_id"])))
    laboratory.find_issues({name: {} for name in PIXEL_ISSUES}, n_jobs=1, verbose=False)
    return pd.concat(
        [
            chosen(
                photos,
                name,
                laboratory.issues[f"is_{name}_issue"].to_numpy(bool),
                laboratory.issues[f"{name}_score"].to_numpy(float),
            )
            for name in PIXEL_ISSUES
        ]
    )


def shape_issues(photos: pd.DataFrame, *, size: int) -> pd.DataFrame:
    """Photos nearly three times as long as wide, and photos smaller than the models' input.

    Args:
        photos: photo_id, class_name, width, height.
        size: Height and width of the models' input in pixels.
    """
    shorter = photos[["width", "height"]].min(axis=1).to_numpy(float)
    longer = photos[["width", "height"]].max(axis=1).to_numpy(float)
    oblong, enlarged = shorter / longer, np.minimum(shorter / size, 1)
    return pd.concat(
        [
            chosen(photos, "oblong", oblong < OBLONG, oblong),
            chosen(photos, "enlarged", enlarged < 1, enlarged),
        ]
    )


def chosen(photos: pd.DataFrame, issue: str, found: np.ndarray, scores: np.ndarray) -> pd.DataFrame:
    """Rows of the photos that have an issue."""
    rows = photos.loc[found, ["photo_id", "class_name"]]
    return rows.assign(issue=issue, score=np.clip(scores[found], 0, 1))
