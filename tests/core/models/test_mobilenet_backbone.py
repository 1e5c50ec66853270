import copy

import pytest
import torch

from wildroad.core.models.mobilenet_backbone import MobileNetBackbone, SpacedConvolution


def spaced(**settings):
    torch.manual_seed(0)
    return SpacedConvolution(8, 8, 3, groups=8, bias=False, **settings)


@pytest.mark.parametrize("settings", [{"stride": 2}, {"dilation": 2}])
def test_training_under_autocast_has_the_gradients_of_float32(settings):
    convolution = spaced(**settings).train()
    exact = copy.deepcopy(convolution)
    features = torch.randn(2, 8, 12, 12, generator=torch.Generator().manual_seed(1))
    with torch.autocast("cpu", torch.bfloat16):
        output = convolution(features)
    output.float().square().sum().backward()
    assert output.dtype == torch.bfloat16
    exact(features).to(torch.bfloat16).float().square().sum().backward()
    assert torch.equal(convolution.weight.grad, exact.weight.grad)


def test_inference_under_autocast_is_in_bfloat16_as_every_convolution():
    convolution = spaced(dilation=2).eval()
    plain = torch.nn.Conv2d(8, 8, 3, groups=8, bias=False, dilation=2).eval()
    plain.load_state_dict(convolution.state_dict())
    features = torch.randn(1, 8, 12, 12)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(convolution(features), plain(features))


def test_only_strided_and_dilated_depthwise_convolutions_are_trained_in_float32():
    backbone = MobileNetBackbone(output_stride=16)
    found = [one for one in backbone.modules() if isinstance(one, SpacedConvolution)]
    assert [(one.stride[0], one.dilation[0]) for one in found] == [
        *[(2, 1)] * 3,
        *[(1, 2)] * 3,
    ]
    assert all(one.groups == one.in_channels for one in found)
