"""What an interrupted training needs to go on: its state at the edge of an epoch, kept in a store.

No random state is part of it: every epoch draws its randomness from (seed, epoch) alone.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor, nn
from tqdm.auto import tqdm

from wildroad.core.stores import TrainingState as TrainingState
from wildroad.core.stores import TrainingStore as TrainingStore

MAGIC = b"wildroad training 1\n"
DIGEST_BYTES = 32
KEY = "wildroad"


class DamagedStateError(ValueError):
    """The bytes are not a whole training state."""


def tell(line: str) -> None:
    """Say something in a line of its own, beside a progress bar."""
    tqdm.write(line)


def fingerprint(model: nn.Module, settings: Mapping[str, object]) -> str:
    """Hash what determines a training: the model, its weights and the settings.

    Args:
        model: At the start of the training.
        settings: Everything else, of plain values.

    Returns:
        64 hexadecimal digits.
    """
    told = json.dumps([repr(model), settings], sort_keys=True, default=str)
    return tensors_digest({told: torch.zeros(0), **model.state_dict()})


def tensors_digest(tensors: Mapping[str, Tensor]) -> str:
    """Hash names, types, shapes and values of tensors, in their order."""
    digest = sha256()
    for name, tensor in tensors.items():
        digest.update(f"{name}|{tensor.dtype}|{tuple(tensor.shape)}|".encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(flat.view(torch.uint8).numpy().data)
    return digest.hexdigest()


def machine_settings(device: torch.device) -> dict[str, object]:
    """What of the machine decides the last bits: PyTorch, the device, threads on a CPU."""
    on_gpu = device.type == "cuda"
    return {
        "torch": str(torch.__version__),
        "device": torch.cuda.get_device_name(device) if on_gpu else device.type,
        "threads": torch.get_num_threads() if device.type == "cpu" else 0,
    }


def encode_state(state: TrainingState) -> bytes:
    """Serialise a state: a line of magic, the hash of what follows, tensors with plain values.

    The best weights are left out where they are those of now.
    """
    best = {} if state.best_epoch == state.epoch else state.best
    tensors = {
        **{f"model.{name}": tensor for name, tensor in state.model.items()},
        **{f"best.{name}": tensor for name, tensor in best.items()},
        **optimizer_tensors(state.optimizer),
    }
    values = {
        "fingerprint": state.fingerprint,
        "parts": state.parts,
        "history": state.history,
        "best_epoch": state.best_epoch,
        "groups": state.optimizer["param_groups"],
        "schedule": state.schedule,
        "order": list(tensors),
    }
    whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
    content = save(whole, metadata={KEY: json.dumps(values)})
    return MAGIC + sha256(content).digest() + content


def decode_state(encoded: bytes) -> TrainingState:
    """Read a state back, to the last bit.

    Raises:
        DamagedStateError: Anything but the bytes that `encode_state` gave.
    """
    start = len(MAGIC) + DIGEST_BYTES
    content = encoded[start:]
    if encoded[:start] != MAGIC + sha256(content).digest():
        raise DamagedStateError("it is cut, altered or not a training state")
    values = json.loads(header(content)["__metadata__"][KEY])
    values["history"] = tuple(values["history"])
    groups, stored = values.pop("groups"), load(content)
    tensors = {name: stored[name] for name in values.pop("order")}
    model = below("model.", tensors)
    return TrainingState(
        **values,
        best=below("best.", tensors) or model,
        model=model,
        optimizer={"state": numbered(below("optimizer.", tensors)), "param_groups": groups},
    )


def header(content: bytes) -> dict[str, Any]:
    """Read the header of a safetensors file: 8 bytes of its length, then JSON."""
    length = int.from_bytes(content[:8], "little")
    values: dict[str, Any] = json.loads(content[8 : 8 + length])
    return values


def optimizer_tensors(optimizer: Mapping[str, Any]) -> dict[str, Tensor]:
    """Name the tensors of an optimiser's state: "optimizer.7.exp_avg" is of parameter 7."""
    return {
        f"optimizer.{number}.{name}": value
        for number, values in optimizer["state"].items()
        for name, value in values.items()
        if isinstance(value, Tensor)
    }


def numbered(named: Mapping[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    """Undo the naming: "7.exp_avg" -> {7: {"exp_avg": ...}}."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in named.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = tensor
    return state


def below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names start with a prefix, under the rest of their names."""
    return {
        name.removeprefix(prefix): one for name, one in tensors.items() if name.startswith(prefix)
    }
