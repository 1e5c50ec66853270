"""The files of a folder of photos: found, named where they are passed over, and read."""

import os
from collections.abc import Sequence
from pathlib import Path

NOT_PHOTOS = frozenset({"thumbs.db", "desktop.ini"})
MAX_BYTES = 256 * 2**20


class UnreadablePhotoError(ValueError):
    """A file that is no photo this project reads; the message is the reason."""


class MissingPhotosError(FileNotFoundError):
    """The folder of photos is missing or holds none."""


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


def unplaced(root: Path, classes: Sequence[str] | None) -> list[dict[str, object]]:
    """Name what ``find_photos`` passes over: files outside of class folders, empty classes."""
    visible = sorted(path for path in root.iterdir() if not path.name.startswith("."))
    return [
        {"file": printable(path.name), "reason": reason}
        for path in visible
        if (reason := why_unplaced(path, classes))
    ]


def why_unplaced(path: Path, classes: Sequence[str] | None) -> str:
    """Why nothing is read from a file or folder beside the class folders, "" where it is."""
    if not path.is_dir():
        return "" if path.name.lower() in NOT_PHOTOS else "lies in no class folder"
    if classes is not None and path.name not in classes:
        return "no class of params:photos.classes"
    return "" if files_below(path, path) else "a class folder without a file"


def printable(name: str) -> str:
    """A file name as text: bytes that are no UTF-8 are spelled out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def check_name(name: str) -> None:
    """Refuse a name that no table could hold.

    Raises:
        UnreadablePhotoError: It is no UTF-8.
    """
    if printable(name) != name:
        raise UnreadablePhotoError("its name is not valid UTF-8: rename the file")


def read_file(root: Path, name: str) -> bytes:
    """Read a file below ``root``.

    Raises:
        UnreadablePhotoError: It can't be opened, or is a link that leads out of ``root``.
    """
    try:
        path = (root / name).resolve(strict=True)
        if not path.is_relative_to(root.resolve()):
            raise UnreadablePhotoError("a link that leads out of the folder of photos")
        if not path.is_file():
            raise UnreadablePhotoError("not a file")
        if (size := path.stat().st_size) > MAX_BYTES:
            raise UnreadablePhotoError(f"{size:,} bytes are more than {MAX_BYTES:,}")
        return path.read_bytes()
    except (OSError, RuntimeError) as error:
        raise UnreadablePhotoError(f"unreadable: {error}".replace(str(root), ".")) from None
