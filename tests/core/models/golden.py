"""The recipe of the golden outputs of the public DeepLabV3+ code."""

import zlib
from math import prod, sqrt

import numpy as np
import torch
from torch import Tensor

GOLDEN = [
    ("mobilenet", "mobilenet_v2", 16),
    ("resnet50", "resnet50", 16),
    ("resnet101", "resnet101", 16),
    ("resnet101", "resnet101", 8),
]


def drawn_weight(key: str, shape: list[int]) -> Tensor:
    """The recipe of the fixtures' README: every weight follows from its key alone."""
    generator = np.random.Generator(np.random.PCG64(zlib.crc32(key.encode())))
    if key.endswith("num_batches_tracked"):
        return torch.tensor(0)
    if key.endswith("running_var"):
        values = generator.uniform(0.5, 1.5, shape)
    elif key.endswith("running_mean"):
        values = generator.normal(0, 0.1, shape)
    elif len(shape) == 4:
        values = generator.normal(0, sqrt(2 / prod(shape[1:])), shape)
    elif key.endswith(".weight"):
        values = generator.uniform(0.3, 0.7, shape)
    else:
        values = generator.normal(0, 0.05, shape)
    return torch.from_numpy(values.astype(np.float32))


def golden_image() -> Tensor:
    values = np.random.Generator(np.random.PCG64(0)).standard_normal((1, 3, 65, 97))
    return torch.from_numpy(values.astype(np.float32))
