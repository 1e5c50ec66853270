"""Weights that make rare classes count for more."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def frequency_weights(counts: NDArray[np.int64], *, power: float) -> Tensor:
    """Weigh classes by the inverse of their frequency, to a power.

    Args:
        counts: How often each of K classes occurs, (K,).
        power: 0 weighs all alike, 1 gives every class the same sum of weights.

    Returns:
        (K,) float32, of mean 1 over all that was counted; 0 for classes that don't occur.

    >>> frequency_weights(np.array([3, 1, 0]), power=1.0).tolist()
    [0.6666666865348816, 2.0, 0.0]
    """
    weights = np.where(counts > 0, np.maximum(counts, 1.0) ** -power, 0.0)
    return torch.from_numpy(weights * counts.sum() / (weights * counts).sum()).float()
