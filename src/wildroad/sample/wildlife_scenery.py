"""Where and when a photo is taken: sky, forest, ground, light; nothing here knows of animals.

Shape legend: H rows, W columns of the photo.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from wildroad.sample.wildlife_canvas import Canvas, Patch
from wildroad.sample.wildlife_noise import (
    Floats,
    mix,
    noise_window,
    sample_noise,
    smoothstep,
    tint,
    vary,
)
from wildroad.sample.wildlife_plants import VARIANTS, Kind, stencil

Season = Literal["spring", "summer", "autumn", "winter"]
Biome = Literal["taiga", "broadleaf", "meadow", "stream"]

SEASONS: tuple[Season, ...] = ("spring", "summer", "autumn", "winter")
BIOMES: tuple[Biome, ...] = ("taiga", "broadleaf", "meadow", "stream")
NIGHT_SHARE = 0.2
MUTED = 0.45

_GROUND = {
    "spring": (tint(116, 106, 70), tint(108, 122, 66)),
    "summer": (tint(86, 104, 52), tint(120, 128, 66)),
    "autumn": (tint(132, 98, 58), tint(160, 122, 66)),
    "winter": (tint(206, 212, 220), tint(178, 184, 194)),
}
_LEAVES = {
    "spring": (tint(128, 150, 74), tint(98, 132, 60)),
    "summer": (tint(74, 106, 46), tint(96, 124, 56)),
    "autumn": (tint(188, 132, 48), tint(160, 84, 44)),
    "winter": (tint(110, 96, 80), tint(128, 114, 94)),
}
_NEEDLES, _BARK, _BIRCH_BARK = tint(52, 74, 50), tint(104, 86, 70), tint(186, 182, 174)
_STONE, _WATER = tint(136, 132, 126), tint(98, 116, 122)


@dataclass(frozen=True)
class Light:
    """Daylight with haze, or the flash of an infra-red camera.

    Attributes:
        night: True for the flash.
        towards: Unit vector to the light: right, down, towards the camera.
        ambient: Share of light that comes from everywhere.
        haze: Colour (3,) of the distance.
        sight: Metres after which haze (or the dark) has taken most of a colour.
    """

    night: bool
    towards: tuple[float, float, float]
    ambient: float
    haze: Floats
    sight: float

    def at(self, color: Floats, distance: float | Floats) -> Floats:
        """Colours (..., 3) as they look from so many metres (or metres of shape (..., 1)) away."""
        if self.night:
            flash = np.minimum(1.15, 0.8 * (self.sight / distance) ** 1.4)
            return np.asarray(color * flash, np.float32)
        share = np.exp(-distance / self.sight)
        return np.asarray(color * share + self.haze * (1 - share), np.float32)

    def shade(self, normal: Floats) -> Floats:
        """How light surfaces (h, w, 3) of unit normals are."""
        facing = np.clip(normal @ np.array(self.towards, np.float32), 0, 1)
        return self.ambient + (1.15 - self.ambient) * facing


@dataclass(frozen=True)
class Setting:
    """Place, season and light of a photo.

    Attributes:
        season: Which colours plants and ground have.
        biome: Which plants grow and what the ground is.
        light: Daylight or flash.
        height: Rows of the photo.
        width: Columns of the photo.
        horizon: Row of the horizon.
        eye: Height of the camera above the ground, metres.
        focal: Focal length in pixels.
    """

    season: Season
    biome: Biome
    light: Light
    height: int
    width: int
    horizon: float
    eye: float
    focal: float

    @staticmethod
    def draw(generator: np.random.Generator, *, height: int, width: int) -> "Setting":
        """A random setting for photos of a size."""
        return Setting(
            season=SEASONS[generator.integers(4)],
            biome=BIOMES[generator.integers(4)],
            light=_draw_light(generator),
            height=height,
            width=width,
            horizon=float(generator.uniform(0.3, 0.4)) * height,
            eye=float(generator.uniform(0.7, 0.95)),
            focal=1.05 * height,
        )

    def scale(self, distance: float) -> float:
        """Pixels per metre at a distance."""
        return self.focal / distance

    def row(self, distance: float) -> float:
        """Row where the ground at a distance is seen."""
        return self.horizon + self.eye * self.scale(distance)


def _draw_light(generator: np.random.Generator) -> Light:
    night = bool(generator.random() < NIGHT_SHARE)
    slant, sun = float(generator.uniform(-0.7, 0.7)), float(generator.uniform(0.4, 0.7))
    haze = mix(tint(178, 192, 206), tint(214, 208, 196), np.array(generator.random(), np.float32))
    if night:
        return Light(night, (0.1, -0.25, 0.96), 0.22, haze, float(generator.uniform(3.0, 4.6)))
    aim = np.array([slant, -0.75, 0.45]) / np.linalg.norm([slant, -0.75, 0.45])
    return Light(night, (float(aim[0]), float(aim[1]), float(aim[2])), sun, haze,
                 float(generator.choice([14, 30, 60])))  # fmt: skip


@dataclass(frozen=True)
class Plant:
    """Something that stands on the ground.

    Attributes:
        kind: Which stencil.
        variant: Which drawing of it.
        mirrored: Whether it is turned left to right.
        aside: Where it stands, as a share of the photo's width.
        distance: Metres from the camera.
        height: Metres.
        slim: Width as a share of the height.
        color: Colour (3,) of its lighter parts.
    """

    kind: Kind
    variant: int
    mirrored: bool
    aside: float
    distance: float
    height: float
    slim: float
    color: Floats


@dataclass(frozen=True)
class Scenery:
    """A place without any animal.

    Attributes:
        setting: Place, season and light.
        ground: Sky and ground, nothing on it.
        plants: What stands there, the farthest first.
    """

    setting: Setting
    ground: Canvas
    plants: Sequence[Plant]

    def split_at(self, distance: float) -> tuple[Canvas, Canvas]:
        """What is behind a distance (opaque) and what is before it (mostly clear)."""
        back = self.ground.copy()
        front = Canvas.clear(height=self.setting.height, width=self.setting.width)
        for plant in self.plants:
            _lay_plant(back if plant.distance > distance else front, self.setting, plant)
        return back, front


def draw_scenery(generator: np.random.Generator, *, height: int, width: int) -> Scenery:
    """A random place; what will be photographed there has no influence."""
    setting = Setting.draw(generator, height=height, width=width)
    plants = [*_forest(generator, setting), *_trunks(generator, setting)]
    plants += [*_undergrowth(generator, setting), *_foreground(generator, setting)]
    plants.sort(key=lambda plant: -plant.distance)
    return Scenery(setting, Canvas.filled(_sky_and_ground(generator, setting)), plants)


def _sky_and_ground(generator: np.random.Generator, setting: Setting) -> Floats:
    picture = _ground(generator, setting)
    sky = _sky(generator, setting, rows=int(setting.horizon) + 10)
    rows = np.arange(len(sky), dtype=np.float32)[:, None]
    wave = 2.5 * noise_window(generator, height=1, width=setting.width, roughness=1.6)
    share = smoothstep(rows - setting.horizon + wave, low=-1, high=1)
    picture[: len(sky)] = mix(sky, picture[: len(sky)], share)
    return picture


def _sky(generator: np.random.Generator, setting: Setting, *, rows: int) -> Floats:
    clouds = noise_window(generator, height=rows, width=setting.width, roughness=1.9)
    if setting.light.night:
        return np.full((rows, setting.width, 3), 0.02, np.float32)
    share = smoothstep(clouds, low=-0.6, high=1.0)
    blue = np.broadcast_to(tint(142, 176, 212), (rows, setting.width, 3))
    return mix(blue, setting.light.haze * 1.06, share)


def _ground(generator: np.random.Generator, setting: Setting) -> Floats:
    """Two colours mixed by noise in perspective, a stream where there is one, light and haze."""
    below = np.maximum(np.arange(setting.height) - setting.horizon, 0.7)
    away = (setting.eye * setting.focal / below).astype(np.float32)[:, None]
    columns = np.arange(setting.width, dtype=np.float32)[None, :] - setting.width / 2
    across = columns * away / setting.focal + float(generator.uniform(0, 40))
    forward = away + float(generator.uniform(0, 40)) + 0 * columns
    color = _soil(generator, setting, across, forward)
    color = _with_stream(generator, setting, color, away)
    lit = color * _dapple(setting, across, forward)[..., None]
    return setting.light.at(lit, away[..., None])


def _soil(
    generator: np.random.Generator, setting: Setting, across: Floats, forward: Floats
) -> Floats:
    first, second = (
        vary(generator, _muted(color), spread=0.1) for color in _GROUND[setting.season]
    )
    broad = sample_noise(22 * across, 16 * forward, roughness=1.7)
    fine = sample_noise(110 * across, 60 * forward, roughness=0.7)
    color = mix(np.broadcast_to(first, (*across.shape, 3)), second,
                smoothstep(broad, low=-0.8, high=0.8))  # fmt: skip
    grain = 0.04 if setting.season == "winter" else 0.17
    return (color * (1 + grain * fine + 0.08 * broad)[..., None]).astype(np.float32)


def _with_stream(
    generator: np.random.Generator, setting: Setting, color: Floats, away: Floats
) -> Floats:
    middle, wide = generator.uniform(4, 9), generator.uniform(0.8, 2.0)
    if setting.biome != "stream":
        return color
    bend = 0.5 * noise_window(generator, height=1, width=setting.width, roughness=1.8)
    inside = smoothstep(wide - np.abs(away - middle - bend), low=-0.15, high=0.15)
    ripples = noise_window(generator, height=setting.height, width=setting.width, roughness=1.2)
    water = _WATER * (1 + 0.14 * np.repeat(ripples[:, ::4], 4, axis=1)[:, : color.shape[1], None])
    return mix(color, water.astype(np.float32), inside)


def _dapple(setting: Setting, across: Floats, forward: Floats) -> Floats:
    """Sun flecks and shade on the ground."""
    if setting.light.night:
        return np.ones_like(across)
    fleck = sample_noise(34 * across + 90, 26 * forward, roughness=1.8)
    return 0.78 + 0.42 * smoothstep(fleck, low=-0.2, high=0.7) * (1.25 - setting.light.ambient)


def _place(
    generator: np.random.Generator,
    kind: Kind,
    color: Floats,
    *,
    distance: tuple[float, float],
    height: tuple[float, float],
    slim: float = 1.0,
) -> Plant:
    return Plant(
        kind=kind,
        variant=int(generator.integers(VARIANTS)),
        mirrored=bool(generator.random() < 0.5),
        aside=float(generator.uniform(-0.08, 1.08)),
        distance=float(generator.uniform(*distance)),
        height=float(generator.uniform(*height)),
        slim=slim * float(generator.uniform(0.85, 1.2)),
        color=vary(generator, _muted(color), spread=0.1),
    )


def _forest(generator: np.random.Generator, setting: Setting) -> list[Plant]:
    """The far edge of the forest."""
    kinds: dict[Biome, tuple[Kind, ...]] = {
        "taiga": ("conifer",),
        "broadleaf": ("bush", "bare_tree", "bush"),
        "meadow": ("bush", "conifer", "bare_tree"),
        "stream": ("conifer", "bush"),
    }
    choice = kinds[setting.biome]
    plants = []
    for number in range(22):
        kind = choice[number % len(choice)]
        color = _foliage(generator, setting, kind)
        plants.append(_place(generator, kind, color, distance=(13, 42), height=(5, 13), slim=0.7))
    return plants


def _muted(color: Floats) -> Floats:
    """The colour nearer to grey: forests in photos are less colourful than one remembers."""
    return np.asarray(color + MUTED * (color.mean() - color), np.float32)


def _foliage(generator: np.random.Generator, setting: Setting, kind: Kind) -> Floats:
    if kind == "conifer":
        snow = 0.35 if setting.season == "winter" else 0.0
        return mix(_NEEDLES, tint(210, 214, 220), np.array(snow, np.float32))
    if kind in ("bare_tree", "twig"):
        return _BARK
    return _LEAVES[setting.season][generator.integers(2)]


def _trunks(generator: np.random.Generator, setting: Setting) -> list[Plant]:
    count = {"taiga": 11, "broadleaf": 9, "meadow": 2, "stream": 5}[setting.biome]
    plants = []
    for _ in range(int(generator.integers(count // 2, count + 1))):
        birch = generator.random() < 0.3
        kind: Kind = "birch" if birch else "trunk"
        color = _BIRCH_BARK if birch else _BARK
        reach = (2.3, 14.0)
        slim = float(generator.uniform(0.02, 0.05))
        plants.append(_place(generator, kind, color, distance=reach, height=(6, 9), slim=slim))
    if generator.random() < 0.15:
        near = (1.25, 1.55)
        plants.append(_place(generator, "trunk", _BARK, distance=near, height=(6, 7), slim=0.026))
    return plants


def _undergrowth(generator: np.random.Generator, setting: Setting) -> list[Plant]:
    plants = []
    tall = 0.4 if setting.biome == "meadow" else 0.24
    for _ in range(34):
        color = _LEAVES[setting.season][generator.integers(2)]
        kind: Kind = "tuft" if generator.random() < 0.75 else "weed"
        plants.append(_place(generator, kind, color, distance=(2.2, 11), height=(0.1, tall)))
    for _ in range(int(generator.integers(1, 5))):
        kind = "bush" if setting.season != "winter" else "twig"
        color = _foliage(generator, setting, kind)
        plants.append(_place(generator, kind, color, distance=(3.5, 11), height=(0.5, 1.4)))
    for _ in range(int(generator.integers(0, 6))):
        plants.append(
            _place(generator, "stone", _STONE, distance=(2.2, 9), height=(0.1, 0.45), slim=1.7)
        )
    return plants


def _foreground(generator: np.random.Generator, setting: Setting) -> list[Plant]:
    """Blades and twigs close to the lens."""
    plants = []
    for _ in range(int(generator.integers(3, 13))):
        color = _LEAVES[setting.season][generator.integers(2)]
        kind: Kind = "tuft" if generator.random() < 0.7 else "twig"
        plants.append(_place(generator, kind, color, distance=(1.1, 2.2), height=(0.15, 0.45)))
    return plants


def _lay_plant(canvas: Canvas, setting: Setting, plant: Plant) -> None:
    scale = setting.scale(plant.distance)
    high = max(round(plant.height * scale), 2)
    wide = max(round(plant.height * plant.slim * scale), 2)
    top = round(setting.row(plant.distance)) - high
    left = round(plant.aside * setting.width - wide / 2)
    grey, alpha = _cut(plant, high, wide, hidden=max(-top, 0))
    color = setting.light.at(plant.color, plant.distance)
    shades = (0.4 * alpha + 0.95 * grey)[..., None] * color
    canvas.lay(Patch(shades.astype(np.float32), alpha, max(top, 0), left))


def _cut(plant: Plant, high: int, wide: int, *, hidden: int) -> tuple[Floats, Floats]:
    """A scaled plant's premultiplied lightness and coverage, less the rows above the photo."""
    image = stencil(plant.kind, plant.variant)
    hidden = min(hidden, high - 1)
    box = (0, hidden / high * image.height, image.width, image.height)
    scaled = image.resize((wide, high - hidden), Image.Resampling.BILINEAR, box=box)
    pixels = np.asarray(scaled)[:, :: -1 if plant.mirrored else 1]
    values = np.asarray(pixels / np.float32(255), np.float32)
    return values[..., 0], values[..., 1]
