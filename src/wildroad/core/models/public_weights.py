"""Read and load weights published elsewhere: safely, strictly, and with errors that help.

Public DeepLabV3+ checkpoints are those of VainF/DeepLabV3Plus-Pytorch: a pickled dict whose
`model_state` holds the weights, beside optimizer state and one NumPy scalar.
"""

import pickle
import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from wildroad.core.checkpoints import WeightsError
from wildroad.core.models.mobilenet_backbone import LOW_BLOCKS, MobileNetBackbone

Weights = dict[str, Tensor]

_CLASS_LAYER = "classifier.classifier.3."
_NAMES_SHOWN = 3
# What a pickled NumPy float needs, under the module names of NumPy 1 and 2; nothing else may be
# looked up while unpickling, so a crafted file can't run code.
_NUMPY_SCALAR: list[Any] = [
    (np.float64(0).__reduce__()[0], "numpy.core.multiarray.scalar"),
    (np.float64(0).__reduce__()[0], "numpy._core.multiarray.scalar"),
    np.dtype,
    np.dtypes.Float32DType,
    np.dtypes.Float64DType,
]
# What torch.load raises on a file cut or altered somewhere, zipped or of the older format.
_DAMAGE = (
    pickle.UnpicklingError,
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


def read_public_checkpoint(path: Path) -> Weights:
    """Read the weights of a public DeepLabV3+ checkpoint, keys without the prefix `module.`.

    Raises:
        WeightsError: The file is missing, empty, damaged, or has no `model_state`.
    """
    content = _unpickled(path)
    if not isinstance(content, Mapping) or "model_state" not in content:
        held = sorted(map(str, content)) if isinstance(content, Mapping) else type(content).__name__
        raise WeightsError(
            f"{path} is not a DeepLabV3+ checkpoint: it has no 'model_state', but holds "
            f"{_some(held) if isinstance(held, list) else held}"
        )
    weights = _tensors(content["model_state"], source=path)
    return {key.removeprefix("module."): tensor for key, tensor in weights.items()}


def output_stride_in_name(path: Path) -> int | None:
    """Output stride that a public checkpoint's file name states, if it does.

    >>> output_stride_in_name(Path("best_deeplabv3plus_mobilenet_cityscapes_os16.pth"))
    16
    """
    found = re.search(r"(?:^|[^a-z])os(\d+)(?:\D|$)", path.name.lower())
    return int(found[1]) if found else None


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
    told = [f"{len(keys)} {kind} ({_some(keys)})" for kind, keys in problems.items() if keys]
    if told:
        raise WeightsError(f"{source} does not fit the model: of its keys {'; '.join(told)}")
    model.load_state_dict(complete, strict=True)


def load_backbone_weights(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Load torchvision's ImageNet weights strictly into the backbone of a DeepLabV3+.

    Args:
        model: Has a `backbone`, which receives the weights in place.
        weights: torchvision's keys of the same ResNet or of MobileNetV2, classifier included:
            it is left out by name (ResNet `fc`; MobileNetV2 `classifier` and `features.18`).

    Raises:
        WeightsError: The weights are of another network.
    """
    backbone = model.get_submodule("backbone")
    if isinstance(backbone, MobileNetBackbone):
        kept = {_mobilenet_key(key): weights[key] for key in weights if not _is_mobile_head(key)}
    else:
        kept = {key: weights[key] for key in weights if key not in ("fc.weight", "fc.bias")}
    load_strictly(backbone, kept, source="the file of ImageNet weights")


def select_classes(weights: Mapping[str, Tensor], classes: Sequence[int]) -> Weights:
    """Keep and reorder classes of a DeepLabV3+ checkpoint, for fine-tuning on other class lists.

    Args:
        weights: All weights of the model.
        classes: For each class of the new model, its index in the old one.

    Raises:
        WeightsError: An index that the weights don't have.
    """
    held = len(weights[f"{_CLASS_LAYER}bias"])
    outside = [index for index in classes if not 0 <= index < held]
    if outside:
        raise WeightsError(f"class {outside[0]} is not among the weights' 0 to {held - 1}")
    chosen = {k: w[list(classes)] for k, w in weights.items() if k.startswith(_CLASS_LAYER)}
    return {**weights, **chosen}


def _unpickled(path: Path) -> object:
    if not path.is_file():
        raise WeightsError(f"there is no file of weights {path}; put it there or name another")
    if path.stat().st_size == 0:
        raise WeightsError(f"{path} is empty (0 bytes): copy or download it again")
    try:
        with torch.serialization.safe_globals(_NUMPY_SCALAR):
            return torch.load(path, map_location="cpu", weights_only=True)
    except _DAMAGE as error:
        raise WeightsError(
            f"{path} is damaged, not a file of PyTorch weights, or holds objects other than "
            "tensors and numbers, which are never unpickled: copy or download it again"
        ) from error


def _tensors(content: object, *, source: Path) -> Weights:
    if not isinstance(content, Mapping) or not content:
        raise WeightsError(f"{source} holds {type(content).__name__}, not named tensors")
    others = [str(key) for key, value in content.items() if not isinstance(value, Tensor)]
    if others:
        raise WeightsError(f"{source} holds more than named tensors: {_some(others)}")
    return {str(key): value for key, value in content.items()}


def _is_mobile_head(key: str) -> bool:
    return key.startswith(("classifier.", "features.18."))


def _mobilenet_key(key: str) -> str:
    found = re.match(r"features\.(\d+)\.", key)
    if found is None:
        return key
    part = "low_level_features" if int(found[1]) < LOW_BLOCKS else "high_level_features"
    return part + key.removeprefix("features")


def _some(names: Iterable[str]) -> str:
    ordered = sorted(names)
    more = len(ordered) - _NAMES_SHOWN
    return ", ".join(ordered[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
