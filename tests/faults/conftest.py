"""The faults come in a short form, with the other tests, and complete: ``complete.py``."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

COMPLETE = os.environ.get("WILDROAD_FAULTS") == "complete"


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def amount():
    """Gives the first number in the short form, the second in the complete one."""
    return lambda short, complete: complete if COMPLETE else short


@pytest.fixture
def small_disk(tmp_path):
    """A disk of half a MB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("may not mount a small disk here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)
