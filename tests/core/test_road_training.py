from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from wildroad.core.checkpoints import CheckpointFacts
from wildroad.core.domains import Domain
from wildroad.core.labels import label_space
from wildroad.core.models.segmenters import SegmenterForm, fresh_segmenter, restore_segmenter
from wildroad.core.recipes import Recipe
from wildroad.core.road_training import SceneRecipe, fit_segmenter, target_weight
from wildroad.core.segmentation_training import (
    Augmentation,
    measure_segmentation,
    segmentation_loss,
)
from wildroad.core.training_scenes import TrainingScenes
from wildroad.datasets.training_store import TrainingFile

SPACE = label_space("road18")
FACTS = CheckpointFacts("segmentation", "mobilenet_v2", SPACE.classes, 32, 32, output_stride=16)
SCENES = SceneRecipe((32, 32), (32, 32), batch_size=2, rarity=0.25, augmentation=Augmentation())


@pytest.fixture
def domain(tmp_path):
    """Scenes whose upper half is sky and lower half road."""
    names = [f"{role}/{number}" for role in ("train", "val") for number in range(4)]
    mask = np.zeros((40, 40), np.uint8)
    mask[:20] = SPACE.classes.index("Sky")
    for number in range(len(names)):
        photo = np.zeros((40, 40, 3), np.uint8)
        photo[:20] = (90, 140, 200)
        photo[20:] = 90 + number
        Image.fromarray(photo).save(tmp_path / f"{number}.png")
    table = {
        "scene_id": names,
        "role": [name.split("/")[0] for name in names],
        "image_file": [f"{number}.png" for number in range(len(names))],
    }
    return Domain(tmp_path, pd.DataFrame(table), dict.fromkeys(names, mask), SPACE)


def fit(domain, store=None, **changes):
    model = fresh_segmenter("none", SegmenterForm("mobilenet_v2", 16), SPACE.classes, seed=0)
    return fit_segmenter(
        model,
        FACTS,
        domain,
        recipe=Recipe(epochs=2, learning_rate=2e-3, optimizer="adamw"),
        scenes=replace(SCENES, **changes),
        device=torch.device("cpu"),
        store=store,
    )


def test_the_loss_falls_and_the_best_epoch_is_kept(domain):
    checkpoint, history = fit(domain)
    assert list(history) == ["epoch", "learning_rate", "train_loss", "val_loss", "val_mean_iou"]
    assert history["train_loss"].iloc[-1] < history["train_loss"].iloc[0]
    best = checkpoint.facts.best_epoch
    measured = measure_segmentation(
        restore_segmenter(checkpoint),
        TrainingScenes(domain, "val", size=(32, 32)),
        classes=18,
        batch_size=2,
        device=torch.device("cpu"),
    )
    assert np.isclose(measured["val_mean_iou"], history["val_mean_iou"][best - 1])


def test_two_trainings_are_bit_equal(domain):
    first, second = fit(domain)[0].state, fit(domain)[0].state
    assert all(torch.equal(one, second[name]) for name, one in first.items())


@pytest.mark.known_bug(1)
@pytest.mark.parametrize("role", ["train", "val"])
def test_a_role_without_scenes_is_named(domain, role):
    kept = domain.scenes[domain.scenes["role"] != role]
    with pytest.raises(ValueError, match=f"there are no {role} scenes"):
        fit(Domain(domain.root, kept, domain.masks, SPACE))


def test_scenes_held_in_memory_and_scenes_decoded_again_train_to_the_same_bits(domain):
    held, decoded = (fit(domain, held_gib=gib)[0].state for gib in (1.0, 0.0))
    assert all(torch.equal(one, decoded[name]) for name, one in held.items())


def test_scenes_of_their_own_size_are_trained_on_in_crops(domain):
    checkpoint, history = fit(domain, size=None, crop=(24, 32))
    assert len(history) == 2
    assert np.isfinite(history["val_loss"]).all()
    assert checkpoint.facts.best_epoch in (1, 2)


def test_without_validation_no_val_scene_is_needed_and_the_last_epoch_is_kept(domain):
    kept = domain.scenes[domain.scenes["role"] == "train"]
    checkpoint, history = fit(Domain(domain.root, kept, domain.masks, SPACE), validate=False)
    assert checkpoint.facts.best_epoch == 2
    assert history[["val_loss", "val_mean_iou"]].isna().all(axis=None)


class Interrupted(TrainingFile):
    """Saves a state and ends the training there, as Ctrl-C would."""

    def save(self, state):
        super().save(state)
        raise KeyboardInterrupt


def test_an_interrupted_training_goes_on_to_the_same_bits(domain, tmp_path, capsys):
    expected, history = fit(domain)
    path = tmp_path / "road.training"
    with pytest.raises(KeyboardInterrupt):
        fit(domain, Interrupted(path))
    checkpoint, resumed = fit(domain, TrainingFile(path))
    assert capsys.readouterr().out == "an interrupted training goes on after epoch 1 of 2\n"
    assert resumed.equals(history)
    assert checkpoint.facts == expected.facts
    assert all(torch.equal(one, checkpoint.state[name]) for name, one in expected.state.items())


def test_a_training_is_not_gone_on_with_after_a_pixel_has_changed(domain, tmp_path, capsys):
    path = tmp_path / "road.training"
    with pytest.raises(KeyboardInterrupt):
        fit(domain, Interrupted(path))
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(domain.root / "2.png")
    fit(domain, TrainingFile(path))
    assert "other settings, data or machine: the training starts anew" in capsys.readouterr().out


def test_parts_of_a_batch_weigh_as_their_pixels_that_count():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(4, 3, 5, 5, generator=generator)
    target = torch.randint(0, 3, (4, 5, 5), generator=generator)
    target[0], target[1, :3] = 255, 255
    weights = torch.tensor([0.5, 1.0, 4.0])
    whole = segmentation_loss(logits, target, class_weights=weights)
    parts = [
        segmentation_loss(logits[part], target[part], class_weights=weights)
        * target_weight(target[part], class_weights=weights)
        / target_weight(target, class_weights=weights)
        for part in (slice(0, 1), slice(1, 2), slice(2, 4))
    ]
    assert torch.allclose(sum(parts), whole)
