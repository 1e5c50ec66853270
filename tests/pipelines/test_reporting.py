import pandas as pd

from wildroad.options import SplitOptions
from wildroad.pipelines.reporting.nodes import describe_data, flatten, write_report


def test_parameters_are_listed_in_one_order_whatever_order_they_were_read_in():
    first = flatten({"b": {"y": 1, "x": None}, "a": SplitOptions()})
    second = flatten({"a": SplitOptions(), "b": {"x": None, "y": 1}})
    assert list(first.items()) == list(second.items())
    assert first["b.x"] == "null"
    assert first["a.test"] == "0.2"


def test_a_report_on_nothing_says_so_and_does_not_fail():
    page = write_report({}, None, None)
    assert page.count("not run") >= 2


def test_the_data_are_named_with_their_id_space():
    overview = pd.DataFrame(
        {
            "domain": ["idd"],
            "folder": ["raw/idd"],
            "layout": ["idd_flat"],
            "label_space": ["idd_level3"],
            "scenes": [1200],
            "test": [360],
        }
    )
    facts = describe_data(None, overview)
    assert facts["Wildlife photos"] == "not run"
    text = facts["Road scenes, IDD"]
    assert text == "raw/idd: 1,200 scenes (idd_flat, ids of idd_level3), 360 of them for the test"
