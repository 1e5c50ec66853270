"""Processes of a Ray cluster: Ray Train starts those that work joined, tasks do parts alone.

Ray is imported when it is asked for, as it is an extra.
"""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from wildroad.core import places
from wildroad.core.devices import DeviceName, Precision
from wildroad.core.jobs import TOLD, Job, WorkerError
from wildroad.core.places import Place
from wildroad.core.tasks import GROUP_TIMEOUT, work

WORKER_LOST = (
    "a process of the Ray cluster ended in the middle of its work, which is lost; what was finished"
    " before is kept: see that the machines are up by `ray status`, then run again"
)


def load_ray() -> ModuleType:
    """Import Ray, without what it would report to its makers.

    Raises:
        WorkerError: It is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ModuleNotFoundError as error:
        raise WorkerError(
            'params:compute.engine is "ray", and Ray is not installed: pip install "wildroad[ray]",'
            ' or set it to "local"'
        ) from error
    module: ModuleType = ray
    return module


def connect(address: str | None) -> None:
    """Join a cluster, unless this process belongs to one: the named one, or that of this machine.

    Where this machine belongs to none, one of its own is started, which ends with this process.

    Raises:
        WorkerError: Ray is not installed, or there is no cluster at the address.
    """
    ray = load_ray()
    if ray.is_initialized():
        return
    try:
        with signals_as_before():
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise WorkerError(
            f"no Ray cluster answers at {address or 'its usual place'} ({first_line(error)}): start"
            " one with `ray start --head`, or correct params:compute.address"
        ) from error


@contextmanager
def signals_as_before() -> Iterator[None]:
    """Put back how this process takes signals: Ray would end it at once, with a stack trace."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    if threading.current_thread() is threading.main_thread():
        for number, handler in before.items():
            signal.signal(number, handler)


def find_place(device: DeviceName, precision: Precision, *, processes: int) -> Place:
    """Ask a process of the cluster where each of them computes.

    Raises:
        ValueError: The cluster has too few processors or GPUs.
    """
    ray = load_ray()
    machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    on_gpu = device == "cuda" or (device == "auto" and any(one.get("GPU") for one in machines))
    threads = processors_each(machines, processes, gpus=int(on_gpu))
    if not threads:
        there = ", ".join(
            f"{one.get('CPU', 0):g} CPU and {one.get('GPU', 0):g} GPU" for one in machines
        )
        raise ValueError(
            f"params:compute.workers is {processes}, each with a {'GPU' if on_gpu else 'processor'}"
            f" of its own, but the machines of the Ray cluster have {there}: lower it, or add some"
        )
    probe = ray.remote(places.find_place).options(num_cpus=threads, num_gpus=int(on_gpu))
    place: Place = ray.get(probe.remote("cuda" if on_gpu else "cpu", precision, threads=threads))
    return places.of_several(place, processes)


def processors_each(machines: list[dict[str, float]], processes: int, *, gpus: int) -> int:
    """How many processors each process can have, so that all find room; 0 where they don't.

    Args:
        machines: "CPU" and "GPU" of each.
        processes: How many there are to be.
        gpus: That each needs.

    >>> processors_each([{"CPU": 8}, {"CPU": 5}], 3, gpus=0)
    4
    """
    most = int(max((one.get("CPU", 0) for one in machines), default=0))
    for processors in range(most, 0, -1):
        room = sum(
            min(one.get("CPU", 0) // processors, one.get("GPU", 0) // gpus if gpus else inf)
            for one in machines
        )
        if room >= processes:
            return processors
    return 0


def start(job: Job, count: int, place: Place, *, joined: bool) -> None:
    """Have so many processes of the cluster do a job; come back when all have ended.

    Raises:
        WorkerError: One of them failed, or came to its end.
    """
    ray = load_ray()
    from ray.train import TrainingFailedError

    try:
        (train if joined else do_parts)(job, count, place)
    except (ray.exceptions.RayError, TrainingFailedError) as error:
        raise WorkerError(WORKER_LOST) from error


def train(job: Job, count: int, place: Place) -> None:
    """Have processes joined in a group do a job."""
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    on_gpu = place.device.type == "cuda"
    TorchTrainer(
        take_part,
        train_loop_config={"folder": str(job.folder), "threads": place.threads, "on_gpu": on_gpu},
        torch_config=TorchConfig(
            backend="cpu:gloo,cuda:nccl" if on_gpu else "gloo",
            timeout_s=int(GROUP_TIMEOUT.total_seconds()),
        ),
        scaling_config=ScalingConfig(
            num_workers=count,
            use_gpu=on_gpu,
            resources_per_worker={"CPU": place.threads, "GPU": int(on_gpu)},
        ),
        run_config=RunConfig(
            name="wildroad",
            storage_path=str(job.folder),
            failure_config=FailureConfig(max_failures=0),
        ),
    ).fit()


def take_part(settings: dict[str, Any]) -> None:
    """Do the part of the process of Ray Train that this is."""
    from ray.train import get_context
    from ray.train.torch import get_device

    if settings["on_gpu"]:
        torch.cuda.set_device(get_device())
    do_part(settings["folder"], get_context().get_world_rank(), settings["threads"])


def do_parts(job: Job, count: int, place: Place) -> None:
    """Have a task of Ray do each part of a job."""
    ray = load_ray()
    gpus = int(place.device.type == "cuda")
    remote = ray.remote(do_part).options(num_cpus=place.threads, num_gpus=gpus, max_retries=0)
    waiting = [remote.remote(str(job.folder), number, place.threads) for number in range(count)]
    while waiting:
        done, waiting = ray.wait(waiting)
        ray.get(done)


def do_part(folder: str, number: int, threads: int) -> None:
    """Do a part of a job; what it says goes into a file, as it has no terminal."""
    work(folder, number, threads=threads, told=Path(folder, TOLD))


def first_line(error: BaseException) -> str:
    """What an error says first."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
