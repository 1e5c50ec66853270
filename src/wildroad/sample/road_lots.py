"""Divides the ground beside a street into lots, the same for every frame of a drive."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from wildroad.sample.road_houses import Lot
from wildroad.sample.road_scene import Color, pick
from wildroad.sample.road_street import Frame

_COUNT = 22
_NEAREST = 2.2  # a wall that came nearer would fill the frame


@dataclass(frozen=True)
class LotRow:
    """The lots along one side of a street.

    Attributes:
        side: -1 left of the street, +1 right.
        line: Distance of their fronts from the middle of the camera's lane, metres.
        jitter: By how much a front may lie farther back.
        lengths: Shortest and longest lot.
        paints: Colours of the fronts.
        trims: Colours of roofs and frames.
    """

    side: int
    line: float
    jitter: float
    lengths: tuple[float, float]
    paints: Sequence[Color]
    trims: Sequence[Color]

    def divide(self, frame: Frame, *, until: float) -> list[tuple[int, Lot]]:
        """Return the lots in sight with their numbers along the street, farthest first."""
        random = np.random.default_rng((*frame.drive_seed, 4, self.side + 1))
        ends = np.cumsum(random.uniform(*self.lengths, _COUNT)) - frame.travelled - 14
        lots = [
            (k, self._lot(frame, random, k, (float(near), float(far))))
            for k, (near, far) in enumerate(pairwise(ends))
        ]
        seen = [(k, lot) for k, lot in lots if lot.along[1] > 4 and lot.along[0] < until]
        return seen[::-1]

    def _lot(
        self, frame: Frame, random: np.random.Generator, number: int, along: tuple[float, float]
    ) -> Lot:
        near, far = along
        return Lot(
            self.side,
            self.line + self.jitter * float(random.uniform()),
            (max(near, _NEAREST), far),
            pick(random, self.paints),
            pick(random, self.trims),
            (*frame.drive_seed, 5 + self.side, number),
        )
