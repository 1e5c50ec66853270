"""Nodes of the classification pipeline."""

import numpy as np
import pandas as pd
import pytest
import torch

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts, WeightsError
from wildroad.core.image_array import ImageArray
from wildroad.core.models.classifiers import build_classifier
from wildroad.core.photo_outputs import PhotoOutputs
from wildroad.core.prediction import outputs_table
from wildroad.options import (
    AugmentationOptions,
    ComputeOptions,
    EmbeddingOptions,
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
FACTS = CheckpointFacts("classification", "convnet", CLASSES, 16, 16)


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


def trained(images, split, augmentation=EXTRA):
    """Checkpoint and history of a classifier trained with more extra photos than photos."""
    parents = nodes.choose_parents(split, augmentation)
    extra = nodes.make_extra_photos(images, parents, augmentation)
    pixels = np.reshape(list(extra.values()), (-1, 16, 16, 3)).astype(np.uint8)
    extra_images = ImageArray(list(extra), pixels)
    settings = PHOTOS, MODEL, TRAINING, augmentation, COMPUTE
    return nodes.train_classifier(images, split, extra_images, parents, None, *settings)


def are_equal(first, second):
    return all(torch.equal(one, second.state[name]) for name, one in first.state.items())


@pytest.mark.known_bug(17)
@pytest.mark.parametrize("part", ["val", "test"])
def test_no_pixel_of_a_val_or_test_photo_reaches_the_weights(images, split, part):
    checkpoint, *_ = trained(images, split)
    assert are_equal(checkpoint, trained(with_other_pixels(images, split, part), split)[0])


def test_pixels_of_train_photos_reach_the_weights(images, split):
    checkpoint, *_ = trained(images, split)
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


@pytest.fixture
def outputs_of(images):
    """What an untrained classifier gives for the photos of a table, in its order."""
    model = build_classifier("convnet", classes=2, image_size=16, weights=None, seed=0)
    checkpoint = Checkpoint(FACTS, model.state_dict())
    return lambda table: nodes.predict_photos(images, table, checkpoint, TRAINING, COMPUTE)


@pytest.mark.known_bug(14)
def test_what_is_predicted_of_a_photo_does_not_depend_on_the_order_of_the_table(split, outputs_of):
    names = list(split["photo_id"])
    first, second = (
        outputs_of(table) for table in (split, split.sort_values("photo_id", ascending=False))
    )
    assert first[0]["confidence"].nunique() > 30
    answers = second[0].set_index("photo_id").loc[names]
    np.testing.assert_allclose(first[0]["confidence"], answers["confidence"], atol=1e-6)
    np.testing.assert_allclose(
        first[1].features_of(names), second[1].features_of(names), rtol=0, atol=1e-5
    )
    assert list(answers["target"]) == [name.split("/")[0] for name in names]
    again = outputs_table(second[1], split, CLASSES)
    np.testing.assert_array_equal(again["confidence"], answers["confidence"])


@pytest.mark.known_bug(14)
def test_dots_of_one_class_lie_together_and_wear_its_name(split):
    """Features tell the classes apart, and lie in another order than the table."""
    names = sorted(split["photo_id"])
    dark = np.array([name.startswith("dark") for name in names])
    noise = np.random.default_rng(0).normal(0, 0.1, (len(names), 6))
    features = (noise + 10 * dark[:, None]).astype(np.float32)
    outputs = PhotoOutputs(tuple(names), np.full((len(names), 2), 0.5), features)
    embedding = nodes.embed_train_and_val(
        outputs, split, EmbeddingOptions(perplexity=5), ComputeOptions(device="cpu")
    )
    nodes.plot_embedding_2d(embedding, split)
    assert set(embedding["split"]) == {"train", "val"}
    places = embedding[["x", "y"]].to_numpy()
    distances = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    classes = embedding["class_name"].to_numpy()
    assert (classes[distances.argmin(axis=1)] == classes).all()
    with pytest.raises(ValueError, match="other labels than the split"):
        nodes.plot_embedding_2d(embedding.assign(class_name=classes[::-1]), split)


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
    probabilities = np.where(predictions["predicted"] == "dark", 0.75, 0.25)
    outputs = PhotoOutputs(
        tuple(predictions["photo_id"]),
        np.stack([probabilities, 1 - probabilities], axis=1),
        np.zeros((len(predictions), 1), np.float32),
    )
    metrics, per_class, confusion, reliability = nodes.score_predictions(
        predictions, outputs, Checkpoint(FACTS, {}), EvaluationOptions(resamples=100)
    )
    scores = metrics.set_index("metric")
    assert scores.loc["top1", ["value", "photos"]].tolist() == [0.85, 60]
    assert scores.loc["nll", "photos"] == 60
    assert scores.loc["temperature", ["value", "photos"]].tolist() == [pytest.approx(20), 20]
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


def test_photos_changed_on_the_fly_train_another_model_and_the_summary_says_so(images, split):
    nothing = AugmentationOptions()
    plain, _, said = trained(images, split, nothing)
    changed, _, told = trained(images, split, nothing.model_copy(update={"on_the_fly": True}))
    assert not are_equal(plain, changed)
    assert (
        told["recipe"].item() == f"{said['recipe'].item()}, every photo changed anew in each epoch"
    )
    assert told["extra_photos"].item() == 0
