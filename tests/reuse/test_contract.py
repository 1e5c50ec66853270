"""The contract of each pipeline: what is printed and what docstrings say is what it does."""

import importlib
import re

import pytest
from click.testing import CliRunner

from wildroad import schemas
from wildroad.reuse.commands import commands
from wildroad.reuse.contract import PIPELINES, contract_of

pytestmark = pytest.mark.reuse


def docstring(name):
    module, function = name.split(".")
    return getattr(importlib.import_module(f"wildroad.pipelines.{module}"), function).__doc__


def listed(text, title):
    """The names of a paragraph "Title: a, b, c." of a docstring."""
    paragraph = re.search(rf"^ *{title}: (.*?)\.\n\n", text, flags=re.DOTALL | re.MULTILINE)
    return sorted(re.split(r",\s+", paragraph[1]))


@pytest.mark.parametrize("name", [one for one in PIPELINES if not one.startswith("reporting")])
def test_docstrings_list_exactly_what_is_read_and_the_parameters(name):
    contract = contract_of(PIPELINES[name]())
    assert listed(docstring(name), "Reads") == sorted(line.name for line in contract.reads)
    assert listed(docstring(name), "Parameters") == sorted(
        line.name for line in contract.parameters
    )


@pytest.mark.parametrize("name", list(PIPELINES))
def test_every_table_is_shown_with_the_columns_of_its_schema(name):
    contract = contract_of(PIPELINES[name]())
    lines = [*contract.reads, *contract.makes]
    assert all(line.kind != "not in the catalog" for line in lines)
    tables = [line for line in lines if line.kind == "Table" and line.name != "photo_metadata"]
    known = {", ".join(one.columns) for one in vars(schemas).values() if hasattr(one, "columns")}
    assert {line.content for line in tables} <= known


def test_the_contract_of_a_pipeline_is_printed():
    shown = CliRunner(env={"COLUMNS": "300"}).invoke(
        commands, ["contract", "data_processing.photos_pipeline"]
    )
    assert shown.exit_code == 0
    row = r"photo_split +│ Table +│ photo_id, class_name, group_id, split"
    assert re.search(row, shown.output)
    assert re.search(r"split +│ SplitOptions +│ train=0.7, val=0.1, test=0.2", shown.output)
    assert re.search(r"wildlife_photos +│ Folder", shown.output)
