"""Whatever befalls a tracker, the run goes on and says what happened, once."""

import logging
import time

import pandas as pd
import pytest

from wildroad.tracking import tracker as module
from wildroad.tracking.messages import Start
from wildroad.tracking.tracker import Tracker

HISTORY = pd.DataFrame({"epoch": [1], "train_loss": [0.5]})
GOES_ON = "The run goes on without it."
WORKS = """
from unittest.mock import MagicMock
MlflowClient = MagicMock()
import sys
sys.modules["mlflow.entities"] = MagicMock()
"""
HANGS_LATER = f"""{WORKS}
import time
MlflowClient().log_batch.side_effect = lambda *_, **__: time.sleep(600)
"""
SLEEPS = "import time; time.sleep(600)"


@pytest.fixture
def start_with(tmp_path, monkeypatch):
    """Start a tracker whose process finds this source in place of MLflow."""
    started = []

    def start(source, *, patience=60.0):
        (tmp_path / "mlflow.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
        folder = tmp_path / "runs"
        started.append(Tracker(Start("mlflow", "wildroad", "a run", folder, None, patience)))
        return started[-1]

    yield start
    for one in started:
        one._gave_up = True
        one._stop()
        one._thread.join()


def wait_until(condition):
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("nothing happened for a minute")


def has_ended(tracker):
    return tracker._process.returncode is not None


def warnings(caplog):
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]


@pytest.mark.faults
@pytest.mark.parametrize("failed", [False, True])
def test_a_tracker_that_hangs_is_waited_for_as_long_as_the_patience_lasts(
    start_with, caplog, failed
):
    tracker = start_with(SLEEPS, patience=0.5)
    tracker.end(failed=failed)
    assert has_ended(tracker)
    (warning,) = warnings(caplog)
    assert "Tracking with mlflow (sqlite:///" in warning
    assert "stopped at its start: not done 0.5 s after the end of the run" in warning
    assert warning.endswith(GOES_ON)


@pytest.mark.faults
def test_a_tracker_that_hangs_later_is_given_up_while_the_run_goes_on(start_with, caplog):
    tracker = start_with(HANGS_LATER)
    tracker.track("convnet_history", HISTORY)
    wait_until(lambda: tracker._at == "convnet_history")
    tracker._since -= tracker.start.patience
    tracker.track("convnet_metrics", HISTORY)
    assert has_ended(tracker)
    tracker.track("convnet_metrics", HISTORY)
    tracker.end(failed=False)
    (warning,) = warnings(caplog)
    assert "stopped at convnet_history: no answer for 60 s. " in warning


@pytest.mark.faults
@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            "print('hello')\nraise RuntimeError('the store burnt down\\nas stores do')",
            "RuntimeError: the store burnt down. ",
        ),
        ("import os; os._exit(7)", "its process ended with exit status 7. "),
        ("import os; os.abort()", "its process ended with exit status -6. "),
        ("raise RuntimeError", "RuntimeError: no message. "),
        ("", "ImportError: cannot import name 'MlflowClient'"),
    ],
)
def test_a_tracker_that_fails_is_told_in_one_line(start_with, caplog, source, told):
    tracker = start_with(source)
    wait_until(lambda: tracker._gave_up)
    for _ in range(3):
        tracker.track("convnet_history", HISTORY)
    tracker.end(failed=False)
    (warning,) = warnings(caplog)
    assert f"stopped at its start: {told}" in warning
    assert "\n" not in warning
    assert warning.endswith(GOES_ON)


@pytest.mark.faults
def test_a_tracker_that_is_not_installed_is_named_with_the_extra_to_install(start_with, caplog):
    tracker = start_with("raise ModuleNotFoundError('No module named mlflow', name='mlflow')")
    tracker.end(failed=False)
    assert 'No module named mlflow; pip install "wildroad[mlflow]"' in warnings(caplog)[0]


@pytest.mark.faults
def test_a_tracker_too_slow_for_the_run_is_given_up(start_with, caplog, monkeypatch):
    monkeypatch.setattr(module, "LONGEST_QUEUE", 2)
    tracker = start_with(SLEEPS)
    for _ in range(4):
        tracker.track("convnet_history", HISTORY)
    assert has_ended(tracker)
    assert "it is too slow, 2 datasets wait for it" in warnings(caplog)[0]


def test_a_copy_of_the_run_in_another_process_tells_nothing(start_with):
    tracker = start_with(WORKS)
    tracker.owner += 1
    tracker.track("convnet_history", HISTORY)
    assert tracker._queue.empty()


def test_a_run_that_is_tracked_says_how_to_look_at_it(start_with, caplog):
    caplog.set_level(logging.INFO)
    tracker = start_with(WORKS)
    tracker.track("convnet_history", HISTORY)
    tracker.end(failed=False)
    (line,) = [one.getMessage() for one in caplog.records if one.name == module.__name__]
    assert line == (
        "The run is tracked; to look at it: mlflow ui --backend-store-uri"
        f" sqlite:///{tracker.start.folder}/mlflow.db"
    )
    assert has_ended(tracker)


@pytest.mark.faults
@pytest.mark.parametrize("backend", ["mlflow", "wandb"])
def test_a_store_that_can_not_be_written_is_told(tmp_path, caplog, backend):
    pytest.importorskip(backend, reason=f"the extra {backend} is not installed")
    (tmp_path / "file").write_text("no folder")
    tracker = Tracker(Start(backend, "wildroad", "a run", tmp_path / "file" / "runs", None, 60.0))
    tracker.end(failed=False)
    (warning,) = warnings(caplog)
    assert "stopped at its start: NotADirectoryError: " in warning
    assert "file/runs" in warning
    assert warning.endswith(GOES_ON)
