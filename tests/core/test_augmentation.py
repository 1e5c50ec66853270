import numpy as np
import pandas as pd
import pytest

from wildroad.core.augmentation import Distortion, choose_parents, extra_photos
from wildroad.core.image_array import ImageArray
from wildroad.core.lazy import read_ahead


@pytest.fixture
def split():
    names = [f"fox/{number}.jpg" for number in range(20)]
    parts = ["train"] * 12 + ["val"] * 3 + ["test"] * 5
    return pd.DataFrame({"photo_id": names, "class_name": "fox", "split": parts})


@pytest.fixture
def images(split):
    generator = np.random.default_rng(0)
    return {name: generator.integers(0, 256, (24, 24, 3), np.uint8) for name in split["photo_id"]}


@pytest.mark.known_bug(17)
def test_only_training_photos_become_parents(split):
    parents = choose_parents(split, count=100, seed=1)
    train = set(split.loc[split["split"] == "train", "photo_id"])
    assert len(parents) == 100
    assert set(parents["parent_id"]) == train


def test_no_parent_is_drawn_twice_before_all_were_drawn_once(split):
    counts = choose_parents(split, count=18, seed=1)["parent_id"].value_counts()
    assert counts.max() == 2
    assert (counts == 2).sum() == 6


def test_an_extra_photo_names_its_parent_and_its_class(split):
    row = choose_parents(split, count=1, seed=1).iloc[0]
    assert row["photo_id"] == f"{row['parent_id']}#extra0001"
    assert row["class_name"] == "fox"


def test_none_are_made_when_none_are_asked_for(split):
    assert choose_parents(split, count=0, seed=1).empty


def test_extra_photos_are_changed_and_the_same_in_any_order(split, images):
    parents = choose_parents(split, count=6, seed=1)
    made = extra_photos(images, parents, distortion=Distortion(), seed=3)
    forwards = {name: made[name] for name in made}
    backwards = {name: made[name] for name in reversed(list(made))}
    for name, parent in zip(parents["photo_id"], parents["parent_id"], strict=True):
        assert np.array_equal(forwards[name], backwards[name])
        assert not np.array_equal(forwards[name], images[parent])


def test_extra_photos_made_by_several_threads_are_the_same(split, images):
    parents = choose_parents(split, count=60, seed=1)
    made = extra_photos(images, parents, distortion=Distortion(), seed=3)
    alone = {name: made[name] for name in made}
    for name, pixels in read_ahead(made, workers=4):
        assert np.array_equal(pixels, alone[name])


def test_the_origin_of_an_extra_photo_is_its_parents_and_all_that_changes_it(split, images):
    origins = {name: f"content of {name}" for name in images}
    pixels = np.stack(list(images.values()))
    parents = choose_parents(split, count=2, seed=1)

    def origin(array, **changes):
        settings = {"distortion": Distortion(), "seed": 3, **changes}
        return extra_photos(array, parents, **settings).origins.get(parents["photo_id"][0])

    known = ImageArray(list(images), pixels, origins=origins)
    different = [
        origin(known),
        origin(known, seed=4),
        origin(known, distortion=Distortion(flip=0)),
        origin(ImageArray(list(images), pixels, origins=dict.fromkeys(images, "other"))),
    ]
    assert origin(known).startswith(f"content of {parents['parent_id'][0]}; ")
    assert len(set(different)) == 4
    assert origin(images) is None


@pytest.mark.known_bug(17)
def test_without_distortion_an_extra_photo_is_its_parent(split, images):
    still = Distortion(0, 0, (1, 1), 0, 0, 0, 0, 0, 0)
    parents = choose_parents(split, count=3, seed=1)
    made = extra_photos(images, parents, distortion=still, seed=3)
    for name, parent in zip(parents["photo_id"], parents["parent_id"], strict=True):
        assert np.array_equal(made[name], images[parent])
