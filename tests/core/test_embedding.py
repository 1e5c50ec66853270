import numpy as np
import pandas as pd
import pytest

from wildroad.core.embedding import check_labels, choose_photos, embedding_table
from wildroad.core.photo_outputs import PhotoOutputs

NUMBER = 60
FIRST = ["photo_id", "split", "class_name", "drawn_from"]
LAST = ["perplexity", "kl_divergence"]


@pytest.fixture
def split():
    names = [f"photo/{number}.jpg" for number in range(NUMBER)]
    return pd.DataFrame(
        {
            "photo_id": names,
            "class_name": ["fox", "owl", "elk"] * (NUMBER // 3),
            "group_id": names,
            "split": ["train"] * 40 + ["val"] * 12 + ["test"] * 8,
        }
    )


@pytest.fixture
def outputs(split):
    """Features in three far-away clusters, one a class, in another order than the split's."""
    shuffled = split.sample(frac=1, random_state=1)
    centre = shuffled["class_name"].map({"fox": 0, "owl": 40, "elk": 80}).to_numpy()
    noise = np.random.default_rng(0).normal(0, 1, (NUMBER, 70))
    features = (centre[:, None] * np.eye(70)[0] + noise).astype(np.float32)
    return PhotoOutputs(tuple(shuffled["photo_id"]), np.ones((NUMBER, 1)), features)


def table_of(outputs, split, dimensions=2):
    photos = choose_photos(split, "train", "val", most=1000, seed=0)
    return embedding_table(outputs, photos, dimensions=dimensions, perplexity=30, seed=4)


@pytest.mark.known_bug(14)
def test_each_photo_lies_with_those_of_its_own_class(outputs, split):
    table = table_of(outputs, split)
    places = table[["x", "y"]].to_numpy()
    distances = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = table["class_name"].to_numpy()[distances.argmin(1)]
    assert (nearest == table["class_name"]).all()
    check_labels(table, split)


@pytest.mark.known_bug(14)
def test_labels_from_another_order_are_refused(outputs, split):
    table = table_of(outputs, split)
    shuffled = table.assign(class_name=table["class_name"].to_numpy()[::-1])
    with pytest.raises(ValueError, match=r"photos of the embedding have other labels than the sp"):
        check_labels(shuffled, split)
    with pytest.raises(ValueError, match=r"such as 'photo/0.jpg': \['fox', 'val'\], in the split"):
        check_labels(table.head(1).assign(split="val"), split)
    with pytest.raises(ValueError, match="1 photos"):
        check_labels(table.head(3).replace("photo/1.jpg", "photo/lost.jpg"), split)


def test_train_and_val_are_laid_out_together_and_test_is_not(outputs, split):
    table = table_of(outputs, split)
    assert dict(table["split"].value_counts()) == {"train": 40, "val": 12}
    assert list(table) == [*FIRST, "x", "y", *LAST]


def test_a_space_has_three_axes(outputs, split):
    assert list(table_of(outputs, split, dimensions=3))[4:7] == ["x", "y", "z"]


def test_the_same_seed_gives_the_same_bytes(outputs, split):
    first, second = (table_of(outputs, split).to_csv() for _ in range(2))
    assert first == second


def test_perplexity_stays_below_the_photos_and_is_stated(outputs, split):
    assert set(table_of(outputs, split)["perplexity"]) == {(52 - 1) / 3}


def test_too_few_photos_have_no_embedding(outputs, split):
    table = embedding_table(
        outputs,
        choose_photos(split.head(4), "train", most=9, seed=0),
        dimensions=3,
        perplexity=30,
        seed=0,
    )
    assert table.empty
    assert list(table) == [*FIRST, "x", "y", "z", *LAST]


def test_a_draw_is_seeded_and_keeps_the_order_of_the_table(split):
    drawn = choose_photos(split, "train", "val", most=20, seed=1)
    assert len(drawn) == 20
    assert drawn.index.is_monotonic_increasing
    assert drawn.equals(choose_photos(split, "train", "val", most=20, seed=1))
    assert not drawn.equals(choose_photos(split, "train", "val", most=20, seed=2))
    assert len(choose_photos(split, "val", most=20, seed=1)) == 12


def test_the_table_says_from_how_many_photos_the_shown_ones_were_drawn(outputs, split):
    assert set(table_of(outputs, split)["drawn_from"]) == {52}
    drawn = choose_photos(split, "train", "val", most=20, seed=1)
    table = embedding_table(outputs, drawn, dimensions=2, perplexity=5, seed=0)
    assert (len(table), set(table["drawn_from"])) == (20, {52})
