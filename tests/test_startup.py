"""What starts without PyTorch, which takes seconds to import."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import wildroad

PROJECT = Path(__file__).parents[1]
PACKAGE = Path(wildroad.__file__).parent
DATASETS = sorted(path.stem for path in (PACKAGE / "datasets").glob("[a-z]*.py"))

# Runs the command line as ``kedro`` does, then says whether PyTorch was imported.
COMMAND = """
import sys
from kedro.framework.cli import main
try:
    main()
except SystemExit as ended:
    print("ended with", ended.code)
print("torch" in sys.modules)
"""


def last_line(program, *arguments, folder=PROJECT):
    finished = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env={**os.environ, "KEDRO_DISABLE_TELEMETRY": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    return finished.stdout.strip().splitlines()[-1]


def test_options_hooks_registry_and_datasets_are_imported_without_pytorch():
    names = ["options", "hooks", "settings", "pipeline_registry", "report.content"]
    names += [f"datasets.{name}" for name in DATASETS]
    imports = "\n".join(f"import wildroad.{name}; seen('{name}')" for name in names)
    program = (
        "import sys\nfound = []\n"
        "def seen(name):\n    'torch' in sys.modules and found.append(name)\n"
        f"{imports}\nprint(found)"
    )
    assert last_line(program) == "[]"


def test_the_check_finds_what_imports_pytorch():
    program = "import sys, wildroad.core.training\nprint('torch' in sys.modules)"
    assert last_line(program) == "True"


@pytest.mark.parametrize("option", ["--pipelines", "--pipeline"])
def test_a_report_is_written_without_pytorch(option, tmp_path):
    results = f"results: {tmp_path / 'data'}\n"
    for name in ("base", "local"):
        (tmp_path / "conf" / name).mkdir(parents=True)
    for path in (PROJECT / "conf" / "base").glob("*.yml"):
        (tmp_path / "conf" / "base" / path.name).write_text(path.read_text())
    (tmp_path / "conf" / "local" / "globals.yml").write_text(results)
    source = ("--conf-source", str(tmp_path / "conf"), "--env", "local")
    assert last_line(COMMAND, "run", option, "reporting", *source) == "False"
    assert (tmp_path / "data" / "08_reporting" / "report.html").exists()
