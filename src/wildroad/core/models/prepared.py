"""DeepLabV3+ rearranged to be run fast on a CPU: the same function, in another order.

Batch normalisation is folded into the convolutions, which take activation and shortcut along in
one pass over memory that is channels-last. Two convolutions become matrix products:

- the decoder's 3x3 convolution over the upsampled pyramid: a convolution and bilinear upsampling
  are both linear, so its nine taps are taken at the small size, and what they give is upsampled
  and shifted, first across and then down;
- the dilated convolutions of the pyramid, whose rows of taps that fall outside are left out.

Shapes: N images, C channels in, O channels out, h x w small, H x W large.
"""

from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models.resnet import Bottleneck

from wildroad.core.models.deeplab import AtrousPyramid, Decoder, DeepLabV3Plus, ResNetBackbone

Activation = Literal["none", "relu", "relu6"]

_ONEDNN_NAMES: dict[Activation, tuple[str, list[float]]] = {
    "none": ("none", []),
    "relu": ("relu", []),
    "relu6": ("hardtanh", [0.0, 6.0]),
}


def prepared_for_cpu(model: DeepLabV3Plus, *, bfloat16: bool) -> "PreparedDeepLab":
    """Copy a model into the form that a CPU runs fast; the model itself stays as it is.

    Args:
        model: In eval mode.
        bfloat16: Whether to compute in bfloat16; images are still given, and logits got, as
            float32.

    Returns:
        A model of the same function: but for rounding, `decoder_logits` and the call give the same.

    Raises:
        ValueError: The model is in training mode, where batch normalisation can't be folded.
    """
    if model.training:
        raise ValueError("the model is in training mode: call eval() before it is prepared")
    parts = deepcopy(model)
    backbone = parts.backbone
    if isinstance(backbone, ResNetBackbone):
        stem = FusedConvolution(backbone.conv1, backbone.bn1, "relu")
        backbone.add_module("conv1", stem)
        backbone.add_module("bn1", nn.Identity())
        backbone.add_module("relu", nn.Identity())
    _replace_within(backbone)
    prepared = PreparedDeepLab(backbone, PreparedDecoder(parts.classifier)).eval()
    prepared = prepared.to(memory_format=torch.channels_last)
    return prepared.bfloat16() if bfloat16 else prepared


class PreparedDeepLab(nn.Module):
    """A DeepLabV3+ that takes and gives float32, in whatever precision it computes."""

    def __init__(self, backbone: nn.Module, decoder: "PreparedDecoder") -> None:
        """Join the two parts."""
        super().__init__()
        self.backbone, self.decoder = backbone, decoder

    def decoder_logits(self, images: Tensor) -> Tensor:
        """Map normalised images (N, 3, H, W) to logits (N, K, h, w), not yet upsampled."""
        low, deep = self.backbone(images.to(self.decoder.taps.dtype))
        logits: Tensor = self.decoder(low, deep)
        return logits

    def forward(self, images: Tensor) -> Tensor:
        """Map normalised images (N, 3, H, W) to logits (N, K, H, W)."""
        logits = self.decoder_logits(images)
        return functional.interpolate(logits, images.shape[-2:], mode="bilinear")


class FusedConvolution(nn.Module):
    """Convolution, batch normalisation, shortcut and activation in one pass."""

    def __init__(
        self,
        convolution: nn.Conv2d,
        norm: nn.BatchNorm2d | None = None,
        activation: Activation = "none",
    ) -> None:
        """Fold what follows the convolution into it."""
        super().__init__()
        self.convolution = fuse_conv_bn_eval(convolution, norm) if norm else convolution
        self.activation = activation

    def forward(self, features: Tensor, shortcut: Tensor | None = None) -> Tensor:
        """Map (N, C, H, W) to (N, O, H', W'); the shortcut is added before the activation."""
        # Of shortcut and activation, oneDNN's operator takes ReLU alone.
        known = shortcut is None or self.activation != "relu6"
        one_pass = known and _one_pass(features.device.type)
        run = self._by_onednn if one_pass else self._step_by_step
        return run(features, shortcut)

    def _step_by_step(self, features: Tensor, shortcut: Tensor | None) -> Tensor:
        convolved: Tensor = self.convolution(features)
        if shortcut is not None:
            convolved += shortcut
        if self.activation == "none":
            return convolved
        return convolved.clamp_(0, 6 if self.activation == "relu6" else None)

    def _by_onednn(self, features: Tensor, shortcut: Tensor | None) -> Tensor:
        layer, (name, scalars) = self.convolution, _ONEDNN_NAMES[self.activation]
        form = (layer.weight, layer.bias, layer.padding, layer.stride, layer.dilation, layer.groups)
        convolved: Tensor
        if shortcut is None:
            convolved = _onednn()(features, *form, name, scalars, "")
        else:
            unary = None if name == "none" else name
            convolved = _onednn().binary(features, shortcut, *form, "add", 1.0, unary, [], "")
        return convolved


class PreparedBottleneck(nn.Module):
    """torchvision's residual block of three fused convolutions."""

    def __init__(self, block: Bottleneck) -> None:
        """Take the layers of a block."""
        super().__init__()
        self.first = FusedConvolution(block.conv1, block.bn1, "relu")
        self.second = FusedConvolution(block.conv2, block.bn2, "relu")
        self.third = FusedConvolution(block.conv3, block.bn3, "relu")
        self.downsample = _fused(block.downsample) if block.downsample else nn.Identity()

    def forward(self, features: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, O, H / stride, W / stride)."""
        joined: Tensor = self.third(
            self.second(self.first(features)), shortcut=self.downsample(features)
        )
        return joined


class DilatedConvolution(nn.Module):
    """A dilated 3x3 convolution with ReLU, by one matrix product a row of taps."""

    def __init__(self, branch: nn.Module) -> None:
        """Take the layers of a branch of the pyramid: convolution, batch normalisation, ReLU."""
        super().__init__()
        layer = _only(branch).convolution
        self.rate, self.bias = layer.dilation[0], _bias_of(layer)
        taps = layer.weight.detach().permute(2, 3, 0, 1)
        self.taps = nn.Parameter(taps.flatten(1, 2).contiguous(), requires_grad=False)

    def forward(self, features: Tensor) -> Tensor:
        """Map (N, h, w, C) to (N, h, w, O)."""
        height, width = features.shape[1:3]
        # Nine products are summed in float32, as within a convolution.
        summed = self.bias.float().repeat(*features.shape[:3], 1)
        for row in (-1, 0, 1):
            down = row * self.rate
            found = functional.linear(features[:, _overlap(height, down)], self.taps[row + 1])
            for column, part in zip((-1, 0, 1), found.chunk(3, dim=-1), strict=True):
                across = column * self.rate
                place = (slice(None), _overlap(height, -down), _overlap(width, -across))
                summed[place] += part[:, :, _overlap(width, across)]
        return summed.relu_().to(features.dtype)


class PreparedPyramid(nn.Module):
    """The pyramid of `deeplab.AtrousPyramid`."""

    def __init__(self, pyramid: AtrousPyramid) -> None:
        """Take its layers."""
        super().__init__()
        point, *dilated, pooled = pyramid.convs
        self.point, self.pooled = _only(point), _fused(pooled)
        self.dilated = nn.ModuleList(DilatedConvolution(branch) for branch in dilated)
        self.project = _only(pyramid.project)

    def forward(self, deep: Tensor) -> Tensor:
        """Map (N, C, h, w) to (N, 256, h, w)."""
        rows = deep.permute(0, 2, 3, 1)
        branches = [self.point(deep)]
        branches += [branch(rows).permute(0, 3, 1, 2) for branch in self.dilated]
        branches.append(self.pooled(deep).expand_as(branches[0]))
        projected: Tensor = self.project(torch.cat(branches, dim=1))
        return projected


class PreparedDecoder(nn.Module):
    """The head of `deeplab.Decoder`, without ever making the upsampled pyramid."""

    def __init__(self, decoder: Decoder) -> None:
        """Take its layers, the 3x3 convolution split into those of its two inputs."""
        super().__init__()
        self.project, self.aspp = _only(decoder.project), PreparedPyramid(decoder.aspp)
        fusing, last = (_only(part) for part in (decoder.classifier[:-1], decoder.classifier[-1:]))
        low_channels = self.project.convolution.out_channels
        self.low = FusedConvolution(
            _of_first_inputs(fusing.convolution, low_channels), None, "relu"
        )
        taps = fusing.convolution.weight.detach()[:, low_channels:].permute(2, 3, 0, 1)
        self.taps = nn.Parameter(taps.flatten(0, 2).contiguous(), requires_grad=False)
        self.last, self.bias = last.convolution, _bias_of(last.convolution)

    def forward(self, low: Tensor, deep: Tensor) -> Tensor:
        """Map the two features to logits (N, K, H, W) in float32."""
        low = self.project(low)
        upsampled = self.upsampled_taps(self.aspp(deep), size=low.shape[-2:])
        joined = self.low(low, shortcut=upsampled)
        return functional.conv2d(joined.float(), self.last.weight.float(), self.bias.float())

    def upsampled_taps(self, pyramid: Tensor, *, size: torch.Size) -> Tensor:
        """Upsample (N, C, h, w) to a size and convolve it with the taps: (N, O, H, W)."""
        n, _, h, w = pyramid.shape
        down, across = (
            _shifted_upsampling(*lengths, pyramid.dtype)
            for lengths in zip((h, w), size, strict=True)
        )
        found = functional.linear(pyramid.permute(0, 2, 3, 1), self.taps)
        found = found.reshape(n, h, w, 3, 3, -1).permute(0, 3, 1, 4, 2, 5)
        wide = torch.matmul(across, found.reshape(n * 3 * h, 3 * w, -1))
        large = torch.matmul(down, wide.reshape(n, 3 * h, -1))
        return large.reshape(n, *size, -1).permute(0, 3, 1, 2)


def _replace_within(module: nn.Module) -> None:
    """Replace the residual blocks and the sequences of layers inside a module, in place."""
    for name, child in module.named_children():
        if isinstance(child, Bottleneck):
            setattr(module, name, PreparedBottleneck(child))
        elif isinstance(child, nn.Sequential):
            setattr(module, name, _fused(child))
        else:
            _replace_within(child)


def _fused(layers: nn.Module) -> nn.Sequential:
    """Fuse each convolution of a sequence with the normalisation and activation after it."""
    return nn.Sequential(*_fused_layers(list(_flattened(layers))))


def _only(layers: nn.Module) -> FusedConvolution:
    """Fuse a sequence of one convolution and what follows it.

    Raises:
        ValueError: It is something else.
    """
    fused = list(_fused(layers))
    if len(fused) != 1 or not isinstance(fused[0], FusedConvolution):
        raise ValueError(f"one convolution and what follows it was expected, not {layers}")
    return fused[0]


def _flattened(layers: nn.Module) -> Iterator[nn.Module]:
    """Give the layers of sequences within sequences, without dropout, which does nothing here."""
    for layer in layers.children():
        if isinstance(layer, nn.Sequential):
            yield from _flattened(layer)
        elif not isinstance(layer, nn.Dropout):
            yield layer


def _fused_layers(layers: list[nn.Module]) -> Iterator[nn.Module]:
    while layers:
        layer = layers.pop(0)
        if isinstance(layer, nn.Conv2d):
            norm = layers[0] if layers else None
            norm = norm if isinstance(norm, nn.BatchNorm2d) else None
            del layers[: norm is not None]
            activation = _activation_of(layers[0]) if layers else "none"
            del layers[: activation != "none"]
            yield FusedConvolution(layer, norm, activation)
        elif isinstance(layer, Bottleneck):
            yield PreparedBottleneck(layer)
        else:
            _replace_within(layer)
            yield layer


def _activation_of(layer: nn.Module) -> Activation:
    if isinstance(layer, nn.ReLU6):
        return "relu6"
    return "relu" if isinstance(layer, nn.ReLU) else "none"


def _bias_of(layer: nn.Conv2d) -> nn.Parameter:
    """The bias of a convolution, zeros where it has none."""
    bias = layer.weight.new_zeros(layer.out_channels) if layer.bias is None else layer.bias.detach()
    return nn.Parameter(bias, requires_grad=False)


def _of_first_inputs(layer: nn.Conv2d, channels: int) -> nn.Conv2d:
    """The 3x3 convolution over the first input channels alone, with the bias."""
    part = nn.Conv2d(channels, layer.out_channels, 3, padding=1)
    part.weight.data, part.bias = layer.weight.detach()[:, :channels].clone(), layer.bias
    return part


def _overlap(length: int, shift: int) -> slice:
    """Where a line of some length still lies on itself after it was shifted.

    >>> _overlap(10, 3), _overlap(10, -3), _overlap(2, -3)
    (slice(3, 10, None), slice(0, 7, None), slice(0, 0, None))
    """
    return slice(min(length, max(0, shift)), max(0, length + min(0, shift)))


@lru_cache(maxsize=16)
def _shifted_upsampling(small: int, large: int, dtype: torch.dtype) -> Tensor:
    """The matrix (large, 3 * small) that upsamples three lines, shifts them by -1, 0, 1 and adds.

    What is shifted in from outside is zero, as the padding of a convolution.
    """
    with torch.inference_mode(mode=False):
        line = functional.interpolate(torch.eye(small)[None], large, mode="linear")[0].T
        padded = functional.pad(line, (0, 0, 1, 1))
        return torch.cat([padded[tap : tap + large] for tap in range(3)], dim=1).to(dtype)


@lru_cache(maxsize=1)
def _onednn() -> Any:  # noqa: ANN401 - the operators of a C++ library have no types
    """OneDNN's convolution that takes activation and shortcut along, or None where it is not."""
    there = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return getattr(torch.ops.mkldnn, "_convolution_pointwise", None) if there else None


def _one_pass(device_type: str) -> bool:
    enabled = device_type == "cpu" and bool(torch.backends.mkldnn.enabled)
    return enabled and _onednn() is not None
