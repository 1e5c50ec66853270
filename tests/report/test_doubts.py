import numpy as np
import pandas as pd
import pytest

from wildroad.report.doubts import doubted_labels, photo_issues
from wildroad.report.tables import ReportTables


def conflicts(*same):
    columns = ["photo_id", "class_name", "other_photo_id", "other_class_name", "bits"]
    table = pd.DataFrame([("fox/1", "fox", "owl/1", "owl", 0)] * len(same), columns=columns)
    return table.assign(same_file=list(same))


def audit(accuracy, suspects=3):
    row = {"architecture": "resnet18", "initial_weights": "IMAGENET1K_V1"}
    return pd.DataFrame(
        [row | {"photos": 90, "accuracy": accuracy, "fewest_right": 0.8, "suspects": suspects}]
    )


def test_nothing_is_said_where_nothing_was_run():
    assert doubted_labels(ReportTables()) == ""
    assert photo_issues(ReportTables()) == ""


def test_copies_and_near_duplicates_in_another_class_are_counted():
    told = doubted_labels(ReportTables(label_conflicts=conflicts(True, True, False)))
    assert told.startswith("2 photos lie byte for byte in two classes and are left out; 1 have")


def test_no_conflict_is_said_too():
    told = doubted_labels(ReportTables(label_conflicts=conflicts()))
    assert told == "No photo has a copy or a near-duplicate in another class."


@pytest.mark.parametrize(
    ("accuracy", "words"),
    [
        (
            0.94,
            "names the label of 0.940 of the photos, on features of resnet18 with IMAGENET1K_V1",
        ),
        (0.94, "and doubts 3 labels."),
        (0.4, "less than 0.800, too little to doubt any label."),
        (np.nan, "could not be audited: a class has only one group"),
    ],
)
def test_the_judge_of_the_labels_is_judged_first(accuracy, words):
    assert words in doubted_labels(ReportTables(label_audit=audit(accuracy)))


def test_issues_are_counted_by_kind():
    table = pd.DataFrame(
        {
            "photo_id": ["fox/1", "fox/1", "fox/2"],
            "class_name": "fox",
            "issue": ["dark", "low_information", "dark"],
            "score": [0.1, 0.2, 0.3],
        }
    )
    told = photo_issues(ReportTables(photo_quality=table))
    assert told.startswith("2 photos have an issue: 2 dark and 1 low information.")
    assert "No photo is dark" in photo_issues(ReportTables(photo_quality=table[:0]))
