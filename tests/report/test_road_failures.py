import made_up_tables as made_up
import pandas as pd

from wildroad.report.road_failures import failure_parts
from wildroad.report.tables import ReportTables

TABLES = ReportTables(segmentation_failures=made_up.segmentation_failures())


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
    assert part.blocks[0].key[0][0] == "#ff0000"


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
