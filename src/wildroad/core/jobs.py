"""A piece of work as a folder of files, which other processes and machines do and answer.

Arrays go by path: one that is mapped from a file is mapped from the same file by those who work,
and a large one in memory is written once and mapped by all of them. The rest is pickled, so the
folder must belong to whoever starts the work, and nobody else may write to it.
"""

import atexit
import mmap
import os
import pickle
import shutil
import socket
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

LARGE = 1 << 20
"""Bytes of an array in memory from which on it is written to a file of its own."""
LOOK = 0.2
"""Seconds between two looks at a file that others write."""
TASK, STOP, FAILURE, TOLD = "task.pkl", "stop", "failure.pkl", "told"


UNPICKLABLE = (pickle.PickleError, TypeError, AttributeError, ValueError, LookupError)
"""What pickling and unpickling raise of an error that is made of more than a message."""


class WorkerError(ChildProcessError):
    """A process that worked for this one could not be started, or came to its end."""


@dataclass(frozen=True)
class Failure:
    """An error that ended a worker.

    Attributes:
        error: The error.
        where: Its traceback, as text.
    """

    error: Exception
    where: str


class Job:
    """A folder with a piece of work in it.

    Args:
        folder: Where it lies; all who work on it see it under this path.
    """

    def __init__(self, folder: Path) -> None:
        """Remember the place."""
        self.folder = folder

    def write(self, task: object) -> None:
        """Put down what is to be done."""
        buffer = BytesIO()
        PathPickler(buffer, self.folder).dump(task)
        put(self.folder / TASK, buffer.getvalue())

    def read(self) -> Any:  # noqa: ANN401
        """What is to be done.

        Raises:
            WorkerError: This machine does not see the folder.
        """
        try:
            return pickle.loads((self.folder / TASK).read_bytes())
        except FileNotFoundError as error:
            raise WorkerError(
                f"the machine {socket.gethostname()} does not see {error.filename}: set"
                " params:compute.shared_folder to a folder that all machines share under one path"
            ) from error

    def answer(self, number: int, result: object) -> None:
        """Put down what came of one part."""
        put(self.folder / f"{number}.pkl", pickle.dumps(result))

    def result(self, number: int) -> Any:  # noqa: ANN401
        """What came of one part."""
        return pickle.loads((self.folder / f"{number}.pkl").read_bytes())

    def put_value(self, number: int, place: int, value: object) -> Path:
        """Put down one of the values that a part gives one after the other; give its file."""
        path = self.value_file(number, place)
        put(path, pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL))
        return path

    def take_value(self, number: int, place: int) -> Any:  # noqa: ANN401
        """Take one of these values away."""
        path = self.value_file(number, place)
        value = pickle.loads(path.read_bytes())
        path.unlink()
        return value

    def value_file(self, number: int, place: int) -> Path:
        """Where one of these values lies, once it is there."""
        return self.folder / f"{number}-{place}.pkl"

    def fail(self, error: Exception) -> None:
        """Put down what went wrong, if it is the first thing that does."""
        failure = pickled_failure(error)
        try:
            with (self.folder / FAILURE).open("xb") as file:
                file.write(failure)
        except FileExistsError:
            return

    def failure(self) -> Exception | None:
        """The first error of those who work, with its traceback as a note."""
        try:
            failure: Failure = pickle.loads((self.folder / FAILURE).read_bytes())
        except FileNotFoundError:
            return None
        failure.error.add_note(f"In a worker:\n{failure.where}")
        return failure.error

    def said(self, start: int) -> bytes:
        """What the first process said from a place on, where it has no terminal."""
        path = self.folder / TOLD
        if not path.exists():
            return b""
        with path.open("rb") as file:
            file.seek(start)
            return file.read()

    def stop(self) -> None:
        """Have all who work on it end."""
        (self.folder / STOP).touch()

    def remove(self) -> None:
        """Leave nothing of it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def is_wanted(self) -> bool:
        """Whether the work is still to be done."""
        return (self.folder / TASK).exists() and not (self.folder / STOP).exists()


class PathPickler(pickle.Pickler):
    """Pickles arrays as the paths of files; see the module.

    Args:
        file: Receives the pickle.
        folder: Where arrays in memory are written.
    """

    def __init__(self, file: BytesIO, folder: Path) -> None:
        """Remember the folder."""
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.folder, self.arrays = folder, 0

    def reducer_override(self, value: object) -> Any:  # noqa: ANN401
        """Say how an array is found again; leave all else to pickle."""
        if is_mapped(value):
            return mapped, (str(value.filename), value.dtype, value.shape, value.offset)
        if isinstance(value, np.ndarray) and value.nbytes >= LARGE and not value.dtype.hasobject:
            self.arrays += 1
            path = self.folder / f"array-{self.arrays}.npy"
            np.save(path, value)
            return np.load, (str(path), "r")
        return NotImplemented


def is_mapped(value: object) -> TypeGuard["np.memmap[Any, Any]"]:
    """Whether an array is all that was mapped from a file, row by row, and no part of it."""
    return (
        isinstance(value, np.memmap)
        and isinstance(getattr(value, "base", None), mmap.mmap)
        and bool(value.flags.c_contiguous)
    )


def mapped(
    path: str, dtype: np.dtype[Any], shape: tuple[int, ...], offset: int
) -> "np.memmap[Any, Any]":
    """Map a part of a file into memory, read-only."""
    return np.memmap(path, dtype=dtype, mode="r", offset=offset, shape=shape)


def put(path: Path, content: bytes) -> None:
    """Write a file that others may wait for: it is there whole or not at all."""
    unfinished = path.with_name(f".{path.name}-{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def pickled_failure(error: Exception) -> bytes:
    """Pickle an error with its traceback; in words where it can't be pickled."""
    where = "".join(traceback.format_exception(error))
    try:
        failure = pickle.dumps(Failure(error, where))
        pickle.loads(failure)
    except UNPICKLABLE:
        return pickle.dumps(Failure(RuntimeError(f"{type(error).__name__}: {error}"), where))
    return failure


@contextmanager
def new_job(shared_folder: Path | None) -> Iterator[Job]:
    """Make a job; its files are gone when the block ends, and with them all who work on it.

    Args:
        shared_folder: Where it is to lie; None for the temporary folder of this machine.

    Raises:
        WorkerError: It can't be made there.
    """
    try:
        if shared_folder is not None:
            shared_folder.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(".part", ".wildroad-", shared_folder)).resolve()
    except OSError as error:
        raise WorkerError(
            f"no folder for the work of several processes can be made in {error.filename}"
            f" ({error.strerror}): set params:compute.shared_folder to another one"
        ) from error
    # A block that is never left, as of a generator that nobody closes, must keep nobody at work.
    job = Job(folder)
    atexit.register(job.remove)
    try:
        yield job
    finally:
        job.remove()
        atexit.unregister(job.remove)
