"""Read and load weights published elsewhere: safely, strictly, and with errors that help.

Public DeepLabV3+ checkpoints are those of VainF/DeepLabV3Plus-Pytorch: a pickled dict whose
`model_state` holds the weights, beside optimizer state and one NumPy scalar.
"""

import re
from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from wildroad.core.checkpoints import WeightsError, load_strictly, some_of, tensors_of, unpickled
from wildroad.core.models.mobilenet_backbone import LOW_BLOCKS, MobileNetBackbone
from wildroad.core.stores import ConvertedWeights as ConvertedWeights

Weights = dict[str, Tensor]

# What a pickled NumPy float needs, under the module names of NumPy 1 and 2; nothing else may be
# looked up while unpickling, so a crafted file can't run code.
_NUMPY_SCALAR: list[Any] = [
    (np.float64(0).__reduce__()[0], "numpy.core.multiarray.scalar"),
    (np.float64(0).__reduce__()[0], "numpy._core.multiarray.scalar"),
    np.dtype,
    np.dtypes.Float32DType,
    np.dtypes.Float64DType,
]


def read_public_checkpoint(path: Path) -> Weights:
    """Read the weights of a public DeepLabV3+ checkpoint, keys without the prefix `module.`.

    Raises:
        WeightsError: The file is missing, empty, damaged, or has no `model_state`.
    """
    content = unpickled(path, allowed=_NUMPY_SCALAR)
    if not isinstance(content, Mapping) or "model_state" not in content:
        held = sorted(map(str, content)) if isinstance(content, Mapping) else type(content).__name__
        raise WeightsError(
            f"{path} is not a DeepLabV3+ checkpoint: it has no 'model_state', but holds "
            f"{some_of(held) if isinstance(held, list) else held}"
        )
    weights = tensors_of(content["model_state"], source=path)
    return {key.removeprefix("module."): tensor for key, tensor in weights.items()}


def file_sha256(path: Path) -> str:
    """Hash a file of weights, hexadecimal.

    Raises:
        WeightsError: It is missing.
    """
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(
            f"there is no file of weights {path} ({error.strerror}); put it there or name another"
        ) from None


def sha256_of(weights: str) -> str:
    """Hash of the file that weights are given by; "" where they are given by a name."""
    path = Path(weights).expanduser()
    return file_sha256(path) if path.is_file() else ""


def converted_weights(path: Path, converted: ConvertedWeights | None) -> Weights:
    """Read a public checkpoint: its safetensors version where it was converted before.

    Args:
        path: The checkpoint.
        converted: Where the safetensors version is kept; None converts nothing.

    Raises:
        WeightsError: As `read_public_checkpoint`, also where a version of it is kept.
    """
    if converted is None:
        return read_public_checkpoint(path)
    sha256 = file_sha256(path)
    weights = converted.load(sha256)
    if weights is None:
        weights = read_public_checkpoint(path)
        converted.save(sha256, path.name, weights)
    return weights


def output_stride_in_name(path: Path) -> int | None:
    """Output stride that a public checkpoint's file name states, if it does.

    >>> output_stride_in_name(Path("best_deeplabv3plus_mobilenet_cityscapes_os16.pth"))
    16
    """
    found = re.search(r"(?:^|[^a-z])os(\d+)(?:\D|$)", path.name.lower())
    return int(found[1]) if found else None


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


def _is_mobile_head(key: str) -> bool:
    return key.startswith(("classifier.", "features.18."))


def _mobilenet_key(key: str) -> str:
    found = re.match(r"features\.(\d+)\.", key)
    if found is None:
        return key
    part = "low_level_features" if int(found[1]) < LOW_BLOCKS else "high_level_features"
    return part + key.removeprefix("features")
