"""Processes of this machine, started and watched by PyTorch's elastic launcher."""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from uuid import uuid4

import torch
from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from wildroad.core.jobs import Job, WorkerError
from wildroad.core.places import Place
from wildroad.core.tasks import work

LAUNCHER_LOGS = ("torch.distributed.elastic", "torch.multiprocessing")


def start(job: Job, count: int, place: Place, *, joined: bool) -> None:
    """Have so many processes of this machine do a job; come back when all have ended.

    Raises:
        WorkerError: One of them failed, or came to its end.
    """
    # Ctrl-C reaches the whole group of processes; only this one decides what comes of it. The
    # tracker is started before, as that would let the signal through again.
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=count,
        run_id=uuid4().hex,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        local_addr="localhost",
        max_restarts=0,
        start_method="spawn",
        logs_specs=DefaultLogsSpecs(log_dir=str(job.folder)),
    )
    with quiet(LAUNCHER_LOGS):
        try:
            elastic_launch(config, take_part)(str(job.folder), place.device.type, place.threads)
        except ChildFailedError as error:
            number, failure = error.get_first_failure()
            raise WorkerError(ended(number, count, failure.exitcode)) from None


def take_part(folder: str, device_type: str, threads: int) -> None:
    """Do the part of the process that this is."""
    if device_type == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    try:
        work(folder, int(os.environ["RANK"]), threads=threads)
    except (Exception, SystemExit, KeyboardInterrupt):
        # What went wrong is in the job; a status of 0 would not be noticed as an end.
        sys.exit(1)


def ended(number: int, count: int, status: int) -> str:
    """Say how a process came to its end, and what to do."""
    how = f"by {signal.Signals(-status).name}" if status < 0 else f"with exit status {status}"
    return (
        f"process {number} of {count} (counted from 0) ended {how} in the middle of its work, which"
        " is lost; what was finished before is kept: run again, and where memory ran out, lower"
        " params:compute.workers or the batch size"
    )


@contextmanager
def quiet(names: tuple[str, ...]) -> Iterator[None]:
    """Leave out what packages log: their errors are told by what they raise."""
    loggers = [
        one
        for logger_name, one in logging.Logger.manager.loggerDict.items()
        if isinstance(one, logging.Logger) and logger_name.startswith(names)
    ]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)
