import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.metrics import confusion_matrix

from wildroad.core.domains import Domain
from wildroad.core.evaluation import class_counts, count_scenes, label_counts
from wildroad.core.labels import IGNORED, label_space

SPACE = label_space("idd_id")
CLASSES = len(SPACE.classes)


@pytest.fixture
def domain(tmp_path):
    """Four test scenes and a training scene of random labels, with photos on disk."""
    generator = np.random.default_rng(0)
    names = [f"val/1/{number}" for number in range(4)] + ["train/0/0"]
    ids = [label.id for label in SPACE.labels]
    masks = {name: generator.choice(ids, (12, 16)).astype(np.uint8) for name in names}
    for number in range(len(names)):
        photo = generator.integers(0, 256, (12, 16, 3), np.uint8)
        Image.fromarray(photo).save(tmp_path / f"{number}.png")
    scenes = pd.DataFrame(
        {
            "scene_id": names,
            "role": ["test"] * 4 + ["train"],
            "image_file": [f"{number}.png" for number in range(len(names))],
        }
    )
    return Domain(tmp_path, scenes, masks, SPACE)


@pytest.fixture
def predicted(domain):
    generator = np.random.default_rng(1)
    return {
        name: generator.integers(0, CLASSES + 1, (12, 16)).astype(np.uint8)
        for name in domain.ids("test")
    }


def test_scenes_are_given_by_role_with_image_and_class_mask(domain):
    pairs = list(domain.pairs("train"))
    assert len(pairs) == 1
    image, mask = pairs[0]
    assert image.shape == (12, 16, 3)
    assert set(np.unique(mask)) <= {*range(CLASSES), IGNORED}


def test_a_photo_that_vanished_is_named(domain):
    (domain.root / "2.png").unlink()
    with pytest.raises(ValueError, match=r"2\.png cannot be read"):
        domain.image("val/1/2")


@pytest.mark.parity
def test_counts_of_the_classes_equal_those_of_scikit_learn(domain, predicted):
    counts = class_counts(count_scenes(domain, predicted).confusions, SPACE)
    for number, name in enumerate(domain.ids("test")):
        target = domain.target(name)
        valid = target != IGNORED
        expected = confusion_matrix(
            target[valid], predicted[name][valid], labels=range(CLASSES + 1)
        )
        assert np.array_equal(counts[number], expected[:CLASSES])


@pytest.mark.known_bug(8)
def test_every_pixel_of_every_scene_is_in_the_table(domain, predicted):
    table = count_scenes(domain, predicted).confusions
    assert (table.groupby("scene_id")["pixels"].sum() == 12 * 16).all()
    assert label_counts(table, SPACE).sum() == 4 * 12 * 16


@pytest.mark.known_bug(8)
def test_more_than_fifty_scenes_are_listed_and_counted_to_the_last(tmp_path):
    names = [f"test/{number}" for number in range(120)]
    mask = np.zeros((4, 4), np.uint8)
    scenes = pd.DataFrame({"scene_id": names, "role": "test"})
    domain = Domain(tmp_path, scenes, dict.fromkeys(names, mask), SPACE)
    assert domain.ids("test") == names
    table = count_scenes(domain, dict.fromkeys(names, mask)).confusions
    assert list(table["scene_id"].unique()) == names
    assert class_counts(table, SPACE).sum() == 120 * 16


@pytest.mark.known_bug(3)
@pytest.mark.parametrize("name", ["idd_id", "idd_level3", "cityscapes_id", "cityscapes_trainid"])
def test_rows_are_the_labels_of_the_masks_and_columns_the_classes(tmp_path, name):
    """A perfect prediction puts every class on the diagonal, whatever the ids of the space."""
    space = label_space(name)
    ids = np.array([label.id for label in space.labels], np.uint8)
    domain = Domain(tmp_path, pd.DataFrame(), {"every label": ids.repeat(3)[None]}, space)
    target = domain.target("every label")
    perfect = np.where(target == IGNORED, CLASSES, target).astype(np.uint8)
    table = count_scenes(domain, {"every label": perfect}).confusions
    assert dict(table.groupby("label")["pixels"].sum()) == {label.name: 3 for label in space.labels}
    (counts,) = class_counts(table, space)
    expected = 3 * np.eye(CLASSES, CLASSES + 1)
    expected[[space.classes.index(mixed) for mixed in space.contaminated()]] = 0
    assert np.array_equal(counts, expected)


def test_contaminated_class_has_no_target_and_its_predictions_are_other(tmp_path):
    space = label_space("idd_level3")
    train, road = space.classes.index("Train"), space.classes.index("Road")
    ids = {label.class_index: label.id for label in space.labels}
    target = np.array([[ids[train]] * 3 + [ids[road]] * 5], np.uint8)
    guess = np.array([[train, road, 0, train, train, road, road, road]], np.uint8)
    domain = Domain(tmp_path, pd.DataFrame(), {"one": target}, space)
    table = count_scenes(domain, {"one": guess}).confusions
    (counts,) = class_counts(table, space)
    assert counts[train].sum() == counts[:, train].sum() == 0
    assert counts[road, [road, -1]].tolist() == [3, 2]
    assert counts.sum() == 5


def test_ignored_labels_stay_visible_beside_the_scores(domain, predicted):
    table = count_scenes(domain, predicted).confusions
    rickshaw = table[table["label"] == "autorickshaw"]
    assert (rickshaw["class_name"] == "").all()
    assert rickshaw["pixels"].sum() == sum(
        (domain.masks[name] == 11).sum() for name in domain.ids("test")
    )


def test_a_predicted_mask_of_another_size_is_refused(domain, predicted):
    predicted["val/1/0"] = predicted["val/1/0"][:5]
    with pytest.raises(ValueError, match=r"shape|size"):
        count_scenes(domain, predicted)
