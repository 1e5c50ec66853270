"""MobileNetV2 as the public Cityscapes DeepLabV3+ checkpoints were trained with.

It shares its weights' names and shapes with torchvision's MobileNetV2 but is another function: no
convolution pads, and each block pads its *input* with zeros instead, so that the 1x1 expansion,
batch normalisation and ReLU6 run over the padding too. Weights trained with one of the two lose
accuracy in the other, so the difference must be kept.

Shapes: N images, C channels, H x W pixels.
"""

from collections import OrderedDict
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

LOW_CHANNELS = 24
DEEP_CHANNELS = 320
LOW_BLOCKS = 4
"""The stem and the first three blocks make the low-level feature."""


class Stage(NamedTuple):
    """A run of inverted-residual blocks of one width (table 2 of arXiv:1801.04381)."""

    expansion: int
    channels: int
    blocks: int
    stride: int


STAGES = (
    Stage(expansion=1, channels=16, blocks=1, stride=1),
    Stage(expansion=6, channels=24, blocks=2, stride=2),
    Stage(expansion=6, channels=32, blocks=3, stride=2),
    Stage(expansion=6, channels=64, blocks=4, stride=2),
    Stage(expansion=6, channels=96, blocks=3, stride=1),
    Stage(expansion=6, channels=160, blocks=3, stride=2),
    Stage(expansion=6, channels=320, blocks=1, stride=1),
)


class SpacedConvolution(nn.Conv2d):
    """A strided or dilated depthwise convolution, trained on a CPU in float32 under autocast.

    Its gradient takes a third of the time there that it takes in bfloat16.
    """

    def forward(self, features: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, C, H', W')."""
        cast = torch.is_autocast_enabled("cpu") and features.device.type == "cpu"
        if not (cast and self.training):
            return super().forward(features)
        with torch.autocast("cpu", enabled=False):
            return super().forward(features.float()).to(torch.bfloat16)


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; zeros are added around the input, never inside."""

    def __init__(
        self, channels_in: int, channels_out: int, *, expansion: int, stride: int, dilation: int
    ) -> None:
        """Make the layers; `dilation` is also the width of the border of zeros."""
        super().__init__()
        wide = channels_in * expansion
        filtering = _unpadded(wide, wide, size=3, stride=stride, dilation=dilation, groups=wide)
        projection = (nn.Conv2d(wide, channels_out, 1, bias=False), nn.BatchNorm2d(channels_out))
        expanding = [] if expansion == 1 else [_unpadded(channels_in, wide, size=1)]
        self.conv = nn.Sequential(*expanding, filtering, *projection)
        self.border = (dilation,) * 4
        self.has_shortcut = stride == 1 and channels_in == channels_out

    def forward(self, features: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, C', H / stride, W / stride)."""
        filtered: Tensor = self.conv(functional.pad(features, self.border))
        return features + filtered if self.has_shortcut else filtered


class MobileNetBackbone(nn.Module):
    """MobileNetV2 without its last 1x1 convolution, giving low-level and deep features."""

    def __init__(self, *, output_stride: Literal[8, 16]) -> None:
        """Make the blocks with random weights; `output_stride` is input size / deep size."""
        super().__init__()
        modules = _stem_and_blocks(output_stride=output_stride)
        self.low_level_features = nn.Sequential(*modules[:LOW_BLOCKS])
        # The public checkpoints number the blocks on from those of the low-level part.
        deep = OrderedDict((str(i), modules[i]) for i in range(LOW_BLOCKS, len(modules)))
        self.high_level_features = nn.Sequential(deep)
        initialise_convolutions(self)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Map (N, 3, H, W) to (N, 24, H / 4, W / 4) and (N, 320, H / stride, W / stride)."""
        low: Tensor = self.low_level_features(images)
        deep: Tensor = self.high_level_features(low)
        return low, deep


def initialise_convolutions(module: nn.Module) -> None:
    """Draw every convolution's weights for ReLU (Kaiming normal, fan in), and zero its bias."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def _stem_and_blocks(*, output_stride: int) -> list[nn.Module]:
    modules: list[nn.Module] = [_unpadded(3, 32, size=3, stride=2)]
    channels, reached, dilation = 32, 2, 1
    for stage in STAGES:
        # Past the output stride a stage dilates instead of striding, from its second block on.
        dilates = reached == output_stride
        stride, first_dilation = (1 if dilates else stage.stride), dilation
        reached, dilation = reached * stride, dilation * (stage.stride if dilates else 1)
        for index in range(stage.blocks):
            block = InvertedResidual(
                channels,
                stage.channels,
                expansion=stage.expansion,
                stride=stride if index == 0 else 1,
                dilation=first_dilation if index == 0 else dilation,
            )
            modules.append(block)
            channels = stage.channels
    return modules


def _unpadded(
    channels_in: int,
    channels_out: int,
    *,
    size: int,
    stride: int = 1,
    dilation: int = 1,
    groups: int = 1,
) -> nn.Sequential:
    kind = SpacedConvolution if groups > 1 and (stride > 1 or dilation > 1) else nn.Conv2d
    convolution = kind(
        channels_in, channels_out, size, stride, dilation=dilation, groups=groups, bias=False
    )
    return nn.Sequential(convolution, nn.BatchNorm2d(channels_out), nn.ReLU6(inplace=True))
