import doctest
import math

import pandas as pd
import pytest

from wildroad.report import formats
from wildroad.report.columns import cell_text, columns_of, sort_key


def shown(frame: pd.DataFrame) -> list[list[str]]:
    columns = columns_of(frame)
    return [[cell_text(row, column) for column in columns] for row in frame.to_dict("records")]


def test_examples_of_the_number_formats_hold():
    assert doctest.testmod(formats).failed == 0


def test_value_and_its_bounds_become_one_column():
    frame = pd.DataFrame({"metric": ["top1"], "value": [0.6123], "low": [0.55], "high": [0.67]})
    assert shown(frame) == [["top-1", "0.612 (0.55–0.67)"]]


def test_bounds_of_any_named_score_join_it():
    frame = pd.DataFrame({"iou": [0.5], "iou_low": [0.4], "iou_high": [0.6], "dice": [2 / 3]})
    assert shown(frame) == [["0.500 (0.40–0.60)", "0.667"]]


def test_class_comes_first_so_that_it_stays_in_sight():
    frame = pd.DataFrame({"domain": ["idd"], "class_name": ["Road"], "iou": [0.5]})
    assert [column.name for column in columns_of(frame)] == ["class_name", "domain", "iou"]


def test_label_comes_before_its_class():
    frame = pd.DataFrame({"domain": ["idd"], "class_name": ["Road"], "label": ["road"]})
    assert [column.name for column in columns_of(frame)] == ["label", "domain", "class_name"]


def test_counts_stand_in_thousands_and_nothing_reads_na():
    frame = pd.DataFrame({"class_name": ["a", "b"], "photos": [11700.0, math.nan]})
    assert shown(frame) == [["a", "11,700"], ["b", "n/a"]]


@pytest.mark.parametrize(("value", "text"), [(True, "yes"), (False, "no")])
def test_checks_read_yes_or_no(value, text):
    assert shown(pd.DataFrame({"passed": [value]})) == [[text]]


def test_missing_text_reads_na():
    assert shown(pd.DataFrame({"reason": ["x", None]})) == [["x"], ["n/a"]]


def test_learning_rates_keep_their_digits():
    assert shown(pd.DataFrame({"learning_rate": [0.0003]})) == [["0.0003"]]


def test_numbers_sort_unrounded_and_nothing_has_no_key():
    frame = pd.DataFrame({"iou": [0.12345, math.nan]})
    (column,) = columns_of(frame)
    assert [sort_key(row, column) for row in frame.to_dict("records")] == ["0.12345", ""]
