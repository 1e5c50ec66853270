"""Layouts are found by themselves; what does not pair or fit is named and left out."""

import json
import os

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from wildroad.core.labels import label_space
from wildroad.core.masks import SceneFileError
from wildroad.core.scenes import MissingScenesError, index_scenes, read_target

WIDTH, HEIGHT = 6, 4
CAR = [[1, 1], [3, 1], [3, 2], [1, 2]]


def put_photo(root, file, size=(WIDTH, HEIGHT)):
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (90, 120, 60)).save(path)


def put_mask(root, file, value=0, size=(WIDTH, HEIGHT)):
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, value).save(path)


def put_polygons(root, file, size=(WIDTH, HEIGHT), label="car"):
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    entry = {"label": label, "polygon": CAR}
    annotation = {"imgWidth": size[0], "imgHeight": size[1], "objects": [entry]}
    path.write_text(json.dumps(annotation))


def put_idd(root, split, drive, frame, ending="png"):
    put_photo(root, f"leftImg8bit/{split}/{drive}/{frame}_leftImg8bit.{ending}")
    if split != "test":
        put_polygons(root, f"gtFine/{split}/{drive}/{frame}_gtFine_polygons.json")


def put_cityscapes(root, split, city, number, kinds=("labelIds",)):
    frame = f"{city}_{number:06d}_000019"
    put_photo(root, f"leftImg8bit/{split}/{city}/{frame}_leftImg8bit.png")
    for kind in kinds:
        put_mask(root, f"gtFine/{split}/{city}/{frame}_gtFine_{kind}.png", value=7)
    return frame


def quarantined(index):
    return dict(zip(index.quarantine["file"], index.quarantine["reason"], strict=True))


def test_idd_polygons_are_found_with_png_and_jpg(tmp_path):
    put_idd(tmp_path, "train", "12", "frame0001")
    put_idd(tmp_path, "val", "40", "0002", "jpg")
    put_idd(tmp_path, "test", "50", "0003", "JPG")
    index = index_scenes(tmp_path)
    assert (index.layout, index.label_space) == ("idd_polygons", "idd_id")
    assert index.quarantine.empty
    assert index.scenes.to_dict("split")["data"] == [
        ["test/50/0003", "50", "test", "leftImg8bit/test/50/0003_leftImg8bit.JPG", "", 6, 4],
        [
            "train/12/frame0001", "12", "train",
            "leftImg8bit/train/12/frame0001_leftImg8bit.png",
            "gtFine/train/12/frame0001_gtFine_polygons.json", 6, 4,
        ],
        [
            "val/40/0002", "40", "val", "leftImg8bit/val/40/0002_leftImg8bit.jpg",
            "gtFine/val/40/0002_gtFine_polygons.json", 6, 4,
        ],
    ]  # fmt: skip


def test_both_parts_of_idd_are_one_index(tmp_path):
    put_idd(tmp_path / "IDD_Segmentation", "train", "12", "0001")
    put_idd(tmp_path / "idd20kII", "train", "12", "0001", "jpg")
    index = index_scenes(tmp_path)
    assert index.layout == "idd_polygons"
    assert index.scenes["scene_id"].tolist() == [
        "IDD_Segmentation/train/12/0001", "idd20kII/train/12/0001",
    ]  # fmt: skip
    assert index.scenes["drive"].tolist() == ["12", "12"]
    assert index.scenes["image_file"].tolist() == [
        "IDD_Segmentation/leftImg8bit/train/12/0001_leftImg8bit.png",
        "idd20kII/leftImg8bit/train/12/0001_leftImg8bit.jpg",
    ]


def test_parent_of_one_set_is_as_good_as_the_set(tmp_path):
    put_idd(tmp_path / "idd20kII", "train", "12", "0001", "jpg")
    index = index_scenes(tmp_path)
    assert index.scenes["scene_id"].tolist() == ["train/12/0001"]
    assert index.scenes["annotation_file"].tolist() == [
        "idd20kII/gtFine/train/12/0001_gtFine_polygons.json"
    ]


@pytest.mark.parametrize(
    ("kind", "space"),
    [
        ("labelids", "idd_id"),
        ("labelcsTrainIds", "idd_cstrainid"),
        ("labelcsIds", "idd_csid"),
        ("labellevel4Ids", "idd_level4"),
        ("labellevel3Ids", "idd_level3"),
        ("labellevel2Ids", "idd_level2"),
        ("labellevel1Ids", "idd_level1"),
    ],
)
def test_masks_of_the_official_converter_state_their_space(tmp_path, kind, space):
    put_photo(tmp_path, "leftImg8bit/train/12/0001_leftImg8bit.png")
    put_mask(tmp_path, f"gtFine/train/12/0001_gtFine_{kind}.png")
    put_mask(tmp_path, "gtFine/train/12/0001_gtFine_instancelevel3Ids.png")
    index = index_scenes(tmp_path)
    assert (index.layout, index.label_space) == ("idd_masks", space)
    assert len(index.scenes) == 1
    assert index.quarantine.empty


def test_polygons_are_preferred_to_masks_made_from_them(tmp_path):
    put_idd(tmp_path, "train", "12", "0001")
    put_mask(tmp_path, "gtFine/train/12/0001_gtFine_labellevel3Ids.png")
    assert index_scenes(tmp_path).layout == "idd_polygons"


def test_stray_polygon_file_does_not_outweigh_a_full_set_of_masks(tmp_path):
    for number in range(3):
        put_photo(tmp_path, f"leftImg8bit/train/12/{number}_leftImg8bit.png")
        put_mask(tmp_path, f"gtFine/train/12/{number}_gtFine_labellevel3Ids.png")
    put_polygons(tmp_path, "gtFine/train/12/0_gtFine_polygons.json")
    index = index_scenes(tmp_path)
    assert (index.layout, index.label_space, len(index.scenes)) == ("idd_masks", "idd_level3", 3)


def test_flat_copy_pairs_images_and_masks_by_number(tmp_path):
    flat = tmp_path / "IDD20K_II"
    put_photo(flat, "image_archive/image_12.png")
    put_mask(flat, "mask_archive/mask_12.png")
    put_photo(flat, "image_archive/image_7.jpg")
    put_mask(flat, "mask_archive/mask_7.png")
    for root in (flat, tmp_path):
        index = index_scenes(root)
        assert (index.layout, index.label_space) == ("idd_flat", "idd_level3")
        assert index.scenes["scene_id"].tolist() == ["image_12", "image_7"]
        assert index.scenes["drive"].tolist() == ["image_12", "image_7"]
        assert set(index.scenes["split"]) == {"all"}


def test_idd_lite_leaves_instance_masks_out(tmp_path):
    put_photo(tmp_path, "leftImg8bit/train/9/024541_image.jpg")
    put_mask(tmp_path, "gtFine/train/9/024541_label.png")
    put_mask(tmp_path, "gtFine/train/9/024541_inst_label.png")
    put_photo(tmp_path, "leftImg8bit/test/10/1_image.jpg")
    index = index_scenes(tmp_path)
    assert (index.layout, index.label_space) == ("idd_lite", "idd_level1")
    assert index.scenes["annotation_file"].tolist() == ["", "gtFine/train/9/024541_label.png"]
    assert index.quarantine.empty


def test_cityscapes_is_told_from_idd_by_its_frame_names(tmp_path):
    kinds = ("labelIds", "labelTrainIds", "instanceIds", "color")
    frame = put_cityscapes(tmp_path, "val", "frankfurt", 294, kinds)
    put_polygons(tmp_path, f"gtFine/val/frankfurt/{frame}_gtFine_polygons.json")
    index = index_scenes(tmp_path)
    assert (index.layout, index.label_space) == ("cityscapes", "cityscapes_id")
    assert index.scenes["scene_id"].tolist() == ["val/frankfurt/frankfurt_000294_000019"]
    assert index.scenes["drive"].tolist() == ["frankfurt"]
    assert index.scenes["annotation_file"].tolist() == [
        "gtFine/val/frankfurt/frankfurt_000294_000019_gtFine_labelIds.png"
    ]


@pytest.mark.parametrize(
    ("kinds", "polygons", "space"),
    [((), True, "cityscapes_id"), (("labelTrainIds",), False, "cityscapes_trainid")],
)
def test_cityscapes_without_label_ids_uses_what_there_is(tmp_path, kinds, polygons, space):
    frame = put_cityscapes(tmp_path, "val", "bochum", 1, kinds)
    if polygons:
        put_polygons(tmp_path, f"gtFine/val/bochum/{frame}_gtFine_polygons.json")
    index = index_scenes(tmp_path)
    assert (index.layout, index.label_space) == ("cityscapes", space)
    assert (index.scenes["annotation_file"] != "").all()


def test_photos_without_any_annotation_are_scenes_without_labels(tmp_path):
    put_photo(tmp_path, "leftImg8bit/val/12/0001_leftImg8bit.png")
    index = index_scenes(tmp_path)
    assert index.scenes["annotation_file"].tolist() == [""]
    assert index.quarantine.empty


def test_order_and_content_are_the_same_in_two_runs(tmp_path):
    for number in (3, 1, 2):
        put_idd(tmp_path, "train", str(number), f"000{number}")
    first, second = index_scenes(tmp_path), index_scenes(tmp_path)
    assert first.scenes["scene_id"].is_monotonic_increasing
    pd.testing.assert_frame_equal(first.scenes, second.scenes)


@pytest.fixture
def idd(tmp_path):
    """A set of one good frame, to which a test adds a bad one."""
    put_idd(tmp_path, "train", "12", "good")
    return tmp_path


def only_good(root):
    index = index_scenes(root)
    assert index.scenes["scene_id"].tolist() == ["train/12/good"]
    assert index.quarantine.columns.tolist() == ["file", "reason"]
    return quarantined(index)


@pytest.mark.faults
def test_photo_without_annotation_is_quarantined_in_a_labelled_split(idd):
    put_photo(idd, "leftImg8bit/val/12/bad_leftImg8bit.png")
    assert only_good(idd) == {"leftImg8bit/val/12/bad_leftImg8bit.png": "has no annotation"}


@pytest.mark.faults
def test_annotation_without_photo_is_quarantined(idd):
    put_polygons(idd, "gtFine/train/12/bad_gtFine_polygons.json")
    assert only_good(idd) == {"gtFine/train/12/bad_gtFine_polygons.json": "has no photo"}


@pytest.mark.faults
def test_pair_whose_names_differ_by_case_is_explained(idd):
    put_photo(idd, "leftImg8bit/train/12/Bad_leftImg8bit.png")
    put_polygons(idd, "gtFine/train/12/bad_gtFine_polygons.json")
    found = only_good(idd)
    assert found["gtFine/train/12/bad_gtFine_polygons.json"] == (
        "has no photo; the name of train/12/Bad_leftImg8bit.png differs in case or Unicode form"
    )
    assert "differs in case" in found["leftImg8bit/train/12/Bad_leftImg8bit.png"]


@pytest.mark.faults
def test_annotation_of_another_size_is_quarantined_with_both_sizes(idd):
    put_photo(idd, "leftImg8bit/train/12/bad_leftImg8bit.png")
    put_polygons(idd, "gtFine/train/12/bad_gtFine_polygons.json", size=(WIDTH, 9))
    assert only_good(idd) == {
        "gtFine/train/12/bad_gtFine_polygons.json": (
            "is 6x9, but its photo leftImg8bit/train/12/bad_leftImg8bit.png is 6x4"
        )
    }


@pytest.mark.faults
def test_mask_of_another_size_or_form_is_quarantined(tmp_path):
    put_cityscapes(tmp_path, "val", "bochum", 1)
    big, colours = (put_cityscapes(tmp_path, "val", "bochum", number) for number in (2, 3))
    put_mask(tmp_path, f"gtFine/val/bochum/{big}_gtFine_labelIds.png", size=(7, 4))
    put_photo(tmp_path, f"gtFine/val/bochum/{colours}_gtFine_labelIds.png")
    index = index_scenes(tmp_path)
    reasons = quarantined(index)
    assert len(index.scenes) == 1
    assert "is 7x4, but its photo" in reasons[f"gtFine/val/bochum/{big}_gtFine_labelIds.png"]
    assert "the mode RGB" in reasons[f"gtFine/val/bochum/{colours}_gtFine_labelIds.png"]


@pytest.mark.faults
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no JSON (0 bytes)"),
        (b"not json", "is no JSON (8 bytes)"),
        (b"\xff\xfe\xfa", "is no JSON (3 bytes)"),
        (b'{"imgHeight": 4, "imgWidth": 6}', 'has no list "objects"'),
        (
            b'{"imgHeight": 4, "imgWidth": 6, "objects": [{"label": "car", "polygon":'
            b" [[NaN, 1], [2, 2], [3, 3]]}]}",
            "object 0 (car) has the point [nan, 1]",
        ),
        (
            b'{"imgHeight": 4, "imgWidth": 6, "objects": [{"label": "ufo", "polygon":'
            b" [[1, 1], [2, 2], [3, 3]]}]}",
            "object 0 has the label 'ufo'",
        ),
    ],
)
def test_polygon_file_that_can_not_be_drawn_is_quarantined(idd, content, reason):
    put_idd(idd, "train", "12", "bad")
    (idd / "gtFine/train/12/bad_gtFine_polygons.json").write_bytes(content)
    found = only_good(idd)
    assert found["gtFine/train/12/bad_gtFine_polygons.json"].startswith(reason)


@pytest.mark.faults
def test_damaged_mask_and_mask_with_an_unknown_id_are_quarantined_by_name(tmp_path):
    put_cityscapes(tmp_path, "val", "bochum", 1)
    cut, unknown = (put_cityscapes(tmp_path, "val", "bochum", number) for number in (2, 3))
    folder = tmp_path / "gtFine/val/bochum"
    damaged = folder / f"{cut}_gtFine_labelIds.png"
    damaged.write_bytes(damaged.read_bytes()[:48])
    with Image.open(folder / f"{unknown}_gtFine_labelIds.png") as image:
        ids = np.array(image)
    ids[0, 0] = 77
    Image.fromarray(ids).save(folder / f"{unknown}_gtFine_labelIds.png")
    index = index_scenes(tmp_path)
    reasons = {file.rpartition("/")[2]: reason for file, reason in quarantined(index).items()}
    assert len(index.scenes) == 1
    assert "can't be read as an image" in reasons[damaged.name]
    assert "holds the ids [77]" in reasons[f"{unknown}_gtFine_labelIds.png"]


@pytest.mark.faults
def test_photo_damaged_in_its_middle_is_quarantined(idd):
    put_idd(idd, "train", "12", "bad")
    path = idd / "leftImg8bit/train/12/bad_leftImg8bit.png"
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    Image.fromarray(noise).save(path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert only_good(idd)["leftImg8bit/train/12/bad_leftImg8bit.png"].startswith("can't be read")


@pytest.mark.faults
def test_photo_that_can_not_be_read_is_quarantined(idd):
    for frame in ("cut", "empty", "folder", "link", "text"):
        put_idd(idd, "train", "12", frame)
    photos = idd / "leftImg8bit/train/12"
    cut = photos / "cut_leftImg8bit.png"
    cut.write_bytes(cut.read_bytes()[:50])
    (photos / "empty_leftImg8bit.png").write_bytes(b"")
    (photos / "text_leftImg8bit.png").write_text("no photo")
    for frame in ("folder", "link"):
        (photos / f"{frame}_leftImg8bit.png").unlink()
    (photos / "folder_leftImg8bit.png").mkdir()
    (photos / "link_leftImg8bit.png").symlink_to(idd / "absent.png")
    found = {file.rpartition("/")[2][:-16]: reason for file, reason in only_good(idd).items()}
    assert found["cut"].startswith("can't be read as an image")
    assert found["empty"] == "is no PNG or JPEG image (0 bytes)"
    assert found["text"] == "is no PNG or JPEG image (8 bytes)"
    assert found["folder"] == "can't be read as an image: Is a directory"
    assert found["link"] == "can't be read as an image: No such file or directory"


@pytest.mark.faults
def test_second_photo_of_a_frame_is_quarantined(idd):
    put_photo(idd, "leftImg8bit/train/12/good_leftImg8bit.jpg")
    put_photo(idd, "leftImg8bit/train/12/good_leftImg8bit.png")
    index = index_scenes(idd)
    assert index.scenes["image_file"].tolist() == ["leftImg8bit/train/12/good_leftImg8bit.jpg"]
    assert quarantined(index) == {
        "leftImg8bit/train/12/good_leftImg8bit.png": (
            "shows the same frame as train/12/good_leftImg8bit.jpg"
        )
    }


@pytest.mark.faults
def test_files_that_are_no_photos_are_named_and_hidden_ones_passed_over(idd):
    (idd / "leftImg8bit/train/12/notes.txt").write_text("wet road")
    put_photo(idd, "leftImg8bit/train/loose_leftImg8bit.png")
    (idd / "leftImg8bit/train/12/._good_leftImg8bit.png").write_bytes(b"\0")
    (idd / "leftImg8bit/train/12/Thumbs.db").write_bytes(b"\0")
    (idd / "gtFine/train.json").write_text("{}")
    found = only_good(idd)
    assert sorted(found) == [
        "leftImg8bit/train/12/notes.txt",
        "leftImg8bit/train/loose_leftImg8bit.png",
    ]
    assert found["leftImg8bit/train/12/notes.txt"] == (
        "is not named like a photo, {split}/{drive}/{frame}_leftImg8bit.png or .jpg"
    )


@pytest.mark.faults
def test_name_that_is_not_utf8_is_quarantined_in_printable_form(idd):
    name = os.fsdecode(b"bad\xff_leftImg8bit.png")
    put_photo(idd, "leftImg8bit/train/12/plain.png")
    (idd / "leftImg8bit/train/12/plain.png").rename(idd / "leftImg8bit/train/12" / name)
    assert only_good(idd) == {
        "leftImg8bit/train/12/bad\\xff_leftImg8bit.png": "its name is not UTF-8"
    }


@pytest.mark.faults
def test_folder_without_scenes_names_what_was_looked_for_and_what_is_there(tmp_path):
    (tmp_path / "holiday").mkdir()
    (tmp_path / "leftImg8bit").mkdir()
    message = (
        r"No road scenes in .*\(\['holiday', 'leftImg8bit'\]\).*cityscapes: leftImg8bit/.*"
        r"idd_flat: image_archive/.*Put a data set there"
    )
    with pytest.raises(MissingScenesError, match=message):
        index_scenes(tmp_path)


@pytest.mark.faults
def test_absent_folder_is_named(tmp_path):
    with pytest.raises(MissingScenesError, match=r"absent \(no such folder\)"):
        index_scenes(tmp_path / "absent")


@pytest.mark.faults
def test_two_data_sets_under_one_folder_are_refused(tmp_path):
    put_idd(tmp_path / "idd20kII", "train", "12", "0001")
    put_cityscapes(tmp_path / "cityscapes", "val", "bochum", 1)
    with pytest.raises(ValueError, match=r"several data sets, {'cityscapes/': 'cityscapes', 'idd"):
        index_scenes(tmp_path)


@pytest.mark.faults
def test_set_of_bad_frames_only_is_refused_with_the_first_reason(tmp_path):
    put_idd(tmp_path, "train", "12", "0001")
    put_polygons(tmp_path, "gtFine/train/12/0001_gtFine_polygons.json", label="ufo")
    with pytest.raises(MissingScenesError, match=r"can be used; .*has the label 'ufo'"):
        index_scenes(tmp_path)


def test_target_is_drawn_from_polygons_in_any_space_of_the_data_set(tmp_path):
    put_idd(tmp_path, "train", "12", "0001")
    file = index_scenes(tmp_path).scenes.loc[0, "annotation_file"]
    for space, car, background in [("idd_id", 12, 35), ("idd_level3", 9, 255)]:
        mask = read_target(tmp_path, file, space=label_space(space))
        assert mask.shape == (HEIGHT, WIDTH)
        assert np.argwhere(mask == car).tolist() == [[r, c] for r in (1, 2) for c in (1, 2, 3)]
        assert (mask == background).sum() == HEIGHT * WIDTH - 6


def test_target_is_read_from_a_label_image(tmp_path):
    put_cityscapes(tmp_path, "val", "bochum", 1)
    file = index_scenes(tmp_path).scenes.loc[0, "annotation_file"]
    mask = read_target(tmp_path, file, space=label_space("cityscapes_id"))
    assert mask.tolist() == [[7] * WIDTH] * HEIGHT


@pytest.mark.faults
def test_target_with_an_unknown_id_names_file_and_id(tmp_path):
    put_mask(tmp_path, "mask.png", value=77)
    with pytest.raises(SceneFileError, match=r"mask.png: holds the ids \[77\]"):
        read_target(tmp_path, "mask.png", space=label_space("cityscapes_id"))


@pytest.mark.parity
@pytest.mark.parametrize(
    ("folder", "space", "labelled", "unlabelled"),
    [
        ("cityscapes", "cityscapes_id", 9, 0),
        ("cityscapes_small", "cityscapes_id", 10, 0),
        ("idd20k_lite", "idd_level1", 1607, 404),
    ],
)
def test_real_sets_are_indexed_whole(shared, folder, space, labelled, unlabelled):
    root = shared / "data" / folder
    index = index_scenes(root)
    assert index.label_space == space
    assert index.quarantine.empty
    assert (index.scenes["annotation_file"] != "").sum() == labelled
    assert (index.scenes["annotation_file"] == "").sum() == unlabelled
    scene = index.scenes[index.scenes["annotation_file"] != ""].iloc[0]
    mask = read_target(root, scene["annotation_file"], space=label_space(space))
    assert mask.shape == (scene["height"], scene["width"])
