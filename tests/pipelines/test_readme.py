"""Every block of the README is executed; what takes long is gone through by the plan of the run."""

import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import yaml
from click.testing import CliRunner
from drawn_sets import draw_photos
from kedro.framework.cli.utils import find_run_command
from kedro.framework.startup import bootstrap_project
from other_project import copy_sources
from pages import PROJECT, blocks
from plan_runner import PlanRunner

from wildroad.reuse.commands import commands as wildroad_commands

PAGE = "README.md"
TEXT = (PROJECT / PAGE).read_text(encoding="utf-8")
BLOCKS = blocks(PAGE)
SHORT = ("--pipelines", "--pipeline", "--namespaces", "--nodes")
"""Options by which a run is so short that it is made; others are planned."""


def of(language):
    return [block for block in BLOCKS if block.language == language]


def commands():
    """Every command of the shell blocks, without comments, as (words, line)."""
    lines = [line for block in of("bash") for line in block.text.strip().splitlines()]
    single = [part for line in lines for part in re.sub(r"\s+# .*", "", line).split(" && ")]
    return [shlex.split(part) for part in single]


def commands_of(*start):
    """Those commands that begin so, each a parameter of a test."""
    found = [one for one in commands() if one[: len(start)] == list(start)]
    return [pytest.param(one, id=" ".join(one)) for one in found]


def is_short(command):
    return any(word in SHORT for word in command)


RUNS = commands_of("kedro", "run")
PLANNED = [one for one in RUNS if not is_short(one.values[0])]
MADE = [one for one in RUNS if is_short(one.values[0])]
OTHERS = [
    *commands_of("pip", "install"),
    *commands_of("pytest"),
    *commands_of("kedro", "registry", "list"),
    *commands_of("kedro", "viz", "run"),
    *commands_of("kedro", "package"),
    *commands_of("wildroad", "add"),
    *commands_of("wildroad", "contract"),
]


def test_every_block_is_of_a_kind_that_a_test_here_executes():
    for block in BLOCKS:
        assert block.language in {"bash", "yaml", "python", ""}, block.text
        assert block.language or "►" in block.text, f"neither code nor a picture:\n{block.text}"


def test_every_command_is_in_a_test_here():
    tested = [one.values[0] for one in (*PLANNED, *MADE, *OTHERS)]
    assert sorted(commands()) == sorted(tested)


def test_every_picture_and_path_it_names_exists():
    for path in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", TEXT):
        assert (PROJECT / path).is_file(), path
    for path in re.findall(r"`((?:src|conf|tests|\.ci)/[\w./]+)`", TEXT):
        assert (PROJECT / path).exists() or path.startswith("conf/local/"), path


@pytest.fixture(scope="module")
def configured(tmp_path_factory, make_tiny_project):
    """A project whose local environment is what the README's blocks of configuration say."""
    project = make_tiny_project(tmp_path_factory.mktemp("readme"))
    (project.conf / "local").mkdir()
    for block in of("yaml"):
        path = project.conf.parent / block.file
        assert not path.exists(), f"two blocks for {block.file}"
        path.write_text(block.text, encoding="utf-8")
    return project


def test_folders_in_the_blocks_are_globals_that_the_catalog_reads():
    known = yaml.safe_load((PROJECT / "conf/base/globals.yml").read_text())
    shown = [yaml.safe_load(one.text) for one in of("yaml") if one.file.endswith("globals.yml")]
    assert shown
    assert all(set(folders) <= set(known) for folders in shown)


@pytest.mark.parametrize("command", PLANNED)
def test_a_long_run_is_planned_to_its_end_with_the_blocks_of_configuration(command, configured):
    bootstrap_project(PROJECT)
    options = ["--conf-source", str(configured.conf), "--runner", "plan_runner.PlanRunner"]
    run = find_run_command("wildroad")
    PlanRunner.planned = []
    run.main([*command[2:], *options], standalone_mode=False)
    assert "write_report" in PlanRunner.planned
    wildlife, road = (
        any(name.endswith(first) for name in PlanRunner.planned)
        for first in ("index_photos", "idd.index_scenes")
    )
    tags = command[command.index("--tags") + 1] if "--tags" in command else "wildlife,road"
    assert (wildlife, road) == ("wildlife" in tags, "road" in tags)


@pytest.fixture(scope="module")
def project(finished_project, tmp_path_factory):
    """A copy of the finished project, in which pipelines run one by one, and some new photos."""
    folder = tmp_path_factory.mktemp("copy") / "project"
    shutil.copytree(finished_project[0].folder, folder)
    for path in (folder / "conf").rglob("*.yml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(str(finished_project[0].folder), str(folder)))
    draw_photos(folder / "new", ("ours",), each=2)
    return type(finished_project[0])(folder)


@pytest.mark.parametrize("command", MADE)
def test_a_short_run_is_made(command, project):
    words = [re.sub(r"/my/\w+", str(project.folder / "new"), word) for word in command[2:]]
    finished = project.run(*words)
    assert finished.returncode == 0, finished.stderr[-3000:] + finished.stdout[-3000:]


@pytest.mark.parametrize("command", commands_of("pip", "install"))
def test_what_pip_is_told_to_install_is_this_package_with_extras_it_has(command, tmp_path):
    wanted = re.fullmatch(r"(?:\.|wildroad)(?:\[([\w,]+)\])?", command[-1])
    assert wanted, command
    known = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert set((wanted[1] or "").split(",")) <= {*known["optional-dependencies"], ""}
    package = str(copy_sources(tmp_path / "sources"))
    options = ["--quiet", "--dry-run", "--no-deps", "--no-index", "--no-build-isolation"]
    editable = [word for word in command[2:-1] if word == "-e"]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, *editable, package],
                   cwd=tmp_path, check=True)  # fmt: skip


@pytest.mark.parametrize("command", commands_of("pytest"))
def test_pytest_is_what_runs_this(command, request):
    assert command == ["pytest"]
    assert request.config.rootpath == PROJECT


@pytest.mark.parametrize("command", commands_of("kedro", "registry", "list"))
def test_the_registry_is_listed(command):
    shown = subprocess.run(
        [sys.executable, "-m", *command], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert "- __default__" in shown.stdout


@pytest.mark.parametrize("command", commands_of("kedro", "package"))
def test_the_package_is_tested_where_it_is_built(command):
    text = (PROJECT / "tests" / "reuse" / "other_project.py").read_text()
    assert '"kedro", "package"' in text
    assert command == ["kedro", "package"]


@pytest.mark.parametrize("command", commands_of("kedro", "viz", "run"))
def test_kedro_viz_answers(command, tmp_path):
    port = free_port()
    options = ["--no-browser", "--port", str(port)]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen([sys.executable, "-m", *command, *options], cwd=PROJECT,
                                  stdout=log, stderr=log)  # fmt: skip
        try:
            assert answers(f"http://127.0.0.1:{port}/api/main", server), (
                tmp_path / "log"
            ).read_text()[-3000:]
        finally:
            server.terminate()
            server.wait(60)


def free_port():
    """A port that nobody listens at, among those that Kedro-Viz takes (below 49152)."""
    for port in range(20000, 49000, 7):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)):
                return port
    raise OSError("no port is free")


def answers(address, server):
    """Whether a server answers before it ends, or after as long as a slow machine takes."""
    for _ in range(600):
        try:
            with urlopen(address, timeout=60) as answer:
                return b"index_photos" in answer.read()
        except URLError:
            if server.poll() is not None:
                return False
            time.sleep(0.5)
    return False


@pytest.mark.parametrize(
    "command", [*commands_of("wildroad", "add"), *commands_of("wildroad", "contract")]
)
def test_commands_for_other_projects_do_what_they_say(command, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "conf" / "base").mkdir(parents=True)
    (tmp_path / "labels.csv").write_text("id,label,class_name,red,green,blue\n0,,A,0,0,0\n")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.kedro]\npackage_name = "wildroad"\nproject_name = "other"\n'
        'kedro_init_version = "1.7.0"\n'
    )
    words = [str(tmp_path / word) if word == "labels.csv" else word for word in command[1:]]
    project = ["--project", str(tmp_path)] if words[0] == "add" else []
    done = CliRunner().invoke(wildroad_commands, [*words, *project])
    assert done.exit_code == 0, done.output
    assert len(list((tmp_path / "conf" / "base").iterdir())) == (2 if words[0] == "add" else 0)


@pytest.mark.parametrize("block", of("python"))
def test_python_of_the_readme_runs(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bootstrap_project(PROJECT)
    names = {}
    exec(compile(block.text, PAGE, "exec"), names)
    if register := names.get("register_pipelines"):
        assert all(pipeline.nodes for pipeline in register().values())
