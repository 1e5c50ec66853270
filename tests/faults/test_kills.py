"""Killed at any moment, no writing leaves anything that passes for a result and is none."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module", params=["photos", "masks"])
def kills(request, tmp_path_factory, amount):
    if not hasattr(os, "fork"):
        pytest.skip("needs os.fork")
    command = [sys.executable, str(HERE / "killed_saving.py"), request.param, str(amount(6, 20))]
    told = subprocess.run(
        [*command, "0", str(tmp_path_factory.mktemp(request.param))],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-3000:]
    return json.loads(told.stdout.splitlines()[-1])


def test_nothing_corrupt_is_ever_accepted(kills):
    assert all({one["found"], one["tidied"]} <= {"0", "1", "nothing"} for one in kills), kills


def test_the_earlier_or_the_new_result_is_there_after_tidying_up(kills):
    assert all(one["tidied"] in (one["before"], one["wanted"]) for one in kills), kills


def test_the_next_run_ends_in_the_same_bits_and_leaves_no_rest(kills):
    assert all(one["resumed"] == one["wanted"] for one in kills), kills
    assert {tuple(one["rest"]) for one in kills} == {("result",)}


def test_masks_that_were_made_before_the_kill_are_gone_on_from(kills, request):
    if "[masks]" in request.node.name:
        assert any(one["waiting"] > 0 for one in kills), kills
    else:
        assert not any(one["waiting"] for one in kills)
