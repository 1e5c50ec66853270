"""Plants, trunks and stones as small grey stencils, drawn once a process and then tinted.

A stencil is a square "La" image: how light each place is and how far it covers. It stands on its
lower edge, so that scaling it to a plant's size on the photo is all that is left to do.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

from wildroad.sample.wildlife_noise import noise_window

Kind = Literal["tuft", "weed", "bush", "conifer", "bare_tree", "trunk", "birch", "stone", "twig"]

SIDE = 128
FINE = 4 * SIDE
VARIANTS = 4

Pen = ImageDraw.ImageDraw


@lru_cache(maxsize=64)
def stencil(kind: Kind, variant: int) -> Image.Image:
    """The variant (0 to VARIANTS - 1) of a kind of plant, SIDE x SIDE, premultiplied."""
    generator = np.random.default_rng([7, variant, *kind.encode()])
    if kind in _SHADED:
        return _SHADED[kind](generator).convert("La")
    image = Image.new("LA", (FINE, FINE))
    _DRAWN[kind](ImageDraw.Draw(image), generator)
    return image.convert("La").resize((SIDE, SIDE), Image.Resampling.BOX)


def _blade(pen: Pen, foot: float, tip: tuple[float, float], *, width: float, light: int) -> None:
    """A blade of grass from the lower edge to its tip, bent."""
    steps = np.linspace(0, 1, 9)
    x = foot + (tip[0] - foot) * steps**1.8
    y = FINE - (FINE - tip[1]) * (1.25 * steps - 0.25 * steps**2.5)
    half = 0.5 * width * (1 - steps) ** 0.7
    edge = list(zip(x - half, y, strict=True)) + list(zip(x + half, y, strict=True))[::-1]
    pen.polygon([(float(a), float(b)) for a, b in edge], fill=(light, 255))


def _tuft(pen: Pen, generator: np.random.Generator) -> None:
    for share in np.linspace(0, 1, 34):
        foot = FINE * generator.normal(0.5, 0.07)
        tip = (foot + FINE * generator.normal(0, 0.22), FINE * generator.uniform(0.05, 0.75))
        light = int(60 + 140 * share + generator.integers(0, 40))
        _blade(pen, foot, tip, width=float(generator.uniform(9, 18)), light=light)


def _weed(pen: Pen, generator: np.random.Generator) -> None:
    for _ in range(5):
        foot = FINE * generator.normal(0.5, 0.09)
        tip = (foot + FINE * generator.normal(0, 0.14), FINE * generator.uniform(0.05, 0.35))
        _blade(pen, foot, tip, width=8, light=90)
        for share in np.linspace(0.15, 0.95, 9):
            x = foot + (tip[0] - foot) * share**1.8
            y = FINE - (FINE - tip[1]) * share
            _leaf(pen, generator, (float(x), float(y)), size=float(38 * (1.3 - share)))


def _leaf(
    pen: Pen, generator: np.random.Generator, place: tuple[float, float], *, size: float
) -> None:
    angle = generator.uniform(0, 2 * np.pi)
    along = size * np.array([np.cos(angle), 0.75 * np.sin(angle)])
    across = 0.36 * np.array([-along[1], along[0]])
    middle = np.array(place) + 0.5 * along
    corners = [np.array(place), middle + across, np.array(place) + along, middle - across]
    lift = 0.35 * (1 - place[1] / FINE)
    light = int(np.clip(70 + 150 * lift + generator.integers(0, 90), 0, 255))
    pen.polygon([(float(c[0]), float(c[1])) for c in corners], fill=(light, 255))


def _bush(pen: Pen, generator: np.random.Generator) -> None:
    for _ in range(9):
        tip = (FINE * generator.uniform(0.12, 0.88), FINE * generator.uniform(0.15, 0.5))
        _blade(pen, FINE * generator.normal(0.5, 0.05), tip, width=12, light=60)
    for _ in range(520):
        angle, reach = generator.uniform(0, np.pi), np.sqrt(generator.random())
        place = (
            FINE * (0.5 + 0.42 * reach * np.cos(angle)),
            FINE * (0.9 - 0.78 * reach * np.sin(angle)),
        )
        _leaf(pen, generator, place, size=float(generator.uniform(22, 46)))


def _conifer(pen: Pen, generator: np.random.Generator) -> None:
    pen.polygon([(FINE * 0.485, FINE * 0.1), (FINE * 0.515, FINE * 0.1),
                 (FINE * 0.53, FINE), (FINE * 0.47, FINE)], fill=(70, 255))  # fmt: skip
    for share in np.linspace(0.02, 0.93, 30):
        reach = FINE * (0.03 + 0.3 * share) * generator.uniform(0.7, 1.15)
        for side in (-1, 1):
            _bough(pen, generator, FINE * float(share), side * reach)


def _bough(pen: Pen, generator: np.random.Generator, height: float, reach: float) -> None:
    drop = abs(reach) * generator.uniform(0.3, 0.6)
    for share in np.linspace(1, 0.15, 8):
        x, y = FINE / 2 + reach * share, height + drop * share
        size = (0.16 * abs(reach) + 10) * generator.uniform(0.7, 1.4)
        light = int(np.clip(90 + 80 * share + generator.integers(-40, 50), 0, 255))
        corners = [(x - size, y + size), (x, y - 0.6 * size), (x + size, y + 1.1 * size)]
        pen.polygon([(float(a), float(b)) for a, b in corners], fill=(light, 255))


def _bare_tree(pen: Pen, generator: np.random.Generator) -> None:
    _branch(pen, generator, (FINE / 2, FINE), angle=np.pi / 2, length=0.3 * FINE, width=22)


def _twig(pen: Pen, generator: np.random.Generator) -> None:
    for _ in range(4):
        start = (FINE * generator.uniform(0.3, 0.7), float(FINE))
        angle = float(generator.normal(np.pi / 2, 0.35))
        _branch(pen, generator, start, angle=angle, length=0.3 * FINE, width=9)


def _branch(
    pen: Pen,
    generator: np.random.Generator,
    start: tuple[float, float],
    *,
    angle: float,
    length: float,
    width: float,
) -> None:
    end = (start[0] + np.cos(angle) * length, start[1] - np.sin(angle) * length)
    light = int(generator.integers(90, 170))
    pen.line([start, end], fill=(light, 255), width=max(int(width), 2))
    if width < 3 or length < 0.04 * FINE:
        return
    for turn in generator.normal((-0.5, 0.05, 0.5), 0.22):
        share = float(generator.uniform(0.6, 0.85))
        _branch(pen, generator, end, angle=angle + float(turn), length=share * length,
                width=0.6 * width)  # fmt: skip


def _trunk(generator: np.random.Generator) -> Image.Image:
    """Bark: a cylinder with furrows that run upwards."""
    furrows = noise_window(generator, height=SIDE, width=SIDE, roughness=0.9)
    stretched = np.repeat(furrows[: SIDE // 8], 8, axis=0)
    return _bark(generator, light=_cylinder() * (1 + 0.22 * stretched + 0.1 * furrows))


def _birch(generator: np.random.Generator) -> Image.Image:
    """White bark with dark bars."""
    bars = noise_window(generator, height=SIDE, width=SIDE // 16, roughness=0.5)
    bars = np.repeat(bars, 16, axis=1)
    return _bark(generator, light=_cylinder() * np.where(bars > 1.3, 0.3, 1.0))


def _cylinder() -> np.ndarray:
    across = np.linspace(-1, 1, SIDE)[None, :]
    return 0.25 + 0.5 * np.sqrt(np.maximum(1 - (across + 0.25) ** 2 / 1.6, 0))


def _bark(generator: np.random.Generator, *, light: np.ndarray) -> Image.Image:
    edge = 0.06 * noise_window(generator, height=SIDE, width=1, roughness=1.4)
    down, across = np.linspace(0, 1, SIDE)[:, None], np.linspace(-1, 1, SIDE)[None, :]
    width = 0.72 + 0.1 * down + 0.35 * np.maximum(down - 0.93, 0) / 0.07 * 0.6 + edge
    alpha = np.clip((width - np.abs(across)) * SIDE / 3, 0, 1)
    return _grey(light, alpha)


def _stone(generator: np.random.Generator) -> Image.Image:
    """A boulder: a ragged half-ellipse lit from above."""
    down, across = np.linspace(1, 0, SIDE)[:, None], np.linspace(-1, 1, SIDE)[None, :]
    ragged = noise_window(generator, height=SIDE, width=SIDE, roughness=1.7)
    inside = 1 - np.hypot(across, 1.15 * down) + 0.07 * ragged
    light = 0.3 + 0.5 * down - 0.15 * across + 0.07 * ragged
    return _grey(light, np.clip(inside * 12, 0, 1))


def _grey(light: np.ndarray, alpha: np.ndarray) -> Image.Image:
    both = np.stack([np.broadcast_to(light, (SIDE, SIDE)), alpha], axis=-1)
    return Image.fromarray((np.clip(both, 0, 1) * 255).astype(np.uint8))


_SHADED: Mapping[str, Callable[[np.random.Generator], Image.Image]] = {
    "trunk": _trunk, "birch": _birch, "stone": _stone,
}  # fmt: skip
_DRAWN: Mapping[str, Callable[[Pen, np.random.Generator], None]] = {
    "tuft": _tuft, "weed": _weed, "bush": _bush, "conifer": _conifer, "bare_tree": _bare_tree,
    "twig": _twig,
}  # fmt: skip
