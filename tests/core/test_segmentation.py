from collections.abc import Iterator

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from wildroad.core.checkpoints import IMAGENET_MEAN, IMAGENET_STD
from wildroad.core.segmentation import predict_masks
from wildroad.core.upsampling import upsampled_argmax

CPU = torch.device("cpu")
EVERY_CLASS = np.arange(3, dtype=np.uint8)


class BrightnessModel(nn.Module):
    """Classes by brightness, at a quarter of the input: 0 dark, 1 medium, 2 bright; no weights."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Tensor] = []

    def decoder_logits(self, images: Tensor) -> Tensor:
        self.seen.append(images.clone())
        grey = functional.avg_pool2d(images.mean(1, keepdim=True), 4)
        return torch.cat([-4 * grey - 4, torch.zeros_like(grey), 4 * grey - 4], dim=1)

    def forward(self, images: Tensor) -> Tensor:
        logits = self.decoder_logits(images)
        return functional.interpolate(logits, size=images.shape[-2:], mode="bilinear")


def scene(
    scene_id: str, *, height: int = 32, width: int = 48, target_size: tuple[int, int] = (32, 48)
) -> tuple[str, NDArray[np.uint8], tuple[int, int]]:
    rng = np.random.default_rng(len(scene_id))
    blocks = rng.integers(0, 256, (height // 8, width // 8, 1), dtype=np.uint8)
    return scene_id, blocks.repeat(8, axis=0).repeat(8, axis=1).repeat(3, axis=2), target_size


def predict(
    scenes: list[tuple[str, NDArray[np.uint8], tuple[int, int]]],
    *,
    model: nn.Module | None = None,
    size: tuple[int, int] | None = None,
    batch_size: int = 4,
    class_lookup: NDArray[np.uint8] = EVERY_CLASS,
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    return predict_masks(
        (model or BrightnessModel()).eval(),
        scenes,
        size=size,
        batch_size=batch_size,
        device=CPU,
        class_lookup=class_lookup,
    )


@pytest.mark.known_bug(8)
def test_every_scene_is_predicted_once_and_in_order() -> None:
    ids = [f"scene {number}" for number in range(53)]
    predicted = list(predict([scene(scene_id) for scene_id in ids], batch_size=8))
    assert [scene_id for scene_id, _ in predicted] == ids


@pytest.mark.filterwarnings("error")
@pytest.mark.known_bug(5)
def test_the_network_sees_images_normalised_as_imagenet() -> None:
    model = BrightnessModel()
    white = np.full((16, 16, 3), 255, np.uint8)
    white.setflags(write=False)  # as images decoded by Pillow are
    list(predict([("white", white, (16, 16))], model=model))
    expected = (1 - torch.tensor(IMAGENET_MEAN)) / torch.tensor(IMAGENET_STD)
    assert torch.allclose(model.seen[0], expected[:, None, None].expand(1, 3, 16, 16), atol=1e-6)


@pytest.mark.known_bug(4)
def test_masks_come_at_the_targets_size_from_interpolated_logits() -> None:
    model = BrightnessModel()
    name, image, _ = scene("one")
    ((_, mask),) = predict([(name, image, (100, 70))], model=model)
    logits = model.decoder_logits(model.seen[0])
    expected = functional.interpolate(logits, size=(100, 70), mode="bilinear").argmax(1)[0]
    assert mask.dtype == np.uint8
    assert_array_equal(mask, expected)


def test_batch_size_and_neighbours_change_no_mask() -> None:
    scenes = [
        *(scene("abc"[:n]) for n in (1, 2, 3)),
        scene("large", height=64, width=64, target_size=(64, 64)),
        scene("last", target_size=(10, 20)),
    ]
    one_by_one, together = (dict(predict(scenes, batch_size=size)) for size in (1, 4))
    assert list(one_by_one) == list(together) == ["a", "ab", "abc", "large", "last"]
    for scene_id, mask in one_by_one.items():
        assert_array_equal(mask, together[scene_id])
    assert together["large"].shape == (64, 64)
    assert together["last"].shape == (10, 20)


def test_images_are_resized_to_the_size_the_network_shall_see() -> None:
    model = BrightnessModel()
    scenes = [scene("a"), scene("b", height=64, width=64, target_size=(64, 64))]
    list(predict(scenes, model=model, size=(24, 40)))
    assert [tuple(images.shape) for images in model.seen] == [(2, 3, 24, 40)]


def test_shrinking_averages_instead_of_skipping_pixels() -> None:
    stripes = np.zeros((32, 32, 3), np.uint8)
    stripes[:, ::2] = 255
    model = BrightnessModel()
    list(predict([("stripes", stripes, (32, 32))], model=model, size=(8, 8)))
    grey = (0.5 - torch.tensor(IMAGENET_MEAN)) / torch.tensor(IMAGENET_STD)
    assert (model.seen[0][0, :, :, 1:-1] - grey[:, None, None]).abs().max() < 0.1


def test_model_classes_are_translated_and_others_kept_as_other() -> None:
    (_, own), (_, translated) = (
        next(predict([scene("abc")], class_lookup=np.array(lookup, np.uint8)))
        for lookup in ([0, 1, 2], [5, 18, 0])
    )
    assert set(np.unique(own)) == {0, 1, 2}
    assert_array_equal(translated, np.array([5, 18, 0])[own])
    with pytest.raises(ValueError, match="class_lookup names 2 classes; the model has 3"):
        list(predict([scene("abc")], class_lookup=np.array([0, 1], np.uint8)))


@pytest.mark.parametrize(
    ("classes", "small", "large"),
    [(19, (16, 32), (64, 128)), (4, (7, 9), (30, 50)), (3, (1, 1), (8, 8)), (5, (9, 9), (5, 4))],
)
def test_border_pixels_alone_give_the_mask_of_full_interpolation(classes, small, large) -> None:
    generator = torch.Generator().manual_seed(classes)
    for _ in range(10):
        logits = torch.randn(classes, *small, generator=generator)
        whole = functional.interpolate(logits[None], size=large, mode="bilinear")[0]
        mask = upsampled_argmax(logits, size=large)
        assert mask.dtype == torch.uint8
        # Where rounding alone decides between two classes, either may stand.
        chosen = whole.gather(0, mask[None].long())[0]
        assert (whole.amax(0) - chosen).max() < 1e-5
        assert (mask != whole.argmax(0)).sum() <= 1
