"""Each pair of a street scene and its labels is used as it is, or named with a reason."""

import json
import re

import numpy as np
import pytest
from pictures import png_claiming
from PIL import Image

from wildroad.core.labels import label_space
from wildroad.core.masks import SceneFileError, image_size
from wildroad.core.metrics.segmentation import class_scores
from wildroad.core.polygons import draw_polygons, read_polygons
from wildroad.core.scenes import index_scenes, read_target

WIDTH, HEIGHT = 8, 6
SQUARE = [[1, 1], [4, 1], [4, 4], [1, 4]]
CAR, ROAD = 20, 0
PHOTO = "leftImg8bit/val/1/bad_leftImg8bit.png"
TARGET = "gtFine/val/1/bad_gtFine_polygons.json"
MASK = "gtFine/val/1/bad_gtFine_labelids.png"


def annotation(label="car", polygon=SQUARE, **more):
    objects = [{"label": label, "polygon": polygon}]
    return {"imgHeight": HEIGHT, "imgWidth": WIDTH, "objects": objects} | more


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Image.Image):
        content.save(path)
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(json.dumps(content))


def photo(size=(WIDTH, HEIGHT)):
    return Image.new("RGB", size, (90, 120, 60))


def ids(value=CAR, *, dtype=np.uint8, size=(WIDTH, HEIGHT)):
    return Image.fromarray(np.full(size[::-1], value, dtype))


def with_palette(value=CAR):
    image = ids(value)
    image.putpalette(np.arange(768, dtype=np.uint16).astype(np.uint8)[::-1].tobytes())
    return image


@pytest.fixture
def scenes(tmp_path):
    """Two sound scenes annotated by polygons; a test adds a bad one."""
    for name in ("sound", "other"):
        put(tmp_path / PHOTO.replace("bad", name), photo())
        put(tmp_path / TARGET.replace("bad", name), annotation())
    return tmp_path


@pytest.fixture
def masks(tmp_path):
    """Two sound scenes annotated by label images."""
    for name in ("sound", "other"):
        put(tmp_path / PHOTO.replace("bad", name), photo())
        put(tmp_path / MASK.replace("bad", name), ids())
    return tmp_path


def reason_of_the_bad_one(root):
    """Why the bad scene is left out; the sound ones have to be there."""
    index = index_scenes(root)
    assert index.scenes["scene_id"].tolist() == ["val/1/other", "val/1/sound"]
    (reason,) = index.quarantine["reason"]
    return reason


REFUSED_POLYGONS = {
    "not JSON": (b"no JSON", "is no JSON"),
    "empty": (b"", r"is no JSON \(0 bytes\)"),
    "cut": (json.dumps(annotation()).encode()[:-9], "is no JSON"),
    "a list": ([1, 2], 'no list "objects"'),
    "wrong height": (annotation(imgHeight=7), "is 8x7, but its photo .* is 8x6"),
    "height in words": (annotation(imgHeight="six"), "has imgHeight 'six'"),
    "far too large": (annotation(imgHeight=60_000, imgWidth=60_000), "more pixels than"),
    "NaN": (annotation(polygon=[*SQUARE, [float("nan"), 1]]), r"car\) has the point"),
    "infinite": (annotation(polygon=[*SQUARE, [1, float("inf")]]), r"car\) has the point"),
    "unknown label": (annotation("unicorn"), "has the label 'unicorn'; known are"),
    "no label": (annotation(None), "object 0 has no label"),
    "no polygon": (annotation(polygon=None), "has no polygon"),
    "points in words": (annotation(polygon=[["a", "b"]] * 4), "has the point"),
    "millions of points": (b" " * (33 * 2**20), "bytes, more than"),
    "too many points": (
        annotation(polygon=[[1, 1]] * 100_000, imgHeight=1000),
        "100,000 points, too many to draw",
    ),
    "nested without end": (b"[" * 100_000, "is no JSON"),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED_POLYGONS.values(), ids=REFUSED_POLYGONS)
def test_polygons_that_cannot_be_right_are_refused_by_name(scenes, content, reason):
    put(scenes / PHOTO, photo())
    put(scenes / TARGET, content)
    assert re.search(reason, reason_of_the_bad_one(scenes))


ACCEPTED_POLYGONS = {
    "outside the image": (annotation(polygon=[[-9, -9], [99, -9], [99, 99], [-9, 99]]), 48),
    "partly outside": (annotation(polygon=[[-9, -9], [3, -9], [3, 99], [-9, 99]]), 24),
    "under three points": (annotation(polygon=[[1, 1], [4, 4]]), 0),
    "without a point": (annotation(polygon=[]), 0),
    "deleted": (
        {**annotation(), "objects": [{"label": "car", "polygon": SQUARE, "deleted": 1}]},
        0,
    ),
    "a group": (annotation("cargroup"), 16),
}


@pytest.mark.parametrize(("content", "pixels"), ACCEPTED_POLYGONS.values(), ids=ACCEPTED_POLYGONS)
def test_polygons_are_drawn_as_the_official_tool_draws_them(scenes, content, pixels):
    put(scenes / PHOTO, photo())
    put(scenes / TARGET, content)
    space = label_space("idd_id")
    assert len(index_scenes(scenes).scenes) == 3
    mask = draw_polygons(read_polygons(scenes / TARGET, space=space), space=space)
    (car,) = (label.id for label in space.labels if "car" in label.members)
    assert (mask == car).sum() == pixels


REFUSED_MASKS = {
    "RGB": (photo(), "has the mode RGB"),
    "another size": (ids(size=(WIDTH, HEIGHT + 1)), "is 8x7, but its photo"),
    "unknown id": (ids(200), r"holds the ids \[200\]"),
    "unknown 16-bit id": (ids(5000, dtype=np.uint16), r"holds the ids \[5000\]"),
    "empty": (b"", r"is no PNG or JPEG image \(0 bytes\)"),
    "text": (b"labels", "is no PNG"),
    "a bomb": (png_claiming(9000, 9000, color=0), "more pixels than 64,000,000"),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED_MASKS.values(), ids=REFUSED_MASKS)
def test_a_label_image_that_cannot_be_right_is_refused_by_name(masks, content, reason):
    put(masks / PHOTO, photo())
    put(masks / MASK, content)
    assert re.search(reason, reason_of_the_bad_one(masks))


@pytest.mark.parametrize("image", [with_palette(), ids(dtype=np.uint16), ids(dtype=np.uint8)])
def test_a_label_image_with_a_palette_or_of_16_bits_gives_its_ids(masks, image):
    put(masks / PHOTO, photo())
    put(masks / MASK, image)
    assert len(index_scenes(masks).scenes) == 3
    target = read_target(masks, MASK, space=label_space("idd_id"))
    assert np.array_equal(target, np.full((HEIGHT, WIDTH), CAR, np.uint8))


def test_a_missing_pair_is_named_on_both_sides(scenes):
    put(scenes / PHOTO, photo())
    put(scenes / TARGET.replace("bad", "lonely"), annotation())
    assert dict(index_scenes(scenes).quarantine.to_numpy()) == {
        PHOTO: "has no annotation",
        TARGET.replace("bad", "lonely"): "has no photo",
    }


def test_a_pair_whose_names_differ_by_case_is_named_and_explained(scenes):
    put(scenes / PHOTO.replace("bad", "Bad"), photo())
    put(scenes / TARGET, annotation())
    reasons = index_scenes(scenes).quarantine["reason"]
    assert len(reasons) == 2
    assert reasons.str.contains("differs in case").all()


@pytest.mark.parametrize("content", [b"", b"text", png_claiming(9000, 9000, color=0)])
def test_a_photo_of_a_scene_that_cannot_be_read_is_refused_by_name(scenes, content):
    put(scenes / PHOTO, content)
    put(scenes / TARGET, annotation())
    assert re.search("is no PNG or JPEG|more pixels than", reason_of_the_bad_one(scenes))


def test_a_photo_of_a_scene_that_is_a_link_to_itself_is_refused_by_name(scenes):
    (scenes / PHOTO).symlink_to("bad_leftImg8bit.png")
    put(scenes / TARGET, annotation())
    assert "can't be read" in reason_of_the_bad_one(scenes)
    with pytest.raises(SceneFileError, match="can't be read"):
        image_size(scenes / PHOTO)


def test_a_scene_wholly_ignored_and_a_class_only_predicted_score_as_defined():
    classes = ("road", "car", "sky")
    ignored = np.zeros((3, 4), np.int64)
    assert class_scores(ignored, classes)["iou"].isna().all()
    only_predicted = np.array([[5, 2, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    scores = class_scores(only_predicted, classes).set_index("class_name")
    assert scores.loc["road", "iou"] == 5 / 7
    assert scores.loc["car", "iou"] == 0
    assert np.isnan(scores.loc["sky", "iou"])
