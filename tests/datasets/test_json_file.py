import pytest
from kedro.io import DatasetError

from wildroad.datasets.json_file import JsonFileDataset


@pytest.fixture
def dataset(tmp_path):
    return JsonFileDataset(filepath=str(tmp_path / "values.json"))


def test_values_come_back_as_they_were(dataset):
    values = {"verdict": "ja – 95 %", "numbers": [1, 0.5, None]}
    dataset.save(values)
    assert dataset.load() == values


@pytest.mark.faults
def test_number_that_json_lacks_is_refused_and_nothing_written(dataset, tmp_path):
    with pytest.raises(DatasetError, match="not JSON compliant"):
        dataset.save({"value": float("nan")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.faults
@pytest.mark.parametrize(
    ("text", "reason"), [("{", "is no JSON"), ("[1]", "holds a list, not an object")]
)
def test_file_that_holds_something_else_is_refused(dataset, tmp_path, text, reason):
    (tmp_path / "values.json").write_text(text)
    with pytest.raises(DatasetError, match=reason):
        dataset.load()


@pytest.mark.faults
def test_missing_file_is_named(dataset):
    with pytest.raises(DatasetError, match=r"values\.json is not there"):
        dataset.load()
