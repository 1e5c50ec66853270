"""What Kedro-Viz shows of a dataset: small pictures and facts.

Kedro-Viz tells the kind of a preview by the return annotation of the dataset's ``preview`` method,
which has to be the plain type; an empty preview is how a dataset says that it is not there yet.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from kedro_datasets._typing import ImagePreview, JSONPreview
from numpy.typing import NDArray
from PIL import Image

SHEET_IMAGES = 12
SHEET_COLUMNS = 4
TILE = 160  # pixels, the longer side of an image in a sheet
GAP = 4
HEAVIEST = 300_000  # bytes of a picture that is shown as it is
WIDEST = 1400  # pixels of one that is not


def facts_preview(facts: Mapping[str, object]) -> JSONPreview:
    """Show facts by name, such as what a checkpoint says of itself."""
    return JSONPreview(json.dumps(facts, default=str))


def picture_preview(picture: bytes) -> ImagePreview:
    """Show an image file; a heavy one smaller, so that the page stays quick."""
    if len(picture) <= HEAVIEST:
        return _encoded(picture)
    with Image.open(BytesIO(picture)) as image:
        small = image.convert("RGB")
    small.thumbnail((WIDEST, 4 * WIDEST))
    return _encoded(_webp(small))


def sheet_preview(images: Sequence[NDArray[np.uint8]], *, palette: bytes = b"") -> ImagePreview:
    """Show a few images side by side.

    Args:
        images: (H, W) gray or (H, W, 3) each, of any size; empty for none.
        palette: 768 bytes that give the values of (H, W) images their colours.
    """
    if not images:
        return ImagePreview("")
    tiles = [_tile(one, palette) for one in images]
    width, height = (max(sizes) + GAP for sizes in zip(*(one.size for one in tiles), strict=True))
    columns, rows = min(len(tiles), SHEET_COLUMNS), -(-len(tiles) // SHEET_COLUMNS)
    sheet = Image.new("RGB", (columns * width - GAP, rows * height - GAP), "white")
    for number, tile in enumerate(tiles):
        row, column = divmod(number, SHEET_COLUMNS)
        sheet.paste(tile, (column * width, row * height))
    return _encoded(_webp(sheet))


def spread(names: Sequence[str], *, most: int = SHEET_IMAGES) -> list[str]:
    """Choose names evenly from the first to the last.

    >>> spread(list("abcdefg"), most=3)
    ['a', 'd', 'g']
    """
    chosen = np.linspace(0, len(names) - 1, min(most, len(names))).round().astype(int)
    return [names[row] for row in chosen]


def table_preview(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> dict[str, Any]:
    """The form in which Kedro-Viz wants a table."""
    return {
        "index": list(range(len(rows))),
        "columns": list(columns),
        "data": [list(row) for row in rows],
    }


def file_facts(path: Path) -> dict[str, object]:
    """Name and size of a file."""
    return {"file": path.name, "bytes": path.stat().st_size}


def _tile(pixels: NDArray[np.uint8], palette: bytes) -> Image.Image:
    image = Image.fromarray(pixels)
    if palette and image.mode == "L":
        image.putpalette(palette)
    scale = TILE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    # Colours of a palette are never mixed; those of photos are.
    resampling = Image.Resampling.NEAREST if palette or scale > 1 else Image.Resampling.LANCZOS
    return image.resize(size, resampling).convert("RGB")


def _webp(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "webp", quality=85)
    return buffer.getvalue()


def _encoded(picture: bytes) -> ImagePreview:
    return ImagePreview(base64.b64encode(picture).decode("ascii"))
