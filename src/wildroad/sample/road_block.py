"""Boxes with sloping sides: cars, trams, houses and bins are made of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from wildroad.sample.road_scene import Color, Corner, Patch, Quad, View, part


@dataclass(frozen=True)
class Block:
    """A box along the street; its top may be drawn in, which makes a windscreen or a roof slope.

    Attributes:
        across: Left and right edge, metres.
        up: Bottom and top.
        along: Near and far edge.
        drawn_in: How much narrower the top is on each side, at the near and at the far edge.
    """

    across: tuple[float, float]
    up: tuple[float, float]
    along: tuple[float, float]
    drawn_in: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def back(self) -> Quad:
        """Face that looks at the camera."""
        a, b, _, _ = self._floor
        c, d, _, _ = self._lid
        return a, b, d, c

    @property
    def lid(self) -> Quad:
        """Face on top."""
        a, b, c, d = self._lid
        return a, b, c, d

    @property
    def side(self) -> Quad:
        """The long face that the camera can see, from its near to its far end.

        A box straight ahead shows none: its side is then only the edge of its back.
        """
        a, b, c, d = self._floor
        e, f, g, h = self._lid
        if self.straight_ahead:
            return b, b, f, f
        return (a, d, h, e) if self.across[0] > 0 else (b, c, g, f)

    @property
    def straight_ahead(self) -> bool:
        """Whether the camera looks at the back alone."""
        return self.across[0] <= 0 <= self.across[1]

    @property
    def side_looks(self) -> int:
        """Direction the visible long face looks in: -1 left, 1 right."""
        return -1 if self.across[0] > 0 else 1

    @property
    def corners(self) -> tuple[Corner, ...]:
        """All eight corners."""
        return (*self._floor, *self._lid)

    @property
    def _floor(self) -> Quad:
        (left, right), (low, _), (near, far) = self.across, self.up, self.along
        return (left, low, near), (right, low, near), (right, low, far), (left, low, far)

    @property
    def _lid(self) -> Quad:
        (left, right), (_, high), (near, far) = self.across, self.up, self.along
        aside, behind, ahead = self.drawn_in
        left, right, near, far = left + aside, right - aside, near + behind, far - ahead
        return (left, high, near), (right, high, near), (right, high, far), (left, high, far)


def faces(view: View, block: Block, color: Color) -> list[Patch]:
    """Return the lid, the visible side and the back of a block, each in its own light."""
    light = view.light
    return [
        view.patch(block.lid, color, brightness=1.12),
        view.patch(block.side, color, brightness=light.on_face(block.side_looks)),
        view.patch(block.back, color, brightness=light.on_face(0)),
    ]


def panes(
    view: View,
    quad: Quad,
    color: Color,
    spans: Sequence[tuple[float, float]],
    *,
    up: tuple[float, float],
    brightness: float = 1.0,
) -> list[Patch]:
    """Return a row of panes on a face: windows, lamps or doors at these shares of its width."""
    return [
        view.patch(part(quad, across=span, up=up), color, brightness=brightness) for span in spans
    ]


def glass(
    view: View, quad: Quad, spans: Sequence[tuple[float, float]], *, up: tuple[float, float]
) -> list[Patch]:
    """Return a row of dark window panes with a paler reflection in their upper part."""
    low, high = up
    above = (high - (high - low) * 0.35, high)
    return [
        *panes(view, quad, (38, 46, 56), spans, up=up),
        *panes(view, quad, (78, 90, 102), spans, up=above),
    ]


def spread(count: int, *, gap: float) -> list[tuple[float, float]]:
    """Return as many equal spans from 0 to 1, with this share of each left free around it.

    >>> spread(2, gap=0.2)
    [(0.05, 0.45), (0.55, 0.95)]
    """
    step = 1 / count
    return [((k + gap / 2) * step, (k + 1 - gap / 2) * step) for k in range(count)]


def wheel(view: View, block: Block, share: float, radius: float) -> list[Patch]:
    """Return a wheel on a block's visible side, tyre and hub, at a share of its length."""
    if block.straight_ahead:
        return []
    near, far = block.along
    x = block.across[0] if block.side_looks < 0 else block.across[1]
    z = near + (far - near) * share
    sizes = ((radius, (24, 24, 26)), (radius * 0.55, (120, 122, 126)))
    return [view.patch(_circle(x, radius, z, size), color) for size, color in sizes]


def _circle(x: float, y: float, z: float, radius: float) -> list[Corner]:
    turns = ((1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7), (-1, 0), (-0.7, -0.7), (0, -1), (0.7, -0.7))
    return [(x, y + radius * up, z + radius * along) for along, up in turns]
