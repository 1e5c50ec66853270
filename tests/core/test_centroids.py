import numpy as np
import pandas as pd
import pytest

from wildroad.core.centroids import centroid_distances, class_centroids, compare_distances
from wildroad.core.photo_outputs import PhotoOutputs

FEATURES = {
    "fox/1": [0, 0],
    "fox/2": [2, 0],
    "owl/1": [10, 0],
    "owl/2": [100, 100],  # a val photo, in no centroid
    "fox/9": [7, 0],
    "owl/9": [4, 4],
}


@pytest.fixture
def split():
    names = list(FEATURES)
    return pd.DataFrame(
        {
            "photo_id": names,
            "class_name": [name.split("/")[0] for name in names],
            "split": ["train", "train", "train", "val", "test", "test"],
        }
    )


def outputs(scale=1):
    features = scale * np.array(list(FEATURES.values()), np.float32)
    return PhotoOutputs(tuple(FEATURES), np.ones((6, 1)), features)


def answers(fox, owl):
    return pd.DataFrame(
        {"photo_id": ["fox/9", "owl/9"], "target": ["fox", "owl"], "predicted": [fox, owl]}
    )


def train(split):
    return split[split["split"] == "train"]


def test_centroids_are_means_of_train_photos_only(split):
    centroids = class_centroids(outputs(), train(split))
    assert {name: list(one) for name, one in centroids.items()} == {"fox": [1, 0], "owl": [10, 0]}


def test_distances_by_hand(split):
    table = centroid_distances(outputs(), answers("owl", "fox"), train(split))
    assert list(table["distance_target"]) == [6, np.hypot(6, 4)]
    assert list(table["distance_predicted"]) == [3, 5]
    assert list(table["ratio"]) == [2, np.hypot(6, 4) / 5]


def test_a_right_answer_has_no_distance_to_the_predicted_class(split):
    table = centroid_distances(outputs(), answers("fox", "fox"), train(split))
    assert list(table["distance_predicted"].isna()) == [True, False]
    assert list(table["ratio"].isna()) == [True, False]
    assert table["distance_target"].notna().all()


def test_a_class_without_train_photos_has_no_distance(split):
    foxes = train(split).query("class_name == 'fox'")
    table = centroid_distances(outputs(), answers("owl", "fox"), foxes)
    assert list(table["distance_target"].isna()) == [False, True]
    assert list(table["distance_predicted"].isna()) == [True, False]


def test_every_model_measures_the_same_photos_in_its_own_space(split):
    predictions = pd.concat(
        [
            answers("owl", "fox").assign(model="small"),
            answers("fox", "fox").iloc[::-1].assign(model="large"),
        ]
    )
    models = {"small": outputs(), "large": outputs(scale=3)}
    table = compare_distances(models, predictions, split, ["owl/9", "fox/9"])
    assert list(zip(table["photo_id"], table["model"], strict=True)) == [
        ("owl/9", "small"), ("owl/9", "large"), ("fox/9", "small"), ("fox/9", "large"),
    ]  # fmt: skip
    assert table.columns[0] == "model"
    owl = table[table["photo_id"] == "owl/9"]
    assert owl["distance_target"].iloc[1] == pytest.approx(3 * owl["distance_target"].iloc[0])
    assert owl["ratio"].iloc[1] == pytest.approx(owl["ratio"].iloc[0])
    assert np.isnan(table["ratio"].iloc[3])


def test_no_mistakes_have_no_distances(split):
    predictions = answers("fox", "owl").assign(model="small")
    assert compare_distances({"small": outputs()}, predictions, split, []).empty
