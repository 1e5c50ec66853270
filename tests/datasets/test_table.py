import numpy as np
import pandas as pd
import pytest
from kedro.io import DatasetError

from wildroad.datasets.table import TableDataset


def saved(table, folder):
    dataset = TableDataset(filepath=str(folder / "table.csv"))
    dataset.save(table)
    return dataset


def test_a_table_comes_back_as_it_was(tmp_path):
    table = pd.DataFrame(
        {
            "photo_id": ["1/007.jpg", "NA/null.jpg"],
            "class_name": ["1", "NA"],
            "photos": [3, 4],
            "value": [0.1 + 0.2, np.nan],
            "passed": [True, False],
        }
    )
    pd.testing.assert_frame_equal(saved(table, tmp_path).load(), table)


def test_no_text_is_no_text_and_not_missing(tmp_path):
    table = pd.DataFrame({"label": ["road", "static"], "class_name": ["Road", ""]})
    assert list(saved(table, tmp_path).load()["class_name"]) == ["Road", ""]


def test_commas_quotes_and_other_alphabets_survive(tmp_path):
    table = pd.DataFrame({"file": ['лиса/"a", b.jpg', "été\n2.jpg"], "reason": ["x", "y"]})
    pd.testing.assert_frame_equal(saved(table, tmp_path).load(), table)


def test_an_empty_table_keeps_its_columns(tmp_path):
    table = saved(pd.DataFrame(columns=["file", "reason"]), tmp_path).load()
    assert list(table.columns) == ["file", "reason"]
    assert table.empty


def test_the_same_table_gives_the_same_bytes(tmp_path):
    table = pd.DataFrame({"value": np.random.default_rng(0).random(50)})
    first = (saved(table, tmp_path), (tmp_path / "table.csv").read_bytes())[1]
    second = (saved(table, tmp_path), (tmp_path / "table.csv").read_bytes())[1]
    assert first == second


def test_a_missing_table_is_an_error_unless_it_is_optional(tmp_path):
    path = str(tmp_path / "none.csv")
    with pytest.raises(DatasetError, match="is not there: run the pipeline that makes it"):
        TableDataset(filepath=path).load()
    assert TableDataset(filepath=path, optional=True).load() is None


def test_a_file_that_is_no_table_is_an_error_that_names_it(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(DatasetError, match=r"bad\.csv is no table"):
        TableDataset(filepath=str(path)).load()


def test_the_preview_holds_the_first_rows(tmp_path):
    preview = saved(pd.DataFrame({"photos": range(100)}), tmp_path).preview(nrows=5)
    assert preview["columns"] == ["photos"]
    assert len(preview["data"]) == 5
