"""Weights on disk: trained checkpoints as safetensors, and the weights a training starts from."""

import hashlib
import json
import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from pickle import UnpicklingError
from typing import Any
from urllib.error import URLError

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torchvision.models import get_model_weights

from wildroad.core.checkpoint_facts import DIGEST, KEY, decode_digest, decode_facts
from wildroad.core.checkpoint_facts import IMAGENET_MEAN as IMAGENET_MEAN
from wildroad.core.checkpoint_facts import IMAGENET_STD as IMAGENET_STD
from wildroad.core.checkpoint_facts import Checkpoint as Checkpoint
from wildroad.core.checkpoint_facts import CheckpointFacts as CheckpointFacts
from wildroad.core.checkpoint_facts import WeightsError as WeightsError
from wildroad.core.training_store import tensors_digest

HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})[.](?:pt|pth|safetensors)$")
NAMES_SHOWN = 3


# What torch.load raises on a file cut or altered somewhere, zipped or of the older format.
DAMAGE = (
    SafetensorError,
    UnpicklingError,
    struct.error,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
)


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Serialise a checkpoint as safetensors, deterministically.

    Its metadata are the facts, and a hash of the weights by which an altered file is found.
    """
    state = {name: tensor.contiguous() for name, tensor in checkpoint.state.items()}
    values = {**asdict(checkpoint.facts), DIGEST: weights_digest(state)}
    return save(state, metadata={KEY: json.dumps(values, sort_keys=True)})


def weights_digest(state: Mapping[str, Tensor]) -> str:
    """SHA-256 of names, types, shapes and values of weights, whatever their order."""
    return tensors_digest(dict(sorted(state.items())))


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint written by this project.

    Raises:
        WeightsError: Missing, damaged, or not one of this project's.
    """
    try:
        with safe_open(path, framework="pt") as opened:
            facts, digest = decode_facts(opened.metadata()), decode_digest(opened.metadata())
            state = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        check_digest(path, state, digest)
        return Checkpoint(facts, state)
    except FileNotFoundError:
        raise WeightsError(
            f"no checkpoint at {path}; run the pipeline that trains it first"
        ) from None
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise WeightsError(f"{path} is no checkpoint of this project: {error!r}") from error


def check_digest(path: Path, state: Mapping[str, Tensor], digest: str) -> None:
    """Raise WeightsError where weights are not those that were written."""
    found = weights_digest(state)
    if found != digest:
        raise WeightsError(
            f"{path} was altered since it was written: the SHA-256 of its weights is"
            f" {found[:12]}..., not {str(digest)[:12]}...; train the model again, or copy the file"
            " again"
        )


def check_hash_in_name(path: Path) -> None:
    """Hold a file against the hash in its name, as published weights have one.

    Raises:
        WeightsError: They differ, as after a download that was cut or changed on its way.
    """
    named = HASH_IN_NAME.search(path.name)
    if named is None or not path.is_file():
        return
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(named[1]):
        raise WeightsError(
            f"{path} is not what its name says: its SHA-256 begins with {digest[:8]}, not"
            f" {named[1]}; remove it and download it again"
        )


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read a state dict from a .safetensors, .pt or .pth file without running code in it.

    Raises:
        WeightsError: Missing, empty, damaged, holding other things than tensors, or code.
    """
    check_hash_in_name(path)
    if path.suffix == ".safetensors" and path.is_file():
        try:
            with safe_open(path, framework="pt") as opened:
                return {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            raise WeightsError(f"{path} is damaged or no safetensors file: {error}") from error
    return tensors_of(unpickled(path), source=path)


def unpickled(path: Path, *, allowed: Sequence[Any] = ()) -> object:
    """Read what a .pt or .pth file holds: tensors, numbers, text, and the types in ``allowed``.

    Raises:
        WeightsError: Missing, empty, damaged, or holding anything else.
    """
    if not path.is_file():
        raise WeightsError(f"there is no file of weights {path}; put it there or name another")
    if path.stat().st_size == 0:
        raise WeightsError(f"{path} is empty (0 bytes): copy or download it again")
    try:
        with torch.serialization.safe_globals(list(allowed)):
            return torch.load(path, map_location="cpu", weights_only=True)
    except DAMAGE as error:
        raise WeightsError(
            f"{path} is damaged, not a file of PyTorch weights, or holds objects other than "
            "tensors and numbers, which are never unpickled: copy or download it again"
        ) from error


def tensors_of(content: object, *, source: Path) -> dict[str, Tensor]:
    """Check that a file held named tensors and nothing else."""
    if not isinstance(content, Mapping) or not content:
        raise WeightsError(f"{source} holds {type(content).__name__}, not named tensors")
    others = [str(key) for key, value in content.items() if not isinstance(value, Tensor)]
    if others:
        raise WeightsError(f"{source} holds more than named tensors: {some_of(others)}")
    return {str(key): value for key, value in content.items()}


def torchvision_weights(architecture: str, name: str) -> dict[str, Tensor]:
    """Take torchvision's published weights from its cache (TORCH_HOME) or download them.

    Args:
        architecture: A torchvision model name, such as "resnet18".
        name: Name of the weights, such as "IMAGENET1K_V1".

    Raises:
        WeightsError: No such weights, or neither cached nor to be downloaded.
    """
    published = get_model_weights(architecture)
    if name not in published.__members__:
        raise WeightsError(
            f"torchvision has no weights {name!r} for {architecture}, only"
            f" {sorted(published.__members__)}; a path of a file or 'none' would also do"
        )
    weights = published[name]
    check_hash_in_name(Path(torch.hub.get_dir(), "checkpoints", weights.url.rsplit("/", 1)[-1]))
    try:
        return dict(weights.get_state_dict(progress=False, check_hash=True))
    except (URLError, *DAMAGE) as error:
        file = weights.url.rsplit("/", 1)[-1]
        raise WeightsError(
            f"the weights {name} of {architecture} are not in torchvision's cache and could not be"
            f" downloaded ({error}); put {file} into {torch.hub.get_dir()}/checkpoints, or set the"
            " model's 'weights' to the path of a file, or to 'none' to start from random weights"
        ) from error


def initial_weights(architecture: str, weights: str) -> dict[str, Tensor] | None:
    """Find the weights a training starts from.

    Args:
        architecture: A torchvision model name; not used for a path.
        weights: "none" for random weights, a name such as "IMAGENET1K_V1", or the path of a file
            (recognised by a path separator or a suffix).

    Returns:
        The state dict, or None only where random weights were asked for.
    """
    if weights == "none":
        return None
    if "/" in weights or Path(weights).suffix:
        return read_weights(Path(weights).expanduser())
    return torchvision_weights(architecture, weights)


def load_strictly(model: nn.Module, weights: Mapping[str, Tensor], *, source: str) -> None:
    """Load weights whose keys and shapes are exactly the model's.

    Only BatchNorm's `num_batches_tracked` may be absent, as files from before it existed lack it.

    Args:
        model: Receives the weights, in place.
        weights: Key to tensor.
        source: What the error calls the weights: a path, say.

    Raises:
        WeightsError: Naming some of the keys that are missing, unexpected or of another shape.
    """
    own = model.state_dict()
    counters = {k: v for k, v in own.items() if k.endswith("num_batches_tracked")}
    complete = {**counters, **weights}
    problems = {
        "missing": own.keys() - complete.keys(),
        "unexpected": complete.keys() - own.keys(),
        "of another shape": {
            key for key in own.keys() & complete.keys() if own[key].shape != complete[key].shape
        },
    }
    told = [f"{len(keys)} {kind} ({some_of(keys)})" for kind, keys in problems.items() if keys]
    if told:
        raise WeightsError(f"{source} does not fit the model: of its keys {'; '.join(told)}")
    model.load_state_dict(complete, strict=True)


def some_of(names: Iterable[str]) -> str:
    """List the first few names, and say how many more there are."""
    ordered = sorted(names)
    more = len(ordered) - NAMES_SHOWN
    return ", ".join(ordered[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
