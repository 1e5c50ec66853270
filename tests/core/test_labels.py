"""Label tables, and what each id space can express."""

import numpy as np
import pandas as pd
import pytest

from wildroad.core.labels import (
    IGNORED,
    ROAD_CLASSES,
    SPACES,
    cityscapes_labels,
    class_colors,
    idd_labels,
    label_space,
    road_classes,
)

EIGHTEEN = (
    "Road", "Sidewalk", "Person", "Rider", "Motorbike", "Bicycle", "Car", "Truck", "Bus", "Train",
    "Wall", "Fence", "Traffic Sign", "Traffic Light", "Pole", "Building", "Vegetation", "Sky",
)  # fmt: skip
DATASET_SPACES = [name for name in SPACES if name != "road18"]
EIGHTEEN_SPACES = [name for name in SPACES if name not in ("idd_level1", "idd_level2")]


@pytest.mark.parity
@pytest.mark.parametrize(
    ("name", "table"),
    [("idd_labels", idd_labels), ("cityscapes_labels", cityscapes_labels),
     ("road_classes", road_classes)],
)  # fmt: skip
def test_tables_are_those_of_the_specification(shared, name, table):
    pd.testing.assert_frame_equal(table(), pd.read_csv(shared / "spec" / f"{name}.csv"))


@pytest.mark.parity
def test_cityscapes_table_is_that_of_the_official_scripts():
    peer = pytest.importorskip("cityscapesscripts.helpers.labels")
    official = [
        (entry.name, entry.id, entry.trainId, int(entry.hasInstances), *entry.color)
        for entry in peer.labels
    ]
    columns = ["name", "id", "train_id", "has_instances", "red", "green", "blue"]
    assert list(cityscapes_labels()[columns].itertuples(index=False, name=None)) == official


def test_tables_handed_out_are_copies():
    table = idd_labels()
    table.loc[0, "name"] = "changed"
    assert idd_labels().loc[0, "name"] == "road"


def test_there_are_eighteen_classes_in_a_fixed_order():
    assert ROAD_CLASSES == EIGHTEEN


@pytest.mark.parametrize("name", EIGHTEEN_SPACES)
def test_every_class_has_one_label_in_every_space(name):
    space = label_space(name)
    assert space.classes == ROAD_CLASSES
    indices = [label.class_index for label in space.labels if label.class_index is not None]
    assert sorted(indices) == list(range(18))


@pytest.mark.known_bug(3)
@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("idd_id", "idd_id"),
        ("idd_level4", "idd_level4_id"),
        ("idd_level3", "idd_level3_id"),
        ("cityscapes_id", "cityscapes_id"),
        ("cityscapes_trainid", "cityscapes_train_id"),
        ("idd_csid", "cityscapes_id"),
        ("idd_cstrainid", "cityscapes_train_id"),
    ],
)
def test_ids_become_class_indices_and_every_other_id_is_ignored(name, column):
    expected = np.full(256, IGNORED, dtype=np.uint8)
    expected[road_classes()[column]] = range(18)
    np.testing.assert_array_equal(label_space(name).class_table(), expected)


@pytest.mark.known_bug(3)
def test_level3_ids_of_the_eighteen_are_not_their_indices():
    ids = [0, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 18, 19, 20, 22, 24, 25]
    mask = np.array([[*ids, 255, 8, 1]], dtype=np.uint8)
    classes = label_space("idd_level3").class_table()[mask]
    assert classes.tolist() == [[*range(18), IGNORED, IGNORED, IGNORED]]


@pytest.mark.known_bug(16)
@pytest.mark.parametrize("name", DATASET_SPACES)
def test_unlabeled_is_no_class_in_any_space(name):
    space = label_space(name)
    unlabeled = [label for label in space.labels if "unlabeled" in label.members]
    assert [label.class_index for label in unlabeled] == [None]
    assert space.class_table()[unlabeled[0].id] == IGNORED
    assert not {"unlabeled", "void"} & {entry.lower() for entry in space.classes}


def test_autorickshaws_and_all_the_labels_outside_the_eighteen_are_ignored_as_target():
    ignored = {label.name for label in label_space("idd_id").labels if label.class_index is None}
    assert ignored == {
        "parking", "drivable fallback", "rail track", "non-drivable fallback", "animal",
        "autorickshaw", "caravan", "trailer", "vehicle fallback", "curb", "guard rail",
        "billboard", "polegroup", "obs-str-bar-fallback", "bridge", "tunnel",
        "fallback background", "unlabeled", "ego vehicle", "rectification border", "out of roi",
        "license plate",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["idd_cstrainid", "cityscapes_trainid"])
def test_terrain_is_known_and_ignored_as_target(name):
    space = label_space(name)
    assert 9 in space.known_ids()
    assert space.class_table()[9] == IGNORED


def test_level3_says_what_it_merges_into_the_eighteen():
    space = label_space("idd_level3")
    assert space.merged == {
        "Person": ("animal",),
        "Train": ("caravan", "trailer", "vehicle fallback"),
        "Pole": ("polegroup",),
        "Sky": ("fallback background",),
    }
    assert space.contaminated() == {"Train"}


def test_level4_says_what_it_merges_into_the_eighteen():
    space = label_space("idd_level4")
    assert space.merged == {
        "Sidewalk": ("rail track",),
        "Train": ("trailer", "vehicle fallback"),
        "Pole": ("polegroup",),
    }
    assert space.contaminated() == {"Train"}


@pytest.mark.parametrize(
    "name",
    ["idd_id", "idd_csid", "idd_cstrainid", "cityscapes_id", "cityscapes_trainid", "road18"],
)
def test_clean_spaces_merge_nothing_into_a_class(name):
    assert label_space(name).merged == {}


@pytest.mark.parametrize(("name", "count"), [("idd_level1", 7), ("idd_level2", 16)])
def test_coarse_levels_have_classes_of_their_own(name, count):
    space = label_space(name)
    assert len(space.classes) == count
    assert space.class_table()[:count].tolist() == list(range(count))
    assert space.known_ids() == {*range(count), 255}
    assert space.merged == {}


def test_level1_has_the_seven_classes_of_idd_lite():
    assert label_space("idd_level1").classes == (
        "Drivable", "Non-Drivable", "Living Things", "Vehicles", "Road-Side Objects",
        "Far Objects", "Sky",
    )  # fmt: skip


@pytest.mark.parametrize("name", DATASET_SPACES)
def test_every_label_of_the_data_set_stands_once_in_every_space(name):
    table = idd_labels() if name.startswith("idd") else cityscapes_labels()
    members = [member for label in label_space(name).labels for member in label.members]
    assert sorted(members) == sorted(table["name"])


def test_ids_that_a_byte_can_not_hold_are_stored_as_255():
    void = {label.id: label for label in label_space("idd_csid").labels}[255]
    assert "vehicle fallback" in void.members
    assert {label.id: label.name for label in label_space("cityscapes_id").labels}[255] == (
        "license plate"
    )


def test_labels_that_share_an_id_are_all_named():
    names = {label.id: label.name for label in label_space("idd_level3").labels}
    assert names[20] == "pole + polegroup"
    assert names[8] == "autorickshaw"
    assert names[255] == "void"


def test_label_of_a_coarse_level_is_named_by_its_class():
    labels = {label.id: label for label in label_space("idd_level1").labels}
    assert labels[2].name == "living things"
    assert labels[2].members == ("person", "animal", "rider")
    assert labels[255].name == "void"


def test_label_that_can_be_told_apart_says_so():
    labels = {label.name: label for label in label_space("idd_id").labels}
    assert labels["car"].has_instances
    assert not labels["road"].has_instances


def test_palette_has_the_colours_of_the_data_set():
    palette = label_space("idd_id").palette()
    assert palette.shape == (256, 3)
    assert palette[11].tolist() == [255, 204, 54]
    assert palette[200].tolist() == [0, 0, 0]
    assert label_space("idd_level3").palette()[20].tolist() == [153, 153, 153]


def test_class_colours_are_those_of_the_data_sets():
    expected = road_classes()[["red", "green", "blue"]].to_numpy()
    np.testing.assert_array_equal(class_colors(ROAD_CLASSES), expected)
    assert class_colors(["Vehicles", "Sky"]).tolist() == [[0, 0, 230], [70, 130, 180]]
    assert class_colors([]).shape == (0, 3)


def test_colour_of_no_class_is_refused():
    with pytest.raises(ValueError, match="'autorickshaw' is no class with a colour"):
        class_colors(["Road", "autorickshaw"])


def test_unknown_space_is_refused_with_the_ones_there_are():
    with pytest.raises(ValueError, match="no label space 'idd_level5'; there are idd_id, "):
        label_space("idd_level5")
