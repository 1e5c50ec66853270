"""Scenes as tensors: shared memory, antialiased resizing, ImageNet's normalisation.

Shapes: N scenes, H x W pixels of a scene, h x w of what the network sees.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.transforms.v2 import functional as transform

from wildroad.core.models.classifiers import Normalise

Pixels = NDArray[np.uint8]


def shared_tensor(pixels: Pixels) -> Tensor:
    """Share the memory of an array, or copy it where it is read-only, as decoded images are."""
    return torch.from_numpy(np.require(pixels, requirements=("C", "W")))


def resized_scene(image: Pixels, size: tuple[int, ...]) -> Tensor:
    """Resize (H, W, 3) to (3, h, w), antialiased; the memory stays channels-last, which is fast."""
    channels_first = shared_tensor(image).permute(2, 0, 1)
    if channels_first.shape[1:] == size:
        return channels_first
    resized: Tensor = transform.resize(channels_first[None], list(size), antialias=True)
    return resized[0]


def network_input(images: Tensor, normalise: Normalise) -> Tensor:
    """Normalise (N, 3, H, W) uint8; the result is float32 and channels-last in memory."""
    normalised: Tensor = normalise(images)
    return normalised.contiguous(memory_format=torch.channels_last)
