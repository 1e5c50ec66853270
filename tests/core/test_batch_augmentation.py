import math
from dataclasses import fields

import numpy as np
import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from wildroad.core.augmentation import Distortion
from wildroad.core.batch_augmentation import Changes, distort_batch, draw_changes

CPU = torch.device("cpu")
NOTHING = {
    "angle": 0.0,
    "shift_x": 0.0,
    "shift_y": 0.0,
    "scale": 1.0,
    "shear": 0.0,
    "flip": False,
    "brightness": 1.0,
    "contrast": 1.0,
    "saturation": 1.0,
    "hue": 0.0,
}


def changes(**values):
    """One change, nothing but what is named."""
    return Changes(**{name: torch.tensor([value]) for name, value in (NOTHING | values).items()})


@pytest.fixture
def photo():
    """A photo with soft edges, 40 x 56."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randint(0, 256, (1, 3, 40, 56), dtype=torch.uint8, generator=generator)
    return functional.gaussian_blur(noise, [7, 7])


@pytest.mark.parity
@pytest.mark.parametrize(
    ("degrees", "right", "down", "scale", "shear", "flip"),
    [
        (10, 0, 0, 1.0, 0, False),
        (0, 5, -3, 1.0, 0, False),
        (0, 0, 0, 1.2, 0, False),
        (0, 0, 0, 1.0, 8, False),
        (0, 0, 0, 1.0, 0, True),
        (12, 4, 2, 0.9, -6, True),
        (-15, -5, 4, 1.1, 5, False),
    ],
)
def test_shapes_change_as_torchvision_changes_them(photo, degrees, right, down, scale, shear, flip):
    ours = distort_batch(
        photo,
        changes(
            angle=math.radians(degrees),
            shift_x=right / 56,
            shift_y=down / 40,
            scale=scale,
            shear=math.radians(shear),
            flip=flip,
        ),
    )
    theirs = functional.affine(
        photo.float(),
        angle=degrees,
        translate=[right, down],
        scale=scale,
        shear=[shear, 0.0],
        interpolation=InterpolationMode.BILINEAR,
    )
    theirs = theirs.flip(-1) if flip else theirs
    assert torch.allclose(ours, theirs, atol=0.01)


@pytest.mark.parity
@pytest.mark.parametrize("value", [0.6, 1.0, 1.4])
@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation"])
def test_colors_change_as_torchvision_changes_them(photo, name, value):
    theirs = getattr(functional, f"adjust_{name}")(photo.float() / 255, value) * 255
    assert torch.allclose(distort_batch(photo, changes(**{name: value})), theirs, atol=0.01)


@pytest.mark.parity
@pytest.mark.parametrize("thirds", [-1, 0, 1])
def test_a_third_of_a_turn_permutes_the_channels_as_torchvision_does(photo, thirds):
    theirs = functional.adjust_hue(photo.float() / 255, thirds / 3) * 255
    ours = distort_batch(photo, changes(hue=thirds * 2 * math.pi / 3))
    assert torch.allclose(ours, theirs, atol=0.01)


def test_a_turn_of_the_hue_leaves_grays_alone():
    gray = torch.arange(0, 256, 16, dtype=torch.uint8).reshape(1, 1, 4, 4).expand(1, 3, 4, 4)
    turned = distort_batch(gray, changes(hue=1.0, saturation=0.3))
    assert torch.allclose(turned, gray.float(), atol=0.05)


def test_contrast_keeps_the_mean_gray_and_nothing_leaves_the_range(photo):
    flat = distort_batch(photo, changes(contrast=0.0))
    assert flat.flatten().std() < 0.01
    loud = distort_batch(photo, changes(brightness=3.0, contrast=3.0, saturation=3.0))
    assert loud.min() >= 0
    assert loud.max() <= 255


def test_a_photo_is_changed_alike_in_any_batch(photo):
    photos = photo.repeat(6, 1, 1, 1) + torch.arange(6, dtype=torch.uint8)[:, None, None, None]
    order = np.array([4, 0, 5, 2, 1, 3])

    def made(chosen):
        drawn = draw_changes(Distortion(), chosen, seed=7, device=CPU)
        return distort_batch(photos[torch.from_numpy(chosen)], drawn)

    whole, parts = made(order), torch.cat([made(order[:2]), made(order[2:])])
    assert torch.allclose(whole, parts, atol=1e-3)
    assert not torch.allclose(whole[0], whole[1], atol=10)


def test_another_seed_changes_photos_otherwise():
    chosen = np.arange(8)
    first, second = (draw_changes(Distortion(), chosen, seed=seed, device=CPU) for seed in (1, 2))
    assert not torch.equal(first.angle, second.angle)


def test_drawn_changes_fill_their_ranges_and_stay_in_them():
    distortion = Distortion(degrees=20, translate=0.2, scale=(0.5, 2.0), shear=10, flip=0.25)
    drawn = draw_changes(distortion, np.arange(4000), seed=0, device=CPU)
    ranges = {
        "angle": math.radians(20) * np.array([-1, 1]),
        "shift_x": (-0.2, 0.2),
        "shift_y": (-0.2, 0.2),
        "scale": (0.5, 2.0),
        "shear": math.radians(10) * np.array([-1, 1]),
        "brightness": (0.7, 1.3),
        "contrast": (0.7, 1.3),
        "saturation": (0.7, 1.3),
        "hue": (-0.1 * math.pi, 0.1 * math.pi),
    }
    for name, (low, high) in ranges.items():
        values, slack = getattr(drawn, name).numpy(), 0.01 * (high - low)
        assert low - 1e-6 <= values.min() <= low + slack
        assert high - slack <= values.max() <= high + 1e-6
    assert {one.name for one in fields(Changes)} == {*ranges, "flip"}
    assert drawn.flip.float().mean() == pytest.approx(0.25, abs=0.03)


def test_a_batch_of_nothing_is_changed_into_nothing():
    drawn = draw_changes(Distortion(), np.zeros(0, np.int64), seed=0, device=CPU)
    assert drawn.angle.shape == (0,)
