import base64
import re
from io import BytesIO

import made_up_tables as made_up
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from wildroad.core.failure_views import FailureView, view_failure
from wildroad.core.labels import IGNORED, ROAD_CLASSES, class_colors
from wildroad.figures import gallery, road


def test_classes_wear_the_colors_of_the_data_sets():
    assert road.class_hex(["Road", "other", "Sky"]) == ["#804080", "#b9b9b9", "#4682b4"]


def test_distribution_leaves_ignored_labels_out():
    svg = road.scene_distribution(made_up.scene_distribution()).svg
    assert ">Traffic Light<" in svg
    assert "billboard" not in svg


def test_class_without_pixels_in_a_domain_is_drawn_without_a_dot():
    table = made_up.scene_distribution()
    table.loc[table["class_name"] == "Train", "pixel_share"] = 0.0
    assert ">Train<" in road.scene_distribution(table).svg


def test_class_that_cannot_be_scored_reads_na():
    assert road.class_scores(made_up.segmentation_class_scores()).svg.count(">n/a<") == 1


def test_contaminated_class_has_no_bar_and_says_why_whatever_the_table_holds():
    table = made_up.segmentation_class_scores()
    table[["iou", "iou_low", "iou_high"]] = table[["iou", "iou_low", "iou_high"]].fillna(0.4)
    with_bar = road.class_scores(table).svg
    without = road.class_scores(table, {"idd": {"Train"}}).svg
    assert ">n/a: contaminated<" in without
    assert "n/a" not in with_bar
    assert "NaN" not in without


def test_iou_too_small_for_a_bar_is_written():
    table = made_up.segmentation_class_scores()
    table.loc[0, ["iou", "iou_low", "iou_high"]] = 0.0
    assert ">0.000<" in road.class_scores(table).svg


def test_pixels_of_the_confusion_matrix_are_written_in_each_cell():
    confusion = pd.DataFrame(
        {
            "target": ["Road", "Road", "Road"],
            "predicted": ["Road", "Car", "other"],
            "pixels": [1_234_567, 0, 950],
            "share": [0.9, 0.0, 0.1],
        }
    )
    svg = road.pixel_counts(confusion).svg
    assert ">1.2M<" in svg
    assert ">950<" in svg
    assert ">0<" not in svg


def test_thresholds_of_a_class_that_is_nowhere_read_na():
    table = made_up.segmentation_thresholds()
    picture = road.threshold_curves(table[table["domain"] == "idd"])
    assert picture.svg.count(">n/a<") == 1
    assert ">IDD (India)<" in picture.svg
    with pytest.raises(ValueError, match="one domain is drawn at a time"):
        road.threshold_curves(table)


def failure_views(failures: pd.DataFrame) -> list[FailureView]:
    photo, target, predicted = masks()
    colors = gallery.color_table(class_colors(ROAD_CLASSES))
    return [
        view_failure(
            photo,
            target,
            predicted,
            index=0,
            colors=colors,
            mostly_missed=True,
            width=16,
        )
        for _ in range(len(failures))
    ]


def test_failures_are_drawn_with_what_they_were_taken_for():
    table = made_up.segmentation_failures()
    table = table[table["domain"] == "idd"]
    views = failure_views(table)
    picture = road.failure_gallery(table, views, ROAD_CLASSES, class_colors(ROAD_CLASSES))
    assert picture.svg.count("<image") == 3 * len(table)
    assert "most taken for Person" in picture.svg
    assert "Rider in drive/1 (IoU 0.10, most taken for Person)" in picture.alternative_text
    none = road.failure_gallery(table.head(0), [], ROAD_CLASSES, class_colors(ROAD_CLASSES))
    assert none.alternative_text.startswith("No ")


def test_confusion_has_a_column_for_other_and_marks_the_empty_row():
    table = made_up.segmentation_confusion()
    svg = road.road_confusion(table[table["domain"] == "idd"]).svg
    assert ">other<" in svg
    assert ">n/a<" in svg


def test_confusion_of_several_domains_is_refused():
    with pytest.raises(ValueError, match="one domain is drawn at a time"):
        road.road_confusion(made_up.segmentation_confusion())


def test_history_tells_the_best_mean_iou():
    text = road.road_history(made_up.road_history()).alternative_text
    assert "highest mean IoU is 0.691" in text


def test_cross_domain_starts_with_the_largest_loss():
    table = made_up.cross_domain()
    worst = table.loc[table["difference"].idxmin(), "class_name"]
    assert f"largest loss is {worst}" in road.cross_domain(table).alternative_text


def test_ignored_labels_are_named_with_what_they_are_called():
    picture = road.ignored_labels(made_up.ignored_labels())
    assert ">autorickshaw<" in picture.svg
    assert "autorickshaw mostly Sidewalk (65%)" in picture.alternative_text


@pytest.mark.parametrize(
    ("draw", "table"),
    [
        (road.scene_distribution, made_up.scene_distribution),
        (road.class_scores, made_up.segmentation_class_scores),
        (road.road_confusion, made_up.segmentation_confusion),
        (road.pixel_counts, made_up.segmentation_confusion),
        (road.threshold_curves, made_up.segmentation_thresholds),
        (road.road_history, made_up.road_history),
        (road.cross_domain, made_up.cross_domain),
        (road.ignored_labels, made_up.ignored_labels),
    ],
)
def test_empty_table_gives_a_figure_that_says_so(draw, table):
    assert draw(table().head(0)).alternative_text.startswith("No ")


def masks() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    photo = made_up.photos(1, 16)[0]
    target = np.zeros((16, 16), np.uint8)
    target[:4] = IGNORED
    predicted = np.full((16, 16), len(ROAD_CLASSES), np.uint8)
    return photo, target, predicted


def test_gallery_legend_names_what_occurs_and_nothing_else():
    svg = gallery.scene_gallery(
        [("scene_1", *masks())], ROAD_CLASSES, class_colors(ROAD_CLASSES)
    ).svg
    assert all(f">{name}<" in svg for name in ("Road", "other", "ignored"))
    assert ">Sky<" not in svg


def test_gallery_says_where_a_target_is_missing():
    photo, _, predicted = masks()
    scene = gallery.GalleryScene("scene_1", photo, None, predicted)
    assert (
        ">no target mask<"
        in road.scene_gallery([scene], ROAD_CLASSES, class_colors(ROAD_CLASSES)).svg
    )


@pytest.mark.known_bug(4)
def test_masks_are_drawn_without_a_colour_between_two_classes():
    target = np.arange(15 * 15, dtype=np.uint8).reshape(15, 15) % 7
    photo = np.zeros((15, 15, 3), np.uint8)
    colors = class_colors(ROAD_CLASSES)
    svg = gallery.scene_gallery([("scene_1", photo, target, target)], ROAD_CLASSES, colors).svg
    drawn = re.findall(r'"data:image/png;base64,\s*([^"]+)"', svg)
    assert len(drawn) == 3
    for png in drawn[1:]:
        pixels = np.asarray(Image.open(BytesIO(base64.b64decode(png))).convert("RGBA"))
        seen = np.unique(pixels[pixels[..., 3] == 255][:, :3], axis=0)
        assert {tuple(color) for color in seen} == {tuple(color) for color in colors[:7]}


def test_gallery_without_one_color_per_class_is_refused():
    with pytest.raises(ValueError, match="18 classes came with 17 colours"):
        gallery.scene_gallery([], ROAD_CLASSES, class_colors(ROAD_CLASSES[1:]))


def test_gallery_colors_never_blend_between_classes():
    table = gallery.color_table(class_colors(ROAD_CLASSES))
    assert table[:18].tolist() == class_colors(ROAD_CLASSES).tolist()
    assert tuple(table[18]) == gallery.OUTSIDE_COLOR
    assert tuple(table[IGNORED]) == gallery.IGNORED_COLOR
