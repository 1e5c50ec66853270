import pandas as pd
import pytest

from wildroad.options import AugmentationOptions, RoadModelOptions, SplitOptions, TrainingOptions
from wildroad.pipelines.reporting.nodes import describe_data, flatten, write_report


def test_parameters_are_listed_in_one_order_whatever_order_they_were_read_in():
    first = flatten({"b": {"y": 1, "x": None}, "a": {"z": 0.5}})
    second = flatten({"a": {"z": 0.5}, "b": {"x": None, "y": 1}})
    assert list(first.items()) == list(second.items())
    assert first["b.x"] == "null"


@pytest.mark.parametrize(
    ("kind", "configured"),
    [
        (SplitOptions, {"train": 0.7, "seed": 42}),
        (AugmentationOptions, {"degrees": 15, "scale": [0.9, 1.1], "extra_photos": 2000}),
        (RoadModelOptions, {"checkpoint": None, "backbone": "resnet50"}),
        (TrainingOptions, {"epochs": 10, "learning_rate": 1.0e-3}),
    ],
)
def test_parameters_are_listed_alike_before_and_after_they_were_checked(kind, configured):
    assert flatten({"block": kind(**configured)}) == flatten({"block": configured})


def test_a_report_on_nothing_says_so_and_does_not_fail():
    page, values = write_report({}, None, None)
    assert page.count("not run") >= 2
    assert [headline["value"] for headline in values["headlines"]] == ["not run", "not run"]


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
