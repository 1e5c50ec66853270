import base64
from dataclasses import replace
from io import StringIO

import made_up_tables as made_up
import pandas as pd

from wildroad.report.parts import Table
from wildroad.report.shown_table import csv_link, show_table


def test_saved_csv_holds_the_unrounded_rows():
    table = Table("Scores", made_up.segmentation_class_scores(), "scores.csv")
    data = base64.b64decode(csv_link(table).split("base64,")[1]).decode()
    read = pd.read_csv(StringIO(data))
    pd.testing.assert_frame_equal(read, table.frame, check_dtype=False, check_exact=True)


def test_cell_with_a_reason_shows_it_and_sorts_last():
    frame = pd.DataFrame({"class_name": ["Train"], "iou": [0.2]})
    table = Table("t", frame, "t.csv", absent={(0, "iou"): "n/a: contaminated"})
    cell = show_table(table).rows[0][1]
    assert (cell.text, cell.key, cell.absent) == ("n/a: contaminated", "", True)


def test_score_has_a_bar_of_its_length_and_a_missing_one_none():
    frame = pd.DataFrame({"class_name": ["a", "b"], "iou": [0.25, None], "ece": [0.1, 0.2]})
    cells = show_table(Table("t", frame, "t.csv")).rows
    assert [[cell.bar for cell in row] for row in cells] == [["", "25.0", ""], ["", "", ""]]


def test_numbers_link_to_photos_only_where_the_page_has_any():
    frame = pd.DataFrame({"photo_id": ["a.jpg", "b.jpg"], "photos": [1, 2]})
    table = Table("t", frame, "t.csv", links={(1, "photos"): "#photos?x"})
    linked = show_table(table, frozenset({"a.jpg"})).rows
    assert [[cell.link for cell in row] for row in linked] == [
        ["#photos?photo=a.jpg", ""],
        ["", "#photos?x"],
    ]
    assert not any(cell.link for row in show_table(table).rows for cell in row)


def test_cell_without_a_number_is_no_link():
    frame = pd.DataFrame({"class_name": ["a"], "recall": [None]}).astype({"recall": float})
    table = Table("t", frame, "t.csv", links={(0, "recall"): "#photos?x"})
    absent = replace(table, absent={(0, "recall"): "never seen"})
    for one in (table, absent):
        assert show_table(one, frozenset({"a.jpg"})).rows[0][1].link == ""
