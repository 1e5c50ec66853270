import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from wildroad.core.augmentation import Distortion
from wildroad.core.checkpoints import CheckpointFacts
from wildroad.core.classification import (
    ClassifierInput,
    fit_classifier,
    is_hit,
    labelled_photos,
    photo_batches,
    photo_weights,
    predict_logits,
    prediction_table,
    sum_of_weights,
)
from wildroad.core.image_array import ImageArray
from wildroad.core.models.classifiers import Normalise, build_classifier, restore_classifier
from wildroad.core.recipes import Recipe

CLASSES = ("dark", "light")
CPU = torch.device("cpu")
FACTS = CheckpointFacts("classification", "convnet", CLASSES, 16, 16)


@pytest.fixture
def photos():
    """Forty photos, dark and light in turn, and their table."""
    generator = np.random.default_rng(0)
    names = [f"{CLASSES[number % 2]}/{number}.jpg" for number in range(40)]
    level = np.array([60, 190])[np.arange(40) % 2, None, None, None]
    pixels = (level + generator.normal(0, 20, (40, 16, 16, 3))).clip(0, 255).astype(np.uint8)
    table = pd.DataFrame(
        {
            "photo_id": names,
            "class_name": [name.split("/")[0] for name in names],
            "group_id": names,
            "split": ["train"] * 24 + ["val"] * 8 + ["test"] * 8,
        }
    )
    return ImageArray(names, pixels), table


def part(table, name):
    return table[table["split"] == name]


@pytest.mark.known_bug(14)
def test_photos_are_found_by_their_ids_in_any_order(photos):
    images, table = photos
    shuffled = table.sample(frac=1, random_state=1)
    gathered = labelled_photos([(images, shuffled)], CLASSES)
    pixels = gathered.gather(np.arange(40)).permute(0, 2, 3, 1).numpy()
    for row, name in enumerate(shuffled["photo_id"]):
        assert np.array_equal(pixels[row], images[name])
        assert CLASSES[gathered.targets[row]] == name.split("/")[0]


def test_photos_of_several_arrays_are_joined(photos):
    images, table = photos
    extra = ImageArray(["extra"], np.full((1, 16, 16, 3), 7, np.uint8))
    named = pd.DataFrame({"photo_id": ["extra"], "class_name": ["light"]})
    joined = labelled_photos([(images, table), (extra, named)], CLASSES)
    assert len(joined) == 41
    assert joined.gather(np.array([40, 0]))[0].unique().tolist() == [7]
    assert joined.targets[40] == 1


def test_a_photo_missing_from_the_array_is_named(photos):
    images, table = photos
    with pytest.raises(ValueError, match="1 photos are not in the image array, such as 'lost'"):
        images.rows([*table["photo_id"], "lost"])


def test_an_array_with_another_number_of_ids_is_refused():
    with pytest.raises(ValueError, match=r"2 ids \(2 different ones\) for 3 images"):
        ImageArray(["a", "b"], np.zeros((3, 4, 4, 3), np.uint8))


@pytest.mark.known_bug(14)
@pytest.mark.parametrize("photos_a_batch", [1, 3, 7, 24, 99])
def test_each_photo_is_seen_once_an_epoch_in_nearly_equal_batches(photos, photos_a_batch):
    gathered = labelled_photos([(photos[0], part(photos[1], "train"))], CLASSES)
    batches = list(photo_batches(gathered, batch_size=photos_a_batch, device=CPU, order_seed=3))
    sizes = [len(targets) for _, targets in batches]
    assert sum(sizes) == 24
    assert max(sizes) <= photos_a_batch
    assert max(sizes) - min(sizes) <= 1
    together = torch.cat([images for images, _ in batches]).flatten(1).float().mean(1)
    alone = gathered.gather(np.arange(24)).flatten(1).float().mean(1)
    assert torch.equal(together.sort().values, alone.sort().values)
    targets = torch.cat([targets for _, targets in batches])
    assert torch.equal(targets, (together > 125).long())


@pytest.mark.known_bug(5)
def test_a_model_sees_photos_normalised_as_its_weights_were_trained():
    facts = CheckpointFacts(
        "classification", "resnet18", CLASSES, 2, 2, mean=(0.5, 0.25, 0.0), std=(0.5, 0.25, 1.0)
    )
    photo = torch.tensor([255, 0, 51], dtype=torch.uint8).reshape(1, 3, 1, 1)
    for seen in (ClassifierInput(nn.Identity(), facts), Normalise(facts.mean, facts.std)):
        assert torch.allclose(seen(photo).flatten(), torch.tensor([1.0, -1.0, 0.2]))


@pytest.mark.known_bug(5)
def test_the_normalisation_of_a_checkpoint_is_used_when_it_predicts(photos):
    images, table = photos
    model = build_classifier("convnet", classes=2, image_size=16, weights=None, seed=0)
    gathered = labelled_photos([(images, table)], CLASSES)
    other = CheckpointFacts(
        "classification", "convnet", CLASSES, 16, 16, mean=(0, 0, 0), std=(1, 1, 1)
    )
    first, second = (
        predict_logits(ClassifierInput(model, facts), gathered, batch_size=8, device=CPU)
        for facts in (FACTS, other)
    )
    assert not torch.allclose(first, second)


def test_training_learns_and_its_checkpoint_predicts_the_same(photos):
    images, table = photos
    model = build_classifier("convnet", classes=2, image_size=16, weights=None, seed=1)
    train, val = (
        labelled_photos([(images, part(table, one))], CLASSES) for one in ("train", "val")
    )
    checkpoint, history = fit_classifier(
        model,
        FACTS,
        train_photos=train,
        val_photos=val,
        recipe=Recipe(epochs=4, learning_rate=3e-3),
        batch_size=8,
        label_smoothing=0.0,
        device=CPU,
    )
    assert list(history.columns) == [
        "epoch", "learning_rate", "train_loss", "train_accuracy", "val_loss", "val_accuracy",
    ]  # fmt: skip
    assert history["val_accuracy"].max() == 1.0
    assert checkpoint.facts.best_epoch == history["val_accuracy"].argmax() + 1
    restored = ClassifierInput(restore_classifier(checkpoint), checkpoint.facts).eval()
    logits = predict_logits(restored, val, batch_size=8, device=CPU)
    hits = float((logits.argmax(1) == val.targets).float().mean())
    assert hits == history["val_accuracy"].max()


def test_predictions_do_not_depend_on_the_batch_size(photos):
    images, table = photos
    model = build_classifier("convnet", classes=2, image_size=16, weights=None, seed=0).eval()
    gathered = labelled_photos([(images, table)], CLASSES)
    full = ClassifierInput(model, FACTS)
    one = predict_logits(full, gathered, batch_size=1, device=CPU)
    many = predict_logits(full, gathered, batch_size=40, device=CPU)
    assert torch.allclose(one, many, atol=1e-5)


@pytest.mark.known_bug(14)
@pytest.mark.parametrize("photos_a_batch", [1, 7, 40])
def test_logits_come_in_the_order_of_the_photos(photos, photos_a_batch):
    images, table = photos
    shuffled = table.sample(frac=1, random_state=1)
    gathered = labelled_photos([(images, shuffled)], CLASSES)

    class Brightness(nn.Module):
        def forward(self, photos):
            return photos.float().mean((1, 2, 3), keepdim=True).flatten(1)

    logits = predict_logits(Brightness(), gathered, batch_size=photos_a_batch, device=CPU)
    alone = [images[name].mean() for name in shuffled["photo_id"]]
    assert np.allclose(logits.flatten(), alone, atol=1e-3)


@pytest.mark.known_bug(12)
def test_accuracy_of_an_epoch_is_the_share_of_photos_whose_greatest_logit_is_right():
    logits = torch.eye(4)[[0, 1, 2, 3, 0, 1, 2, 3, 0, 1]]
    target = torch.tensor([0, 1, 2, 0, 1, 2, 3, 0, 1, 2])
    assert is_hit(logits, target).tolist() == [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]


@pytest.mark.known_bug(14)
def test_ids_targets_and_predictions_come_from_one_pass(photos):
    _, table = photos
    logits = torch.full((40, 2), -1.0)
    right = torch.tensor([CLASSES.index(name) for name in table["class_name"]])
    logits[torch.arange(40), right] = 1.0
    made = prediction_table(logits, table, CLASSES)
    assert (made["predicted"] == made["target"]).all()
    assert (made["target"] == made["photo_id"].str.split("/").str[0]).all()
    assert np.allclose(made["confidence"] + made["runner_up_confidence"], 1)


def fit(photos, train=("train",), **arguments):
    images, table = photos
    known = table[table["split"].isin(train)]
    return fit_classifier(
        build_classifier("convnet", classes=2, image_size=16, weights=None, seed=1),
        FACTS,
        train_photos=labelled_photos([(images, known)], CLASSES),
        val_photos=labelled_photos([(images, part(table, "val"))], CLASSES),
        recipe=Recipe(**{"epochs": 2, "learning_rate": 3e-3} | arguments.pop("recipe", {})),
        **{"batch_size": 8, "label_smoothing": 0.0, "device": CPU} | arguments,
    )


class Asked:
    """A store without a state that remembers what it was asked for."""

    def __init__(self):
        self.mark = None

    def load(self, fingerprint):
        self.mark = fingerprint

    def save(self, state):
        pass

    def clear(self):
        pass


def mark(photos, **arguments):
    store = Asked()
    fit(photos, store=store, **arguments)
    return store.mark


def test_a_training_is_known_by_its_photos_and_settings(photos):
    images, table = photos
    changed = images.pixels.copy()
    changed[3, 2, 2, 0] ^= 1
    marks = [
        mark(photos),
        mark((ImageArray(images.ids, changed), table)),
        mark(photos, train=("train", "test")),
        mark(photos, batch_size=9),
        mark(photos, label_smoothing=0.1),
        mark(photos, rarity=0.5),
        mark(photos, distortion=Distortion()),
        mark(photos, distortion=Distortion(degrees=1)),
        mark(photos, recipe={"weight_decay": 0.1}),
    ]
    assert len(set(marks)) == len(marks)
    assert mark(photos) == marks[0]


def test_two_trainings_in_bfloat16_are_bit_equal(photos):
    first, second = (fit(photos, recipe={"bfloat16": True}) for _ in range(2))
    assert first[1].equals(second[1])
    assert all(torch.equal(one, second[0].state[name]) for name, one in first[0].state.items())


def test_photos_are_changed_anew_in_each_epoch_and_targets_never(photos):
    images, table = photos
    gathered = labelled_photos([(images, table)], CLASSES)

    def epoch(seed, distortion):
        batches = photo_batches(
            gathered, batch_size=16, device=CPU, order_seed=seed, distortion=distortion
        )
        pixels, targets = zip(*batches, strict=True)
        return torch.cat(pixels).float(), torch.cat(targets)

    plain, changed = epoch(1, None), epoch(1, Distortion())
    assert torch.equal(plain[1], changed[1])
    assert not torch.allclose(plain[0], changed[0], atol=10)
    assert torch.equal(changed[0], epoch(1, Distortion())[0])
    still = Distortion(0, 0, (1, 1), 0, 0, 0, 0, 0, 0)
    assert torch.allclose(epoch(1, still)[0], plain[0], atol=0.01)
    again = {seed: epoch(seed, Distortion())[0].mean((1, 2, 3)).sort().values for seed in (1, 2)}
    assert not torch.allclose(again[1], again[2], atol=1e-3)


def test_a_training_on_changed_photos_still_learns_and_is_the_same_twice(photos):
    recipe = {"epochs": 4}
    first, second = (fit(photos, recipe=recipe, distortion=Distortion())[1] for _ in range(2))
    assert first.equals(second)
    assert first["val_accuracy"].max() == 1.0


def test_rare_classes_weigh_more_where_asked():
    targets = torch.tensor([0, 0, 0, 1])
    assert photo_weights(targets, classes=2, rarity=0.0) is None
    weights = photo_weights(targets, classes=2, rarity=1.0)
    assert weights.tolist() == pytest.approx([2 / 3, 2])
    assert sum_of_weights(targets, class_weights=weights) == 4
    assert sum_of_weights(targets, class_weights=None) == 4


def test_weighted_classes_change_the_training(photos):
    images, table = photos
    uneven = table.drop(table.index[(table["split"] == "train") & (np.arange(40) % 4 == 1)])
    _, plain = fit((images, uneven))
    _, weighted = fit((images, uneven), rarity=1.0)
    assert not plain["train_loss"].equals(weighted["train_loss"])
