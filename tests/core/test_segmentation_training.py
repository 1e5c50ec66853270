import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from wildroad.core.checkpoints import IMAGENET_MEAN, IMAGENET_STD
from wildroad.core.labels import IGNORED
from wildroad.core.models.deeplab import deeplab
from wildroad.core.segmentation_training import (
    PADDING,
    Augmentation,
    SegmentationBatches,
    augmented,
    measure_segmentation,
    rarity_weights,
    same_size_batches,
    segmentation_loss,
)
from wildroad.core.training_scenes import Pair, TrainingScenes

CPU = torch.device("cpu")
NOTHING = Augmentation(scale=(1, 1), flip=0, color=0)


class HeldScenes(TrainingScenes):
    """Scenes from arrays instead of files: images (N, 3, H, W) and masks (N, H, W)."""

    def __init__(self, images: NDArray[np.uint8], masks: NDArray[np.uint8]) -> None:
        self.images, self.masks = images, masks

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, scene: int) -> Pair:
        return torch.from_numpy(self.images[scene]), torch.from_numpy(self.masks[scene])


class BrightnessModel(nn.Module):
    """Classes by brightness, at a quarter of the input: 0 dark, 1 medium, 2 bright; no weights."""

    def decoder_logits(self, images: Tensor) -> Tensor:
        grey = functional.avg_pool2d(images.mean(1, keepdim=True), 4)
        return torch.cat([-4 * grey - 4, torch.zeros_like(grey), 4 * grey - 4], dim=1)

    def forward(self, images: Tensor) -> Tensor:
        logits = self.decoder_logits(images)
        return functional.interpolate(logits, size=images.shape[-2:], mode="bilinear")


def random_scenes(
    *, scenes: int, height: int = 32, width: int = 48, seed: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Scenes whose red channel holds the class, so that image and mask can be compared."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 4, (scenes, height // 8, width // 8), dtype=np.uint8)
    masks = blocks.repeat(8, axis=1).repeat(8, axis=2)
    images = rng.integers(0, 256, (scenes, 3, height, width), dtype=np.uint8)
    images[:, 0] = 60 * masks
    return images, masks


def batches(augmentation: Augmentation | None = None, **changes: int) -> SegmentationBatches:
    settings = {"batch_size": 3, "seed": 0} | changes
    return SegmentationBatches(
        HeldScenes(*random_scenes(scenes=7)),
        size=(32, 48),
        device=CPU,
        augmentation=augmentation or NOTHING,
        **settings,
    )


# Training batches


@pytest.mark.known_bug(5)
def test_batches_are_normalised_as_imagenet_and_complete() -> None:
    images, masks = random_scenes(scenes=7)
    made = list(batches()(1))
    assert len(made) == len(batches()) == 2
    for inputs, target in made:
        assert inputs.shape == (3, 3, 32, 48)
        assert inputs.dtype == torch.float32
        assert inputs.is_contiguous(memory_format=torch.channels_last)
        assert target.dtype == torch.int64
        for image, mask in zip(inputs, target, strict=True):
            mean, std = (
                torch.tensor(some)[:, None, None] for some in (IMAGENET_MEAN, IMAGENET_STD)
            )
            pixels = ((image * std + mean) * 255).round().to(torch.uint8).numpy()
            (scene,) = np.flatnonzero((images == pixels).all(axis=(1, 2, 3)))
            assert_array_equal(mask, masks[scene])


def test_batches_repeat_for_seed_and_epoch_and_differ_otherwise() -> None:
    def first(epoch: int, seed: int) -> Tensor:
        return next(iter(batches(Augmentation(), seed=seed)(epoch)))[0]

    before = torch.random.get_rng_state()
    assert torch.equal(first(1, 0), first(1, 0))
    assert not torch.equal(first(1, 0), first(2, 0))
    assert not torch.equal(first(1, 0), first(1, 1))
    assert torch.equal(before, torch.random.get_rng_state())


def test_view_of_a_scene_does_not_depend_on_its_batch() -> None:
    small, large = (batches(Augmentation(), batch_size=size) for size in (2, 5))
    for scene in range(7):
        assert torch.equal(small.view(3, scene)[0], large.view(3, scene)[0])


def test_every_scene_is_seen_over_the_epochs() -> None:
    made = batches(batch_size=5)
    images = {tuple(mask.flatten().tolist()) for e in range(6) for _, ms in made(e) for mask in ms}
    assert len(images) == 7


@pytest.mark.known_bug(4)
def test_augmented_masks_hold_no_label_that_was_not_there() -> None:
    mask = torch.zeros(40, 60, dtype=torch.uint8)
    mask[:, 30:] = 10
    mask[20:] = IGNORED
    image = torch.zeros(3, 40, 60, dtype=torch.uint8)
    for number in range(50):
        generator = torch.Generator().manual_seed(number)
        _, view = augmented(image, mask, Augmentation(), generator, size=(40, 60))
        assert set(view.unique().tolist()) <= {0, 10, IGNORED}


def test_image_and_mask_are_changed_alike() -> None:
    images, masks = random_scenes(scenes=1, height=64, width=96)
    image, mask = torch.from_numpy(images[0]), torch.from_numpy(masks[0])
    changed = 0
    for number in range(20):
        generator = torch.Generator().manual_seed(number)
        changes = Augmentation(scale=(0.5, 2), color=0)
        view, view_mask = augmented(image, mask, changes, generator, size=(48, 80))
        assert view.shape == (3, 48, 80)
        inside = view_mask != IGNORED
        agreement = (view[0].float() - 60.0 * view_mask).abs()[inside] < 8
        assert agreement.float().mean() > 0.6
        changed += not inside.all()
    assert 3 <= changed <= 17


def test_a_scene_smaller_than_the_view_is_padded_with_ignored_pixels() -> None:
    image = torch.full((3, 10, 12), 200, dtype=torch.uint8)
    mask = torch.ones(10, 12, dtype=torch.uint8)
    half = Augmentation(scale=(0.5, 0.5), flip=0, color=0)
    view, view_mask = augmented(image, mask, half, torch.Generator().manual_seed(3), size=(10, 12))
    assert (view_mask == 1).sum() == 5 * 6
    assert (view_mask == IGNORED).sum() == 10 * 12 - 5 * 6
    assert view[:, view_mask == 1].float().mean() > 180
    far = functional.max_pool2d((view_mask == 1).float()[None], 5, stride=1, padding=2)[0] == 0
    assert view[:, far].unique(dim=1).T.tolist() == [list(PADDING)]


def test_scales_reach_from_the_least_to_the_greatest() -> None:
    mask = torch.ones(64, 64, dtype=torch.uint8)
    image = torch.zeros(3, 64, 64, dtype=torch.uint8)
    shares = []
    for number in range(100):
        changes = Augmentation(scale=(0.5, 1), flip=0, color=0)
        generator = torch.Generator().manual_seed(number)
        _, view = augmented(image, mask, changes, generator, size=(64, 64))
        shares.append((view == 1).float().mean().item() ** 0.5)
    assert 0.49 <= min(shares) < 0.55
    assert 0.95 < max(shares) <= 1


def test_no_augmentation_changes_nothing() -> None:
    images, masks = random_scenes(scenes=1)
    image, mask = torch.from_numpy(images[0]), torch.from_numpy(masks[0])
    generator = torch.Generator().manual_seed(0)
    view, view_mask = augmented(image, mask, NOTHING, generator, size=(32, 48))
    assert torch.equal(view, image)
    assert torch.equal(view_mask, mask)
    mirrored = Augmentation(scale=(1, 1), flip=1, color=0)
    flipped, _ = augmented(image, mask, mirrored, generator, size=(32, 48))
    assert torch.equal(flipped, image.flip(-1))


@pytest.mark.faults
def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match=r"scale is \[2, 1\]; the least enlargement comes first"):
        Augmentation(scale=(2, 1))
    with pytest.raises(ValueError, match="flip is 2; a share from 0 to 1"):
        Augmentation(flip=2)
    with pytest.raises(ValueError, match="7 scenes in batches of 1: batch normalisation needs 2"):
        batches(batch_size=1)


# Loss and validation


def test_ignored_pixels_add_nothing_to_the_loss() -> None:
    logits = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    target = torch.randint(0, 3, (2, 4, 4), generator=torch.Generator().manual_seed(1))
    target[:, 2:] = IGNORED
    expected = functional.cross_entropy(logits[:, :, :2], target[:, :2])
    assert segmentation_loss(logits, target).item() == pytest.approx(expected.item(), rel=1e-6)
    nothing = torch.full_like(target, IGNORED)
    assert segmentation_loss(logits, nothing).item() == 0.0


def test_weighted_loss_equals_torchs() -> None:
    logits = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    target = torch.randint(0, 3, (2, 4, 4), generator=torch.Generator().manual_seed(1))
    target[0, 0] = IGNORED
    weights = torch.tensor([0.5, 1.0, 3.0])
    expected = functional.cross_entropy(logits, target, weight=weights, ignore_index=IGNORED)
    found = segmentation_loss(logits, target, class_weights=weights)
    assert found.item() == pytest.approx(expected.item(), rel=1e-6)


def test_rarity_weights_have_mean_one_over_the_pixels() -> None:
    pixels = np.array([16, 4, 0])
    assert rarity_weights(pixels, power=0).tolist() == [1, 1, 0]
    assert rarity_weights(pixels, power=1).tolist() == [0.625, 2.5, 0]
    halved = rarity_weights(pixels, power=0.5)
    assert (halved[1] / halved[0]).item() == pytest.approx(2)
    assert (16 * halved[0] + 4 * halved[1]).item() == pytest.approx(20)


@pytest.mark.known_bug(5, 16)
def test_validation_is_over_all_pixels_that_are_not_ignored_whatever_the_batches() -> None:
    images, masks = random_scenes(scenes=5)
    masks = np.where(masks == 3, np.uint8(IGNORED), masks)
    masks[4] = IGNORED
    model = BrightnessModel().eval()
    found = [
        measure_segmentation(
            model, HeldScenes(images, masks), classes=3, batch_size=size, device=CPU
        )
        for size in (1, 2, 5)
    ]
    mean, std = (torch.tensor(some)[:, None, None] for some in (IMAGENET_MEAN, IMAGENET_STD))
    logits = model((torch.from_numpy(images) / 255 - mean) / std)
    target = torch.from_numpy(masks).long()
    loss = functional.cross_entropy(logits, target, ignore_index=IGNORED).item()
    predicted = logits.argmax(1)
    ious = []
    for index in range(3):
        hit = ((predicted == index) & (target == index)).sum().item()
        valid = target != IGNORED
        union = (((predicted == index) | (target == index)) & valid).sum().item()
        ious += [hit / union] if union else []
    for figures in found:
        assert figures["val_loss"] == pytest.approx(loss, rel=1e-5)
        assert figures["val_mean_iou"] == pytest.approx(np.mean(ious), rel=1e-12)


def test_a_few_steps_learn_two_colours() -> None:
    rng = np.random.default_rng(0)
    masks = rng.integers(0, 2, (4, 2, 2), dtype=np.uint8).repeat(32, axis=1).repeat(32, axis=2)
    images = np.stack([masks * 200] * 3, axis=1) + rng.integers(0, 40, (4, 3, 64, 64), np.uint8)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = deeplab("mobilenet_v2", classes=2, output_stride=16)
    made = SegmentationBatches(
        HeldScenes(images, masks),
        size=(64, 64),
        batch_size=4,
        seed=0,
        device=CPU,
        augmentation=NOTHING,
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for epoch in range(8):
        for inputs, target in made(epoch):
            optimizer.zero_grad()
            loss = segmentation_loss(model(inputs), target)
            loss.backward()
            optimizer.step()
    assert loss.item() < 0.35


def test_scenes_of_different_sizes_never_share_a_batch_and_keep_their_order() -> None:
    class MixedScenes(HeldScenes):
        def __getitem__(self, scene: int) -> Pair:
            size = (8, 8) if scene in (2, 3) else (8, 16)
            return torch.full((3, *size), scene), torch.zeros(size)

    scenes = MixedScenes(*random_scenes(scenes=7))
    made = [
        images[:, 0, 0, 0].tolist()
        for images, _ in same_size_batches(scenes, range(7), batch_size=2)
    ]
    assert made == [[0, 1], [2, 3], [4, 5], [6]]
