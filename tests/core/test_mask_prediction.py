import gc
import weakref
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from wildroad.core.checkpoints import IMAGENET_MEAN, IMAGENET_STD
from wildroad.core.mask_prediction import Views, most_likely_classes, predict_masks
from wildroad.core.models.deeplab import deeplab
from wildroad.core.tiling import Tiling

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
    views: Views | None = None,
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    return predict_masks(
        (model or BrightnessModel()).eval(),
        scenes,
        size=size,
        batch_size=batch_size,
        device=CPU,
        class_lookup=class_lookup,
        views=views,
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


# Several views


def test_of_several_views_the_mean_probability_at_the_targets_size_decides() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = [3 * torch.randn(5, *size, generator=generator) for size in ((6, 8), (9, 12), (6, 8))]
    large = [
        functional.interpolate(one[None], (40, 50), mode="bilinear")[0].softmax(0) for one in logits
    ]
    expected = torch.stack(large).mean(0).argmax(0)
    found = most_likely_classes(logits, size=(40, 50))
    assert found.dtype == torch.uint8
    assert_array_equal(found, expected)


def test_the_mirror_image_is_seen_mirrored_and_its_logits_are_mirrored_back() -> None:
    model = BrightnessModel()
    (_, mask), (_, seen_once) = (
        next(predict([scene("abc")], model=model, views=Views(flip=flip))) for flip in (True, False)
    )
    plain, mirrored, _ = model.seen
    assert torch.equal(mirrored, plain.flip(-1))
    assert_array_equal(mask, seen_once)  # as the model is symmetric


def test_every_scale_is_seen_resized_from_the_scene_itself() -> None:
    model = BrightnessModel()
    views = Views(scales=(0.5, 1.0, 2.0))
    ((_, mask),) = predict([scene("abc")], model=model, size=(32, 48), views=views)
    assert [tuple(images.shape[2:]) for images in model.seen] == [(16, 24), (32, 48), (64, 96)]
    assert mask.shape == (32, 48)
    ((_, seen_once),) = predict([scene("abc")], size=(32, 48))
    assert (mask == seen_once).mean() > 0.9


@pytest.mark.faults
@pytest.mark.parametrize("scales", [(), (1.0, 0.0)])
def test_scales_that_make_no_image_are_refused(scales) -> None:
    with pytest.raises(ValueError, match=r"scales are .*above 0, are needed"):
        Views(scales=scales)


# Large images


def test_tiles_give_the_mask_of_the_whole_image_where_the_model_sees_no_further() -> None:
    large = scene("abc", height=256, width=416, target_size=(256, 416))
    views = Views(tiling=Tiling(tile=(96, 128)))
    model = BrightnessModel()
    ((_, tiled),) = predict([large], model=model, views=views)
    assert max(max(images.shape[2:]) for images in model.seen) == 128
    ((_, whole),) = predict([large])
    assert_array_equal(tiled, whole)


def test_the_network_never_sees_more_pixels_at_once_than_allowed() -> None:
    model = BrightnessModel()
    sizes = [(64, 64)] * 9 + [(200, 328), (64, 64), (96, 640)]
    scenes = [
        scene(f"{number:02}", height=height, width=width, target_size=(height, width))
        for number, (height, width) in enumerate(sizes)
    ]
    views = Views(tiling=Tiling(most_pixels=16384))
    masks = list(predict(scenes, model=model, batch_size=8, views=views))
    assert [mask.shape for _, mask in masks] == sizes
    pixels = [len(images) * images.shape[2] * images.shape[3] for images in model.seen]
    assert max(pixels) == 16384
    assert len(model.seen[0]) == 4


def test_memory_does_not_grow_with_the_number_of_scenes() -> None:
    """No more scenes than those of a batch and the one after it are alive at any time."""
    alive: list[weakref.ref[NDArray[np.uint8]]] = []
    most = 0

    def scenes() -> Iterator[tuple[str, NDArray[np.uint8], tuple[int, int]]]:
        for number in range(40):
            name, image, size = scene(f"{number:02}")
            alive.append(weakref.ref(image))
            yield name, image, size
            del image

    class Forgetful(BrightnessModel):
        def decoder_logits(self, images: Tensor) -> Tensor:
            logits = super().decoder_logits(images)
            self.seen.clear()
            return logits

    for _ in predict(scenes(), model=Forgetful(), batch_size=4):
        gc.collect()
        most = max(most, sum(one() is not None for one in alive))
    assert len(alive) == 40
    assert 1 <= most <= 5


def test_a_deeplab_is_used_in_the_form_that_is_fast_on_a_cpu_and_stays_as_it_is() -> None:
    torch.manual_seed(0)
    model = deeplab("mobilenet_v2", classes=3, output_stride=16).eval()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    ((_, mask),) = predict([scene("abc", height=64, width=64)], model=model)
    image = torch.from_numpy(scene("abc", height=64, width=64)[1]).permute(2, 0, 1)[None]
    mean, std = (torch.tensor(some)[:, None, None] for some in (IMAGENET_MEAN, IMAGENET_STD))
    with torch.inference_mode():
        logits = model.decoder_logits((image / 255 - mean) / std)
    expected = functional.interpolate(logits, size=(32, 48), mode="bilinear").argmax(1)[0]
    assert (torch.from_numpy(mask) == expected).double().mean() > 0.999
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())
