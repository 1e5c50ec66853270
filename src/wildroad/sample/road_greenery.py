"""Trees and hedges: blobs of leaves, brighter where the light falls."""

from math import cos, pi, sin

import numpy as np

from wildroad.sample.road_scene import Color, Corner, Material, Outline, Patch, Thing, View

_BARK: Color = (78, 62, 48)


def tree(
    view: View, spot: tuple[float, float], *, height: float, color: Color, seed: tuple[int, ...]
) -> Thing:
    """Return a tree whose crown and trunk are one outline."""
    (x, z), random = spot, np.random.default_rng(seed)
    wide, middle = height * random.uniform(0.24, 0.34), height * 0.64
    crown = _blob(random, (wide, height * 0.36))
    trunk = max(height * 0.025, 0.1)
    fork = len(crown) // 4  # the crown starts right and runs upwards; its foot is three quarters on
    foot = (
        (-trunk, -0.3 * height),
        (-1.4 * trunk, -middle),
        (1.4 * trunk, -middle),
        (trunk, -0.3 * height),
    )
    outline = (*crown[: 3 * fork], *foot, *crown[3 * fork + 1 :])
    stem = ((-2, -middle), (2, -middle), (2, -0.1 * height), (-2, -0.1 * height))
    place = (x, middle, z)
    patches = [
        view.patch(_placed(crown, place), color, brightness=0.78),
        view.patch(_placed(stem, place), _BARK),
        view.patch(_placed(_scaled(crown, 0.97), place), color, brightness=0.8),
        *_clumps(view, random, place, (wide, height * 0.36), color),
    ]
    return view.thing("vegetation", _placed(outline, place), patches, material=Material.LEAVES)


def bush(
    view: View,
    spot: tuple[float, float],
    *,
    size: tuple[float, float],
    color: Color,
    seed: tuple[int, ...],
) -> Thing:
    """Return a bush of half this width and of this height, standing on the ground."""
    (x, z), (half, height), random = spot, size, np.random.default_rng(seed)
    crown = tuple((u, max(v, -height * 0.45)) for u, v in _blob(random, (half, height * 0.5)))
    place = (x, height * 0.45, z)
    patches = [
        view.patch(_placed(crown, place), color, brightness=0.75),
        *_clumps(view, random, place, (half, height * 0.45), color),
    ]
    return view.thing("vegetation", _placed(crown, place), patches, material=Material.LEAVES)


def _clumps(
    view: View,
    random: np.random.Generator,
    place: Corner,
    radius: tuple[float, float],
    color: Color,
) -> list[Patch]:
    """Return clumps of leaves, the upper and the sunny ones brighter, lower ones first."""
    count = 40 if place[2] < 30 else 14
    turns, reach = random.uniform(0, 2 * pi, count), np.sqrt(random.uniform(0, 1, count))
    us, vs = radius[0] * reach * np.cos(turns), radius[1] * reach * np.sin(turns)
    order = np.argsort(vs)
    shine = 0.95 + 0.3 * vs / radius[1] + 0.12 * view.light.sun * us / radius[0]
    shine += random.uniform(-0.1, 0.1, count)
    leaf = 0.2 * min(radius)
    return [
        view.patch(
            _placed(_leaf(float(us[k]), float(vs[k]), leaf), place),
            color,
            brightness=float(shine[k]),
        )
        for k in order
    ]


def _leaf(u: float, v: float, size: float) -> Outline:
    return (
        (u - size, v - 0.2 * size), (u, v - 0.8 * size), (u + size, v - 0.3 * size),
        (u + 0.8 * size, v + 0.5 * size), (u, v + 0.9 * size), (u - 0.8 * size, v + 0.5 * size),
    )  # fmt: skip


def _blob(random: np.random.Generator, radius: tuple[float, float]) -> Outline:
    count = 24
    wobble = 1 + 0.12 * random.standard_normal(count).clip(-1.5, 1.5)
    turns = [2 * pi * k / count for k in range(count)]
    return tuple(
        (radius[0] * float(w) * cos(turn), radius[1] * float(w) * sin(turn))
        for turn, w in zip(turns, wobble, strict=True)
    )


def _scaled(outline: Outline, factor: float) -> Outline:
    return tuple((u * factor, v * factor) for u, v in outline)


def _placed(outline: Outline, place: Corner) -> list[Corner]:
    x, y, z = place
    return [(x + u, y + v, z) for u, v in outline]
