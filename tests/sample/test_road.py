"""Facts about the drawn street scenes: layouts on disk, agreement, classes, determinism."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from wildroad.core.labels import ROAD_CLASSES, cityscapes_labels, label_space
from wildroad.core.polygons import draw_polygons
from wildroad.sample.road import RoadSample, draw_cityscapes, draw_idd

FEW = RoadSample(train=9, val=6, test=1)
TINY = RoadSample(train=1, val=1, test=1, width=256, height=128)
CITYSCAPES_IGNORED = {
    "ego vehicle", "rectification border", "out of roi", "static", "dynamic", "ground", "parking",
    "rail track", "guard rail", "bridge", "tunnel", "polegroup", "terrain", "caravan", "trailer",
}  # fmt: skip
IDD_IGNORED = {
    "parking", "drivable fallback", "rail track", "non-drivable fallback", "animal",
    "autorickshaw", "caravan", "trailer", "vehicle fallback", "curb", "guard rail", "billboard",
    "polegroup", "obs-str-bar-fallback", "bridge", "tunnel", "fallback background", "ego vehicle",
    "license plate",
}  # fmt: skip


@pytest.fixture(scope="module")
def cityscapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cityscapes")
    draw_cityscapes(folder, FEW)
    return folder


@pytest.fixture(scope="module")
def idd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("idd")
    draw_idd(folder, FEW)
    return folder / "idd20kII"


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def digests(folder: Path) -> dict[str, str]:
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files(folder)
    }


def annotations(folder: Path, split: str) -> Iterator[tuple[Path, dict]]:
    for path in sorted((folder / "gtFine" / split).rglob("*_polygons.json")):
        yield path, json.loads(path.read_text())


def photo_of(path: Path, ending: str) -> Path:
    name = path.name.replace("_gtFine_polygons.json", f"_leftImg8bit.{ending}")
    return Path(str(path.parent).replace("gtFine", "leftImg8bit")) / name


def masks(folder: Path, split: str, space: str) -> list[np.ndarray]:
    return [
        draw_polygons(annotation, space=label_space(space))
        for _, annotation in annotations(folder, split)
    ]


def classes_in(folder: Path, split: str, space: str) -> set[str]:
    """Classes with at least 20 pixels in one scene."""
    table = label_space(space).class_table()
    counts = [np.bincount(table[m].ravel(), minlength=256) for m in masks(folder, split, space)]
    return {name for k, name in enumerate(ROAD_CLASSES) if max(c[k] for c in counts) >= 20}


def labels_in(folder: Path, space: str) -> set[str]:
    found = np.unique(np.concatenate([m.ravel() for m in masks(folder, "train", space)]))
    return {label.name for label in label_space(space).labels if label.id in found}


def road_color(pairs: Iterator[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    return np.mean([photo[mask].mean(axis=0) for photo, mask in pairs], axis=0)


def test_cityscapes_files_lie_as_in_the_real_set(tmp_path):
    draw_cityscapes(tmp_path, TINY)
    assert files(tmp_path) == [
        "gtFine/train/altenau/altenau_000000_000000_gtFine_color.png",
        "gtFine/train/altenau/altenau_000000_000000_gtFine_instanceIds.png",
        "gtFine/train/altenau/altenau_000000_000000_gtFine_labelIds.png",
        "gtFine/train/altenau/altenau_000000_000000_gtFine_labelTrainIds.png",
        "gtFine/train/altenau/altenau_000000_000000_gtFine_polygons.json",
        "gtFine/val/ilmenau/ilmenau_000000_000000_gtFine_color.png",
        "gtFine/val/ilmenau/ilmenau_000000_000000_gtFine_instanceIds.png",
        "gtFine/val/ilmenau/ilmenau_000000_000000_gtFine_labelIds.png",
        "gtFine/val/ilmenau/ilmenau_000000_000000_gtFine_labelTrainIds.png",
        "gtFine/val/ilmenau/ilmenau_000000_000000_gtFine_polygons.json",
        "leftImg8bit/test/meldorf/meldorf_000000_000000_leftImg8bit.png",
        "leftImg8bit/train/altenau/altenau_000000_000000_leftImg8bit.png",
        "leftImg8bit/val/ilmenau/ilmenau_000000_000000_leftImg8bit.png",
    ]


def test_idd_files_lie_as_in_part_two_of_the_real_set(tmp_path):
    draw_idd(tmp_path, TINY)
    assert files(tmp_path) == [
        "idd20kII/gtFine/train/000/frame0000_gtFine_polygons.json",
        "idd20kII/gtFine/val/400/frame0000_gtFine_polygons.json",
        "idd20kII/leftImg8bit/test/800/frame0000_leftImg8bit.jpg",
        "idd20kII/leftImg8bit/train/000/frame0000_leftImg8bit.jpg",
        "idd20kII/leftImg8bit/val/400/frame0000_leftImg8bit.jpg",
    ]


def test_the_ninth_scene_starts_the_next_drive(cityscapes, idd):
    towns = {path.name for path in (cityscapes / "leftImg8bit/train").iterdir()}
    drives = {path.name for path in (idd / "leftImg8bit/train").iterdir()}
    assert towns == {"altenau", "buxheim"}
    assert drives == {"000", "001"}


@pytest.mark.parametrize("split", ["train", "val"])
def test_every_class_is_in_both_domains_and_splits(cityscapes, idd, split):
    assert classes_in(cityscapes, split, "cityscapes_id") == set(ROAD_CLASSES)
    assert classes_in(idd, split, "idd_id") == set(ROAD_CLASSES)


def test_labels_ignored_as_target_are_there_too(cityscapes, idd):
    assert labels_in(cityscapes, "cityscapes_id") >= CITYSCAPES_IGNORED
    assert labels_in(idd, "idd_id") >= IDD_IGNORED


def test_annotations_and_photos_have_the_same_size(cityscapes, idd):
    for folder, ending in ((cityscapes, "png"), (idd, "jpg")):
        for path, annotation in annotations(folder, "train"):
            with Image.open(photo_of(path, ending)) as photo:
                assert photo.size == (annotation["imgWidth"], annotation["imgHeight"])


def test_idd_sizes_are_mixed(idd):
    sizes = {(a["imgWidth"], a["imgHeight"]) for _, a in annotations(idd, "train")}
    assert sizes == {(480, 270), (320, 240)}


def test_polygons_lie_inside_the_frame(cityscapes, idd):
    for folder in (cityscapes, idd):
        for _, annotation in annotations(folder, "train"):
            corners = np.concatenate([entry["polygon"] for entry in annotation["objects"]])
            assert corners.min() >= 0
            assert (corners.max(axis=0) < [annotation["imgWidth"], annotation["imgHeight"]]).all()


def test_every_pixel_has_a_label(cityscapes, idd):
    for folder, space in ((cityscapes, "cityscapes_id"), (idd, "idd_id")):
        unlabeled = next(
            label.id for label in label_space(space).labels if label.name == "unlabeled"
        )
        assert not any((mask == unlabeled).any() for mask in masks(folder, "train", space))


def draw_in_order(annotation: dict, column: str) -> np.ndarray:
    """The polygons of a Cityscapes annotation, drawn by nothing but Pillow."""
    table = cityscapes_labels().set_index("name")
    background = int(table.at["unlabeled", column])
    image = Image.new("L", (annotation["imgWidth"], annotation["imgHeight"]), background)
    for entry in annotation["objects"]:
        label = entry["label"]
        label = label if label in table.index else label.removesuffix("group")
        if table.at[label, "id"] >= 0:
            polygon = [tuple(point) for point in entry["polygon"]]
            ImageDraw.Draw(image).polygon(polygon, fill=int(table.at[label, column]))
    return np.asarray(image)


def mask_beside(path: Path, name: str) -> np.ndarray:
    with Image.open(str(path).replace("polygons.json", f"{name}.png")) as image:
        return np.asarray(image)


@pytest.mark.parametrize(("name", "column"), [("labelIds", "id"), ("labelTrainIds", "train_id")])
def test_cityscapes_masks_are_the_polygons_drawn_in_order(cityscapes, name, column):
    for path, annotation in annotations(cityscapes, "val"):
        np.testing.assert_array_equal(mask_beside(path, name), draw_in_order(annotation, column))


def test_train_ids_and_colors_follow_from_label_ids(cityscapes):
    table = cityscapes_labels().iloc[:-1].set_index("id")
    for path, _ in annotations(cityscapes, "val"):
        ids = mask_beside(path, "labelIds")
        expected = table["train_id"].to_numpy()[ids]
        np.testing.assert_array_equal(mask_beside(path, "labelTrainIds"), expected)
        expected = table[["red", "green", "blue"]].to_numpy()[ids]
        np.testing.assert_array_equal(mask_beside(path, "color"), expected)


def test_instance_ids_hold_the_label_id_before_the_count(cityscapes):
    countable = set(cityscapes_labels().query("has_instances == 1")["id"])
    for path, _ in annotations(cityscapes, "val"):
        instances, ids = mask_beside(path, "instanceIds"), mask_beside(path, "labelIds")
        assert instances.dtype == np.uint16
        counted = instances >= 1000
        np.testing.assert_array_equal(np.where(counted, instances // 1000, instances), ids)
        assert set(np.unique(ids[counted])) <= countable


@pytest.mark.parity
def test_masks_equal_those_of_the_cityscapes_scripts(cityscapes):
    annotation_of = pytest.importorskip("cityscapesscripts.helpers.annotation").Annotation
    labels = pytest.importorskip("cityscapesscripts.preparation.json2labelImg")
    instances = pytest.importorskip("cityscapesscripts.preparation.json2instanceImg")
    path, _ = next(annotations(cityscapes, "val"))
    theirs = annotation_of()
    theirs.fromJsonFile(str(path))
    for encoding, name in (("ids", "labelIds"), ("trainIds", "labelTrainIds")):
        expected = np.asarray(labels.createLabelImage(theirs, encoding))
        np.testing.assert_array_equal(mask_beside(path, name), expected)
    expected = np.asarray(instances.createInstanceImage(theirs, "ids"))
    np.testing.assert_array_equal(mask_beside(path, "instanceIds"), expected)


def test_groups_have_their_suffix_and_deleted_objects_their_mark(cityscapes, idd):
    names = {e["label"] for _, a in annotations(cityscapes, "train") for e in a["objects"]}
    assert {"cargroup", "persongroup", "bicyclegroup"} <= names
    entries = [entry for _, a in annotations(idd, "train") for entry in a["objects"]]
    assert {entry["deleted"] for entry in entries} == {0, 1}
    assert any(entry["label"] == "persongroup" for entry in entries)


def test_every_label_name_is_in_the_table(cityscapes, idd):
    for folder, space in ((cityscapes, "cityscapes_id"), (idd, "idd_id")):
        known = {member for label in label_space(space).labels for member in label.members}
        names = {e["label"] for _, a in annotations(folder, "train") for e in a["objects"]}
        assert {
            n for n in names if n not in known and n.removesuffix("group") not in known
        } == set()


def test_photos_change_where_the_annotation_does(cityscapes):
    """Edges of sky in the mask are edges in the photo: neighbours across it differ more."""
    for path, _ in annotations(cityscapes, "val"):
        sky = mask_beside(path, "labelIds") == 23
        photo = np.asarray(Image.open(photo_of(path, "png"))).astype(float).mean(axis=2)
        step = np.abs(np.diff(photo, axis=0))
        across = sky[:-1] & ~sky[1:]
        assert step[across].mean() > 5 * step[sky[:-1] & sky[1:]].mean()


def test_roads_of_the_domains_differ_in_color(cityscapes, idd):
    german = road_color(
        (np.asarray(Image.open(photo_of(path, "png"))), mask_beside(path, "labelIds") == 7)
        for path, _ in annotations(cityscapes, "train")
    )
    indian = road_color(
        (
            np.asarray(Image.open(photo_of(path, "jpg"))),
            draw_polygons(a, space=label_space("idd_id")) == 0,
        )
        for path, a in annotations(idd, "train")
    )
    assert german[0] - german[2] < 0  # cool
    assert indian[0] - indian[2] > 25  # warm


def test_the_same_seed_draws_the_same_bytes(tmp_path):
    for name in ("first", "second"):
        draw_cityscapes(tmp_path / name, TINY)
        draw_idd(tmp_path / name, TINY)
    assert digests(tmp_path / "first") == digests(tmp_path / "second")


def test_another_seed_draws_other_photos(tmp_path):
    for seed in (1, 2):
        sample = RoadSample(train=1, val=0, test=0, width=256, height=128, seed=seed)
        draw_idd(tmp_path / str(seed), sample)
    first, second = digests(tmp_path / "1"), digests(tmp_path / "2")
    assert first.keys() == second.keys()
    assert not set(first.values()) & set(second.values())


def test_a_scene_does_not_depend_on_how_many_are_drawn(tmp_path):
    draw_cityscapes(tmp_path / "one", TINY)
    draw_cityscapes(tmp_path / "two", RoadSample(train=2, val=0, test=0, width=256, height=128))
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    shared = one.keys() & two.keys()
    assert len(shared) == 6
    assert all(one[name] == two[name] for name in shared)


@pytest.mark.faults
@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"train": -1}, "RoadSample.train is -1; it must be from 0 to 3000."),
        ({"test": 3001}, "RoadSample.test is 3001; it must be from 0 to 3000."),
        ({"width": 32}, "RoadSample.width is 32; it must be from 64 to 4096."),
        ({"height": 5000}, "RoadSample.height is 5000; it must be from 64 to 4096."),
        ({"seed": -4}, "RoadSample.seed is -4; it must be from 0 to 4294967295."),
    ],
)
def test_settings_out_of_range_are_named(setting, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        RoadSample(**setting)
