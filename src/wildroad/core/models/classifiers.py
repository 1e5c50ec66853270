"""Classifiers by name: the ConvNet, and any classifier of torchvision with its head replaced."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models import get_model, list_models

from wildroad.core.checkpoints import Checkpoint, WeightsError, load_strictly
from wildroad.core.models.convnet import ConvNet


def build_classifier(
    architecture: str,
    *,
    classes: int,
    image_size: int,
    weights: Mapping[str, Tensor] | None,
    seed: int,
) -> nn.Module:
    """Build a classifier, from given weights or (only when ``weights`` is None) from random ones.

    Args:
        architecture: "convnet", or the name of a classifier of torchvision.
        classes: K outputs.
        image_size: Height and width of the input in pixels.
        weights: State dict with a head of any number of classes, loaded strictly; then the head is
            replaced by a random one. None draws all weights.
        seed: Seed of the random weights.

    Raises:
        ValueError: No such architecture.
        WeightsError: The weights are of another architecture.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if architecture == "convnet" and weights is None:
            return ConvNet(classes=classes, image_size=image_size)
        if weights is None:
            return torchvision_classifier(architecture, classes=classes)
        return with_new_head(architecture, weights, classes=classes)


def torchvision_classifier(architecture: str, *, classes: int) -> nn.Module:
    """Build a classifier of torchvision with random weights."""
    known = list_models(module=models)
    if architecture not in known:
        raise ValueError(
            f"no classifier {architecture!r}; known are convnet and {', '.join(known)}"
        )
    options = {"init_weights": True} if architecture in {"googlenet", "inception_v3"} else {}
    model: nn.Module = get_model(architecture, weights=None, num_classes=classes, **options)
    return pooled_before_rectified(model)


def pooled_before_rectified(model: nn.Module) -> nn.Module:
    """Let a ResNet pool before the ReLU of its stem: the same bits, a quarter of the rectifying.

    The maximum commutes with ReLU, and so do their gradients.
    """
    if isinstance(model, models.ResNet):
        model.maxpool, model.relu = nn.Sequential(model.maxpool, model.relu), nn.Identity()
    return model


def head_name(model: nn.Module) -> str:
    """Name of the last linear layer, the head."""
    linear: list[str] = [name for name, one in model.named_modules() if isinstance(one, nn.Linear)]
    return linear[-1]


def with_new_head(architecture: str, weights: Mapping[str, Tensor], *, classes: int) -> nn.Module:
    """Load weights strictly, then replace the head by a random one with ``classes`` outputs."""
    if architecture == "convnet":
        raise WeightsError("the ConvNet starts from random weights: set its weights to 'none'")
    head = head_name(torchvision_classifier(architecture, classes=2))
    if f"{head}.weight" not in weights:
        raise WeightsError(
            f"the weights have no {head}.weight, so they are not of {architecture}; their first"
            f" keys are {list(weights)[:3]}"
        )
    model = torchvision_classifier(architecture, classes=len(weights[f"{head}.weight"]))
    load_strictly(model, weights, source=f"the file of {architecture} weights")
    old = model.get_submodule(head)
    model.set_submodule(head, nn.Linear(int(str(old.in_features)), classes))
    return model


def restore_classifier(checkpoint: Checkpoint) -> nn.Module:
    """Build the classifier of a checkpoint with its weights, in eval mode."""
    facts = checkpoint.facts
    model = build_classifier(
        facts.architecture,
        classes=len(facts.classes),
        image_size=facts.height,
        weights=None,
        seed=0,
    )
    source = f"the checkpoint of a {facts.architecture} of {len(facts.classes)} classes"
    load_strictly(model, checkpoint.state, source=source)
    return model.eval()


def head_prefixes(model: nn.Module) -> tuple[str, ...]:
    """Prefixes of the parameter names of the head."""
    return (f"{head_name(model)}.",)


def trainable_parameters(model: nn.Module) -> int:
    """Number of trainable parameters."""
    return sum(one.numel() for one in model.parameters() if one.requires_grad)


class Normalise(nn.Module):
    """uint8 (N, 3, H, W) -> float32, scaled to 0..1, less the mean, divided by the deviation."""

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        """Keep mean and deviation of the three channels of an image scaled to 0..1."""
        super().__init__()
        self.register_buffer("scale", 1 / (255 * torch.tensor(std)).reshape(1, 3, 1, 1))
        self.register_buffer("shift", -(torch.tensor(mean) / torch.tensor(std)).reshape(1, 3, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Normalise a batch."""
        return torch.addcmul(self.get_buffer("shift"), images.float(), self.get_buffer("scale"))
