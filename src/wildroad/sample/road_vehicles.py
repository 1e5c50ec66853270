"""Cars, trucks, buses, trams and autorickshaws, seen along the street."""

from dataclasses import dataclass

from wildroad.sample.road_block import Block, faces, glass, panes, spread, wheel
from wildroad.sample.road_scene import Color, Corner, Material, Patch, Quad, Thing, View, part

_RED: Color = (190, 24, 22)
_AMBER: Color = (230, 150, 40)
_LAMP: Color = (250, 246, 225)
_TYRE: Color = (26, 26, 28)


@dataclass(frozen=True)
class Vehicle:
    """Where a vehicle stands and how it looks.

    Attributes:
        x: Middle, metres to the right of the camera.
        z: Near end, metres ahead.
        color: Paint.
        trim: Second colour: stripe, canopy or cargo box.
        oncoming: True where its front looks at the camera.
    """

    x: float
    z: float
    color: Color
    trim: Color = (60, 60, 64)
    oncoming: bool = False

    def block(
        self,
        half: float,
        up: tuple[float, float],
        along: tuple[float, float],
        drawn_in: tuple[float, float, float] = (0.0, 0.0, 0.0),
        /,
    ) -> Block:
        """Return a block of this half width, bottom and top, near and far edge from the tail."""
        near, far = along
        return Block((self.x - half, self.x + half), up, (self.z + near, self.z + far), drawn_in)


def car(view: View, vehicle: Vehicle) -> list[Thing]:
    """Return a car with its shadow and, where it is near, its licence plate."""
    body = vehicle.block(0.92, (0.25, 0.88), (0, 4.2), (0.05, 0.06, 0.1))
    hood = 1.0 if vehicle.oncoming else 0.15
    cabin = vehicle.block(0.85, (0.86, 1.47), (hood, 3.7 - 0.4 * hood), (0.16, 0.55, 0.6))
    patches = [
        *faces(view, body, vehicle.color),
        *_wheels(view, body, (0.18, 0.8), 0.31),
        *faces(view, cabin, vehicle.color),
        *glass(view, cabin.back, [(0.08, 0.92)], up=(0.1, 0.88)),
        *glass(view, cabin.side, [(0.08, 0.46), (0.52, 0.92)], up=(0.12, 0.86)),
        *_lights(view, body.back, vehicle, up=(0.5, 0.82)),
    ]
    return _complete(view, "car", vehicle, [body, cabin], patches)


def truck(view: View, vehicle: Vehicle) -> list[Thing]:
    """Return a truck: a tall cargo box behind its cab, painted in the second colour."""
    chassis = vehicle.block(1.15, (0.45, 1.0), (0, 7.2))
    near, far = (1.8, 7.4) if vehicle.oncoming else (0, 5.4)
    cargo = vehicle.block(1.22, (0.95, 3.3), (near, far))
    cab = vehicle.block(1.12, (0.6, 2.7), (0.0, 1.8) if vehicle.oncoming else (5.5, 7.2))
    patches = [
        *faces(view, chassis, (52, 50, 50)),
        *_wheels(view, chassis, (0.15, 0.3, 0.85), 0.5),
        *faces(view, cab, vehicle.color),
        *glass(view, cab.side, [(0.25, 0.8)], up=(0.5, 0.85)),
        *faces(view, cargo, vehicle.trim),
        *_ribs(view, cargo, vehicle.trim),
        *_truck_end(view, vehicle, cab, chassis),
    ]
    return _complete(view, "truck", vehicle, [chassis, cargo, cab], patches)


def bus(view: View, vehicle: Vehicle) -> list[Thing]:
    """Return a bus: a row of windows on each side and a band in the second colour."""
    body = vehicle.block(1.26, (0.35, 3.05), (0, 10.5), (0.05, 0.05, 0.05))
    patches = [
        *faces(view, body, vehicle.color),
        *_band(view, body, vehicle.trim, up=(0.12, 0.34)),
        *glass(view, body.side, spread(7, gap=0.12), up=(0.46, 0.84)),
        *glass(view, body.back, [(0.1, 0.9)], up=(0.46, 0.86)),
        *panes(view, body.back, (240, 170, 40), [(0.3, 0.7)], up=(0.9, 0.97)),
        *_wheels(view, body, (0.2, 0.75), 0.48),
        *_lights(view, body.back, vehicle, up=(0.05, 0.13)),
    ]
    return _complete(view, "bus", vehicle, [body], patches)


def tram(view: View, vehicle: Vehicle, *, length: float = 26.0) -> list[Thing]:
    """Return a tram or train in cars of about eight metres, with doors and a sloping front."""
    body = vehicle.block(1.3, (0.2, 3.4), (0, length), (0.08, 0.35, 0.1))
    cars = max(round(length / 8), 1)
    joints = [(k / cars - 0.004, k / cars + 0.004) for k in range(1, cars)]
    patches = [
        *faces(view, body, vehicle.color),
        *_band(view, body, vehicle.trim, up=(0.05, 0.3)),
        *_band(view, body, vehicle.trim, up=(0.9, 0.98)),
        *glass(view, body.side, spread(3 * cars, gap=0.14), up=(0.42, 0.8)),
        *panes(view, body.side, (70, 76, 82), joints, up=(0.05, 0.98)),
        *glass(view, body.back, [(0.1, 0.9)], up=(0.42, 0.84)),
        *panes(view, body.back, _LAMP, [(0.12, 0.26), (0.74, 0.88)], up=(0.18, 0.25)),
        *panes(view, body.back, (250, 190, 60), [(0.25, 0.75)], up=(0.87, 0.95)),
    ]
    return _complete(view, "train", vehicle, [body], patches)


def autorickshaw(view: View, vehicle: Vehicle) -> list[Thing]:
    """Return a three-wheeled taxi: a body in one colour under a canopy in another."""
    body = vehicle.block(0.66, (0.22, 0.95), (0, 2.5), (0.02, 0.05, 0.3))
    canopy = vehicle.block(0.64, (0.93, 1.75), (0.05, 2.1), (0.1, 0.18, 0.35))
    patches = [
        *faces(view, body, vehicle.color),
        *_wheels(view, body, (0.2,), 0.24),
        *faces(view, canopy, vehicle.trim),
        *panes(view, canopy.side, (40, 38, 36), [(0.25, 0.85)], up=(0.0, 0.72)),
        *glass(view, canopy.back, [(0.14, 0.86)], up=(0.15, 0.8)),
        *panes(view, body.back, (225, 220, 200), [(0.38, 0.62)], up=(0.05, 0.3)),
        *_lights(view, body.back, vehicle, up=(0.35, 0.6)),
    ]
    return _complete(view, "autorickshaw", vehicle, [body, canopy], patches)


def caravan(view: View, vehicle: Vehicle) -> list[Thing]:
    """Return a parked caravan."""
    body = vehicle.block(1.1, (0.35, 2.5), (0, 4.6), (0.06, 0.2, 0.3))
    patches = [
        *faces(view, body, vehicle.color),
        *_band(view, body, vehicle.trim, up=(0.2, 0.32)),
        *glass(view, body.back, [(0.15, 0.85)], up=(0.5, 0.82)),
        *glass(view, body.side, [(0.15, 0.4), (0.6, 0.85)], up=(0.5, 0.78)),
        *_wheels(view, body, (0.5,), 0.33),
    ]
    return _complete(view, "caravan", vehicle, [body], patches)


def trailer(view: View, vehicle: Vehicle) -> list[Thing]:
    """Return a small open trailer with a tarpaulin."""
    body = vehicle.block(0.85, (0.4, 1.0), (0, 2.6))
    cover = vehicle.block(0.85, (1.0, 1.45), (0, 2.6), (0.25, 0.1, 0.1))
    patches = [
        *faces(view, body, vehicle.color),
        *faces(view, cover, vehicle.trim),
        *_wheels(view, body, (0.5,), 0.3),
        *_lights(view, body.back, vehicle, up=(0.1, 0.35)),
    ]
    return _complete(view, "trailer", vehicle, [body, cover], patches)


def shadow(
    view: View, across: tuple[float, float], along: tuple[float, float], *, reach: float = 0.0
) -> Thing:
    """Return the shadow on the ground below a thing, reaching out to the side the sun leaves."""
    (left, right), (near, far) = across, along
    long = reach * -view.light.sun * view.light.contrast
    left, right = min(left, left + long), max(right, right + long)
    pools = [_pool(left, right, near, far, grown=grown) for grown in (0.45, 0.25, 0.05)]
    strength = 0.14 + 0.4 * view.light.contrast
    patches = [view.patch(pool, (14, 14, 18), opacity=strength, distance=0) for pool in pools]
    return view.thing(None, pools[0], patches)


def _pool(left: float, right: float, near: float, far: float, *, grown: float) -> list[Corner]:
    """Return a rectangle on the ground with its corners cut."""
    left, right, near, far = left - grown, right + grown, near - grown, far + grown
    wide, long = (right - left) * 0.16, (far - near) * 0.25
    return [
        (left + wide, 0, near), (right - wide, 0, near), (right, 0, near + long),
        (right, 0, far - long), (right - wide, 0, far), (left + wide, 0, far),
        (left, 0, far - long), (left, 0, near + long),
    ]  # fmt: skip


def _complete(
    view: View, label: str, vehicle: Vehicle, blocks: list[Block], patches: list[Patch]
) -> list[Thing]:
    base = blocks[0]
    feet = _feet(base)
    below = view.patch((feet[0], feet[1], base.back[1], base.back[0]), (30, 30, 32))
    beside = view.patch((*feet, *base.side[:2]), (30, 30, 32))
    corners = [corner for block in blocks for corner in block.corners]
    fill = _backing(view, corners, vehicle)
    solid = view.solid(label, corners + feet, [fill, beside, below, *patches])
    drop = shadow(view, base.across, base.along, reach=1.6)
    return [drop, solid, *_plate(view, base, label)]


def _backing(view: View, corners: list[Corner], vehicle: Vehicle) -> Patch:
    """Return paint for the whole bounding box, so that no gap between two faces stays open."""
    xs, ys, zs = zip(*corners, strict=True)
    left, right, near = min(xs) - 9, max(xs) + 9, min(zs)
    sheet = (
        (left, 0, near),
        (right, 0, near),
        (right, 2 * max(ys), near),
        (left, 2 * max(ys), near),
    )
    return view.patch(sheet, vehicle.color, brightness=0.55)


def _feet(block: Block) -> list[Corner]:
    (left, right), (near, far) = block.across, block.along
    inset = 0.04 * (right - left)
    left, right, near, far = left + inset, right - inset, near + 0.1, far - 0.1
    return [(left, 0, near), (right, 0, near), (right, 0, far), (left, 0, far)]


def _wheels(view: View, block: Block, shares: tuple[float, ...], radius: float) -> list[Patch]:
    (left, right), (near, _) = block.across, block.along
    width = 0.22 * radius / 0.3
    backs = [(left + 0.06, left + 0.06 + width), (right - 0.06 - width, right - 0.06)]
    rear = [
        view.patch(((a, 0, near), (b, 0, near), (b, radius, near), (a, radius, near)), _TYRE)
        for a, b in backs
    ]
    return rear + [patch for share in shares for patch in wheel(view, block, share, radius)]


def _lights(view: View, quad: Quad, vehicle: Vehicle, *, up: tuple[float, float]) -> list[Patch]:
    color = _LAMP if vehicle.oncoming else _RED
    low, high = up
    lamps = panes(view, quad, color, [(0.03, 0.2), (0.8, 0.97)], up=up, brightness=1.15)
    bumper = panes(view, quad, (44, 44, 48), [(0.02, 0.98)], up=(0.0, low * 0.4))
    grille = panes(view, quad, (34, 34, 38), [(0.27, 0.73)], up=(low, high))
    return lamps + bumper + (grille if vehicle.oncoming else [])


def _truck_end(view: View, vehicle: Vehicle, cab: Block, chassis: Block) -> list[Patch]:
    if not vehicle.oncoming:
        return _lights(view, chassis.back, vehicle, up=(0.35, 0.75))
    return [
        *faces(view, cab, vehicle.color),
        *glass(view, cab.back, [(0.06, 0.94)], up=(0.52, 0.88)),
        *_lights(view, cab.back, vehicle, up=(0.12, 0.24)),
    ]


def _ribs(view: View, block: Block, color: Color) -> list[Patch]:
    spans = [(k / 8 - 0.012, k / 8 + 0.012) for k in range(1, 8)]
    doors = [(0.485, 0.515), (0.02, 0.05), (0.95, 0.98)]
    return [
        *panes(view, block.side, color, spans, up=(0.02, 0.98), brightness=0.8),
        *panes(view, block.back, color, doors, up=(0.02, 0.98), brightness=0.6),
        *panes(view, block.back, _AMBER, [(0.1, 0.4), (0.6, 0.9)], up=(0.06, 0.1)),
    ]


def _band(view: View, block: Block, color: Color, *, up: tuple[float, float]) -> list[Patch]:
    side = view.light.on_face(block.side_looks)
    return [
        *panes(view, block.side, color, [(0.0, 1.0)], up=up, brightness=side),
        *panes(view, block.back, color, [(0.0, 1.0)], up=up, brightness=view.light.on_face(0)),
    ]


def _plate(view: View, block: Block, label: str) -> list[Thing]:
    """Return the licence plate of a vehicle near enough to read it; a tram has none."""
    if label == "train" or block.along[0] > 20:
        return []
    plate = part(block.back, across=(0.36, 0.64), up=(0.18, 0.42))
    patch = view.patch(plate, (228, 228, 218))
    return [view.thing("license plate", plate, [patch], material=Material.PLAIN)]
