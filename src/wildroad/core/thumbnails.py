"""Small copies of photos for pages that show thousands of them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wildroad.core.lazy import LazyMapping

Pixels = NDArray[np.uint8]

LONGEST_SIDE = 88  # pixels


def thumbnail(photo: Pixels, *, longest_side: int = LONGEST_SIDE) -> Pixels:
    """Shrink a photo, uint8 (H, W, 3), so that its longer side is that long; never enlarge it.

    >>> thumbnail(np.zeros((100, 200, 3), np.uint8), longest_side=20).shape
    (10, 20, 3)
    >>> thumbnail(np.zeros((8, 9, 3), np.uint8), longest_side=20).shape
    (8, 9, 3)
    """
    height, width = photo.shape[:2]
    factor = longest_side / max(height, width)
    if factor >= 1:
        return photo
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.LANCZOS))


def thumbnails(photos: Mapping[str, Pixels]) -> LazyMapping[Pixels]:
    """Small copies of all photos, made when asked for."""
    return LazyMapping(list(photos), lambda photo_id: thumbnail(photos[photo_id]))
