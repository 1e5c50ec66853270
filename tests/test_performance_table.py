"""The table of the README is that of the results that were measured."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "benchmarks"


@pytest.fixture(scope="module")
def table():
    spec = importlib.util.spec_from_file_location("performance_table", FOLDER / "table.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def row(ratio, day="2026-11-28", **more):
    machine = {"date": day, "processor": "x86_64", "threads": 2, "gpu": "none"}
    machine |= {"torch": "2.15.0", "python": "3.11.9"}
    return {"ratio": ratio, "against": "a recipe", "runs": [], "machine": machine, **more}


def test_readme_and_results_hold_the_same_table(table):
    readme = table.README.read_text()
    assert table.with_table(readme, table.markdown(table.read_results(table.RESULTS))) == readme
    assert (
        table.RESULTS.with_suffix(".md")
        .read_text()
        .endswith(table.markdown(table.read_results(table.RESULTS)) + "\n")
    )


def test_every_result_is_a_ratio_of_its_runs_on_a_named_machine(table):
    results = table.read_results(table.RESULTS)
    assert results
    for name, one in results.items():
        assert name in table.AIMS
        ours, theirs = (sorted(run[who] for run in one["runs"]) for who in ("ours", "theirs"))
        middle = len(ours) // 2
        if len(ours) % 2:
            assert one["ratio"] == pytest.approx(theirs[middle] / ours[middle], abs=6e-4, rel=1e-3)
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", one["machine"]["date"])


def test_rows_of_several_days_and_machines_keep_their_own(table):
    first, second = row(3.14159), row(12.0, day="2026-12-01", note="KL 2.2")
    second["machine"]["gpu"] = "NVIDIA H200"
    lines = table.markdown({"tsne_12k": first, "tsne_12k_gpu": second}).splitlines()
    assert lines[2:4] == [
        "| t-SNE of 12,000 photos in 2-D | a recipe | 3.14 | 3 | 2026-11-28 (1) |",
        "| t-SNE of 12,000 photos in 2-D, GPU | a recipe; KL 2.2 | 12 |  | 2026-12-01 (2) |",
    ]
    assert "(1) x86_64, 2 threads, no GPU, PyTorch 2.15.0" in lines[-1]
    assert "(2) x86_64, 2 threads, NVIDIA H200" in lines[-1]


def test_a_text_without_markers_is_refused(table):
    with pytest.raises(ValueError, match="there is no line '<!-- performance"):
        table.with_table("# Wildroad", "| a |")
