import pytest
from kedro.io import DatasetError

from wildroad.datasets.markdown import MarkdownDataset, as_html

CARD = "---\ntags: [a]\n---\n\n# Title\n\n| a | b |\n|---|---:|\n| x | 1 |\n"


def test_a_text_comes_back_as_it_was(tmp_path):
    dataset = MarkdownDataset(filepath=str(tmp_path / "cards" / "one.md"))
    dataset.save(CARD)
    assert dataset.load() == CARD
    assert dataset.exists()


def test_a_text_that_is_not_there_is_named(tmp_path):
    dataset = MarkdownDataset(filepath=str(tmp_path / "one.md"))
    with pytest.raises(DatasetError, match=r"one\.md is not there: run the reporting pipeline"):
        dataset.load()
    assert not dataset.exists()
    assert dataset.preview() == ""


def test_the_preview_has_headings_and_tables_and_leaves_the_yaml_out(tmp_path):
    dataset = MarkdownDataset(filepath=str(tmp_path / "one.md"))
    dataset.save(CARD)
    page = dataset.preview()
    assert page == as_html(CARD)
    assert "<h1>Title</h1>" in page
    assert '<td style="text-align:right">1</td>' in page
    assert "tags" not in page


def test_html_within_the_text_is_shown_and_not_run():
    assert "&lt;script&gt;" in as_html("<script>alert(1)</script>")
