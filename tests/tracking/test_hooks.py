"""What a run hands to its tracker, on a stand-in for MLflow that writes down what it gets."""

import json

import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline
from kedro.validation import ParameterValidationError

from wildroad.core.training_store import TrainingState
from wildroad.datasets.table import TableDataset
from wildroad.datasets.training_store import TrainingFile
from wildroad.tracking.hooks import TrackingHooks

RECORDER = """
import json, pathlib, sys, types
class MlflowClient:
    def __init__(self, tracking_uri):
        self.path = pathlib.Path(tracking_uri.removeprefix("sqlite:///"))
    def get_experiment_by_name(self, name):
        return types.SimpleNamespace(experiment_id="1")
    def create_run(self, experiment, run_name):
        self.write("run", run_name)
        return types.SimpleNamespace(info=types.SimpleNamespace(run_id="2"))
    def log_batch(self, run_id, params=(), metrics=()):
        for one in params:
            self.write("parameter", *one)
        for key, value, _, step in metrics:
            self.write("metric", key, value, step)
    def set_terminated(self, run_id, status):
        self.write("end", status)
    def write(self, *what):
        with self.path.open("a") as file:
            file.write(json.dumps(what) + chr(10))
sys.modules["mlflow.entities"] = types.SimpleNamespace(
    Param=lambda *them: them, Metric=lambda *them: them
)
"""
RUN = {"run_id": "2026-11-28T11.00.00.000Z", "runner": "SequentialRunner"}
ROWS = ({"epoch": 1, "val_loss": 0.5}, {"epoch": 2, "val_loss": 0.25})


@pytest.fixture
def catalog(tmp_path, monkeypatch):
    (tmp_path / "mlflow.py").write_text(RECORDER)
    monkeypatch.syspath_prepend(tmp_path)
    tracking = {"backend": "mlflow", "folder": str(tmp_path), "patience": 60}
    return DataCatalog({"parameters": MemoryDataset({"seed": 3, "tracking": tracking})})


@pytest.fixture
def written(tmp_path):
    def read():
        lines = (tmp_path / "mlflow.db").read_text().splitlines()
        return [json.loads(line) for line in lines]

    return read


def make_history():
    return pd.DataFrame(ROWS)


def state(rows):
    return TrainingState("", 1, rows, 1, {}, {}, {"state": {}, "param_groups": []}, {})


def test_without_a_tracker_nothing_is_started_or_touched(tmp_path):
    hooks = TrackingHooks()
    hooks.before_pipeline_run(RUN, DataCatalog({"parameters": MemoryDataset({})}))
    store = TrainingFile(tmp_path / "convnet.training")
    hooks.after_dataset_loaded("convnet_training_store", store)
    hooks.after_dataset_saved("convnet_history", pd.DataFrame(ROWS))
    hooks.after_pipeline_run(RUN, Pipeline([]), DataCatalog())
    assert hooks.tracker is store.on_save is None


@pytest.mark.faults
def test_a_wrong_block_of_parameters_is_refused_by_name():
    catalog = DataCatalog({"parameters": MemoryDataset({"tracking": {"backends": "none"}})})
    with pytest.raises(ParameterValidationError, match=r"params:tracking is wrong[\s\S]*backends"):
        TrackingHooks().before_pipeline_run(RUN, catalog)


def test_epochs_are_told_while_training_and_once(tmp_path, catalog, written):
    hooks = TrackingHooks()
    hooks.before_pipeline_run(RUN, catalog)
    store = TrainingFile(tmp_path / "convnet.training")
    hooks.after_dataset_loaded("convnet_training_store", store)
    store.save(state(ROWS[:1]))
    hooks.after_dataset_saved("convnet_history", pd.DataFrame(ROWS))
    hooks.after_pipeline_run(RUN, Pipeline([]), catalog)
    assert written()[0] == ["run", RUN["run_id"]]
    assert ["parameter", "seed", "3"] in written()
    assert written()[-3:] == [
        ["metric", "convnet/val_loss", 0.5, 1],
        ["metric", "convnet/val_loss", 0.25, 2],
        ["end", "FINISHED"],
    ]


def test_the_epochs_of_a_training_that_fails_are_kept(tmp_path, catalog, written):
    hooks = TrackingHooks()
    hooks.before_pipeline_run(RUN, catalog)
    store = TrainingFile(tmp_path / "road.training")
    hooks.after_dataset_loaded("road_training_store", store)
    store.save(state(ROWS))
    hooks.on_pipeline_error()
    assert written()[-3:] == [
        ["metric", "road/val_loss", 0.5, 1],
        ["metric", "road/val_loss", 0.25, 2],
        ["end", "FAILED"],
    ]


def test_what_other_processes_saved_is_told_at_the_end(tmp_path, catalog, written):
    catalog["convnet_history"] = TableDataset(filepath=str(tmp_path / "history.csv"))
    catalog["convnet_history"].save(pd.DataFrame(ROWS))
    pipeline = Pipeline([Node(make_history, inputs=None, outputs="convnet_history", name="train")])
    hooks = TrackingHooks()
    hooks.before_pipeline_run(RUN, catalog)
    hooks.after_pipeline_run(RUN | {"runner": "ParallelRunner"}, pipeline, catalog)
    assert ["metric", "convnet/val_loss", 0.25, 2] in written()
