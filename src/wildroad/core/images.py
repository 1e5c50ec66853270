"""Photos on disk: find, read, index, and resize them.

What cannot be read is named with its reason; nothing is skipped or replaced in silence.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import PIL
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from tqdm.auto import tqdm

from wildroad.core.duplicates import perceptual_hash
from wildroad.core.jpeg import DAMAGE, decode_plain_jpeg, turn_of
from wildroad.core.lazy import LazyMapping
from wildroad.core.photo_files import MissingPhotosError as MissingPhotosError
from wildroad.core.photo_files import UnreadablePhotoError as UnreadablePhotoError
from wildroad.core.photo_files import (
    check_name,
    find_photos,
    printable,
    read_file,
    unplaced,
)

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
MAX_PIXELS = 64_000_000
"""Of one photo: decoded, turned and copied, they stay below 1 GiB of memory."""
STRIP = 256
SEVERAL_FRAMES = frozenset({"PNG", "WEBP", "TIFF"})
SIXTEEN_BITS = frozenset({"I;16", "I;16B", "I;16L", "I"})
INDEX_COLUMNS = [
    "photo_id", "class_name", "format", "mode", "width", "height", "bytes", "sha256",
    "perceptual_hash",
]  # fmt: skip


@dataclass(frozen=True)
class PhotoIndex:
    """What a folder of photos holds.

    Attributes:
        photos: One row a readable photo: photo_id ("class/file.jpg"), class_name, format, mode,
            width, height (after EXIF orientation), bytes, sha256, perceptual_hash.
        quarantine: One row a file that could not be used: file, reason.
    """

    photos: pd.DataFrame
    quarantine: pd.DataFrame


def read_pixels(content: bytes) -> NDArray[np.uint8]:
    """Decode a photo to an array (H, W, 3) with its EXIF orientation applied.

    The same pixels as those of ``read_photo``, and the same files refused; plain JPEGs in a third
    of its time.

    Raises:
        UnreadablePhotoError: As ``read_photo``.
    """
    pixels = decode_plain_jpeg(content, most_pixels=MAX_PIXELS)
    return np.array(read_photo(content)) if pixels is None else pixels


def read_photo(content: bytes) -> Image.Image:
    """Decode a photo with Pillow to 8-bit RGB with its EXIF orientation applied.

    Args:
        content: The bytes of the file.

    Raises:
        UnreadablePhotoError: Empty, not one of ``FORMATS``, truncated, damaged, too large, or of
            several frames.
    """
    if not content:
        raise UnreadablePhotoError("the file is empty")
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise UnreadablePhotoError(
                    f"{opened.width} x {opened.height} pixels are more than {MAX_PIXELS:,}"
                )
            if opened.format in SEVERAL_FRAMES and (frames := getattr(opened, "n_frames", 1)) > 1:
                raise UnreadablePhotoError(f"holds {frames} frames: save the one that is meant")
            opened.load()
            turn = turn_of(opened)
            return to_rgb(opened if turn is None else opened.transpose(turn))
    except UnidentifiedImageError:
        raise UnreadablePhotoError(f"not an image of the formats {', '.join(FORMATS)}") from None
    except Image.DecompressionBombError as error:
        raise UnreadablePhotoError(f"too many pixels: {error}") from None
    except DAMAGE as error:
        if isinstance(error, UnreadablePhotoError):
            raise
        raise UnreadablePhotoError(f"damaged: {error}") from None


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert any mode to 8-bit RGB; 16-bit gray is scaled, transparency lies on white."""
    if image.mode not in SIXTEEN_BITS and not image.has_transparency_data:
        return image.convert("RGB")
    result = Image.new("RGB", image.size)
    for top in range(0, image.height, STRIP):  # a strip at a time, as the way there takes memory
        strip = image.crop((0, top, image.width, min(top + STRIP, image.height)))
        result.paste(strip_to_rgb(strip), (0, top))
    return result


def strip_to_rgb(image: Image.Image) -> Image.Image:
    """Convert 16-bit gray or an image with transparency to 8-bit RGB."""
    if image.mode in SIXTEEN_BITS:
        gray = np.asarray(image, dtype=np.float64) / 257.0
        return Image.fromarray(np.round(gray.clip(0, 255)).astype(np.uint8)).convert("RGB")
    canvas = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(canvas, image.convert("RGBA")).convert("RGB")


def index_photos(
    root: Path, *, classes: Sequence[str] | None = None, progress: bool = False
) -> PhotoIndex:
    """Read every photo below ``root`` once and describe it.

    Raises:
        MissingPhotosError: No folder, no class folder or no file.
    """
    files = find_photos(root, classes)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        described = pool.map(lambda name: describe_photo(root, name), files)
        rows = list(tqdm(described, total=len(files), desc="Reading photos", disable=not progress))
    photos = [row for row in rows if "reason" not in row]
    quarantine = [*unplaced(root, classes), *(row for row in rows if "reason" in row)]
    return PhotoIndex(
        pd.DataFrame(photos, columns=INDEX_COLUMNS),
        pd.DataFrame(quarantine, columns=["file", "reason"]),
    )


def describe_photo(root: Path, name: str) -> dict[str, object]:
    """Describe one file: a row of the index, or file and reason when it cannot be read."""
    try:
        check_name(name)
        content = read_file(root, name)
        pixels = read_pixels(content)
    except UnreadablePhotoError as error:
        return {"file": printable(name), "reason": str(error)}
    with Image.open(BytesIO(content), formats=FORMATS) as header:
        stored_format, mode = header.format, header.mode
    return {
        "photo_id": name,
        "class_name": name.split("/", 1)[0],
        "format": stored_format,
        "mode": mode,
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "perceptual_hash": perceptual_hash(Image.fromarray(pixels)),
    }


def resize_photo(pixels: NDArray[np.uint8], *, size: int) -> NDArray[np.uint8]:
    """Resize to ``size`` x ``size``: bilinear with antialiasing, both sides to the size.

    Nothing is cut off, as animals stand at the edge of the frame; the aspect ratio changes. Within
    one grey level of torchvision's ``Resize((size, size))`` on the same photo; equal to it where a
    side is less than halved, as there both round too coarsely to be that near each other.

    Args:
        pixels: uint8 (H, W, 3).
        size: Height and width of the result in pixels.

    Returns:
        uint8 (size, size, 3).
    """
    if min(pixels.shape[:2]) < 2 * size:
        return np.array(Image.fromarray(pixels).resize((size, size), Image.Resampling.BILINEAR))
    import torch  # takes seconds, and many who read photos need none of it
    from torch.nn.functional import interpolate

    channels_last = torch.from_numpy(pixels).permute(2, 0, 1)[None]
    resized = interpolate(channels_last, size=(size, size), mode="bilinear", antialias=True)
    return np.ascontiguousarray(resized[0].permute(1, 2, 0).numpy())


def resize_recipe(*, size: int) -> str:
    """All that the pixels of a resized photo depend on besides the photo."""
    import torch

    return (
        f"{size} x {size} px, bilinear, antialiased; torch {torch.__version__},"
        f" Pillow {PIL.__version__}, simplejpeg {simplejpeg.__version__}"
    )


def resized_photos(
    root: Path, photo_ids: Sequence[str], *, size: int, sha256: Mapping[str, str] | None = None
) -> LazyMapping[NDArray[np.uint8]]:
    """Photos as a lazy mapping photo_id -> uint8 array (size, size, 3).

    Args:
        root: Folder of the photos.
        photo_ids: Files below it, in the order of the mapping.
        size: Height and width of the results in pixels.
        sha256: Photo id -> digest of the file when it was indexed. With it, a file that has changed
            since is refused, and the mapping knows the origin of each photo before reading it.
    """
    expected = sha256 or {}
    recipe = resize_recipe(size=size)
    origins = {name: f"{expected[name]}; {recipe}" for name in photo_ids if name in expected}
    # Found from anywhere, as another process may be asked to read them.
    read = partial(resized_photo, root=root.absolute(), size=size, sha256=expected)
    return LazyMapping(photo_ids, read, origins=origins)


def resized_photo(
    name: str, *, root: Path, size: int, sha256: Mapping[str, str]
) -> NDArray[np.uint8]:
    """Decode and resize one of the photos of ``resized_photos``."""
    return resize_photo(reread(root / name, sha256=sha256.get(name)), size=size)


def reread(path: Path, *, sha256: str | None) -> NDArray[np.uint8]:
    """Decode a photo that was indexed before.

    Raises:
        UnreadablePhotoError: The file is gone, damaged, or not the one with that digest.
    """
    try:
        content = path.read_bytes()
        if sha256 not in (None, hashlib.sha256(content).hexdigest()):
            raise UnreadablePhotoError("its content has changed")
        return read_pixels(content)
    except (UnreadablePhotoError, OSError) as error:
        raise UnreadablePhotoError(
            f"{path} could be read when it was indexed but not now: {error};"
            " run the data_processing pipeline again"
        ) from error
