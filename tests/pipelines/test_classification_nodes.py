"""Nodes of the classification pipeline."""

import numpy as np
import pandas as pd
import pytest
import torch

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts, WeightsError
from wildroad.core.image_array import ImageArray
from wildroad.core.models.classifiers import build_classifier
from wildroad.options import (
    AugmentationOptions,
    ComputeOptions,
    EvaluationOptions,
    ModelOptions,
    PhotoOptions,
    TrainingOptions,
)
from wildroad.pipelines.classification import nodes

CLASSES = ("dark", "light")
PARTS = {"train": 24, "val": 8, "test": 8}
PHOTOS = PhotoOptions(image_size=16)
MODEL = ModelOptions(architecture="convnet", weights="none")
TRAINING = TrainingOptions(epochs=1, batch_size=8)
EXTRA = AugmentationOptions(extra_photos=40)
COMPUTE = ComputeOptions(device="cpu")


@pytest.fixture
def split():
    """Forty photos, dark and light in turn, their splits mixed."""
    names = [f"{CLASSES[number % 2]}/{number:02d}.jpg" for number in range(sum(PARTS.values()))]
    parts = [part for part, size in PARTS.items() for _ in range(size)]
    return pd.DataFrame(
        {
            "photo_id": names,
            "class_name": [name.split("/")[0] for name in names],
            "group_id": names,
            "split": np.random.default_rng(0).permutation(parts),
        }
    )


@pytest.fixture
def images(split):
    level = np.where(split["class_name"] == "dark", 60, 190)[:, None, None, None]
    noise = np.random.default_rng(1).normal(0, 40, (len(split), 16, 16, 3))
    return ImageArray(list(split["photo_id"]), (level + noise).clip(0, 255).astype(np.uint8))


def with_other_pixels(images, split, part):
    """The photos, those of one split replaced by noise."""
    pixels = images.pixels.copy()
    chosen = (split["split"] == part).to_numpy()
    pixels[chosen] = np.random.default_rng(2).integers(0, 256, pixels[chosen].shape)
    return ImageArray(images.ids, pixels)


def trained(images, split):
    """Checkpoint and history of a classifier trained with more extra photos than photos."""
    parents = nodes.choose_parents(split, EXTRA)
    extra = nodes.make_extra_photos(images, parents, EXTRA)
    extra_images = ImageArray(list(extra), np.stack(list(extra.values())))
    return nodes.train_classifier(
        images, split, extra_images, parents, PHOTOS, MODEL, TRAINING, COMPUTE
    )[:2]


def are_equal(first, second):
    return all(torch.equal(one, second.state[name]) for name, one in first.state.items())


@pytest.mark.known_bug(17)
@pytest.mark.parametrize("part", ["val", "test"])
def test_no_pixel_of_a_val_or_test_photo_reaches_the_weights(images, split, part):
    checkpoint, _ = trained(images, split)
    assert are_equal(checkpoint, trained(with_other_pixels(images, split, part), split)[0])


def test_pixels_of_train_photos_reach_the_weights(images, split):
    checkpoint, _ = trained(images, split)
    assert not are_equal(checkpoint, trained(with_other_pixels(images, split, "train"), split)[0])


@pytest.mark.known_bug(1)
def test_val_photos_choose_the_epoch_and_test_photos_do_not(images, split):
    loss = trained(images, split)[1]["val_loss"]
    others = {
        part: trained(with_other_pixels(images, split, part), split)[1]["val_loss"]
        for part in ("val", "test")
    }
    assert others["test"].equals(loss)
    assert not others["val"].equals(loss)


@pytest.mark.known_bug(14)
def test_what_is_predicted_of_a_photo_does_not_depend_on_the_order_of_the_table(images, split):
    model = build_classifier("convnet", classes=2, image_size=16, weights=None, seed=0)
    facts = CheckpointFacts("classification", "convnet", CLASSES, 16, 16)
    checkpoint = Checkpoint(facts, model.state_dict())
    first, second = (
        nodes.predict_photos(images, table, checkpoint, TRAINING, COMPUTE).set_index("photo_id")
        for table in (split, split.sort_values("photo_id", ascending=False))
    )
    assert first["confidence"].nunique() > 30
    np.testing.assert_allclose(
        first["confidence"], second.loc[first.index, "confidence"], rtol=0, atol=1e-6
    )
    assert list(first["target"]) == [name.split("/")[0] for name in first.index]


def predictions_of(part, *, photos, hits):
    """As many photos of a split, as many of them right."""
    target = [CLASSES[number % 2] for number in range(photos)]
    wrong = [CLASSES[1 - number % 2] for number in range(photos)]
    return pd.DataFrame(
        {
            "photo_id": [f"{part}/{number}" for number in range(photos)],
            "group_id": [f"{part}/{number}" for number in range(photos)],
            "split": part,
            "target": target,
            "predicted": [*target[:hits], *wrong[hits:]],
            "confidence": 0.75,
        }
    )


@pytest.mark.known_bug(1, 8)
def test_all_test_photos_are_scored_and_no_others():
    predictions = pd.concat(
        [
            predictions_of("train", photos=90, hits=90),
            predictions_of("val", photos=20, hits=0),
            predictions_of("test", photos=60, hits=51),
        ]
    )
    facts = CheckpointFacts("classification", "convnet", CLASSES, 16, 16)
    metrics, per_class, confusion, reliability = nodes.score_predictions(
        predictions, Checkpoint(facts, {}), EvaluationOptions(resamples=100)
    )
    assert metrics.set_index("metric").loc["top1", ["value", "photos"]].tolist() == [0.85, 60]
    assert per_class["support"].sum() == 60
    assert confusion["photos"].sum() == 60
    assert reliability["photos"].sum() == 60


@pytest.mark.known_bug(5)
def test_a_checkpoint_remembers_the_normalisation_of_the_settings(split):
    options = ModelOptions(
        architecture="convnet", weights="none", mean=(0.5, 0.4, 0.3), std=(0.1, 0.2, 0.3)
    )
    facts = nodes.starting_facts(split, PHOTOS, options)
    assert (facts.mean, facts.std) == ((0.5, 0.4, 0.3), (0.1, 0.2, 0.3))


@pytest.mark.known_bug(11)
def test_a_classifier_without_the_weights_it_should_start_from_is_not_built(split, tmp_path):
    options = ModelOptions(architecture="resnet18", weights=str(tmp_path / "nowhere.pth"))
    facts = nodes.starting_facts(split, PHOTOS, options)
    with pytest.raises(WeightsError, match=r"no file of weights .*nowhere\.pth"):
        nodes.starting_model(facts, options, TRAINING)
