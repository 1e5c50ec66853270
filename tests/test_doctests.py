"""The examples in docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

import wildroad

MODULES = [one.name for one in pkgutil.walk_packages(wildroad.__path__, "wildroad.")]


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_examples_of_the_module_are_true(name):
    found = doctest.testmod(importlib.import_module(name))
    assert found.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    names = ("wildroad.core.lazy", "wildroad.core.metrics.classification", "wildroad.core.recipes")
    for name in names:
        assert any(test.examples for test in finder.find(importlib.import_module(name))), name
