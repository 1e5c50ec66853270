"""Photos decoded once: one array of pixels with its ids."""

import zlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from wildroad.core.lazy import LazyMapping, Restartable

Pixels = NDArray[np.uint8]


class ImageArray(Mapping[str, Pixels]):
    """A mapping photo_id -> uint8 (H, W, 3) over one array, which may be memory-mapped.

    Attributes:
        ids: The N photo ids in the order of the rows.
        pixels: uint8 (N, H, W, 3).
        origins: Photo id -> what its pixels were made from and how; ids may be missing.

    Raises:
        ValueError: The number of ids is not the number of rows, or an id stands twice.
    """

    def __init__(
        self, ids: Sequence[str], pixels: Pixels, *, origins: Mapping[str, str] | None = None
    ) -> None:
        """Join ids and rows."""
        self.ids, self.pixels, self.origins = tuple(ids), pixels, origins or {}
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


def origins_of(images: Mapping[str, Pixels]) -> Mapping[str, str]:
    """Photo id -> what its pixels are made from and how, as far as the mapping knows."""
    return images.origins if isinstance(images, LazyMapping | Restartable | ImageArray) else {}


def checksum(pixels: Pixels) -> int:
    """CRC-32 of the pixels of one photo, by which a damaged row is found."""
    return zlib.crc32(np.ascontiguousarray(pixels).data)


def kept_pixels(
    images: Mapping[str, Pixels], made: ImageArray, checksums: Sequence[int]
) -> dict[str, Pixels]:
    """Find the photos that need not be made, as an array made before holds them unharmed.

    Args:
        images: The photos that are wanted.
        made: The array made before.
        checksums: ``checksum`` of each of its rows when it was made.

    Returns:
        Photo id -> its pixels in ``made``, where it was made from the same and in the same way,
        be it under another id, and its checksum is right.
    """
    written = dict(zip(made.ids, checksums, strict=True))
    name_of = {origin: name for name, origin in made.origins.items()}
    kept = {}
    for name, origin in origins_of(images).items():
        found = name if made.origins.get(name) == origin else name_of.get(origin)
        if found is not None and name in images and checksum(made[found]) == written[found]:
            kept[name] = made[found]
    return kept


def same_photos(images: Mapping[str, Pixels], made: ImageArray) -> bool:
    """Whether an array holds these photos in this order, all known to be made from the same."""
    origins = origins_of(images)
    return tuple(images) == made.ids and all(
        name in origins and origins[name] == made.origins.get(name) for name in made.ids
    )
