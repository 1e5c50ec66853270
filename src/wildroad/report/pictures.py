"""Figures and encoded pictures as parts of a page that stands alone."""

import base64
import re
from io import BytesIO

from markupsafe import Markup
from PIL import Image

from wildroad.report.parts import Figure

# Roles of colours in the figures (wildroad.figures.style) -> colours of the page, light or dark.
PAGE_COLORS = {
    "#1d2428": "var(--ink)",
    "#5e686e": "var(--muted)",
    "#dcdfdd": "var(--line)",
    "#fefefd": "var(--paper)",
}
CSS_PIXELS_PER_POINT = 96 / 72
HEAVIEST_PNG = 200_000  # bytes
STARTS = {b"RIFF": "webp", b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg"}


def data_address(picture: bytes) -> str:
    """Address that holds a whole encoded image.

    Raises:
        ValueError: It is neither WebP, PNG nor JPEG.

    >>> data_address(bytes.fromhex("ffd8ff"))
    'data:image/jpeg;base64,/9j/'
    """
    for start, kind in STARTS.items():
        if picture.startswith(start):
            return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"
    raise ValueError(f"a picture on a page is WebP, PNG or JPEG; this one starts {picture[:8]!r}")


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height of an encoded image in pixels, from its header."""
    with Image.open(BytesIO(picture)) as image:
        return image.size


def inline_picture(figure: Figure) -> Markup:
    """Put a figure into the page: as SVG in the page's colours, or as pixels if it has photos."""
    if "<image" in figure.picture.svg:
        return _image_element(figure)
    return Markup(
        adapt_svg(figure.picture.svg, key=figure.key, text=figure.picture.alternative_text)
    )


def _image_element(figure: Figure) -> Markup:
    image = _light_image(figure.picture.png)
    width, height = size_of(image)
    return Markup('<img src="{}" width="{}" height="{}" alt="{}">').format(
        data_address(image), width // 2, height // 2, figure.picture.alternative_text
    )


def _light_image(png: bytes) -> bytes:
    """Turn a heavy PNG into WebP of the same size, so that a phone can open the page.

    The PNG file beside the report keeps every pixel.
    """
    if len(png) <= HEAVIEST_PNG:
        return png
    buffer = BytesIO()
    Image.open(BytesIO(png)).convert("RGB").save(buffer, "webp", quality=75, method=3)
    return buffer.getvalue()


def adapt_svg(svg: str, *, key: str, text: str) -> str:
    """Fit an SVG into a page.

    Identifiers get the figure's name before them, as those of two figures would clash; colours
    become the page's; the style rule that would reach all of the page goes; the size in points
    becomes a width in CSS pixels that a narrow screen may undercut.
    """
    prefix = re.sub(r"[^A-Za-z0-9_-]", "-", key)
    body = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{prefix}-', body)
    body = re.sub(r'((?:xlink:)?href="#|url\(#)', rf"\g<1>{prefix}-", body)
    for color, role in PAGE_COLORS.items():
        body = body.replace(color, role)
    return re.sub(r"<svg[^>]*>", lambda match: _svg_tag(match[0], text), body, count=1)


def _svg_tag(tag: str, text: str) -> str:
    box = re.search(r'viewBox="([^"]+)"', tag)
    if box is None:
        raise ValueError(f"an SVG needs a viewBox to be scaled; this one starts {tag[:80]!r}")
    width = float(box[1].split()[2]) * CSS_PIXELS_PER_POINT
    return str(
        Markup(
            '<svg role="img" aria-label="{}" viewBox="{}" style="--width: {}px" '
            'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        ).format(text, box[1], round(width))
    )
