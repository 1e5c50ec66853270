"""Where a trained model comes from: machine, versions, and the checksum of its file."""

import platform
from hashlib import sha256
from importlib.metadata import version

import torch

import wildroad
from wildroad.core.checkpoints import Checkpoint, encode_checkpoint

PACKAGES = ("torch", "torchvision", "numpy")
"""What decides the numbers of a training, beside this package and Python."""


def provenance(checkpoint: Checkpoint, device: str) -> dict[str, str]:
    """Say where a model was trained and by which file it can be recognised.

    Args:
        checkpoint: The model.
        device: What ``device_name`` calls the device, or several of them.

    Returns:
        device, versions ("Python 3.12.1, torch 2.11.0, ...") and sha256 of the checkpoint's file.
    """
    return {
        "device": device,
        "versions": versions(),
        "sha256": sha256(encode_checkpoint(checkpoint)).hexdigest(),
    }


def device_name(device: torch.device, *, threads: int | None = None) -> str:
    """Name a device: a GPU by its make, a CPU by its kind and the threads in use."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu":
        return f"cpu ({platform.machine()}, threads: {threads or torch.get_num_threads()})"
    return device.type


def versions() -> str:
    """Versions of Python, this package and those that decide its numbers, in one line."""
    own = [f"Python {platform.python_version()}", f"wildroad {wildroad.__version__}"]
    return ", ".join([*own, *(f"{name} {version(name)}" for name in PACKAGES)])
