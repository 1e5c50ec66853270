import json
from functools import cache

import numpy as np
import pytest
import torch
from golden import GOLDEN, drawn_weight, golden_image
from torch import nn

from wildroad.core.models import prepared
from wildroad.core.models.deeplab import DeepLabV3Plus, deeplab
from wildroad.core.models.prepared import FusedConvolution, prepared_for_cpu

FORMS = [("mobilenet_v2", 16), ("mobilenet_v2", 8), ("resnet50", 16)]


@cache
def drawn_model(backbone: str, stride: int, *, classes: int = 7) -> DeepLabV3Plus:
    model = deeplab(backbone, classes=classes, output_stride=stride).eval()
    shapes = {key: list(value.shape) for key, value in model.state_dict().items()}
    model.load_state_dict({key: drawn_weight(key, shape) for key, shape in shapes.items()})
    return model


@pytest.fixture(params=["in one pass", "step by step"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With oneDNN's fused operators, and as where they are not there."""
    if request.param == "step by step":
        monkeypatch.setattr(prepared, "_onednn", lambda: None)


@pytest.mark.parity
@pytest.mark.parametrize(("stored", "backbone", "stride"), GOLDEN)
def test_logits_equal_those_of_the_public_code(golden_folder, stored, backbone, stride) -> None:
    keys = json.loads((golden_folder / f"deeplabv3plus_{stored}_os16_keys.json").read_text())
    model = deeplab(backbone, classes=19, output_stride=stride).eval()
    model.load_state_dict({key: drawn_weight(key, shape) for key, shape in keys.items()})
    with torch.inference_mode():
        computed = prepared_for_cpu(model, bfloat16=False)(golden_image()).numpy()
    expected = np.load(golden_folder / f"deeplabv3plus_{stored}_os{stride}_logits.npz")["logits"]
    assert np.abs(computed - expected).max() < 1e-5


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize(("backbone", "stride"), FORMS)
def test_a_prepared_model_is_the_same_function(backbone, stride) -> None:
    model = drawn_model(backbone, stride)
    fast = prepared_for_cpu(model, bfloat16=False)
    generator = torch.Generator().manual_seed(0)
    for shape in ((2, 3, 64, 96), (1, 3, 97, 65), (1, 3, 160, 33)):
        images = torch.randn(shape, generator=generator)
        with torch.inference_mode():
            expected, found = model.decoder_logits(images), fast.decoder_logits(images)
        assert found.dtype == torch.float32
        assert torch.allclose(found, expected, atol=2e-5 * float(expected.abs().max()))


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize("backbone", ["mobilenet_v2", "resnet50"])
def test_bfloat16_keeps_nearly_every_class(backbone) -> None:
    model = drawn_model(backbone, 16, classes=19)
    blocks = torch.rand(1, 3, 12, 16, generator=torch.Generator().manual_seed(0)) * 4 - 2
    images = nn.functional.interpolate(blocks, size=(192, 256), mode="bilinear")
    with torch.inference_mode():
        expected = model(images).argmax(1)
        found = prepared_for_cpu(model, bfloat16=True)(images)
    assert found.dtype == torch.float32
    assert (found.argmax(1) == expected).double().mean() >= 0.998


def test_preparing_leaves_the_model_as_it_is() -> None:
    model = drawn_model("mobilenet_v2", 16)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    prepared_for_cpu(model, bfloat16=True)
    after = model.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(before[key], value) for key, value in after.items())


def test_no_normalisation_is_left_to_compute() -> None:
    for backbone in ("mobilenet_v2", "resnet50"):
        fast = prepared_for_cpu(drawn_model(backbone, 16), bfloat16=False)
        assert not [layer for layer in fast.modules() if isinstance(layer, nn.BatchNorm2d)]


def test_a_model_in_training_mode_is_refused() -> None:
    model = deeplab("mobilenet_v2", classes=2, output_stride=16)
    with pytest.raises(ValueError, match=r"in training mode: call eval\(\)"):
        prepared_for_cpu(model, bfloat16=False)


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize("activation", ["none", "relu", "relu6"])
@pytest.mark.parametrize("shortcut", [False, True])
def test_a_fused_convolution_does_one_thing_after_the_other(activation, shortcut) -> None:
    torch.manual_seed(0)
    convolution, norm = nn.Conv2d(4, 6, 3, padding=1, bias=False).eval(), nn.BatchNorm2d(6).eval()
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.5, 2)
    images, added = 4 * torch.randn(2, 4, 9, 7), torch.randn(2, 6, 9, 7)
    after = {"none": nn.Identity(), "relu": nn.ReLU(), "relu6": nn.ReLU6()}[activation]
    with torch.inference_mode():
        summed = norm(convolution(images)) + added if shortcut else norm(convolution(images))
        expected = after(summed)
        fused = FusedConvolution(convolution, norm, activation)
        found = fused(images, added) if shortcut else fused(images)
    assert torch.allclose(found, expected, atol=1e-5)
