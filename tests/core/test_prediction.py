import numpy as np
import pandas as pd
import pytest
import torch

from wildroad.core.checkpoints import CheckpointFacts
from wildroad.core.classification import (
    ClassifierInput,
    labelled_photos,
    predict_logits,
    prediction_table,
)
from wildroad.core.image_array import ImageArray
from wildroad.core.models.classifiers import build_classifier
from wildroad.core.prediction import feature_width, outputs_table, predict_outputs, watched_features

CLASSES = ("dark", "light", "mixed")
CPU = torch.device("cpu")
NUMBER = 23


@pytest.fixture
def photos():
    """Photos that all differ, and their table in another order than the array's."""
    generator = np.random.default_rng(0)
    names = [f"{CLASSES[number % 3]}/{number}.jpg" for number in range(NUMBER)]
    pixels = generator.integers(0, 256, (NUMBER, 32, 32, 3), np.uint8)
    table = pd.DataFrame(
        {
            "photo_id": names,
            "class_name": [name.split("/")[0] for name in names],
            "group_id": names,
            "split": "test",
        }
    )
    return ImageArray(names, pixels), table.sample(frac=1, random_state=3)


def classifier(architecture):
    model = build_classifier(architecture, classes=3, image_size=32, weights=None, seed=0)
    return ClassifierInput(model, CheckpointFacts("classification", architecture, CLASSES, 32, 32))


def outputs_of(model, photos, batch_size=8):
    images, table = photos
    return predict_outputs(model.eval(), images, table, CLASSES, batch_size=batch_size, device=CPU)


@pytest.mark.known_bug(14)
@pytest.mark.parametrize("architecture", ["convnet", "resnet18"])
def test_probabilities_and_features_of_an_id_are_those_of_its_own_photo(architecture, photos):
    model = classifier(architecture)
    outputs = outputs_of(model, photos)
    head = list(model.model.modules())[-1]
    for photo_id, pixels in photos[0].items():
        alone = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None]
        with torch.inference_mode():
            logits = model(alone)
            again = head(torch.from_numpy(outputs.features_of([photo_id])))
        assert torch.allclose(again, logits, atol=1e-4)
        expected = torch.softmax(logits.double(), 1).numpy()
        assert np.allclose(outputs.probabilities_of([photo_id]), expected, atol=1e-5)


@pytest.mark.known_bug(14)
def test_a_table_in_another_order_gives_every_photo_the_same_outputs(photos):
    images, table = photos
    model = classifier("convnet")
    first = outputs_of(model, photos, batch_size=4)
    second = outputs_of(model, (images, table.sort_values("photo_id")), batch_size=4)
    names = list(images)
    assert first.photo_ids != second.photo_ids
    assert np.allclose(first.features_of(names), second.features_of(names), atol=1e-5)
    tables = [outputs_table(one, table, CLASSES) for one in (first, second)]
    assert tables[0]["predicted"].equals(tables[1]["predicted"])
    assert list(tables[0]["photo_id"]) == list(table["photo_id"])


def test_answers_are_those_of_the_logits(photos):
    images, table = photos
    model = classifier("convnet").eval()
    gathered = labelled_photos([(images, table)], CLASSES)
    logits = predict_logits(model, gathered, batch_size=8, device=CPU)
    expected = prediction_table(logits, table, CLASSES)
    found = outputs_table(outputs_of(model, photos), table, CLASSES)
    pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize(
    ("architecture", "width"),
    [("convnet", 128 * 2 * 2), ("resnet18", 512), ("mobilenet_v3_small", 1024)],
)
def test_features_are_what_goes_into_the_last_linear_layer(architecture, width, photos):
    model = classifier(architecture)
    outputs = outputs_of(model, photos)
    assert feature_width(model.model) == width
    assert outputs.features.shape == (NUMBER, width)
    assert outputs.features.dtype == np.float32
    assert np.allclose(outputs.probabilities.sum(1), 1)


def test_features_of_the_convnet_are_its_flattened_maps(photos):
    model = classifier("convnet").eval()
    outputs = outputs_of(model, photos)
    pixels = labelled_photos([photos], CLASSES).gather(np.arange(NUMBER))
    with torch.inference_mode():
        maps = model.model.features(model.normalise(pixels))
    assert np.allclose(outputs.features, maps.numpy(), atol=1e-5)


def test_watching_ends_with_its_block():
    model = classifier("convnet").model.eval()
    with watched_features(model) as seen:
        model(torch.zeros(1, 3, 32, 32))
    model(torch.zeros(1, 3, 32, 32))
    assert len(seen) == 1
