"""What no file of the package may do, wherever it stands."""

import ast
from pathlib import Path

import pytest

import wildroad

FILES = sorted(Path(wildroad.__file__).parent.rglob("*.py"))
EVERYTHING = {"Exception", "BaseException"}


def swallows_everything(node):
    """Whether an ``except`` names no error, or one that all errors are."""
    if not isinstance(node, ast.ExceptHandler):
        return False
    named = [] if node.type is None else ast.walk(node.type)
    names = {one.id for one in named if isinstance(one, ast.Name)}
    everything = node.type is None or bool(names & EVERYTHING)
    return everything and not ends_the_program(node)


def ends_the_program(handler):
    """Whether the last thing a handler does is to raise or to exit with an error."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) or ast.unparse(last) == "sys.exit(1)"


def is_loose(node):
    """Whether a call leaves out what does not fit."""
    return (
        isinstance(node, ast.keyword)
        and node.arg == "strict"
        and ast.unparse(node) != ("strict=True")
    )


@pytest.mark.known_bug(10)
@pytest.mark.parametrize("forbidden", [swallows_everything, is_loose])
def test_no_file_loads_loosely_or_swallows_every_error(forbidden):
    found = [
        f"{path.name}:{getattr(node, 'lineno', 0)}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if forbidden(node)
    ]
    assert found == []


def test_the_package_has_files_to_look_at():
    assert len(FILES) > 50
