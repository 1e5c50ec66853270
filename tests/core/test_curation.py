import numpy as np
import pandas as pd
import pytest

from wildroad.core.curation import (
    UnusableClassesError,
    curate,
    label_conflicts,
    names_in_table,
)

NOTHING = pd.DataFrame({"file": [], "reason": []}, dtype=str)


def index_of(*photos):
    """Photos as (id, content, hash); the class is the folder."""
    table = pd.DataFrame(photos, columns=["photo_id", "sha256", "perceptual_hash"])
    table.insert(1, "class_name", table["photo_id"].str.split("/").str[0])
    return table


def far_apart(name, photos, start=0):
    """Photos of a class, none like another."""
    return [
        (f"{name}/{number}", f"{name}{number}", f"{1 << (start + number):016x}" * 4)
        for number in range(photos)
    ]


def curated(*photos, quarantine=NOTHING, classes=None, splits=3, links=(), max_distance=2):
    return curate(
        index_of(*photos),
        quarantine,
        max_distance=max_distance,
        links=links,
        splits=splits,
        classes=classes,
    )


FOXES, OWLS = far_apart("fox", 6), far_apart("owl", 6, start=20)


def test_photos_without_a_fault_are_all_used():
    found = curated(*FOXES, *OWLS)
    assert len(found.photos) == 12
    assert found.photos["group_id"].nunique() == 12
    assert found.exclusions.empty
    assert found.conflicts.empty


def test_all_copies_of_a_file_in_two_classes_are_left_out_and_named():
    copy = ("owl/copy", FOXES[0][1], FOXES[0][2])
    second = ("fox/again", FOXES[0][1], FOXES[0][2])
    found = curated(*FOXES, second, *OWLS, copy)
    reasons = dict(found.exclusions.to_numpy())
    assert set(reasons) == {"fox/0", "fox/again", "owl/copy"}
    assert reasons["fox/0"] == "label conflict: the same file is owl/copy"
    assert reasons["owl/copy"] == "label conflict: the same file is fox/0"
    assert not set(reasons) & set(found.photos["photo_id"])
    assert found.conflicts["same_file"].all()


def test_a_near_duplicate_in_another_class_is_reported_used_and_grouped():
    near = ("owl/near", "other bytes", FOXES[0][2][:-1] + "1")
    found = curated(*FOXES, *OWLS, near)
    assert found.exclusions.empty
    conflicts = found.conflicts.set_index("photo_id")
    assert conflicts.loc["owl/near", "other_photo_id"] == "fox/0"
    assert conflicts.loc["owl/near", "other_class_name"] == "fox"
    assert not conflicts["same_file"].any()
    groups = found.photos.set_index("photo_id")["group_id"]
    assert groups["owl/near"] == groups["fox/0"]


def test_a_mirrored_copy_is_grouped_and_in_another_class_a_conflict():
    upright = int.from_bytes(np.random.default_rng(0).bytes(32))
    bits = np.unpackbits(np.frombuffer(upright.to_bytes(32), np.uint8)).reshape(16, 16)
    turned = np.packbits(1 - bits[:, ::-1]).tobytes().hex()
    pair = [("fox/left", "left", f"{upright:064x}"), ("owl/right", "right", turned)]
    found = curated(*FOXES, *OWLS, *pair)
    groups = found.photos.set_index("photo_id")["group_id"]
    assert groups["fox/left"] == groups["owl/right"]
    assert set(found.conflicts["photo_id"]) == {"fox/left", "owl/right"}


def test_copies_within_one_class_are_no_conflict():
    again = ("fox/again", FOXES[0][1], FOXES[0][2])
    assert label_conflicts(index_of(*FOXES, again, *OWLS), max_distance=2).empty


def test_a_class_with_fewer_groups_than_splits_is_left_out_and_named():
    lynxes = far_apart("lynx", 2, start=40)
    found = curated(*FOXES, *OWLS, *lynxes)
    assert list(found.exclusions["file"]) == ["lynx/0", "lynx/1"]
    assert found.exclusions["reason"].unique().tolist() == [
        "class lynx has 2 independent groups of photos; 3 are needed for one in each split"
    ]
    assert set(found.photos["class_name"]) == {"fox", "owl"}


def test_ten_frames_of_one_burst_are_one_group_and_no_class():
    burst = [(f"lynx/{number}", f"l{number}", "f" * 64) for number in range(10)]
    found = curated(*FOXES, *OWLS, *burst)
    assert len(found.exclusions) == 10
    assert "lynx has 1 independent group of photos" in found.exclusions["reason"].iloc[0]


def test_two_splits_need_two_groups():
    lynxes = far_apart("lynx", 2, start=40)
    assert set(curated(*FOXES, *lynxes, splits=2).photos["class_name"]) == {"fox", "lynx"}


def test_a_small_class_that_was_asked_for_is_an_error():
    lynxes = far_apart("lynx", 1, start=40)
    with pytest.raises(UnusableClassesError, match=r"class lynx has 1 .* take it out of photos"):
        curated(*FOXES, *OWLS, *lynxes, classes=("fox", "owl", "lynx"))


def test_a_class_asked_for_without_a_readable_photo_is_an_error():
    with pytest.raises(UnusableClassesError, match="class lynx has no usable photo; add photos"):
        curated(*FOXES, *OWLS, classes=("fox", "owl", "lynx"))


def test_one_class_is_an_error():
    with pytest.raises(UnusableClassesError, match=r"at least 2 classes .* there is \['fox'\]"):
        curated(*FOXES)


def test_unreadable_files_stay_in_the_exclusions():
    quarantine = pd.DataFrame({"file": ["fox/bad"], "reason": ["the file is empty"]})
    found = curated(*FOXES, *OWLS, quarantine=quarantine)
    assert found.exclusions.to_numpy().tolist() == [["fox/bad", "the file is empty"]]


def test_photos_of_one_name_are_one_group():
    names = ["day"] * 2 + [f"one {number}" for number in range(10)]
    groups = curated(*FOXES, *OWLS, links=[names]).photos["group_id"]
    assert groups[0] == groups[1]
    assert groups.nunique() == 11


def test_the_users_table_names_groups_and_empty_cells_name_none():
    table = pd.DataFrame({"photo_id": ["a", "b", "c", "d"], "camera": ["1", "1", "", None]})
    assert names_in_table(["d", "b", "a", "c"], table, "camera") == [
        "d", "camera 1", "camera 1", "c",
    ]  # fmt: skip
    assert names_in_table(["a", "b"], None, None) == ["a", "b"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (None, "there is no such table"),
        (pd.DataFrame({"photo_id": ["a"], "day": ["1"]}), r"it has \['day', 'photo_id'\]"),
        (pd.DataFrame({"photo_id": ["a"], "camera": ["1"]}), "no row for 1 photos, such as b"),
    ],
)
def test_a_table_that_cannot_name_the_groups_is_an_error(table, message):
    with pytest.raises(ValueError, match=message):
        names_in_table(["a", "b"], table, "camera")
