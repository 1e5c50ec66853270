"""Fur, feathers and clothes: what colour a body has at each place.

Shape legend: n covered pixels of a body. Places are metres in the body frame.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from wildroad.sample.wildlife_noise import Floats, mix, sample_noise, smoothstep, tint, vary
from wildroad.sample.wildlife_solids import Material, Surface

DARK = tint(26, 23, 21)
WHITE = tint(226, 220, 208)

Pattern = Callable[[Surface, float], Floats]


@dataclass(frozen=True)
class Coat:
    """The colours of one individual.

    Attributes:
        base: Colour (3,) of all that is not named in parts.
        parts: Colours of single materials.
        belly: Colour of what faces the ground.
        belly_share: How strongly, 0 to 1.
        pattern: Gives (n,) where the marking is, 0 to 1.
        marking: Colour of the marking.
        streak: How much strands of fur differ in lightness.
        shift: Where in the noise tile this individual begins.
    """

    base: Floats
    parts: Mapping[Material, Floats] = field(default_factory=dict)
    belly: Floats = field(default_factory=lambda: WHITE)
    belly_share: float = 0.0
    pattern: Pattern | None = None
    marking: Floats = field(default_factory=lambda: DARK)
    streak: float = 0.12
    shift: float = 0.0

    def paint(self, surface: Surface) -> Floats:
        """Colours (n, 3) of the surface before light falls on it."""
        color = self._palette()[surface.material]
        if self.belly_share > 0:
            share = smoothstep(surface.normal[..., 1], low=0.15, high=0.75)
            color = mix(color, self.belly, self.belly_share * share * _is(surface, *_FURRED))
        if self.pattern is not None:
            color = mix(color, self.marking, self.pattern(surface, self.shift))
        return (color * self._strands(surface)[..., None]).astype(np.float32)

    def _palette(self) -> Floats:
        colors = np.tile(self.base, (len(Material), 1))
        for material, color in {**_FIXED, **self.parts}.items():
            colors[material] = color
        return colors

    def _strands(self, surface: Surface) -> Floats:
        x, y, z = np.moveaxis(surface.place, -1, 0)
        across, down = 170 * x + 90 * y + self.shift, 420 * z + 60 * y + 40 * x
        fine = sample_noise(across, 0.4 * down, roughness=0.8)
        broad = sample_noise(0.25 * across, 0.12 * down + 77, roughness=1.4)
        return np.clip(1 + self.streak * (fine + 0.8 * broad), 0.3, 1.8)


_FURRED = (Material.TORSO, Material.NECK, Material.LEG, Material.TAIL, Material.MUZZLE)
_FIXED: Mapping[Material, Floats] = {
    Material.EYE: tint(20, 16, 12),
    Material.NOSE: tint(30, 26, 26),
    Material.HORN: tint(138, 112, 82),
    Material.WOOD: tint(96, 82, 66),
}


def _is(surface: Surface, *materials: Material) -> Floats:
    """1 where the surface is of one of the materials."""
    table = np.zeros(len(Material), np.float32)
    table[list(materials)] = 1
    return table[surface.material]


def stripes(surface: Surface, shift: float) -> Floats:
    """A tiger's stripes: across the trunk, around legs and tail."""
    x, y, z = np.moveaxis(surface.place, -1, 0)
    limbs = _is(surface, Material.LEG, Material.FOOT)
    warp = sample_noise(110 * x + shift, 60 * z + 80 * y, roughness=1.7)
    run = np.where(limbs > 0, 1.3 * z + 0.5 * x, x + 0.12 * z + 0.25 * np.abs(y))
    wave = np.sin(2 * np.pi * (8.6 * run + 0.42 * warp))
    broken = sample_noise(150 * x + shift + 200, 190 * z, roughness=1.6)
    edge = 0.42 + 0.28 * broken
    plain = _is(surface, Material.MUZZLE, Material.NOSE, Material.EYE, Material.EAR)
    return smoothstep(wave - edge, low=-0.1, high=0.22) * (1 - plain)


def rosettes(surface: Surface, shift: float) -> Floats:
    """A leopard's rosettes on the trunk, spots on head, legs and tail."""
    x, y, z = np.moveaxis(surface.place, -1, 0)
    along = x + 0.5 * np.abs(y)
    spotted = _is(surface, Material.LEG, Material.FOOT, Material.HEAD, Material.NECK)
    size = np.where(spotted > 0, 0.055, 0.105).astype(np.float32)
    near, turn = _cells(along / size, z / size, shift)
    ring = smoothstep(0.12 - np.abs(near - 0.3), low=0.0, high=0.07)
    ring *= smoothstep(np.sin(3 * turn + 9 * shift), low=-1.0, high=-0.35)
    spot = smoothstep(0.3 - near, low=0.0, high=0.1)
    bare = _is(surface, Material.MUZZLE, Material.NOSE, Material.EYE, Material.EAR)
    return np.where(spotted > 0, spot, ring).astype(np.float32) * 0.95 * (1 - bare)


def dapples(surface: Surface, shift: float) -> Floats:
    """A sika deer's pale spots on back and flanks."""
    x, y, z = np.moveaxis(surface.place, -1, 0)
    near, _ = _cells((x + 0.4 * y) / 0.115, z / 0.1, shift)
    high = smoothstep(surface.normal[..., 1], low=0.55, high=0.1)
    return smoothstep(0.27 - near, low=0.0, high=0.09) * high * _is(surface, Material.TORSO)


def patches(surface: Surface, shift: float) -> Floats:
    """Large irregular patches, as many dogs have."""
    x, y, z = np.moveaxis(surface.place, -1, 0)
    field_ = sample_noise(140 * x + shift, 140 * z + 120 * y, roughness=2.0)
    return smoothstep(field_, low=0.05, high=0.3) * (1 - _is(surface, Material.EYE, Material.NOSE))


def saddle(surface: Surface, shift: float) -> Floats:
    """A dark back, as wolf-like dogs have."""
    x, _, z = np.moveaxis(surface.place, -1, 0)
    ragged = 0.25 * sample_noise(160 * x + shift, 160 * z, roughness=1.5)
    back = smoothstep(-surface.normal[..., 1] + ragged, low=0.0, high=0.5)
    return back * _is(surface, Material.TORSO, Material.NECK, Material.TAIL)


def _cells(across: Floats, down: Floats, shift: float) -> tuple[Floats, Floats]:
    """Distance to the nearest of the jittered cell centres and the angle towards it."""
    column, row = np.floor(across - 0.5), np.floor(down - 0.5)
    nearest = np.full(across.shape, 9.0, np.float32)
    angle = np.zeros(across.shape, np.float32)
    for right in (0, 1):
        for below in (0, 1):
            jitter = _jitter(column + right, row + below, shift)
            dx, dy = across - column - right - jitter[0], down - row - below - jitter[1]
            distance = np.hypot(dx, dy)
            closer = distance < nearest
            nearest[closer], angle[closer] = distance[closer], np.arctan2(dy, dx)[closer]
    return nearest, angle


def _jitter(column: Floats, row: Floats, shift: float) -> tuple[Floats, Floats]:
    """Place of the centre within its cell, 0.2 to 0.8, and half a cell aside in odd rows."""
    half, reach = np.float32(0.5), np.float32(0.2)
    first = sample_noise(37 * column + shift, 53 * row, roughness=0.0)
    second = sample_noise(71 * column + shift, 29 * row + 11, roughness=0.0)
    return half + reach * np.tanh(first), half + reach * np.tanh(second)


def rump_patch(surface: Surface, *, trunk: float, rump: float, height: float) -> Floats:
    """The white mirror of a deer: what faces backwards around the tail."""
    x, y, z = np.moveaxis(surface.place, -1, 0)
    behind = smoothstep(-x, low=0.44 * trunk + 0.35 * rump, high=0.44 * trunk + 0.75 * rump)
    middle = smoothstep(np.hypot(y, z - height + 0.9 * rump), low=1.1 * rump, high=0.8 * rump)
    return behind * middle


def _coat_of_leopard(generator: np.random.Generator, shift: float) -> Coat:
    base = vary(generator, tint(216, 184, 128), spread=0.08)
    return Coat(base, {Material.MUZZLE: tint(222, 205, 172), Material.EAR: tint(90, 74, 56)},
                belly_share=0.85, pattern=rosettes, shift=shift)  # fmt: skip


def _coat_of_tiger(generator: np.random.Generator, shift: float) -> Coat:
    base = vary(generator, tint(212, 122, 40), spread=0.08)
    return Coat(base, {Material.MUZZLE: tint(228, 214, 188), Material.EAR: tint(60, 48, 40)},
                belly_share=0.95, pattern=stripes, shift=shift)  # fmt: skip


def _coat_of_black_bear(generator: np.random.Generator, shift: float) -> Coat:
    base = vary(generator, tint(36, 32, 32), spread=0.15)
    return Coat(base, {Material.MUZZLE: vary(generator, tint(120, 92, 66), spread=0.15)},
                pattern=_chest_crescent, marking=WHITE, shift=shift)  # fmt: skip


def _chest_crescent(surface: Surface, _shift: float) -> Floats:
    x, y, z = np.moveaxis(surface.place, -1, 0)
    crescent = np.abs(z - 0.42 - 0.5 * np.abs(y))
    front = smoothstep(x, low=0.58, high=0.62)
    return smoothstep(0.05 - crescent, low=0.0, high=0.02) * front * _is(surface, Material.TORSO)


def _coat_of_brown_bear(generator: np.random.Generator, shift: float) -> Coat:
    shades = (tint(112, 78, 48), tint(84, 58, 38), tint(146, 110, 70), tint(66, 48, 36))
    base = vary(generator, shades[generator.integers(4)], spread=0.1)
    return Coat(base, {Material.LEG: 0.72 * base, Material.FOOT: 0.6 * base,
                       Material.MUZZLE: np.minimum(1.15 * base, 1)},
                belly=0.6 * base, belly_share=0.6, streak=0.17, shift=shift)  # fmt: skip


def _coat_of_dog(generator: np.random.Generator, shift: float) -> Coat:
    shades = (tint(42, 36, 34), tint(128, 92, 58), tint(196, 168, 126), tint(126, 118, 108),
              tint(214, 206, 196), tint(150, 96, 50))  # fmt: skip
    patterns: tuple[Pattern | None, ...] = (None, patches, saddle)
    base = vary(generator, shades[generator.integers(6)], spread=0.1)
    pattern = patterns[generator.integers(3)]
    marking = WHITE if pattern is patches and base.mean() < 0.6 else DARK
    return Coat(base, belly_share=float(generator.uniform(0, 0.7)), pattern=pattern,
                marking=marking, shift=shift)  # fmt: skip


def _coat_of_roe_deer(generator: np.random.Generator, shift: float) -> Coat:
    shades = (tint(172, 112, 62), tint(142, 114, 84))
    base = vary(generator, shades[generator.integers(2)], spread=0.09)
    return Coat(base, {Material.MUZZLE: 0.6 * base, Material.FOOT: DARK, Material.TAIL: WHITE,
                       Material.TAIL_TIP: WHITE},
                belly_share=0.5, pattern=_roe_mirror, marking=WHITE, shift=shift)  # fmt: skip


def _roe_mirror(surface: Surface, _shift: float) -> Floats:
    return rump_patch(surface, trunk=0.68, rump=0.14, height=0.72)


def _coat_of_sika_deer(generator: np.random.Generator, shift: float) -> Coat:
    shades = (tint(132, 76, 46), tint(104, 76, 58))
    base = vary(generator, shades[generator.integers(2)], spread=0.09)
    return Coat(base, {Material.FOOT: DARK, Material.TAIL: 0.6 * base, Material.TAIL_TIP: WHITE},
                belly_share=0.6, pattern=_sika_marks, marking=WHITE, shift=shift)  # fmt: skip


def _sika_marks(surface: Surface, shift: float) -> Floats:
    mirror = rump_patch(surface, trunk=0.88, rump=0.19, height=0.88)
    return np.maximum(dapples(surface, shift), mirror)


def _coat_of_wild_boar(generator: np.random.Generator, shift: float) -> Coat:
    shades = (tint(62, 54, 48), tint(88, 76, 64), tint(48, 42, 38))
    base = vary(generator, shades[generator.integers(3)], spread=0.1)
    return Coat(base, {Material.LEG: 0.6 * base, Material.FOOT: 0.45 * base,
                       Material.NOSE: tint(110, 86, 80), Material.EAR: 0.7 * base},
                streak=0.24, shift=shift)  # fmt: skip


_COATS: Mapping[str, Callable[[np.random.Generator, float], Coat]] = {
    "amur_leopard": _coat_of_leopard,
    "amur_tiger": _coat_of_tiger,
    "black_bear": _coat_of_black_bear,
    "brown_bear": _coat_of_brown_bear,
    "dog": _coat_of_dog,
    "roe_deer": _coat_of_roe_deer,
    "sika_deer": _coat_of_sika_deer,
    "wild_boar": _coat_of_wild_boar,
}


def draw_coat(class_name: str, generator: np.random.Generator) -> Coat:
    """The coat of one four-legged individual."""
    return _COATS[class_name](generator, float(generator.integers(0, 500)))
