"""The README's commands, files and paths are there."""

import re
from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[1]
TEXT = (PROJECT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


def test_every_picture_and_path_it_names_exists():
    for path in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", TEXT):
        assert (PROJECT / path).is_file(), path
    for path in re.findall(r"`((?:src|conf|tests|\.ci)/[\w./]+)`", TEXT):
        assert (PROJECT / path).exists() or path.startswith("conf/local/"), path


def test_folders_and_parameters_it_shows_are_real_ones():
    folders, parameters = (yaml.safe_load(block) for block in blocks("yaml"))
    known = yaml.safe_load((PROJECT / "conf/base/globals.yml").read_text())
    assert set(folders) <= set(known)
    configured = {}
    for path in (PROJECT / "conf/base").glob("parameters*.yml"):
        configured |= yaml.safe_load(path.read_text())
    assert set(parameters["resnet18"]["model"]) <= set(configured["resnet18"]["model"])
    assert set(parameters["road_model"]) <= set(configured["road_model"])


def test_every_line_of_its_shell_blocks_is_a_command_of_ours():
    lines = [line for block in blocks("bash") for line in block.strip().splitlines()]
    assert lines
    assert all(line.startswith(("pip install -e", "kedro ")) for line in lines)
