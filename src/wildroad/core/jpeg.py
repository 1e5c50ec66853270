"""The quick way for the usual photo: a plain JPEG, decoded by libjpeg-turbo straight to an array.

Pillow decodes the same pixels with the same library; what it adds is copies. Whatever is not plain
or makes the decoder frown is left to Pillow, whose word on a file is the one that counts.
"""

import struct
from io import BytesIO

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import ExifTags, Image

DAMAGE = (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error)
"""What Pillow raises on damaged files, depending on the part that is damaged."""

START = b"\xff\xd8\xff"
PLAIN_MODES = frozenset({"L", "RGB"})
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def turn_of(image: Image.Image) -> Image.Transpose | None:
    """How a photo has to be turned to stand upright, as its EXIF data says; None for not at all."""
    return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))


def decode_plain_jpeg(content: bytes, *, most_pixels: int) -> NDArray[np.uint8] | None:
    """Decode an 8-bit gray or RGB JPEG, baseline or progressive, and turn it upright.

    Args:
        content: The bytes of the file.
        most_pixels: Photos with more pixels are not decoded.

    Returns:
        uint8 (H, W, 3), the pixels that Pillow gives; None for a file that Pillow has to judge: of
        another format or colour space, too large, or with anything in it that is not as it should.
    """
    if not content.startswith(START):
        return None
    try:
        with Image.open(BytesIO(content), formats=["JPEG"]) as header:
            plain = header.format == "JPEG" and header.mode in PLAIN_MODES
            if not plain or header.width * header.height > most_pixels:
                return None
            turn = turn_of(header)
        pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(content, "RGB", strict=True)
    except (*DAMAGE, Image.DecompressionBombError):
        return None
    return pixels if turn is None else np.array(Image.fromarray(pixels).transpose(turn))
