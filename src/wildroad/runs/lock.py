"""One run at a time in a folder of results.

The lock is one of the operating system's, which ends with the process that holds it, so that a
killed run blocks nobody. Who holds it stands in a file beside it.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ValidationError

from wildroad.datasets.atomic import failures_named, write_file

LOCK = ".run.lock"
HOLDER = ".run.json"


class FolderInUseError(OSError):
    """Another run is writing into the folder."""


class Holder(BaseModel):
    """Who writes into a folder.

    Attributes:
        process: Its process id.
        since: When it began, in UTC, ISO 8601.
        run_id: Kedro's name of the run.
    """

    process: int
    since: str
    run_id: str

    def in_words(self) -> str:
        """Name the run for those who have to wait for it."""
        return f"the run {self.run_id} (process {self.process}, since {self.since})"


class FolderLock:
    """The right to write into a folder of results.

    Args:
        folder: The folder; it is made where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        """Remember the folder."""
        self.folder = folder
        self._lock = FileLock(folder / LOCK, timeout=0, thread_local=False)

    def acquire(self, run_id: str) -> None:
        """Take the lock.

        Raises:
            FolderInUseError: Another run holds it; says which one, and since when.
            StorageError: The folder can't be written to.
        """
        with failures_named(self.folder / LOCK):
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire()
            except Timeout:
                raise FolderInUseError(self.refusal()) from None
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder = Holder(process=os.getpid(), since=since, run_id=run_id)
        write_file(self.folder / HOLDER, holder.model_dump_json().encode())

    def release(self) -> None:
        """Give the lock back, if it is held."""
        if self._lock.is_locked:
            (self.folder / HOLDER).unlink(missing_ok=True)
            self._lock.release()

    def refusal(self) -> str:
        """Say who holds the lock and what to do."""
        try:
            holder = Holder.model_validate_json((self.folder / HOLDER).read_bytes()).in_words()
        except (OSError, ValidationError):
            holder = "another run"
        return (
            f"{holder} is writing into {self.folder}: wait until it has ended, or give this run"
            " another folder with 'results' in globals.yml"
        )
