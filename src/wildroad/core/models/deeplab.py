"""DeepLabV3+ (arXiv:1802.02611), key for key that of the public Cityscapes checkpoints.

Shapes: N images, K classes, C channels, H x W pixels of the input, h x w of the low-level feature
(a quarter of the input).
"""

from pathlib import Path
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torchvision.models import ResNet, resnet50, resnet101

from wildroad.core.checkpoints import WeightsError, load_strictly
from wildroad.core.models import mobilenet_backbone
from wildroad.core.models.mobilenet_backbone import MobileNetBackbone, initialise_convolutions
from wildroad.core.models.public_weights import (
    ConvertedWeights,
    converted_weights,
    load_backbone_weights,
    output_stride_in_name,
    read_public_checkpoint,
)
from wildroad.core.models.segmenter import Segmenter, resized

__all__ = [
    "BackboneName",
    "DeepLabV3Plus",
    "OutputStride",
    "check_output_stride",
    "deeplab",
    "load_backbone_weights",
    "load_public_checkpoint",
    "read_public_checkpoint",
]

BackboneName = Literal["resnet101", "resnet50", "mobilenet_v2"]
OutputStride = Literal[8, 16]

_ATROUS_RATES = {16: (6, 12, 18), 8: (12, 24, 36)}
_ASPP_CHANNELS = 256
_LOW_PROJECTION = 48


class ResNetBackbone(nn.Module):
    """torchvision's ResNet without pooling and classifier, its last stages dilated."""

    def __init__(self, name: Literal["resnet101", "resnet50"], *, output_stride: int) -> None:
        """Make the stages with random weights; `output_stride` is input size / deep size."""
        super().__init__()
        build = {"resnet101": resnet101, "resnet50": resnet50}[name]
        dilated = [False, output_stride == 8, True]
        network: ResNet = build(weights=None, replace_stride_with_dilation=dilated)
        self.conv1, self.bn1 = network.conv1, network.bn1
        self.relu, self.maxpool = network.relu, network.maxpool
        self.layer1, self.layer2 = network.layer1, network.layer2
        self.layer3, self.layer4 = network.layer3, network.layer4

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Map (N, 3, H, W) to (N, 256, H / 4, W / 4) and (N, 2048, H / stride, W / stride)."""
        low = self.layer1(self.maxpool(self.relu(self.bn1(self.conv1(images)))))
        return low, self.layer4(self.layer3(self.layer2(low)))


class AtrousPyramid(nn.Module):
    """Atrous spatial pyramid pooling: one 1x1, three dilated 3x3 and one image-wide branch."""

    def __init__(self, channels: int, *, rates: tuple[int, int, int]) -> None:
        """Make the five branches and the projection that joins them."""
        super().__init__()
        branches: list[nn.Module] = [_convolution(channels, _ASPP_CHANNELS)]
        branches += [_convolution(channels, _ASPP_CHANNELS, dilation=rate) for rate in rates]
        pooled = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), *_convolution(channels, _ASPP_CHANNELS).children()
        )
        self.convs = nn.ModuleList([*branches, pooled])
        joined = _convolution(5 * _ASPP_CHANNELS, _ASPP_CHANNELS)
        self.project = joined.append(nn.Dropout(0.1))

    def forward(self, deep: Tensor) -> Tensor:
        """Map (N, C, h', w') to (N, 256, h', w')."""
        branches = [branch(deep) for branch in self.convs]
        branches[-1] = resized(branches[-1], like=deep)
        projected: Tensor = self.project(torch.cat(branches, dim=1))
        return projected


class Decoder(nn.Module):
    """The head: pyramid of the deep feature, joined with the projected low-level feature."""

    def __init__(
        self, low_channels: int, deep_channels: int, *, classes: int, rates: tuple[int, int, int]
    ) -> None:
        """Make the head with random weights."""
        super().__init__()
        self.project = _convolution(low_channels, _LOW_PROJECTION)
        self.aspp = AtrousPyramid(deep_channels, rates=rates)
        fusing = _convolution(_LOW_PROJECTION + _ASPP_CHANNELS, _ASPP_CHANNELS, dilation=1)
        self.classifier = fusing.append(nn.Conv2d(_ASPP_CHANNELS, classes, 1))
        initialise_convolutions(self)

    def forward(self, low: Tensor, deep: Tensor) -> Tensor:
        """Map the two features to logits (N, K, h, w)."""
        pyramid = resized(self.aspp(deep), like=low)
        logits: Tensor = self.classifier(torch.cat([self.project(low), pyramid], dim=1))
        return logits


class DeepLabV3Plus(Segmenter):
    """Backbone and decoder; states the output stride that its weights belong to."""

    def __init__(
        self, backbone: nn.Module, classifier: Decoder, *, output_stride: OutputStride
    ) -> None:
        """Join the two parts; `output_stride` must be the one they were built with."""
        super().__init__()
        self.backbone = backbone
        self.classifier = classifier
        self.output_stride = output_stride
        self.class_layers = ("classifier.classifier.3.",)

    def decoder_logits(self, images: Tensor) -> Tensor:
        """Map normalised images (N, 3, H, W) to logits (N, K, h, w), not yet upsampled."""
        low, deep = self.backbone(images)
        logits: Tensor = self.classifier(low, deep)
        return logits


def deeplab(backbone: BackboneName, *, classes: int, output_stride: OutputStride) -> DeepLabV3Plus:
    """Build DeepLabV3+ with random weights, drawn from torch's global generator.

    Args:
        backbone: Which network makes the features.
        classes: How many logits a pixel gets.
        output_stride: Size of the input over size of the deepest feature.

    Raises:
        ValueError: A backbone, class count or output stride that there is not.
    """
    if output_stride not in _ATROUS_RATES:
        raise ValueError(f"output_stride is {output_stride}; DeepLabV3+ is built for 8 or 16")
    if classes < 1:
        raise ValueError(f"classes is {classes}; a model needs at least 1")
    features, low, deep = _backbone(backbone, output_stride=output_stride)
    decoder = Decoder(low, deep, classes=classes, rates=_ATROUS_RATES[output_stride])
    return DeepLabV3Plus(features, decoder, output_stride=output_stride)


def check_output_stride(model: Segmenter, *, trained_at: int) -> None:
    """Refuse weights trained at another output stride: they fit but compute something else.

    Raises:
        WeightsError: The strides differ.
    """
    if trained_at != model.output_stride:
        raise WeightsError(
            f"the weights were trained at output stride {trained_at} and the model runs at "
            f"{model.output_stride}: build the model with output_stride={trained_at}"
        )


def load_public_checkpoint(
    model: DeepLabV3Plus, path: Path, converted: ConvertedWeights | None = None
) -> None:
    """Load a public DeepLabV3+ checkpoint: every key, and at the output stride its name states.

    Args:
        model: Receives the weights, in place.
        path: The checkpoint.
        converted: Where its safetensors version is kept, if anywhere.

    Raises:
        WeightsError: The file is missing, damaged, of another model or of another stride.
    """
    trained_at = output_stride_in_name(path)
    if trained_at is not None:
        check_output_stride(model, trained_at=trained_at)
    load_strictly(model, converted_weights(path, converted), source=str(path))


def _backbone(name: BackboneName, *, output_stride: OutputStride) -> tuple[nn.Module, int, int]:
    if name == "mobilenet_v2":
        network = MobileNetBackbone(output_stride=output_stride)
        return network, mobilenet_backbone.LOW_CHANNELS, mobilenet_backbone.DEEP_CHANNELS
    if name not in get_args(BackboneName):
        raise ValueError(f"no backbone {name!r}; there are {', '.join(get_args(BackboneName))}")
    return ResNetBackbone(name, output_stride=output_stride), 256, 2048


def _convolution(
    channels_in: int, channels_out: int, *, dilation: int | None = None
) -> nn.Sequential:
    """Convolution (3x3 where a dilation is given, else 1x1), batch normalisation, ReLU."""
    size, padding = (1, 0) if dilation is None else (3, dilation)
    convolution = nn.Conv2d(
        channels_in, channels_out, size, padding=padding, dilation=dilation or 1, bias=False
    )
    return nn.Sequential(convolution, nn.BatchNorm2d(channels_out), nn.ReLU(inplace=True))
