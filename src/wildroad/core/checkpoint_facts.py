"""What a checkpoint says of itself; reading it needs no PyTorch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from safetensors import SafetensorError, safe_open

if TYPE_CHECKING:
    from torch import Tensor

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
KEY = "wildroad"
"""Key of the facts in the metadata of a safetensors file."""
DIGEST = "sha256"
"""Key of the hash of the weights among the facts."""


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
        initial_sha256: Hash of the file that the training started from; "" where it was none.
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
    initial_sha256: str = ""


@dataclass(frozen=True)
class Checkpoint:
    """Weights of a trained model and what it takes to use them."""

    facts: CheckpointFacts
    state: Mapping[str, "Tensor"] = field(repr=False)


def decode_facts(metadata: Mapping[str, str] | None) -> CheckpointFacts:
    """Read the facts in the metadata of a checkpoint.

    Raises:
        KeyError, TypeError, json.JSONDecodeError: They are of no checkpoint of this project.
    """
    values = json.loads((metadata or {})[KEY])
    values.pop(DIGEST, None)
    for name in ("classes", "mean", "std"):
        values[name] = tuple(values[name])
    return CheckpointFacts(**values)


def decode_digest(metadata: Mapping[str, str] | None) -> str:
    """Read the hash of the weights in the metadata of a checkpoint.

    Raises:
        KeyError, TypeError, json.JSONDecodeError: They are of no checkpoint of this project.
    """
    return str(json.loads((metadata or {})[KEY])[DIGEST])


def read_facts(path: Path) -> tuple[CheckpointFacts, int]:
    """Read the facts of a checkpoint and the number of its weights, but no weight.

    Raises:
        WeightsError: Missing, damaged, or not one of this project's.
    """
    try:
        with safe_open(path, framework="numpy") as opened:
            shapes = [opened.get_slice(name).get_shape() for name in opened.keys()]  # noqa: SIM118
            return decode_facts(opened.metadata()), sum(map(prod, shapes))
    except (SafetensorError, OSError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise WeightsError(f"{path} is no checkpoint of this project: {error!r}") from error
