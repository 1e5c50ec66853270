"""Work divided among processes: of this machine, or of a Ray cluster.

A single process without a cluster is no special case for those who use it: everything is then done
by plain calls, and nothing is started.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import torch

from wildroad.core.devices import DeviceName, Precision
from wildroad.core.jobs import LOOK, Job, WorkerError, new_job
from wildroad.core.lazy import LazyMapping, Restartable, read_ahead
from wildroad.core.places import Place, shared_place
from wildroad.core.ranks import blocks
from wildroad.core.tasks import Divided, Joined, Streamed, Task

T = TypeVar("T")
R = TypeVar("R")

EngineName = Literal["local", "ray"]


class Engine(Protocol):
    """What starts processes, and watches them."""

    def __call__(self, job: Job, count: int, place: Place, *, joined: bool) -> None:
        """Have so many processes do a job; come back when all have ended, raise if one failed."""


class Watched(Protocol):
    """Something that other processes change."""

    def look(self) -> None:
        """Notice what has changed."""


@dataclass(frozen=True)
class Launcher:
    """Divides work among processes.

    Attributes:
        place: Where each of them computes.
        workers: How many there are.
        engine: Starts them; None calls functions in this process.
        shared_folder: Where their work is put down; None for the temporary folder.
        on_cluster: Whether other machines may be among those they are on.
    """

    place: Place
    workers: int = 1
    engine: Engine | None = None
    shared_folder: Path | None = None
    on_cluster: bool = False

    @property
    def device(self) -> torch.device:
        """Where each process computes."""
        return self.place.device

    def run(self, function: Callable[[], T], *, watching: Watched | None = None) -> T:
        """Call a function in all processes at once, joined in a group.

        Args:
            function: Divides its work by ``Ranks.current()``.
            watching: What the processes change that this one has to notice.

        Returns:
            What it gives in rank 0.

        Raises:
            WorkerError: A process came to its end; else whatever the function raises in the first
                process in which it does.
        """
        if self.engine is None:
            return function()
        with self.crew(Joined(function), self.workers) as crew:
            crew.wait(watching)
            result: T = crew.job.result(0)
            return result

    def map(self, function: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        """Call a function with each part, each in a process of its own.

        Raises:
            WorkerError: As ``run``.
        """
        if self.engine is None:
            return [function(part) for part in parts]
        with self.crew(Divided(function, parts), len(parts)) as crew:
            crew.wait()
            return [crew.job.result(number) for number in range(len(parts))]

    def stream(
        self, function: Callable[[Sequence[str]], Iterator[tuple[str, T]]], ids: Sequence[str]
    ) -> Iterator[tuple[str, T]]:
        """Give (id, value) of each id in order, as soon as they are made, from all processes.

        Args:
            function: Gives (id, value) of the ids it is given, in their order.
            ids: Unique ids.

        Raises:
            WorkerError: As ``run``.
        """
        if self.engine is None or not ids:
            yield from function(ids)
            return
        count = min(self.workers, len(ids))
        parts = [list(ids[number::count]) for number in range(count)]
        with self.crew(Streamed(function, parts), count) as crew:
            for number in range(len(ids)):
                yield crew.value(number % count, number // count)

    def spread(self, values: LazyMapping[T]) -> Mapping[str, T]:
        """Have all machines of a cluster make what is made when it is asked for.

        On one machine threads do that as well as processes would, so there the values stay as they
        are.
        """
        if not self.on_cluster:
            return values
        make = partial(made_by_threads, values=values, threads=self.place.threads)
        return Restartable(list(values), partial(self.stream, make), origins=values.origins)

    def parts(self, rows: int) -> list[slice]:
        """Divide so many rows among the processes, in their order; none gets nothing."""
        return blocks(rows, max(1, min(self.workers, rows)))

    @contextmanager
    def crew(self, task: Task, count: int) -> Iterator["Crew"]:
        """Have so many processes do a task while the block lasts."""
        engine, joined = self.engine, isinstance(task, Joined)
        if engine is None:
            raise ValueError("there is nothing to start processes with: find one by find_launcher")
        with new_job(self.shared_folder) as job:
            job.write(task)
            crew = Crew(job, lambda: engine(job, count, self.place, joined=joined))
            try:
                yield crew
            finally:
                crew.dismiss()


def made_by_threads(
    ids: Sequence[str], *, values: LazyMapping[T], threads: int
) -> Iterator[tuple[str, T]]:
    """Make some of the values while threads make the next ones."""
    return read_ahead(LazyMapping(ids, values.__getitem__), workers=threads)


class Crew:
    """Processes at work, watched from a thread, so that this one goes on and hears signals.

    Args:
        job: What they do.
        start: Starts them, and comes back when all have ended.
    """

    def __init__(self, job: Job, start: Callable[[], None]) -> None:
        """Start them."""
        self.job, self.told = job, 0
        self.thread = ThreadPool(1)
        self.ended = self.thread.apply_async(start)

    def wait(self, watching: Watched | None = None) -> None:
        """Wait until all have done their parts; raises the first error."""
        while not self.ended.ready():
            self.ended.wait(LOOK)
            self.pass_on()
            if watching is not None:
                watching.look()
        self.check()

    def value(self, number: int, place: int) -> Any:  # noqa: ANN401
        """Wait for one of the values that a process gives one after the other."""
        path = self.job.value_file(number, place)
        while not path.exists():
            self.pass_on()
            if self.ended.ready() and not path.exists():
                self.check()
                raise WorkerError(f"process {number} came to its end before its value {place}")
            self.ended.wait(LOOK / 20)
        return self.job.take_value(number, place)

    def pass_on(self) -> None:
        """Say here what the first process said where it had no terminal."""
        said = self.job.said(self.told)
        self.told += len(said)
        sys.stderr.write(said.decode(errors="replace"))

    def check(self) -> None:
        """Raise the first error that there was, if all have ended."""
        if self.ended.ready() and not self.ended.successful():
            failure = self.job.failure()
            if failure is not None:
                raise failure
            self.ended.get()

    def dismiss(self) -> None:
        """Have all end, and wait until they have."""
        self.job.stop()
        self.ended.wait()
        self.thread.close()


def find_launcher(
    device: DeviceName,
    precision: Precision,
    *,
    workers: int = 1,
    engine: EngineName = "local",
    address: str | None = None,
    shared_folder: Path | None = None,
) -> Launcher:
    """Find where to compute, and what starts the processes that do.

    Args:
        device: Which device.
        precision: How precisely.
        workers: Processes.
        engine: "local" for this machine, "ray" for a cluster.
        address: Of the cluster; None for the one this machine belongs to.
        shared_folder: That all machines see under one path; None for one that this machine sees.

    Raises:
        ValueError: The device is not there, or not often enough.
        ModuleNotFoundError: Ray is not installed.
    """
    if engine == "ray":
        from wildroad.core import ray_engine

        ray_engine.connect(address)
        place = ray_engine.find_place(device, precision, processes=workers)
        return Launcher(place, workers, ray_engine.start, shared_folder, on_cluster=True)
    place = shared_place(device, precision, processes=workers)
    if workers == 1:
        return Launcher(place)
    from wildroad.core import local_engine

    return Launcher(place, workers, local_engine.start, shared_folder)
