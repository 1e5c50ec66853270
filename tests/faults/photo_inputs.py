"""Files that lie in folders of photos: what each is, and what has to become of it.

Every row draws one file. It has to be accepted, with the pixels it shows, or named with a reason.
"""

import os
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
from pictures import encoded, exif, png_claiming
from PIL import Image

LEFT, RIGHT = (200, 40, 40), (40, 40, 200)
SIZE = 16, 8
GRAY_LEFT, GRAY_RIGHT = (88,) * 3, (58,) * 3


@dataclass(frozen=True)
class Row:
    """A file, and either the colours of its left and right half or a pattern of the reason."""

    name: str
    content: Any
    colours: tuple | None = None
    reason: str | None = None
    size: tuple[int, int] = SIZE
    tolerance: int = 0


def halves(left=LEFT, right=RIGHT, *, mode="RGB", size=SIZE):
    image = Image.new(mode, size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image


def upright(orientation):
    """A photo stored so that it shows red on the left when its orientation is heeded."""
    stored = {
        1: [], 2: [Image.Transpose.FLIP_LEFT_RIGHT], 3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM], 5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90], 7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }[orientation]  # fmt: skip
    image = halves()
    for turn in stored:
        image = image.transpose(turn)
    return encoded(image, "PNG", exif=exif(orientation))


def broken_checksum():
    content = bytearray(encoded(halves(), "PNG"))
    content[content.index(b"IDAT") + 8] ^= 0xFF
    return bytes(content)


def palette(**options):
    return encoded(halves().quantize(2), "PNG", **options)


def clear_palette():
    """A palette photo whose right half is transparent, and so white."""
    image = halves().quantize(2)
    return encoded(image, "PNG", transparency=image.getpixel((SIZE[0] - 1, 0)))


def frames(form):
    return encoded(halves(), form, save_all=True, append_images=[halves(RIGHT, LEFT)])


def deep(left=88, right=58):
    values = np.full((SIZE[1], SIZE[0]), left * 257, np.uint16)
    values[:, SIZE[0] // 2 :] = right * 257
    return encoded(Image.fromarray(values), "PNG")


JPEG = encoded(halves(size=(160, 80)), "JPEG", quality=95)
WHITE = (255, 255, 255)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8"/></svg>'
FITS = b"SIMPLE  =                    T".ljust(2880)
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\nshowpage\n"
NO_IMAGE = "not an image of the formats"

ROWS = [
    Row("empty.jpg", b"", reason="the file is empty"),
    *(Row(f"cut at {share} %.jpg", JPEG[: len(JPEG) * share // 100],
          reason="damaged|not an image") for share in (10, 50, 99)),
    Row("bad checksum.png", broken_checksum(), reason="damaged"),
    Row("text.jpg", b"bring new batteries", reason=NO_IMAGE),
    Row("a png.jpg", encoded(halves(), "PNG"), (LEFT, RIGHT)),
    Row("LOUD.JPG", JPEG, (LEFT, RIGHT), size=(160, 80), tolerance=3),
    Row("long.jpeg", JPEG, (LEFT, RIGHT), size=(160, 80), tolerance=3),
    Row("page.eps", EPS, reason=NO_IMAGE),
    Row("stars.fits", FITS, reason=NO_IMAGE),
    Row("drawing.svg", SVG, reason=NO_IMAGE),
    Row("moving.gif", frames("GIF"), reason=NO_IMAGE),
    Row("pages.tif", frames("TIFF"), reason="holds 2 frames"),
    Row("moving.webp", frames("WEBP"), reason="holds 2 frames"),
    Row("moving.png", frames("PNG"), reason="holds 2 frames"),
    Row("still.webp", encoded(halves(), "WEBP", lossless=True), (LEFT, RIGHT)),
    Row("ink.jpg", encoded(halves(size=(160, 80)).convert("CMYK"), "JPEG", quality=95),
        (LEFT, RIGHT), size=(160, 80), tolerance=3),
    Row("deep.png", deep(), (GRAY_LEFT, GRAY_RIGHT)),
    Row("one bit.png", encoded(halves(0, 1, mode="1"), "PNG"), ((0,) * 3, WHITE)),
    Row("gray.png", encoded(halves(88, 58, mode="L"), "PNG"), (GRAY_LEFT, GRAY_RIGHT)),
    Row("gray and clear.png", encoded(halves((88, 255), (58, 0), mode="LA"), "PNG"),
        (GRAY_LEFT, WHITE)),
    Row("clear.png", encoded(halves((*LEFT, 255), (*RIGHT, 0), mode="RGBA"), "PNG"),
        (LEFT, WHITE)),
    Row("palette.png", palette(), (LEFT, RIGHT)),
    Row("palette and clear.png", clear_palette(), (LEFT, WHITE)),
    *(Row(f"turned {turn}.png", upright(turn), (LEFT, RIGHT)) for turn in range(1, 9)),
    Row("dot.png", encoded(halves(size=(1, 1)), "PNG"), (RIGHT, RIGHT), size=(1, 1)),
    Row("line.png", encoded(halves(size=(1, 10_000)), "PNG"), (RIGHT, RIGHT), size=(1, 10_000)),
    Row("bomb.png", png_claiming(9000, 9000, color=0), reason="9000 x 9000 pixels are more than"),
    Row("greater bomb.png", png_claiming(60_000, 60_000, color=0, rows=9),
        reason="too many pixels|more than"),
    Row(unicodedata.normalize("NFC", "é.png"), encoded(halves(), "PNG"), (LEFT, RIGHT)),
    Row(unicodedata.normalize("NFD", "é.png"), encoded(halves(), "PNG"), (LEFT, RIGHT)),
    Row("n" * 251 + ".png", encoded(halves(), "PNG"), (LEFT, RIGHT)),
    Row(os.fsdecode(b"\xff\xfe.png"), encoded(halves(), "PNG"), reason="is not valid UTF-8"),
]  # fmt: skip
