"""What a classifier gave for each photo in one pass: probabilities and features with their ids.

Legend: N photos, K classes, D features, M chosen photos.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class PhotoOutputs:
    """Outputs of one pass, found by photo id and never by their position.

    Attributes:
        photo_ids: The N ids in the order of the rows.
        probabilities: float64 (N, K), rows adding up to 1.
        features: float32 (N, D) input of the last linear layer; may be memory-mapped.

    Raises:
        ValueError: The numbers of ids and rows differ, or an id stands twice.
    """

    photo_ids: tuple[str, ...]
    probabilities: NDArray[np.float64]
    features: NDArray[np.float32]

    def __post_init__(self) -> None:
        """Check that ids and rows belong together."""
        sizes = (len(self.photo_ids), len(self.probabilities), len(self.features))
        if len({*sizes, len(self._row)}) > 1:
            raise ValueError(
                f"{sizes[0]} photo ids ({len(self._row)} different ones) came with {sizes[1]} rows"
                f" of probabilities and {sizes[2]} of features; give one of each per photo"
            )

    def __eq__(self, other: object) -> bool:
        """Whether ids, probabilities and features are the same, to the last bit."""
        return (
            isinstance(other, PhotoOutputs)
            and self.photo_ids == other.photo_ids
            and np.array_equal(self.probabilities, other.probabilities)
            and np.array_equal(self.features, other.features)
        )

    @cached_property
    def _row(self) -> dict[str, int]:
        return {key: row for row, key in enumerate(self.photo_ids)}

    def rows(self, photo_ids: Sequence[str]) -> NDArray[np.int64]:
        """Row of each id.

        Raises:
            ValueError: An id is not among the photos.
        """
        if missing := [key for key in photo_ids if key not in self._row]:
            raise ValueError(
                f"{len(missing)} photos have no outputs, such as {missing[0]!r};"
                " run the classification pipeline again"
            )
        return np.array([self._row[key] for key in photo_ids], np.int64)

    def probabilities_of(self, photo_ids: Sequence[str]) -> NDArray[np.float64]:
        """(M, K) probabilities of the named photos, in the order of the names."""
        return self.probabilities[self.rows(photo_ids)]

    def features_of(self, photo_ids: Sequence[str]) -> NDArray[np.float32]:
        """(M, D) features of the named photos, in the order of the names."""
        return self.features[self.rows(photo_ids)]
