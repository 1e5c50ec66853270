"""Roles of scenes: disjoint, complete, by whole drives, seeded."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wildroad.core.subsets import ROLES, assign_roles


def make_scenes(drives, splits, labelled=None):
    labelled = [True] * len(drives) if labelled is None else labelled
    return pd.DataFrame(
        {
            "scene_id": [f"scene{number}" for number in range(len(drives))],
            "drive": drives,
            "split": splits,
            "annotation_file": ["mask.png" if known else "" for known in labelled],
        }
    )


def roles_of(scenes, **changed):
    options = {"test_splits": ("train", "val"), "test_share": 0.3, "val_share": 0.1, "seed": 7}
    return assign_roles(scenes, **{**options, **changed})


@st.composite
def scene_tables(draw):
    """Up to 200 scenes of up to 12 drives; drives may stand in several splits, some unlabelled."""
    count = draw(st.integers(1, 200))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    drives = rng.integers(0, draw(st.integers(1, 12)), count).astype(str)
    by_drive = draw(st.booleans())
    home = rng.choice(["train", "val", "test"], 12)
    anywhere = rng.choice(["train", "val", "test"], count)
    splits = [home[int(drive)] for drive in drives] if by_drive else anywhere
    scenes = make_scenes(drives, splits, rng.random(count) < 0.9)
    scenes.loc[0, ["split", "annotation_file"]] = ["train", "mask.png"]
    return scenes


shares = st.sampled_from([0.0, 0.1, 0.3, 0.5, 1.0])


@settings(max_examples=150, deadline=None)
@given(scenes=scene_tables(), test_share=shares, val_share=shares, seed=st.integers(0, 99))
def test_roles_keep_every_promise(scenes, test_share, val_share, seed):
    roles = roles_of(scenes, test_share=test_share, val_share=val_share, seed=seed)
    assert roles.index.equals(scenes.index)
    assert set(roles) <= set(ROLES)
    assert (roles[scenes["annotation_file"] == ""] == "unused").all()
    assert (roles[scenes["split"] == "test"] == "unused").all()
    used = scenes[roles != "unused"].assign(role=roles)
    assert (used.groupby("drive")["role"].nunique() <= 1).all()
    pool = scenes[(scenes["annotation_file"] != "") & scenes["split"].isin(["train", "val"])]
    largest = pool["drive"].value_counts().max()
    assert abs((roles == "test").sum() - test_share * len(pool)) <= largest


@settings(max_examples=60, deadline=None)
@given(scenes=scene_tables(), seed=st.integers(0, 99))
def test_order_of_the_rows_plays_no_part(scenes, seed):
    shuffled = scenes.sample(frac=1, random_state=seed)
    pd.testing.assert_series_equal(
        roles_of(shuffled, seed=seed).sort_index(), roles_of(scenes, seed=seed)
    )


def many_scenes():
    drives = np.repeat(np.arange(50), 10).astype(str)
    return make_scenes(drives, np.where(np.arange(500) < 400, "train", "val"))


def test_thirty_per_cent_of_equal_drives_are_tested_exactly():
    assert roles_of(many_scenes()).value_counts()["test"] == 150


def test_same_seed_gives_the_same_roles_and_another_one_others():
    scenes = many_scenes()
    assert roles_of(scenes).equals(roles_of(scenes))
    assert not roles_of(scenes).equals(roles_of(scenes, seed=8))


def test_whole_val_is_tested_when_the_share_is_one():
    scenes = many_scenes()
    roles = roles_of(scenes, test_splits=("val",), test_share=1.0)
    assert set(roles[scenes["split"] == "val"]) == {"test"}
    assert roles[scenes["split"] == "train"].value_counts().to_dict() == {"train": 360, "val": 40}


def test_what_is_left_of_val_on_disk_is_val_and_train_stays_whole():
    scenes = many_scenes()
    roles = roles_of(scenes, test_splits=("val",))
    assert roles[scenes["split"] == "val"].value_counts().to_dict() == {"val": 70, "test": 30}
    assert set(roles[scenes["split"] == "train"]) == {"train"}


def test_copy_without_splits_is_divided_three_ways():
    drives = [f"image_{number}" for number in range(100)]
    roles = roles_of(make_scenes(drives, ["all"] * 100))
    assert roles.value_counts().to_dict() == {"train": 63, "test": 30, "val": 7}


def test_drive_in_both_splits_is_one_group():
    scenes = make_scenes(["a", "a", "b", "c"], ["train", "val", "train", "train"])
    roles = roles_of(scenes, test_splits=("val",), test_share=1.0, val_share=0.0)
    assert roles.tolist() == ["unused", "test", "train", "train"]


def test_train_frames_of_a_drive_that_is_val_on_disk_are_unused():
    scenes = make_scenes(["a", "a", "b", "c"], ["train", "val", "train", "val"])
    roles = roles_of(scenes, test_splits=("val",), test_share=0.0)
    assert roles.tolist() == ["unused", "val", "train", "val"]


def test_something_is_tested_however_small_the_share():
    assert (roles_of(make_scenes(["a", "b"], ["train", "train"]), test_share=0.01) == "test").any()


def test_only_drive_left_is_for_training():
    scenes = make_scenes(["a", "b"], ["train", "val"])
    roles = roles_of(scenes, test_splits=("val",), test_share=1.0, val_share=0.5)
    assert roles.tolist() == ["train", "test"]


def test_table_that_went_through_a_csv_file_gets_the_same_roles(tmp_path):
    scenes = many_scenes()
    scenes.loc[::7, "annotation_file"] = ""
    scenes.to_csv(tmp_path / "scenes.csv", index=False)
    again = pd.read_csv(tmp_path / "scenes.csv")
    assert again["drive"].dtype == np.int64
    assert roles_of(again).tolist() == roles_of(scenes).tolist()


@pytest.mark.faults
@pytest.mark.parametrize("name", ["test_share", "val_share"])
@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_share_outside_zero_to_one_is_refused(name, share):
    with pytest.raises(ValueError, match=f"{name} is {share}; a share between 0 and 1"):
        roles_of(many_scenes(), **{name: share})


@pytest.mark.faults
def test_split_without_labelled_scenes_is_refused():
    scenes = make_scenes(["a", "b"], ["train", "test"], [True, False])
    message = r"No labelled scene is in the splits \['test'\].*labelled scenes are in \['train'\]"
    with pytest.raises(ValueError, match=message):
        roles_of(scenes, test_splits=("test",))
