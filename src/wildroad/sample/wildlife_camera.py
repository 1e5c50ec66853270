"""What a camera trap does to a picture: flash, lens, sensor and the strip with date and time.

Shape legend: H rows, W columns of the photo.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import correlate1d

from wildroad.sample.wildlife_noise import Floats, noise_window, smoothstep
from wildroad.sample.wildlife_scenery import Season, Setting

_MONTHS: Mapping[Season, tuple[int, ...]] = {
    "spring": (4, 5), "summer": (6, 7, 8), "autumn": (9, 10), "winter": (12, 1, 2),
}  # fmt: skip
_CELSIUS: Mapping[Season, int] = {"spring": 8, "summer": 19, "autumn": 6, "winter": -13}
_GREY = np.array([0.35, 0.5, 0.15], np.float32)


@dataclass(frozen=True)
class Strip:
    """What the strip below the picture says; nothing of it depends on the animal.

    Attributes:
        station: Number of the camera.
        date: Year, month, day.
        time: Hour, minute, second.
        celsius: Temperature.
        moon: Phase, 0 (new) to 1 (new again).
    """

    station: int
    date: tuple[int, int, int]
    time: tuple[int, int, int]
    celsius: int
    moon: float

    @staticmethod
    def draw(generator: np.random.Generator, setting: Setting) -> "Strip":
        """A date and time that fit season and light."""
        months = _MONTHS[setting.season]
        hour = int(generator.integers(8, 17))
        hour = (hour + 12) % 24 if setting.light.night else hour
        warmth = -5 if setting.light.night else 0
        return Strip(
            station=int(generator.integers(1, 25)),
            date=(int(generator.integers(2021, 2025)), int(generator.choice(months)),
                  int(generator.integers(1, 29))),
            time=(hour, int(generator.integers(0, 60)), int(generator.integers(0, 45))),
            celsius=_CELSIUS[setting.season] + warmth + int(generator.integers(-6, 7)),
            moon=float(generator.random()),
        )  # fmt: skip

    def later(self, seconds: int) -> "Strip":
        """The strip some seconds later, within the same minute."""
        hour, minute, second = self.time
        return replace(self, time=(hour, minute, min(second + seconds, 59)))

    def text(self) -> str:
        """The words as they are printed."""
        year, month, day = self.date
        hour, minute, second = self.time
        return (
            f"CAM {self.station:02d}   {year}-{month:02d}-{day:02d}   "
            f"{hour:02d}:{minute:02d}:{second:02d}   {self.celsius}°C"
        )


@dataclass(frozen=True)
class Lens:
    """What is the same in all photos of one burst.

    Attributes:
        exposure: Factor of all light.
        balance: Factor (3,) of red, green and blue.
        vignette: How much darker the corners are.
        soft: Radius of the blur, pixels.
        grain: Deviation of the sensor's noise.
        quality: Of the JPEG file.
    """

    exposure: float
    balance: tuple[float, float, float]
    vignette: float
    soft: float
    grain: float
    quality: int

    @staticmethod
    def draw(generator: np.random.Generator, *, night: bool) -> "Lens":
        """A random camera."""
        red, blue = generator.normal(1, 0.025, size=2)
        grain = generator.uniform(0.025, 0.06) if night else generator.uniform(0.008, 0.03)
        return Lens(
            exposure=float(np.exp(generator.normal(0, 0.1))),
            balance=(float(red), 1.0, float(blue)),
            vignette=float(generator.uniform(0.45, 0.8) if night else generator.uniform(0.1, 0.35)),
            soft=float(generator.choice([0.35, 0.6, 1.1], p=[0.5, 0.35, 0.15])),
            grain=float(grain),
            quality=int(generator.integers(78, 91)),
        )


def expose(
    picture: Floats, setting: Setting, lens: Lens, strip: Strip, generator: np.random.Generator
) -> Image.Image:
    """The finished photo (RGB, all channels equal at night) of a picture (H, W, 3)."""
    image = _blurred(_bloom(picture), lens.soft)
    if setting.light.night:
        image = np.repeat((image @ _GREY)[..., None], 3, axis=-1)
    else:
        image = image * np.array(lens.balance, np.float32)
    image = _toned(image * _falloff(setting, lens)[..., None] * lens.exposure)
    image = image + _grain(generator, image.shape, lens.grain, grey=setting.light.night)
    photo = Image.fromarray((np.clip(image, 0, 1) * 255).astype(np.uint8))
    return _printed(photo, strip)


def _bloom(picture: Floats) -> Floats:
    """Glow around what is brighter than white, such as eyes in the flash."""
    excess = np.maximum(picture - 1.15, 0)
    return picture if excess.max() == 0 else picture + 1.5 * _blurred(excess, 1.6)


def _blurred(image: Floats, radius: float) -> Floats:
    """A Gaussian blur along both axes."""
    reach = int(np.ceil(2.5 * radius))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / radius) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    for axis in (0, 1):
        image = correlate1d(image, weights, axis=axis, mode="nearest")
    return image


def _falloff(setting: Setting, lens: Lens) -> Floats:
    return 1 - lens.vignette * _corners(setting.height, setting.width)


@lru_cache(maxsize=4)
def _corners(height: int, width: int) -> Floats:
    """0 in the middle of a photo, towards 1 in its corners."""
    rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    return smoothstep(np.hypot(columns, rows) / 1.41, low=0.25, high=1.05)


def _toned(image: Floats) -> Floats:
    """A film-like curve: shadows kept, highlights rolled off."""
    clipped = np.clip(image, 0, 4)
    return np.where(clipped < 0.75, clipped, 0.75 + 0.25 * np.tanh((clipped - 0.75) / 0.25))


def _grain(
    generator: np.random.Generator, shape: tuple[int, ...], deviation: float, *, grey: bool
) -> Floats:
    height, width = shape[:2]
    layers = [
        noise_window(generator, height=height, width=width, roughness=0.0)
        for _ in range(1 if grey else 3)
    ]
    return np.float32(deviation) * np.stack(layers, axis=-1)


def strip_height(height: int) -> int:
    """Rows the strip takes of a photo of so many rows."""
    return max(height // 16, 8)


@lru_cache(maxsize=4)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size)


def _printed(photo: Image.Image, strip: Strip) -> Image.Image:
    pen = ImageDraw.Draw(photo)
    high = strip_height(photo.height)
    top = photo.height - high
    pen.rectangle([0, top, photo.width, photo.height], fill=(12, 12, 12))
    pen.text(
        (4, top + high / 2), strip.text(), fill=(235, 235, 235), font=_font(high - 4), anchor="lm"
    )
    _print_moon(pen, strip.moon, (photo.width - high, top + high / 2), 0.36 * high)
    return photo


def _print_moon(
    pen: ImageDraw.ImageDraw, phase: float, middle: tuple[float, float], radius: float
) -> None:
    x, y = middle
    pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=(235, 235, 235))
    shift = 2 * radius * (2 * phase if phase < 0.5 else 2 * phase - 2)
    pen.ellipse([x - radius + shift, y - radius, x + radius + shift, y + radius], fill=(12, 12, 12))
