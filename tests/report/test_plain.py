import json

from wildroad.report.plain import plain_values


def test_values_are_json_without_numbers_that_json_lacks(content):
    text = json.dumps(plain_values(content), allow_nan=False)
    assert json.loads(text)["title"] == content.title


def test_tables_of_csv_files_are_named_and_derived_ones_are_whole(content):
    values = plain_values(content)
    parts = [part for section in values["sections"] for part in section["parts"]]
    tables = {one["file"]: one for part in parts for one in part["tables"]}
    assert "rows" not in tables["classification_per_class.csv"]
    assert [row["model"] for row in tables["overfitting.csv"]["rows"]] == [
        "convnet",
        "resnet18",
        "resnet18_augmented",
    ]
    (summary, _) = values["summary"]
    expected = content.summary[0].frame["top1"]
    assert [row["top1"] for row in summary["rows"]] == list(expected.round(15))


def test_every_verdict_and_warning_is_there(content):
    values = plain_values(content)
    assert [one["text"] for one in values["verdicts"]] == [one.text for one in content.verdicts]
    assert values["warnings"] == list(content.warnings)
