"""Segmentation models of torchvision by name, with logits before and after upsampling.

Shapes: N images, K classes, H x W pixels of the input, h x w of the logits.
"""

from collections.abc import Mapping

from torch import Tensor, nn
from torchvision.models import get_model, get_model_weights, list_models, segmentation
from torchvision.models.segmentation.lraspp import LRASPP

from wildroad.core.checkpoints import WeightsError, initial_weights, load_strictly
from wildroad.core.models.segmenter import Segmenter

Weights = dict[str, Tensor]

NAMES: tuple[str, ...] = tuple(list_models(module=segmentation))
_WHOLE, _AUXILIARY = "backbone.", "aux_classifier."
_STRIDE_OF_MOBILENET, _STRIDE_OF_RESNET = 16, 8


class TorchvisionSegmenter(Segmenter):
    """A segmentation model of torchvision: the same layers, the same logits.

    Args:
        name: Name of the model, one of ``NAMES``.
        classes: How many classes K there are.

    Raises:
        ValueError: torchvision has no such model.
    """

    def __init__(self, name: str, *, classes: int) -> None:
        """Build it with random weights, without its auxiliary classifier."""
        super().__init__()
        if name not in NAMES:
            raise ValueError(f"no segmentation model {name!r}; torchvision has {', '.join(NAMES)}")
        network = get_model(name, weights=None, weights_backbone=None, num_classes=classes)
        self.backbone: nn.Module = network.backbone
        self.classifier: nn.Module = network.classifier
        self.output_stride = _STRIDE_OF_MOBILENET if "mobilenet" in name else _STRIDE_OF_RESNET
        self.takes_all_features = isinstance(network, LRASPP)
        layers = ("low_classifier", "high_classifier") if self.takes_all_features else ("4",)
        self.class_layers = tuple(f"classifier.{layer}." for layer in layers)

    def decoder_logits(self, images: Tensor) -> Tensor:
        """Map normalised images (N, 3, H, W) to logits (N, K, h, w), not yet upsampled."""
        features = self.backbone(images)
        logits: Tensor = self.classifier(features if self.takes_all_features else features["out"])
        return logits


def backbone_name(name: str) -> str:
    """Name of the classifier whose layers a segmentation model begins with.

    >>> backbone_name("lraspp_mobilenet_v3_large")
    'mobilenet_v3_large'
    """
    return name.split("_", 1)[1]


def published_weights(name: str, weights: str) -> tuple[Weights | None, tuple[str, ...]]:
    """Find the weights a segmentation model starts from, and the classes of its outputs.

    Args:
        name: Name of the model.
        weights: "none", a name of torchvision's for the whole model ("COCO_WITH_VOC_LABELS_V1") or
            for its backbone ("IMAGENET1K_V1"), or the path of a file of either.

    Returns:
        The state dict, None only where "none" was asked for; and the classes in the order of the
        outputs, empty where they are not known.

    Raises:
        WeightsError: The weights can't be had.
    """
    whole = get_model_weights(name).__members__
    if weights in whole:
        classes = tuple(whole[weights].meta["categories"])
        return initial_weights(name, weights), classes
    return initial_weights(backbone_name(name), weights), ()


def whole_model(weights: Mapping[str, Tensor]) -> Weights | None:
    """Weights of a whole segmentation model without its auxiliary classifier; None for others."""
    if not any(key.startswith(_WHOLE) for key in weights):
        return None
    return {key: value for key, value in weights.items() if not key.startswith(_AUXILIARY)}


def load_classifier_weights(model: TorchvisionSegmenter, weights: Mapping[str, Tensor]) -> None:
    """Load ImageNet weights strictly into the backbone; their classifier is left out by name.

    Raises:
        WeightsError: The weights are of another network.
    """
    heads = ("fc.", "classifier.")
    kept = {
        key.removeprefix("features."): value
        for key, value in weights.items()
        if not key.startswith(heads)
    }
    if not kept:
        raise WeightsError("the file of ImageNet weights holds a classifier and no backbone")
    load_strictly(model.backbone, kept, source="the file of ImageNet weights")
