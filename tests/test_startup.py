"""What starts without PyTorch and scikit-learn, which take seconds to import."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import wildroad

PROJECT = Path(__file__).parents[1]
SLOW = ("torch", "torchvision", "sklearn", "scipy.stats", "statsmodels", "cleanlab", "cleanvision")
PREAMBLE = f"""
import sys
from pathlib import Path

def slow():
    return [name for name in {SLOW} if name in sys.modules]
"""

# Runs the command line as ``kedro`` does, then says what was imported.
COMMAND = """
from kedro.framework.cli import main
try:
    main()
except SystemExit as ended:
    print("ended with", ended.code)
print(slow())
"""

# Everything that Kedro asks of nodes before it runs one.
CONTEXT = """
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.validation.type_extractor import TypeExtractor
bootstrap_project(Path.cwd())
types = TypeExtractor(dict(pipelines)).extract_types_from_pipelines()
with KedroSession.create() as session:
    catalog = session.load_context().catalog
    [catalog.get(name) for name in pipelines["__default__"].datasets() if name in catalog]
print(len(types) > 10 and slow())
"""

VIZ = """
from kedro_viz.server import load_and_populate_data
load_and_populate_data(Path.cwd(), pipeline_name=None)
print(slow())
"""


def last_line(program, *arguments, folder=PROJECT):
    finished = subprocess.run(
        [sys.executable, "-c", PREAMBLE + program, *arguments],
        cwd=folder,
        env={**os.environ, "KEDRO_DISABLE_TELEMETRY": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    return finished.stdout.strip().splitlines()[-1]


def modules(package, pattern):
    folder = Path(wildroad.__file__).parent
    found = sorted((folder / package).glob(pattern))
    names = [".".join(path.relative_to(folder).with_suffix("").parts) for path in found]
    return [name for name in names if "__" not in name]


def test_options_hooks_datasets_and_nodes_are_imported_without_pytorch():
    names = ["options", "scene_options", "schemas", "hooks", "settings", "pipeline_registry"]
    names += ["report.content", *modules("datasets", "*.py"), *modules("pipelines", "**/*.py")]
    assert len(names) > 40
    program = "from importlib import import_module\nfound = {}\n" + "\n".join(
        f"import_module('wildroad.{name}')\nif slow(): found.setdefault('{name}', slow())"
        for name in names
    )
    assert last_line(f"{program}\nprint(found)") == "{}"


def test_the_check_finds_what_imports_pytorch():
    assert "'torch'" in last_line("import wildroad.core.training\nprint(slow())")


def test_a_module_of_the_core_is_imported_when_it_is_first_used():
    program = """
from wildroad import core
print(slow(), core.models.classifiers.build_classifier.__name__, "torch" in slow())
"""
    assert last_line(program) == "[] build_classifier True"


def test_a_name_that_is_no_module_of_the_core_is_an_attribute_error():
    from wildroad import core

    with pytest.raises(AttributeError, match=r"'wildroad.core' has no attribute 'trainig'"):
        core.trainig  # noqa: B018


def test_pipelines_are_listed_without_pytorch():
    assert last_line(COMMAND, "registry", "list") == "[]"


def test_parameters_are_typed_and_the_catalog_is_made_without_pytorch():
    assert last_line(CONTEXT) == "[]"


def test_kedro_viz_opens_the_project_without_pytorch():
    assert last_line(VIZ) == "[]"


@pytest.mark.parametrize("option", ["--pipelines", "--pipeline"])
def test_a_report_is_written_without_pytorch(option, tmp_path):
    results = f"results: {tmp_path / 'data'}\n"
    for name in ("base", "local"):
        (tmp_path / "conf" / name).mkdir(parents=True)
    for path in (PROJECT / "conf" / "base").glob("*.yml"):
        (tmp_path / "conf" / "base" / path.name).write_text(path.read_text())
    (tmp_path / "conf" / "local" / "globals.yml").write_text(results)
    source = ("--conf-source", str(tmp_path / "conf"), "--env", "local")
    assert last_line(COMMAND, "run", option, "reporting", *source) == "[]"
    assert (tmp_path / "data" / "08_reporting" / "report.html").exists()
