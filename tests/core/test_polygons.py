"""Polygons drawn against a slow, Pillow-free statement of how Pillow fills them, and a peer."""

import json
import math
from itertools import pairwise

import numpy as np
import pytest

from wildroad.core.labels import cityscapes_labels, idd_labels, label_space
from wildroad.core.masks import SceneFileError
from wildroad.core.polygons import draw_polygons, read_polygons

IDD_COLUMNS = {
    "idd_id": "id",
    "idd_csid": "cs_id",
    "idd_cstrainid": "cs_train_id",
    "idd_level4": "level4_id",
    "idd_level3": "level3_id",
    "idd_level2": "level2_id",
    "idd_level1": "level1_id",
}

F = np.float32


class Edge:
    def __init__(self, start, end):
        (self.x0, self.y0), (x1, y1) = start, end
        self.left, self.right = sorted((self.x0, x1))
        self.top, self.bottom = sorted((self.y0, y1))
        self.is_flat = self.top == self.bottom
        self.slope = F(0) if self.is_flat else F(F(x1 - self.x0) / F(y1 - self.y0))

    def x_at(self, y):
        return F(F(F(y - self.y0) * self.slope) + F(self.x0))

    def touches(self, y):
        return self.top <= y <= self.bottom

    def ends_at(self, y):
        return y in (self.top, self.bottom) and self.slope != 0


def half_up(x):
    """Round halves away from zero."""
    return int(math.copysign(math.floor(abs(float(x)) + 0.5), x))


def half_down(x):
    """Round halves towards zero."""
    return int(math.copysign(math.ceil(abs(float(x)) - 0.5), x))


def edges_of(points):
    """Edges between points cut to whole pixels, closed where the last is not the first."""
    corners = [(int(x), int(y)) for x, y in points]
    closing = [] if corners[0] == corners[-1] else [corners[0]]
    return [Edge(*ends) for ends in pairwise(corners + closing)]


def pulled(x, y, edge, other):
    """Keep a sharp corner from sticking out more than a pixel beyond the row next to it."""
    beside = y - 1 if y == edge.bottom else y + 1
    mine, theirs = edge.x_at(beside), other.x_at(beside)
    if x > mine + F(1) and x > theirs + F(1):
        return F(half_up(max(mine, theirs)) + 1)
    if x < mine - F(1) and x < theirs - F(1):
        return F(half_up(min(mine, theirs)) - 1)
    return x


def corner(x, y, edge, earlier):
    """Join an edge's end with the first earlier edge that ends at the same pixel."""
    beside = y - 1 if y == edge.bottom else y + 1
    for other in earlier:
        if not other.ends_at(y) or half_up(x) != half_up(other.x_at(y)):
            continue
        if other.touches(beside):
            return pulled(x, y, edge, other)
    return x


def crossings(edges, y, last_row):
    """Where the outline crosses a row; an edge that ends in a row before the last counts twice."""
    found = []
    for index, edge in enumerate(edges):
        if not edge.touches(y):
            continue
        x = edge.x_at(y)
        if y == edge.bottom and y < last_row:
            found += [x, x]
        elif edge.ends_at(y):
            found.append(corner(x, y, edge, edges[:index]))
        else:
            found.append(x)
    return sorted(found)


def covers(points, height, width):
    """Tell for each pixel whether the polygon covers it: boolean, height x width."""
    covered = np.zeros((height, width), dtype=bool)
    edges = edges_of(points)
    sloped = [edge for edge in edges if not edge.is_flat]
    last_row = max(edge.bottom for edge in edges)
    for y in range(height):
        spans = [(edge.left, edge.right) for edge in edges if edge.is_flat and edge.top == y]
        crossed = crossings(sloped, y, last_row)
        starts, stops = crossed[::2], crossed[1::2]
        spans += [(half_up(a), half_down(b)) for a, b in zip(starts, stops, strict=True)]
        for x in range(width):
            covered[y, x] = any(start <= x <= end for start, end in spans)
    return covered


def random_entry(rng, names):
    """One object of a polygon file: at times deleted, a group, unknown, or of too few points."""
    count = int(rng.choice([0, 1, 2, 3, 4, 5, 7, 9]))
    entry = {
        "label": str(rng.choice(names)) + str(rng.choice(["", "", "", "group"])),
        "polygon": rng.uniform(-12, 40, (count, 2)).round(int(rng.choice([0, 2]))).tolist(),
    }
    if rng.random() < 0.1:
        entry["label"] = "flying saucer"
    if rng.random() < 0.5:
        entry["deleted"] = int(rng.random() < 0.3)
    return entry


def random_annotation(seed, names):
    rng = np.random.default_rng(seed)
    height, width = rng.integers(3, 30, 2).tolist()
    outer = [[2, 2], [20, 3], [19, 18], [1, 17]]
    around_a_hole = [*outer, outer[0], [6, 6], [6, 12], [13, 11], [6, 6], outer[0]]
    entries = [random_entry(rng, names) for _ in range(int(rng.integers(0, 9)))]
    entries.insert(len(entries) // 2, {"label": str(names[0]), "polygon": around_a_hole})
    return {"imgHeight": height, "imgWidth": width, "objects": entries}


def value_of(label, values):
    name = label if label in values else label.removesuffix("group")
    return values.get(name)


def slow_drawing(annotation, values, fewest):
    """Ask for each object from the last to the first which pixels nobody has taken yet."""
    height, width = annotation["imgHeight"], annotation["imgWidth"]
    mask = np.full((height, width), values["unlabeled"] & 255, dtype=np.uint8)
    free = np.ones((height, width), dtype=bool)
    for entry in reversed(annotation["objects"]):
        value = value_of(entry["label"], values)
        if entry.get("deleted") or len(entry["polygon"]) < fewest or value is None:
            continue
        taken = covers(entry["polygon"], height, width) & free
        mask[taken] = min(value, 255)
        free &= ~taken
    return mask


@pytest.mark.parity
@pytest.mark.parametrize("space", IDD_COLUMNS)
def test_two_hundred_random_idd_files_equal_a_slow_drawing(space):
    labels = idd_labels()
    values = dict(zip(labels["name"], labels[IDD_COLUMNS[space]].tolist(), strict=True))
    for seed in range(200):
        annotation = random_annotation(seed, labels["name"])
        drawn = draw_polygons(annotation, space=label_space(space))
        np.testing.assert_array_equal(drawn, slow_drawing(annotation, values, 3), str(seed))


@pytest.mark.parametrize(("space", "column"), [("id", "id"), ("trainid", "train_id")])
def test_two_hundred_random_cityscapes_files_equal_a_slow_drawing(space, column):
    labels = cityscapes_labels().query("id >= 0")
    values = dict(zip(labels["name"], labels[column].tolist(), strict=True))
    for seed in range(200):
        annotation = random_annotation(seed, cityscapes_labels()["name"])
        drawn = draw_polygons(annotation, space=label_space(f"cityscapes_{space}"))
        np.testing.assert_array_equal(drawn, slow_drawing(annotation, values, 2), str(seed))


def official_cityscapes(annotation, encoding):
    peer = pytest.importorskip("cityscapesscripts.helpers.annotation")
    converter = pytest.importorskip("cityscapesscripts.preparation.json2labelImg")
    parsed = peer.Annotation()
    parsed.fromJsonText(json.dumps(annotation))
    return np.array(converter.createLabelImage(parsed, encoding))


@pytest.mark.parity
@pytest.mark.parametrize(("space", "encoding"), [("id", "ids"), ("trainid", "trainIds")])
def test_cityscapes_drawing_equals_the_official_script(space, encoding):
    for seed in range(60):
        annotation = random_annotation(seed, cityscapes_labels()["name"])
        annotation["objects"] = [
            entry
            for entry in annotation["objects"]
            if entry["label"] != "flying saucer" and len(entry["polygon"]) > 1
        ]
        drawn = draw_polygons(annotation, space=label_space(f"cityscapes_{space}"))
        np.testing.assert_array_equal(drawn, official_cityscapes(annotation, encoding), str(seed))


SQUARE = [[1, 1], [3, 1], [3, 3], [1, 3]]


def one_object(label, polygon=SQUARE, **more):
    entry = {"label": label, "polygon": polygon, **more}
    return {"imgHeight": 5, "imgWidth": 6, "objects": [entry]}


def drawn_values(annotation, space):
    return sorted(set(draw_polygons(annotation, space=label_space(space)).ravel().tolist()))


def test_polygon_covers_its_border_pixels():
    mask = draw_polygons(one_object("car"), space=label_space("idd_id"))
    assert mask.shape == (5, 6)
    assert mask.dtype == np.uint8
    assert np.argwhere(mask == 12).tolist() == [[r, c] for r in (1, 2, 3) for c in (1, 2, 3)]
    assert (mask == 35).sum() == 30 - 9


@pytest.mark.parametrize(
    ("space", "background"),
    [("idd_id", 35), ("idd_csid", 0), ("idd_cstrainid", 255), ("idd_level3", 255)],
)
def test_nothing_drawn_is_unlabeled_in_its_own_id(space, background):
    empty = {"imgHeight": 2, "imgWidth": 2, "objects": []}
    assert drawn_values(empty, space) == [background]


def test_vehicle_fallback_has_no_room_in_csid_and_becomes_255():
    assert drawn_values(one_object("vehicle fallback"), "idd_csid") == [0, 255]


def test_group_suffix_is_the_label_itself_but_polegroup_is_a_label():
    assert drawn_values(one_object("cargroup"), "idd_id") == [12, 35]
    assert drawn_values(one_object("polegroup"), "idd_id") == [27, 35]


def test_deleted_object_is_not_drawn():
    assert drawn_values(one_object("car", deleted=1), "idd_id") == [35]
    assert drawn_values(one_object("car", deleted=0), "idd_id") == [12, 35]


def test_license_plate_is_drawn_in_idd_and_never_in_cityscapes():
    assert drawn_values(one_object("license plate"), "idd_id") == [35, 39]
    assert drawn_values(one_object("license plate"), "cityscapes_id") == [0]


def test_two_points_are_a_line_in_cityscapes_and_nothing_in_idd():
    line = one_object("car", polygon=[[0, 0], [4, 0]])
    assert drawn_values(line, "idd_id") == [35]
    assert (draw_polygons(line, space=label_space("cityscapes_id"))[0] == 26).sum() == 5


def test_later_objects_lie_over_earlier_ones():
    annotation = one_object("road", polygon=[[0, 0], [5, 0], [5, 4], [0, 4]])
    annotation["objects"].append({"label": "car", "polygon": SQUARE})
    assert drawn_values(annotation, "idd_id") == [0, 12]
    annotation["objects"].reverse()
    assert drawn_values(annotation, "idd_id") == [0]


def test_class_indices_are_no_space_to_draw_in():
    with pytest.raises(ValueError, match="can't be drawn in 'road18'"):
        draw_polygons(one_object("car"), space=label_space("road18"))


def write(tmp_path, content):
    path = tmp_path / "frame_gtFine_polygons.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_file_is_read_as_it_stands(tmp_path):
    annotation = one_object("car")
    assert read_polygons(write(tmp_path, annotation), space=label_space("idd_id")) == annotation


def test_deleted_object_may_have_an_unknown_label_and_any_points(tmp_path):
    annotation = one_object("flying saucer", polygon=[[math.nan, 1]] * 4, deleted=1)
    read_polygons(write(tmp_path, annotation), space=label_space("idd_id"))


@pytest.mark.faults
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"is no JSON \(0 bytes\)"),
        ("not json", r"is no JSON \(8 bytes\)"),
        ("[" * 100_000, "is no JSON"),
        ("[1]", 'has no list "objects"'),
        ('{"imgHeight": 5, "imgWidth": 6}', 'has no list "objects"'),
        ({**one_object("car"), "imgHeight": None}, "has imgHeight None"),
        ({**one_object("car"), "imgHeight": 0}, "has imgHeight 0"),
        ({**one_object("car"), "imgWidth": 1e9}, "has imgWidth 1000000000.0"),
        (one_object("flying saucer"), "object 0 has the label 'flying saucer'"),
        (one_object("car", polygon=None), r"object 0 \(car\) has no polygon"),
        (one_object(None), "object 0 has no label"),
        (one_object("car", polygon=[[1, 1], [2, math.nan], [3, 3]]), r"has the point \[2, nan\]"),
        (one_object("car", polygon=[[1, 1], [2, math.inf], [3, 3]]), r"has the point \[2, inf\]"),
        (one_object("car", polygon=[[1, 1], [2, 1e300], [3, 3]]), r"has the point \[2, 1e\+300\]"),
        (one_object("car", polygon=[[1, 1], [2], [3, 3]]), r"has the point \[2\]"),
        (one_object("car", polygon=[[1, 1], "ab", [3, 3]]), "has the point ab"),
    ],
)
def test_file_that_can_not_be_drawn_is_refused_by_name(tmp_path, content, message):
    path = write(tmp_path, content)
    with pytest.raises(SceneFileError, match=f"frame_gtFine_polygons.json: .*{message}"):
        read_polygons(path, space=label_space("idd_id"))


@pytest.mark.faults
def test_absent_file_is_refused_by_name(tmp_path):
    with pytest.raises(SceneFileError, match=r"absent.json: can't be read: No such file"):
        read_polygons(tmp_path / "absent.json", space=label_space("idd_id"))
