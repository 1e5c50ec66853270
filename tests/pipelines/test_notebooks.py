"""The notebooks run as they are, on a tiny run, and only show what the package does."""

import ast
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

PROJECT = Path(__file__).parents[2]
NAMES = ("tour", "theory", "reuse")


def read(name):
    return nbformat.read(PROJECT / "notebooks" / f"{name}.ipynb", as_version=4)


def code_of(notebook):
    return [one.source for one in notebook.cells if one.cell_type == "code"]


def execute(name):
    """Run a notebook in a kernel of its own, from the folder it lies in."""
    notebook = read(name)
    where = {"metadata": {"path": str(PROJECT / "notebooks")}}
    return NotebookClient(notebook, timeout=600, kernel_name="python3", resources=where).execute()


def texts_of(notebook):
    """Everything in plain text that the cells showed."""
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    return "\n".join(out.get("text", out.get("data", {}).get("text/plain", "")) for out in outputs)


def pictures_of(notebook):
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    return sum("image/png" in out.get("data", {}) for out in outputs)


def test_the_notebooks_are_these():
    assert {path.stem for path in (PROJECT / "notebooks").glob("*.ipynb")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_stored_without_outputs_and_defines_one_function_at_most(name):
    notebook = read(name)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
    lines = "\n".join(code_of(notebook)).replace("%%capture", "")
    defined = (ast.FunctionDef, ast.ClassDef)
    assert sum(isinstance(node, defined) for node in ast.walk(ast.parse(lines))) <= 1
    assert len(lines.splitlines()) < 150


def test_the_theory_holds_and_is_drawn():
    executed = execute("theory")
    assert pictures_of(executed) == 4
    assert "on average 1.7936" in texts_of(executed)
    assert sum(code.count("assert ") for code in code_of(executed)) > 10


def test_the_core_is_used_without_kedro_and_the_template_in_a_namespace():
    shown = texts_of(execute("reuse"))
    assert "'night_training_store'" in shown
    assert shown.count("macro_f1") == 2


def test_the_tour_shows_the_tables_and_figures_of_a_run(finished_project, monkeypatch):
    project, _ = finished_project
    monkeypatch.setenv("WILDROAD_CONF", str(project.conf))
    executed = execute("tour")
    assert pictures_of(executed) == 6
    assert "the embedded sample" in texts_of(executed)


@pytest.mark.faults
def test_the_tour_before_any_run_says_what_to_do(tiny_project, monkeypatch):
    monkeypatch.setenv("WILDROAD_CONF", str(tiny_project.conf))
    with pytest.raises(CellExecutionError, match="no results yet: run `kedro run`"):
        execute("tour")
