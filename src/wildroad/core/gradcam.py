"""Grad-CAM: where in a photo a convolutional classifier finds what speaks for a class.

Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", 2017. Legend: N photos, K classes, H and W pixels, C maps of h x w cells.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import interpolate, relu

from wildroad.core.checkpoints import Checkpoint
from wildroad.core.classification import ClassifierInput
from wildroad.core.image_array import ImageArray
from wildroad.core.models.classifiers import restore_classifier

PHOTOS_AT_A_TIME = 16


def last_convolution(model: nn.Module) -> nn.Module:
    """The outermost block of a classifier that ends its convolutions.

    That is the last convolution of a plain network, and the whole last stage of one with blocks,
    "layer4" of a ResNet, whose output is what the head sees.

    Raises:
        ValueError: The model has no convolution.
    """
    found = [name for name, one in model.named_modules() if isinstance(one, nn.Conv2d)]
    if not found:
        raise ValueError(
            f"Grad-CAM needs a convolution, and {type(model).__name__} has none; choose another"
            " architecture"
        )
    return model.get_submodule(found[-1].split(".")[0])


@contextmanager
def watched_maps(layer: nn.Module) -> Iterator[list[Tensor]]:
    """Collect the output of a layer while the block lasts, each the start of its own graph.

    Yields:
        A list that grows by one (N, C, h, w) tensor with each call of the layer; gradients reach
        it, and stop there.
    """
    seen: list[Tensor] = []

    def start_graph(_: nn.Module, __: object, output: Tensor) -> Tensor:
        seen.append(output.detach().requires_grad_())
        return seen[-1].clone()  # what follows may work in place, which a leaf forbids

    hook = layer.register_forward_hook(start_graph)
    try:
        yield seen
    finally:
        hook.remove()


def grad_cam(model: nn.Module, photos: Tensor, classes: Tensor, *, layer: nn.Module) -> Tensor:
    """Heat of each photo for one class: ReLU of the maps weighted by their mean gradients.

    Args:
        model: In eval mode; gives (N, K) logits.
        photos: (N, 3, H, W), as the model takes them.
        classes: (N,) number of the class to explain in each photo.
        layer: Of the model; gives (N, C, h, w).

    Returns:
        float32 (N, H, W): bilinearly enlarged, divided by the greatest heat of the photo, so from 0
        to 1; all 0 where nothing speaks for the class.
    """
    with torch.enable_grad(), watched_maps(layer) as seen:
        chosen = model(photos).gather(1, classes[:, None]).sum()
        (gradients,) = torch.autograd.grad(chosen, seen)
    weights = gradients.mean((2, 3), keepdim=True)
    heat = relu((weights * seen[0].detach()).sum(1, keepdim=True)).float()
    large = interpolate(heat, size=photos.shape[-2:], mode="bilinear", align_corners=False)[:, 0]
    peak = large.amax((1, 2), keepdim=True)
    return torch.where(peak > 0, large / peak, 0.0).clamp(0, 1)


def heat_maps(
    checkpoint: Checkpoint,
    images: ImageArray,
    photo_ids: Sequence[str],
    class_names: Sequence[str],
    *,
    device: torch.device,
) -> ImageArray:
    """Grad-CAM of photos for one class each.

    Args:
        checkpoint: Of a convolutional classifier.
        images: Holds the photos' pixels.
        photo_ids: The N photos.
        class_names: The class to explain in each of them.
        device: Where to compute.

    Returns:
        photo id -> uint8 (H, W): heat from 0 to 255.
    """
    inner = restore_classifier(checkpoint)
    model = ClassifierInput(inner, checkpoint.facts).to(device).eval()
    order = pd.Index(checkpoint.facts.classes)
    classes = torch.from_numpy(order.get_indexer(pd.Index(class_names)).astype(np.int64))
    pixels = torch.from_numpy(images.pixels[images.rows(photo_ids)]).permute(0, 3, 1, 2)
    parts = [
        grad_cam(model, photos.to(device), chosen.to(device), layer=last_convolution(inner)).cpu()
        for photos, chosen in zip(
            torch.split(pixels, PHOTOS_AT_A_TIME),
            torch.split(classes, PHOTOS_AT_A_TIME),
            strict=True,
        )
    ]
    return ImageArray(photo_ids, as_bytes(torch.cat(parts).numpy()))


def as_bytes(shares: NDArray[np.float32]) -> NDArray[np.uint8]:
    """0..1 -> 0..255, rounded."""
    return np.rint(shares * 255).astype(np.uint8)
