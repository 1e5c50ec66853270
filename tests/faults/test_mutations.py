"""Thousands of files with random damage: read or refused in words, in little time and memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("mutation_run.py")
COUNTS = {"images": (200, 10_000), "polygons": (200, 10_000), "parameters": (40, 1000)}


@pytest.mark.parametrize("kind", COUNTS)
def test_damaged_files_are_read_or_refused_in_words(kind, tmp_path, amount, record_property):
    if not Path("/proc/self/statm").exists():
        pytest.skip("needs /proc, to limit memory")
    count = amount(*COUNTS[kind])
    told = subprocess.run(
        [sys.executable, "-W", "ignore", str(SCRIPT), kind, str(count), "0", str(tmp_path)],
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, f"-27 says that a file took too long: {told.stderr[-3000:]}"
    seen = json.loads(told.stdout.splitlines()[-1])
    print(kind, count, seen)
    assert seen["faults"] == []
    assert set(seen["seen"]) == {"accepted", "refused"}
    assert sum(seen["seen"].values()) == count
    assert seen["added"] < 2**30


def test_the_largest_photos_that_are_read_take_less_than_a_gibibyte(tmp_path, amount):
    if not amount(0, 1):
        pytest.skip("a matter of the complete form: these photos take seconds each")
    told = subprocess.run(
        [sys.executable, "-W", "ignore", str(SCRIPT), "largest", "4", "0", str(tmp_path)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-3000:]
    seen = json.loads(told.stdout.splitlines()[-1])
    print("largest", seen)
    assert seen["faults"] == []
    assert seen["seen"] == {"accepted": 4}
    assert seen["added"] < 2**30
