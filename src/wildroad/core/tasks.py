"""What several processes may be asked to do, and how each of them does it.

Each kind of task is a value that is written into a job, see ``core.jobs``; the process of a number
reads it, does its part and puts down what came of it.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import distributed as group

from wildroad.core.jobs import LOOK, Job

STOPPED = 71
"""Exit status of a process whose work is no longer wanted."""
AHEAD = 8
"""Values that a process may have put down before they are taken."""
PATIENCE = 20.0
"""Seconds that a process that lost touch with the others waits for theirs to be told first."""
GROUP_TIMEOUT = timedelta(days=7)
"""Others may have long to do alone; whether they still live is not for the group to find out."""


class Task(Protocol):
    """A kind of task."""

    def do(self, job: Job, number: int) -> None:
        """Do the part of one process."""


@dataclass(frozen=True)
class Joined:
    """A function that all processes call at once, joined in a group; rank 0 puts down the result.

    Attributes:
        function: Takes no argument.
    """

    function: Callable[[], object]

    def do(self, job: Job, number: int) -> None:
        """Do the part of one process."""
        with joined():
            result = self.function()
        if number == 0:
            job.answer(0, result)


@dataclass(frozen=True)
class Divided:
    """A function that each process calls with a part of its own.

    Attributes:
        function: Takes a part.
        parts: One a process.
    """

    function: Callable[[Any], object]
    parts: Sequence[Any]

    def do(self, job: Job, number: int) -> None:
        """Do the part of one process."""
        job.answer(number, self.function(self.parts[number]))


@dataclass(frozen=True)
class Streamed:
    """A function that gives a value after the other; each is put down at once.

    Attributes:
        function: Ids -> (id, value) of each, in their order.
        parts: Ids, for each process.
    """

    function: Callable[[list[str]], Iterator[tuple[str, Any]]]
    parts: Sequence[list[str]]

    def do(self, job: Job, number: int) -> None:
        """Do the part of one process, never much faster than its values are taken."""
        waiting: deque[Path] = deque()
        for place, one in enumerate(self.function(self.parts[number])):
            path = job.put_value(number, place, one)
            waiting.append(path)
            while len(waiting) >= AHEAD:
                waiting = deque(path for path in waiting if path.exists())
                time.sleep(LOOK / 20 if len(waiting) >= AHEAD else 0)


@contextmanager
def joined() -> Iterator[None]:
    """Belong to a process group inside the block, as the surroundings describe it."""
    if group.is_initialized():
        yield
        return
    # Tensors on a GPU go by NCCL, and what lies in memory by Gloo.
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    group.init_process_group(backend, timeout=GROUP_TIMEOUT)
    try:
        yield
    finally:
        group.destroy_process_group()


def work(folder: str, number: int, *, threads: int, told: Path | None = None) -> None:
    """Do the part of one process, and end it where something goes wrong.

    Args:
        folder: The job.
        number: Which part.
        threads: Threads of a computation on the CPU.
        told: Where part 0 writes what it would say on the terminal; None for the terminal. What the
            others would say is the same, and is left out.
    """
    job = Job(Path(folder))
    torch.set_num_threads(threads)
    with watched(job), said_once(number, told):
        try:
            task: Task = job.read()
            task.do(job, number)
        # Whatever went wrong, the process that started this one has to hear of it; nothing is kept.
        except Exception as error:
            if lost_touch(error):
                time.sleep(PATIENCE)
            job.fail(error)
            raise


@contextmanager
def said_once(number: int, told: Path | None) -> Iterator[None]:
    """Have only part 0 say something, on the terminal or in a file."""
    if number == 0 and told is None:
        yield
        return
    place = Path(os.devnull) if number else told
    with (
        Path(place or os.devnull).open("a", encoding="utf-8", buffering=1) as file,
        redirect_stdout(file),
        redirect_stderr(file),
    ):
        yield


def lost_touch(error: Exception) -> bool:
    """Whether an error says no more than that another process of the group has ended."""
    return isinstance(error, group.DistError) or "gloo" in str(error).lower()


@contextmanager
def watched(job: Job) -> Iterator[None]:
    """End this process where, in the block, its work is no longer wanted or its parent is gone."""
    parent, done = os.getppid(), threading.Event()

    def look() -> None:
        while not done.wait(LOOK):
            if os.getppid() != parent:
                job.remove()
            if not job.is_wanted:
                os._exit(STOPPED)

    threading.Thread(target=look, daemon=True).start()
    try:
        yield
    finally:
        done.set()
