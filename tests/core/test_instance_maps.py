"""Where instances of the target come from."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from wildroad.core.instance_maps import find_instances, instance_classes, instance_file
from wildroad.core.labels import label_space
from wildroad.core.masks import SceneFileError
from wildroad.core.polygons import draw_instances, draw_polygons

BOXES = [
    ("road", (0, 0, 39, 29)),
    ("car", (2, 2, 12, 12)),
    ("car", (8, 8, 20, 20)),
    ("cargroup", (25, 2, 35, 8)),
    ("person", (30, 20, 34, 28)),
]


def annotation(boxes=BOXES):
    objects = [
        {"label": label, "polygon": [[a, b], [c, b], [c, d], [a, d]]}
        for label, (a, b, c, d) in boxes
    ]
    return {"imgHeight": 30, "imgWidth": 40, "objects": objects}


@pytest.mark.parametrize(("name", "car", "person"), [("idd_id", 12, 6), ("cityscapes_id", 26, 24)])
def test_every_polygon_with_instances_is_one_and_groups_are_none(name, car, person):
    space = label_space(name)
    instances = draw_instances(annotation(), space=space)
    values = set(np.unique(instances).tolist())
    road = draw_polygons(annotation(BOXES[:1]), space=space)[0, 0]
    assert values == {int(road), car * 1000, car * 1000 + 1, car, person * 1000}
    labels = np.where(instances >= 1000, instances // 1000, instances)
    assert np.array_equal(labels, draw_polygons(annotation(), space=space))


def test_deleted_polygons_are_no_instances():
    drawn = annotation()
    drawn["objects"][1]["deleted"] = 1
    instances = draw_instances(drawn, space=label_space("idd_id"))
    assert (instances == 12000).sum() == 13 * 13
    assert not (instances == 12001).any()


@pytest.mark.parity
def test_instances_of_cityscapes_polygons_are_those_of_the_official_converter(tmp_path):
    converter = pytest.importorskip("cityscapesscripts.preparation.json2instanceImg")
    path = tmp_path / "polygons.json"
    path.write_text(json.dumps(annotation()))
    read = converter.Annotation()
    read.fromJsonFile(str(path))
    theirs = np.asarray(converter.createInstanceImage(read, "ids"))
    ours = draw_instances(annotation(), space=label_space("cityscapes_id"))
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("annotation_file", "found"),
    [
        (
            "gtFine/val/a/a_1_2_gtFine_labelTrainIds.png",
            "gtFine/val/a/a_1_2_gtFine_instanceIds.png",
        ),
        ("gtFine/val/1/2_gtFine_polygons.json", "gtFine/val/1/2_gtFine_polygons.json"),
        ("gtFine/val/1/2_gtFine_labellevel3Ids.png", ""),
        ("gtFine/val/1/2_label.png", ""),
        ("", ""),
    ],
)
def test_instances_lie_beside_cityscapes_masks_and_in_polygons_only(annotation_file, found):
    assert instance_file(annotation_file) == found


def test_only_evaluated_labels_with_instances_count():
    classes = label_space("idd_id").classes
    found = {classes[index] for index in instance_classes(label_space("idd_id")).values()}
    assert found == {"Person", "Rider", "Motorbike", "Bicycle", "Car", "Truck", "Bus", "Train"}


def scenes(*names):
    files = [f"gtFine/val/a/a_{name}_0_gtFine_labelTrainIds.png" for name in names]
    return pd.DataFrame({"scene_id": names, "annotation_file": files})


def write_map(root, name):
    path = root / f"gtFine/val/a/a_{name}_0_gtFine_instanceIds.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((4, 5), 26001, np.uint16)).save(path)


def test_maps_beside_train_ids_are_read_with_their_own_ids(tmp_path):
    write_map(tmp_path, "1")
    found = find_instances(tmp_path, scenes("1"), label_space("cityscapes_trainid"))
    assert np.array_equal(found.maps["1"], np.full((4, 5), 26001))
    assert found.label_class[26] == label_space("cityscapes_id").classes.index("Car")


def test_set_without_instance_maps_has_none(tmp_path):
    assert not find_instances(tmp_path, scenes("1", "2"), label_space("cityscapes_id")).maps


@pytest.mark.faults
def test_map_that_only_some_scenes_have_is_named(tmp_path):
    write_map(tmp_path, "1")
    with pytest.raises(SceneFileError, match=r"a_2_0_gtFine_instanceIds\.png.*1 of 2 test scenes"):
        find_instances(tmp_path, scenes("1", "2"), label_space("cityscapes_id"))
