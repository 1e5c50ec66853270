"""SIGINT and SIGTERM end a training within one batch, and the next run ends in the same bits."""

import os
import signal
import sys
from pathlib import Path

import pytest
import torch

sys.path.append(str(Path(__file__).parents[1] / "core"))

import resumed_training
from resumed_training import finished

from wildroad.core import training
from wildroad.core.training_store import decode_state
from wildroad.runs.failures import told_in_one_line
from wildroad.runs.interruption import ends_in_order

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The result of a training that nothing interrupts, and its number of batches."""
    return finished(tmp_path_factory.mktemp("whole"), stored=False)


def interrupted(folder, number, batch):
    """Train in a forked process that gets a signal in a batch; its exit code and its batches."""
    if child := os.fork():
        status = os.waitpid(child, 0)[1]
        return os.waitstatus_to_exitcode(status), (folder / "batches").read_text().count("b")
    sys.stdout = sys.stderr = (folder / "said").open("w", buffering=1)
    batches, step = (folder / "batches").open("w", buffering=1), training.Trainer.step
    seen = 0

    def counted(self, one):
        nonlocal seen
        seen += 1
        batches.write("b")
        batches.flush()
        if seen == batch:
            os.kill(os.getpid(), number)
        return step(self, one)

    training.Trainer.step = counted
    code = 70
    try:
        with told_in_one_line(with_traceback=False), ends_in_order():
            resumed_training.fit(folder, resumed_training.TrainingFile(folder / "state"))
        code = 0
    except SystemExit as exit_:
        code = exit_.code
    finally:
        os._exit(code)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("batch", [2, 8, 20, 33])
def test_a_signal_ends_a_training_within_a_batch_and_it_goes_on_to_the_same_bits(
    tmp_path, expected, number, batch
):
    code, batches = interrupted(tmp_path, number, batch)
    assert code == 128 + number
    assert batch <= batches <= batch + 1
    assert f"stopped by {number.name}" in (tmp_path / "said").read_text()
    epoch = (batch - 1) // 6
    state = tmp_path / "state"
    assert (decode_state(state.read_bytes()).epoch if state.exists() else 0) == epoch
    for name in ("said", "batches"):
        (tmp_path / name).unlink()
    assert finished(tmp_path) == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["result", "told"]
