"""Weights on disk: trained checkpoints as safetensors, and the weights a training starts from."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Literal
from urllib.error import URLError

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor
from torchvision.models import get_model_weights

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
KEY = "wildroad"


class WeightsError(ValueError):
    """Weights are missing, damaged or of another model."""


@dataclass(frozen=True)
class CheckpointFacts:
    """What a checkpoint must know of itself to be used again.

    Attributes:
        task: What the model does.
        architecture: Name of the architecture (of the backbone for a segmenter).
        classes: Class names in the order of the outputs.
        height: Rows of the input the model was trained on, in pixels.
        width: Columns of it.
        mean: Mean subtracted from each channel of an image scaled to 0..1.
        std: Standard deviation each channel is divided by.
        output_stride: Output stride of a segmenter, 0 for a classifier.
        initial_weights: What the training started from.
        best_epoch: Epoch of the weights, counted from 1.
    """

    task: Literal["classification", "segmentation"]
    architecture: str
    classes: tuple[str, ...]
    height: int
    width: int
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    output_stride: int = 0
    initial_weights: str = "none"
    best_epoch: int = 0


@dataclass(frozen=True)
class Checkpoint:
    """Weights of a trained model and what it takes to use them."""

    facts: CheckpointFacts
    state: Mapping[str, Tensor] = field(repr=False)


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Serialise a checkpoint as safetensors with its facts as metadata, deterministically."""
    state = {name: tensor.contiguous() for name, tensor in checkpoint.state.items()}
    return save(state, metadata={KEY: json.dumps(asdict(checkpoint.facts), sort_keys=True)})


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint written by this project.

    Raises:
        WeightsError: Missing, damaged, or not one of this project's.
    """
    try:
        with safe_open(path, framework="pt") as opened:
            facts = (opened.metadata() or {})[KEY]
            state = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        values = json.loads(facts)
        for name in ("classes", "mean", "std"):
            values[name] = tuple(values[name])
        return Checkpoint(CheckpointFacts(**values), state)
    except FileNotFoundError:
        raise WeightsError(
            f"no checkpoint at {path}; run the pipeline that trains it first"
        ) from None
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise WeightsError(f"{path} is no checkpoint of this project: {error!r}") from error


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read a state dict from a .safetensors, .pt or .pth file without running code in it.

    Raises:
        WeightsError: Missing, damaged, holding other things than tensors, or a pickle with code.
    """
    if not path.is_file():
        raise WeightsError(
            f"no weight file at {path.absolute()}; give the path of an existing file"
        )
    try:
        if path.suffix == ".safetensors":
            with safe_open(path, framework="pt") as opened:
                return {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, UnpicklingError, RuntimeError, EOFError, OSError, KeyError) as error:
        raise WeightsError(f"{path} is damaged or no weight file: {error}") from error
    if not isinstance(state, dict) or not all(isinstance(one, Tensor) for one in state.values()):
        raise WeightsError(
            f"{path} holds no plain state dict of tensors, but a {type(state).__name__}"
        )
    return dict(state)


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
    try:
        return dict(weights.get_state_dict(progress=False, check_hash=True))
    except (URLError, OSError, RuntimeError, EOFError, UnpicklingError) as error:
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
