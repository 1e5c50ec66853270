"""Where each of several processes computes."""

from dataclasses import dataclass, replace

import torch

from wildroad.core.devices import DeviceName, Precision, choose_device, uses_bfloat16
from wildroad.core.provenance import device_name


@dataclass(frozen=True)
class Place:
    """Where a process computes.

    Attributes:
        device: Its device; "cuda" is the GPU that is its own.
        bfloat16: Whether to compute in bfloat16 there.
        name: What to call it, for tables.
        threads: Of a computation on the CPU.
    """

    device: torch.device
    bfloat16: bool
    name: str
    threads: int


def find_place(device: DeviceName, precision: Precision, *, threads: int | None = None) -> Place:
    """Find where a process on this machine computes.

    Args:
        device: Which device.
        precision: How precisely.
        threads: Of a computation on the CPU; None for as many as there are now.

    Raises:
        ValueError: The named device is not there.
    """
    chosen = choose_device(device)
    threads = threads or torch.get_num_threads()
    name = device_name(chosen, threads=threads)
    return Place(chosen, uses_bfloat16(precision, chosen), name, threads)


def shared_place(device: DeviceName, precision: Precision, *, processes: int) -> Place:
    """Find where each of several processes on this machine computes: threads or GPUs divided.

    Raises:
        ValueError: The device is not there, or can't be divided so.
    """
    place = find_place(device, precision, threads=max(1, torch.get_num_threads() // processes))
    kind = place.device.type
    there = {"cuda": torch.cuda.device_count(), "mps": 1}.get(kind, processes)
    if there < processes:
        raise ValueError(
            f"params:compute.workers is {processes}, and each process needs a device of its own, "
            f"but there are {there} of {kind} here: lower it, or set params:compute.device to 'cpu'"
        )
    return of_several(place, processes)


def of_several(place: Place, processes: int) -> Place:
    """A place under the name of all the processes that have one like it."""
    name = place.name if processes == 1 else f"{processes} x {place.name}"
    return replace(place, name=name)
