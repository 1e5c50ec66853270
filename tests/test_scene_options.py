import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from wildroad.core.masks import read_label_image
from wildroad.core.scenes import MissingScenesError, index_scenes, read_target
from wildroad.scene_options import OwnScenesOptions

CSV = """
id, label, class_name, red, green, blue
0, soil, Soil, 120, 80, 40
7, , Leaf, 0, 90, 0
255, void, , , ,
"""
YAML = [
    {"id": 0, "label": "soil", "class_name": "Soil", "color": [120, 80, 40]},
    {"id": 7, "class_name": "Leaf", "color": [0, 90, 0]},
    {"id": 255, "label": "void", "class_name": None},
]


def options(**changes):
    return OwnScenesOptions.model_validate({"name": "orchard", "labels": YAML} | changes)


def write(folder, files, *, value=7):
    """Write photos and masks of 6 x 4 pixels."""
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        pixels = np.full((4, 6, 3), 90) if file.startswith("images") else np.full((4, 6), value)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / file)


def test_csv_and_yaml_make_the_same_label_space():
    assert options(labels=CSV).scenes.space == options().scenes.space


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        ("id,name\n1,a", "need the columns id,label,class_name,red,green,blue, not id,name"),
        (CSV + "9, twig\n", "a row of the labels has not 6 cells"),
        (CSV.replace("7,", "300,"), "less than or equal to 255"),
        (CSV.replace("7,", "0,"), "the id stands twice: 0"),
        (CSV.replace("0, 90, 0", ", ,"), "are missing for the label: Leaf"),
        (CSV.replace("90", ""), "should be a valid integer"),
    ],
)
def test_a_csv_that_makes_no_sense_is_refused_by_name(labels, named):
    with pytest.raises(ValidationError, match=named):
        options(labels=labels)


def test_a_class_that_no_id_stands_for_is_refused():
    with pytest.raises(ValidationError, match="no label is of the class: Apple"):
        options(classes=["Soil", "Leaf", "Apple"])


def test_photos_and_masks_in_one_folder_are_refused():
    with pytest.raises(ValidationError, match="photos and masks are both in 'images'"):
        options(masks="images/")


def test_photos_and_masks_pair_by_their_path_at_any_depth(tmp_path):
    stems = ["a", "b/c", "val/d", "train/e/f/ü g"]
    write(tmp_path, [f"images/{stem}_rgb.JPG" for stem in stems])
    write(tmp_path, [f"masks/{stem}_mask.png" for stem in stems])
    own = options(photo_ending="_rgb", mask_ending="_mask").scenes
    found = index_scenes(tmp_path, own=own)
    assert found.quarantine.empty
    rows = found.scenes[["scene_id", "split", "drive", "annotation_file"]].to_numpy().tolist()
    assert rows == [
        ["a_rgb", "all", "image_a", "masks/a_mask.png"],
        ["b/c_rgb", "all", "b", "masks/b/c_mask.png"],
        ["train/e/f/ü g_rgb", "train", "e/f", "masks/train/e/f/ü g_mask.png"],
        ["val/d_rgb", "val", "image_d", "masks/val/d_mask.png"],
    ]


def test_an_id_that_is_not_in_the_table_is_named_with_its_mask(tmp_path):
    write(tmp_path, ["images/a.png", "images/b.png", "masks/a.png"])
    write(tmp_path, ["masks/b.png"], value=8)
    found = index_scenes(tmp_path, own=options().scenes)
    assert list(found.scenes["scene_id"]) == ["a"]
    assert found.quarantine.to_dict("records") == [
        {
            "file": "masks/b.png",
            "reason": "holds the ids [8], which orchard does not know: [0, 7, 255]",
        }
    ]


def test_a_photo_without_mask_and_a_mask_without_photo_are_named(tmp_path):
    write(tmp_path, ["images/a.png", "masks/a.png", "images/b.png", "masks/c.png"])
    found = index_scenes(tmp_path, own=options().scenes)
    assert found.quarantine.to_numpy().tolist() == [
        ["images/b.png", "has no annotation"],
        ["masks/c.png", "has no photo"],
    ]


def test_a_folder_without_photos_says_where_they_were_looked_for(tmp_path):
    write(tmp_path, ["pictures/a.png", "masks/a.png"])
    with pytest.raises(MissingScenesError, match=r"\['masks', 'pictures'\].*folders: images/"):
        index_scenes(tmp_path, own=options().scenes)


def test_target_masks_hold_the_ids_of_the_file(tmp_path):
    write(tmp_path, ["masks/a.png"])
    space = options().scenes.space
    target = read_target(tmp_path, "masks/a.png", space=space)
    assert (target == read_label_image(tmp_path / "masks/a.png", space=space)).all()
    assert (space.class_table()[target] == 1).all()
