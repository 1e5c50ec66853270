"""Files and folders that are there whole or not at all, whatever befalls the program or the disk.

What is written lies beside its place until it is on the disk, under a hidden name that ends in
``.part``; only then does it take its place, in one step.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNFINISHED = ".part"
EARLIER = ".earlier"

REMEDIES = {
    errno.ENOSPC: "free space there",
    errno.EDQUOT: "free space there, or have the quota raised",
    errno.EROFS: "make that disk writable",
    errno.EACCES: "get the permission to write there",
    errno.EPERM: "get the permission to write there",
    errno.ENOTDIR: "move the file that is in the place of a folder",
    errno.EEXIST: "move the file that is in the place of a folder",
}


class StorageError(OSError):
    """A result could not be written; what lay in its place before is still there."""


def write_file(path: Path, content: bytes) -> None:
    """Write a file beside its place, flush it to the disk, then put it in place in one step.

    Raises:
        StorageError: There is no space, no permission or no folder; says what to do.
    """
    with failures_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(UNFINISHED, f".{path.name}-", path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
            flush_folder(path.parent)
        finally:
            Path(name).unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder to fill; it replaces ``path`` when the block ends well.

    Raises:
        StorageError: As ``write_file``.
    """
    with failures_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        put_back(path)
        fresh = Path(tempfile.mkdtemp(UNFINISHED, f".{path.name}-", path.parent))
        try:
            yield fresh
            fresh.chmod(0o755)
            flush_all(fresh)
            exchange(path, fresh)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def exchange(path: Path, fresh: Path) -> None:
    """Put a filled folder in the place of another, which lies aside until that is on the disk."""
    earlier = aside(path)
    if path.exists():
        path.replace(earlier)
    fresh.replace(path)
    flush_folder(path.parent)
    shutil.rmtree(earlier, ignore_errors=True)


def aside(path: Path) -> Path:
    """Where a folder lies while another one takes its place."""
    return path.with_name(f".{path.name}{EARLIER}")


def put_back(path: Path) -> None:
    """Finish the exchange of a folder that a killed program left half done."""
    earlier = aside(path)
    if earlier.exists() and not path.exists():
        earlier.replace(path)
    shutil.rmtree(earlier, ignore_errors=True)


def tidy_up(root: Path) -> None:
    """Below a folder in which nobody writes, undo what killed programs left half done."""
    for parent, folders, files in os.walk(root):
        hidden = [Path(parent) / name for name in (*folders, *files) if name.startswith(".")]
        for path in hidden:
            if path.name.endswith(EARLIER):
                put_back(path.with_name(path.name[1:].removesuffix(EARLIER)))
            elif path.name.endswith(UNFINISHED):
                remove(path)
        folders[:] = [name for name in folders if not name.startswith(".")]


def remove(path: Path) -> None:
    """Remove a file or a folder with all in it."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def flush_all(folder: Path) -> None:
    """Bring every file below a folder, and the folders, onto the disk."""
    for parent, _, files in os.walk(folder):
        for name in files:
            with (Path(parent) / name).open("rb") as file:
                os.fsync(file.fileno())
        flush_folder(Path(parent))


def flush_folder(folder: Path) -> None:
    """Bring the names of the files in a folder onto the disk, where a system knows how."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def failures_named(path: Path) -> Iterator[None]:
    """Turn a failure to write into an error that names the place and the remedy."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        remedy = REMEDIES.get(error.errno or 0)
        if remedy is None or not is_near(error.filename, path):
            raise
        raise StorageError(
            f"{path} could not be written ({error.strerror}): {remedy}, or set 'results' in"
            " globals.yml to another folder, then run again; what lay there before is unharmed"
        ) from error


def is_near(filename: object, path: Path) -> bool:
    """Whether an error is about what is written: it names no file, or one there or above."""
    if not isinstance(filename, str | os.PathLike):
        return filename is None
    return Path(filename).is_relative_to(path.parent) or path.is_relative_to(Path(filename))
