"""Photos on disk: find, read, index, and resize them.

What cannot be read is named with its reason; nothing is skipped or replaced in silence.
"""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from torch.nn.functional import interpolate
from tqdm.auto import tqdm

from wildroad.core.duplicates import perceptual_hash
from wildroad.core.lazy import LazyMapping

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
MAX_PIXELS = 100_000_000
NOT_PHOTOS = frozenset({"thumbs.db", "desktop.ini"})
INDEX_COLUMNS = [
    "photo_id", "class_name", "format", "mode", "width", "height", "bytes", "sha256",
    "perceptual_hash",
]  # fmt: skip


class UnreadablePhotoError(ValueError):
    """A file that is no photo this project reads; the message is the reason."""


class MissingPhotosError(FileNotFoundError):
    """The folder of photos is missing or holds none."""


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


def find_photos(root: Path, classes: Sequence[str] | None = None) -> list[str]:
    """List the files below the class folders of ``root`` as sorted posix paths relative to it.

    Hidden files and folders, and the thumbnail files of desktop systems, are no photos and are left
    out. Links are not followed out of the tree: a link is listed only when it ends inside ``root``.

    Args:
        root: Folder with one sub-folder a class.
        classes: The class folders to read; None reads them all.

    Raises:
        MissingPhotosError: The folder or a class folder is not there, or no file is in any.
    """
    found = (
        {path.name for path in root.iterdir() if is_class_folder(path)} if root.is_dir() else set()
    )
    wanted = found if classes is None else set(classes)
    if missing := sorted(wanted - found):
        raise MissingPhotosError(
            f"{root} has no folder for the classes {missing}; its class folders are {sorted(found)}"
        )
    files = [name for folder in sorted(wanted) for name in files_below(root / folder, root)]
    if not files:
        seen = (
            "the folder does not exist" if not root.is_dir() else f"class folders: {sorted(found)}"
        )
        raise MissingPhotosError(
            f"no photos in {root} ({seen}); expected one folder a class with JPEG or PNG photos in"
            f" it, such as {root}/black_bear/0001.jpg"
        )
    return files


def is_class_folder(path: Path) -> bool:
    """Whether a path is a folder that is not hidden."""
    return path.is_dir() and not path.name.startswith(".")


def files_below(folder: Path, root: Path) -> list[str]:
    """List the visible files below ``folder`` as sorted posix paths relative to ``root``."""
    names = []
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        names += [
            (Path(parent) / name).relative_to(root).as_posix()
            for name in files
            if not name.startswith(".") and name.lower() not in NOT_PHOTOS
        ]
    return sorted(names)


def read_file(root: Path, name: str) -> bytes:
    """Read a file below ``root``.

    Raises:
        UnreadablePhotoError: It can't be opened, or is a link that leads out of ``root``.
    """
    try:
        path = (root / name).resolve(strict=True)
        if not path.is_relative_to(root.resolve()):
            raise UnreadablePhotoError("a link that leads out of the folder of photos")
        return path.read_bytes()
    except (OSError, RuntimeError) as error:
        raise UnreadablePhotoError(f"unreadable: {error}".replace(str(root), ".")) from None


def read_photo(content: bytes) -> Image.Image:
    """Decode a photo to 8-bit RGB with its EXIF orientation applied.

    Args:
        content: The bytes of the file.

    Raises:
        UnreadablePhotoError: Empty, not one of ``FORMATS``, truncated, damaged or too large.
    """
    if not content:
        raise UnreadablePhotoError("the file is empty")
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise UnreadablePhotoError(
                    f"{opened.width} x {opened.height} pixels are more than {MAX_PIXELS:,}"
                )
            opened.load()
            return to_rgb(ImageOps.exif_transpose(opened))
    except UnidentifiedImageError:
        raise UnreadablePhotoError(f"not an image of the formats {', '.join(FORMATS)}") from None
    except Image.DecompressionBombError as error:
        raise UnreadablePhotoError(f"too many pixels: {error}") from None
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, UnreadablePhotoError):
            raise
        raise UnreadablePhotoError(f"damaged: {error}") from None


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert any mode to 8-bit RGB; 16-bit gray is scaled, transparency lies on white."""
    if image.mode in {"I;16", "I;16B", "I;16L", "I"}:
        gray = np.asarray(image, dtype=np.float64) / 257.0
        return Image.fromarray(np.round(gray.clip(0, 255)).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        canvas = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(canvas, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


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
    quarantine = [row for row in rows if "reason" in row]
    return PhotoIndex(
        pd.DataFrame(photos, columns=INDEX_COLUMNS),
        pd.DataFrame(quarantine, columns=["file", "reason"]),
    )


def describe_photo(root: Path, name: str) -> dict[str, object]:
    """Describe one file: a row of the index, or file and reason when it cannot be read."""
    try:
        content = read_file(root, name)
        image = read_photo(content)
    except UnreadablePhotoError as error:
        return {"file": name, "reason": str(error)}
    with Image.open(BytesIO(content), formats=FORMATS) as header:
        stored_format, mode = header.format, header.mode
    return {
        "photo_id": name,
        "class_name": name.split("/", 1)[0],
        "format": stored_format,
        "mode": mode,
        "width": image.width,
        "height": image.height,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "perceptual_hash": perceptual_hash(image),
    }


def resize_photo(image: Image.Image, *, size: int) -> NDArray[np.uint8]:
    """Resize to ``size`` x ``size``: bilinear with antialiasing, both sides to the size.

    Nothing is cut off, as animals stand at the edge of the frame; the aspect ratio changes. Within
    one grey level of torchvision's ``Resize((size, size))`` on the same photo.

    Returns:
        uint8 array (size, size, 3).
    """
    pixels = torch.from_numpy(np.array(image, dtype=np.uint8)).permute(2, 0, 1)[None]
    resized = interpolate(pixels, size=(size, size), mode="bilinear", antialias=True)
    return np.ascontiguousarray(resized[0].permute(1, 2, 0).numpy())


def resized_photos(
    root: Path, photo_ids: Sequence[str], *, size: int
) -> LazyMapping[NDArray[np.uint8]]:
    """Photos as a lazy mapping photo_id -> uint8 array (size, size, 3)."""

    def read(photo_id: str) -> NDArray[np.uint8]:
        try:
            return resize_photo(read_photo((root / photo_id).read_bytes()), size=size)
        except (UnreadablePhotoError, OSError) as error:
            raise UnreadablePhotoError(
                f"{root / photo_id} could be read when it was indexed but not now: {error};"
                " run the data_processing pipeline again"
            ) from error

    return LazyMapping(photo_ids, read)
