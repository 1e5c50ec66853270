"""A canvas of colour and coverage that layers are laid over.

Shape legend: H rows, W columns of the canvas; h, w of a patch.
"""

from dataclasses import dataclass

import numpy as np

from wildroad.sample.wildlife_noise import Floats


@dataclass(frozen=True)
class Patch:
    """A small picture to be laid on a canvas; its corner may lie outside.

    Attributes:
        color: (h, w, 3), premultiplied by coverage.
        alpha: (h, w) coverage, 0 to 1.
        top: Row of the first line.
        left: Column of the first line.
    """

    color: Floats
    alpha: Floats
    top: int
    left: int


@dataclass(frozen=True)
class Canvas:
    """Colours premultiplied by coverage.

    Attributes:
        color: (H, W, 3), premultiplied; above 1 where something glows.
        alpha: (H, W), 0 to 1.
    """

    color: Floats
    alpha: Floats

    @staticmethod
    def clear(*, height: int, width: int) -> "Canvas":
        """A canvas with nothing on it."""
        return Canvas(
            np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32)
        )

    @staticmethod
    def filled(color: Floats) -> "Canvas":
        """A canvas covered by the colours (H, W, 3)."""
        return Canvas(color.astype(np.float32), np.ones(color.shape[:2], np.float32))

    def copy(self) -> "Canvas":
        """The same picture in memory of its own."""
        return Canvas(self.color.copy(), self.alpha.copy())

    def lay(self, patch: Patch) -> None:
        """Lays the patch over what is there; what falls outside is cut off."""
        height, width = self.alpha.shape
        rows = slice(max(-patch.top, 0), max(height - patch.top, 0))
        columns = slice(max(-patch.left, 0), max(width - patch.left, 0))
        cover = patch.alpha[rows, columns]
        top, left = max(patch.top, 0), max(patch.left, 0)
        here = np.s_[top : top + cover.shape[0], left : left + cover.shape[1]]
        self.color[here] = patch.color[rows, columns] + (1 - cover)[..., None] * self.color[here]
        self.alpha[here] += cover * (1 - self.alpha[here])

    def cover(self, front: "Canvas") -> None:
        """Lays a canvas of the same size over this one."""
        self.color[...] = front.color + self.color * (1 - front.alpha[..., None])
        self.alpha[...] = front.alpha + self.alpha * (1 - front.alpha)
