"""Photos decoded once: one array of pixels with its ids."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


class ImageArray(Mapping[str, Pixels]):
    """A mapping photo_id -> uint8 (H, W, 3) over one array, which may be memory-mapped.

    Attributes:
        ids: The N photo ids in the order of the rows.
        pixels: uint8 (N, H, W, 3).

    Raises:
        ValueError: The number of ids is not the number of rows, or an id stands twice.
    """

    def __init__(self, ids: Sequence[str], pixels: Pixels) -> None:
        """Join ids and rows."""
        self.ids, self.pixels = tuple(ids), pixels
        self._row = {key: row for row, key in enumerate(self.ids)}
        if len(self._row) != len(self.ids) or len(self.ids) != len(pixels):
            raise ValueError(
                f"{len(self.ids)} ids ({len(self._row)} different ones) for {len(pixels)} images"
            )

    def __getitem__(self, key: str) -> Pixels:
        """Pixels of one photo; KeyError for an id that is not there."""
        photo: Pixels = self.pixels[self._row[key]]
        return photo

    def __iter__(self) -> Iterator[str]:
        """Iterate over the ids in the order of the rows."""
        return iter(self.ids)

    def __len__(self) -> int:
        """Number of photos."""
        return len(self.ids)

    def rows(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Row of each id.

        Raises:
            ValueError: An id is not in the array.
        """
        if missing := [key for key in ids if key not in self._row]:
            raise ValueError(
                f"{len(missing)} photos are not in the image array, such as {missing[0]!r};"
                " run the data_processing pipeline again"
            )
        return np.array([self._row[key] for key in ids], np.int64)
