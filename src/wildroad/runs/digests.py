"""What lies in a file or folder, as one hash that is the same on every machine."""

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import BaseModel, ConfigDict

PATH_PARTS = 3


class Content(BaseModel):
    """What was read or written under one name.

    Attributes:
        path: Posix path, relative to the results or the project; of one elsewhere its last parts.
        files: Number of files, hidden ones left out.
        bytes: Their size in all.
        sha256: Digest of the file, or of the names and digests of all files.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    files: int
    bytes: int
    sha256: str


def describe(paths: Iterable[Path], shown_as: str) -> Content | None:
    """Hash files and all files below folders; None where there is none.

    Args:
        paths: Files or folders of one dataset.
        shown_as: What the path is called in the result.
    """
    files = sorted((name, path) for one in paths for name, path in files_of(one))
    if not files:
        return None
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        hashes = list(pool.map(lambda named: hash_file(named[1]), files))
    lines = (f"{name}\0{one}\n" for (name, _), one in zip(files, hashes, strict=True))
    whole = hashlib.sha256(os.fsencode("".join(lines))).hexdigest()
    return Content(
        path=shown_as,
        files=len(files),
        bytes=sum(path.stat().st_size for _, path in files),
        sha256=hashes[0] if len(files) == 1 else whole,
    )


def files_of(path: Path) -> list[tuple[str, Path]]:
    """Name and place of a file, or of all visible files below a folder; links to nowhere aside."""
    if path.is_file():
        return [(path.name, path)]
    found = []
    for parent, folders, names in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        places = [Path(parent) / name for name in names if not name.startswith(".")]
        found += [(one.relative_to(path).as_posix(), one) for one in places if one.is_file()]
    return found


def hash_file(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits; "" of one that can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def shown_path(path: Path, *roots: Path) -> str:
    """A path without the machine it is on.

    >>> shown_path(Path("/home/me/data/08/a.csv"), Path("/home/me/data"))
    '08/a.csv'
    >>> shown_path(Path("/mnt/disk/photos/2024/spring"), Path("/home/me/data"))
    'photos/2024/spring'
    """
    for root in roots:
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return "/".join(path.parts[-PATH_PARTS:])
