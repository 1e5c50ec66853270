import made_up_tables as made_up
import pandas as pd

from wildroad.report.road_failures import failure_parts
from wildroad.report.tables import ReportTables

LABELS = pd.DataFrame(
    [("Rider", 255, 0, 0), ("Wall", 1, 2, 3), ("", 9, 9, 9)],
    columns=["class_name", "red", "green", "blue"],
)
TABLES = ReportTables(segmentation_failures=made_up.segmentation_failures(), label_spaces=LABELS)


class Drawn:
    png, svg, alternative_text = b"", "<svg></svg>", "failures"


FIGURES = {"failure_gallery.idd": Drawn()}


def pictures(domain: str = "idd") -> dict[str, dict[str, bytes]]:
    failures = made_up.segmentation_failures().query("domain == @domain")
    names = [f"{name}/{rank}" for name, rank in failures[["class_name", "rank"]].to_numpy()]
    masks = {f"{name}/{kind}": kind.encode() for name in names for kind in ("target", "predicted")}
    return {
        f"failure_photos.{domain}": dict.fromkeys(names, b"photo"),
        f"failure_masks.{domain}": masks,
    }


def test_every_failure_lies_under_a_slider_with_its_words():
    (part,) = failure_parts(TABLES, FIGURES, pictures())
    (gallery,) = part.blocks
    assert gallery.title == "Failures in IDD"
    assert {name: len(several) for name, several in gallery.groups} == {
        "Rider": 3,
        "Wall": 3,
        "Truck": 1,
    }
    slider = gallery.groups[0][1][0]
    assert (slider.photo, slider.target, slider.predicted) == (b"photo", b"target", b"predicted")
    assert slider.title == "drive/1, IoU 0.100"
    assert slider.text == "Of 1,000 Rider pixels 40 % were found."


def test_key_names_the_classes_and_what_they_were_taken_for():
    (part,) = failure_parts(TABLES, FIGURES, pictures())
    names = [name for _, name in part.blocks[0].key]
    assert names == ["Rider", "Wall", "Truck", "Person", "Fence"]
    assert [color for color, _ in part.blocks[0].key[:3]] == ["#ff0000", "#010203", "#000046"]


def test_classes_of_an_own_data_set_have_the_colours_it_names():
    failures = made_up.segmentation_failures().replace({"Rider": "Cart", "Person": "Ox"})
    labels = pd.DataFrame(
        [("Cart", 1, 1, 1), ("Ox", 2, 2, 2)], columns=["class_name", "red", "green", "blue"]
    )
    shown = {
        name: {key.replace("Rider", "Cart"): picture for key, picture in several.items()}
        for name, several in pictures().items()
    }
    tables = ReportTables(segmentation_failures=failures, label_spaces=labels)
    (part,) = failure_parts(tables, FIGURES, shown)
    assert ("#010101", "Cart") in part.blocks[0].key
    assert ("#020202", "Ox") in part.blocks[0].key
    (part,) = failure_parts(ReportTables(segmentation_failures=failures), FIGURES, shown)
    assert part.blocks[0].key == ()


def test_still_gallery_is_shown_where_there_is_no_picture_to_touch():
    (touched,) = failure_parts(TABLES, FIGURES, pictures())
    (still,) = failure_parts(TABLES, FIGURES, {})
    assert touched.figures == ()
    assert [figure.key for figure in still.figures] == ["failure_gallery.idd"]
    assert still.blocks == ()
    assert [table.file for table in still.tables] == ["segmentation_failures.csv"]


def test_failure_without_its_pictures_is_left_to_the_table():
    shown = pictures()
    del shown["failure_masks.idd"]["Truck/1/predicted"]
    (part,) = failure_parts(TABLES, FIGURES, shown)
    assert "Truck" not in dict(part.blocks[0].groups)
    assert "Truck" in set(part.tables[0].frame["class_name"])


def test_no_failure_and_no_figure_is_no_part():
    assert failure_parts(ReportTables(segmentation_failures=pd.DataFrame()), {}, {}) == ()


def test_the_limit_is_what_was_configured():
    settings = {"evaluation.failure_iou": "0.9", "town.road_evaluation.failure_iou": "0.35"}
    (part,) = failure_parts(TABLES, FIGURES, {}, settings)
    assert "have an IoU of it of at most 0.35; those" in part.text
    (unknown,) = failure_parts(TABLES, FIGURES, {})
    assert "at most the setting road_evaluation.failure_iou; those" in unknown.text
