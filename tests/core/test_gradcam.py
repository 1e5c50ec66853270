import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import interpolate

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts
from wildroad.core.gradcam import as_bytes, grad_cam, heat_maps, last_convolution
from wildroad.core.image_array import ImageArray
from wildroad.core.models.classifiers import build_classifier

CPU = torch.device("cpu")


class SmallNet(nn.Module):
    """One convolution, a smooth activation and a linear head over all cells."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3, padding=1, stride=2)
        self.head = nn.Linear(4 * 4 * 4, 3)

    def forward(self, images):
        return self.head(torch.tanh(self.conv(images)).flatten(1))


def slow_map(model, photo, number):
    """Grad-CAM of one photo from its definition, with gradients written out by hand."""
    maps = model.conv(photo[None])[0].detach().double().numpy()
    # logit = head . tanh(maps), so d logit / d map = weight (1 - tanh(map)^2)
    weight = model.head.weight[number].detach().double().numpy().reshape(maps.shape)
    gradients = weight * (1 - np.tanh(maps) ** 2)
    heat = np.zeros(maps.shape[1:])
    for one, gradient in zip(maps, gradients, strict=True):
        heat += gradient.sum() / gradient.size * one
    heat = torch.from_numpy(np.maximum(heat, 0))[None, None]
    large = interpolate(heat, size=(8, 8), mode="bilinear", align_corners=False)[0, 0].numpy()
    return large / large.max() if large.max() > 0 else large


def test_a_map_is_what_the_definition_gives():
    model = SmallNet()
    photos = torch.randn(5, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    classes = torch.tensor([0, 1, 2, 0, 1])
    found = grad_cam(model, photos, classes, layer=model.conv).numpy()
    for photo, number, heat in zip(photos, classes, found, strict=True):
        assert np.allclose(heat, slow_map(model, photo, int(number)), atol=1e-5)


def test_a_class_that_nothing_speaks_for_has_an_empty_map():
    model = SmallNet()
    nn.init.zeros_(model.head.weight)
    heat = grad_cam(model, torch.randn(2, 3, 8, 8), torch.tensor([0, 1]), layer=model.conv)
    assert torch.equal(heat, torch.zeros(2, 8, 8))


def test_a_photo_has_the_same_map_alone_and_among_others():
    model = SmallNet()
    photos = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    classes = torch.tensor([2, 0, 1])
    together = grad_cam(model, photos, classes, layer=model.conv)
    for row in range(3):
        alone = grad_cam(model, photos[[row]], classes[[row]], layer=model.conv)[0]
        assert torch.allclose(together[row], alone, atol=1e-6)


def test_frozen_weights_and_inference_mode_around_it_change_nothing():
    model = SmallNet()
    photos, classes = torch.randn(2, 3, 8, 8), torch.tensor([0, 2])
    expected = grad_cam(model, photos, classes, layer=model.conv)
    model.requires_grad_(False)
    with torch.no_grad():
        assert torch.equal(grad_cam(model, photos, classes, layer=model.conv), expected)


@pytest.mark.parametrize(
    ("architecture", "layer", "side"),
    [
        ("convnet", "conv3", 64),
        ("resnet18", "layer4", 64),
        ("mobilenet_v3_small", "features", 64),
        ("densenet121", "features", 64),
        ("vgg11", "features", 64),
    ],
)
def test_any_convolutional_classifier_has_a_map_for_every_pixel(architecture, layer, side):
    model = build_classifier(architecture, classes=3, image_size=side, weights=None, seed=0).eval()
    assert last_convolution(model) is model.get_submodule(layer)
    photos = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(0))
    heat = grad_cam(model, photos, torch.tensor([0, 2]), layer=last_convolution(model))
    assert heat.shape == (2, side, side)
    assert float(heat.min()) >= 0
    assert all(float(one.max()) in (0.0, 1.0) for one in heat)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_model_without_a_convolution_is_refused():
    with pytest.raises(ValueError, match="Grad-CAM needs a convolution, and Sequential has none"):
        last_convolution(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)))


@pytest.fixture
def checkpoint():
    model = build_classifier("convnet", classes=2, image_size=16, weights=None, seed=0)
    facts = CheckpointFacts("classification", "convnet", ("dark", "light"), 16, 16)
    return Checkpoint(facts, model.state_dict())


def test_maps_are_stored_by_photo_and_differ_by_class(checkpoint):
    generator = np.random.default_rng(0)
    names = [f"dark/{number}.jpg" for number in range(20)]
    images = ImageArray(names, generator.integers(0, 256, (20, 16, 16, 3), np.uint8))
    dark, light = (
        heat_maps(checkpoint, images, names[::-1], [name] * 20, device=CPU)
        for name in ("dark", "light")
    )
    assert list(dark) == names[::-1]
    assert dark[names[0]].shape == (16, 16)
    assert dark.pixels.dtype == np.uint8
    assert not np.array_equal(dark.pixels, light.pixels)


def test_no_photos_give_no_maps(checkpoint):
    images = ImageArray(["a"], np.zeros((1, 16, 16, 3), np.uint8))
    assert len(heat_maps(checkpoint, images, [], [], device=CPU)) == 0


def test_heat_is_rounded_to_bytes():
    assert as_bytes(np.array([0, 0.5, 1], np.float32)).tolist() == [0, 128, 255]
