"""What a tracker holds after a run, read by the tracker itself, is what the tables hold."""

import json
import math
import subprocess
from hashlib import sha256
from importlib.util import find_spec

import pandas as pd
import pytest

TRAININGS = ("convnet", "resnet18", "resnet18_augmented", "road")
SCORES = {
    "convnet": "convnet_metrics",
    "resnet18": "resnet18_metrics",
    "resnet18_augmented": "resnet18_augmented_metrics",
    "idd": "idd_overall_scores",
    "cityscapes": "cityscapes_overall_scores",
}
RETRAINED = (
    "convnet.train_classifier",
    "convnet.predict_photos",
    "convnet.score_predictions",
    "convnet.plot_confusion",
    "idd.open_idd",
    "cityscapes.open_cityscapes",
    "segmenter.train_road_model",
    "idd_evaluation.score_domain",
)
needs_mlflow = pytest.mark.skipif(not find_spec("mlflow"), reason="needs wildroad[mlflow]")
needs_wandb = pytest.mark.skipif(not find_spec("wandb"), reason="needs wildroad[wandb]")


def read(project, name):
    """A table as pandas reads it, wherever it lies."""
    (path,) = project.results.rglob(f"{name}.csv")
    return pd.read_csv(path, engine="python")


def curves_of(project, name):
    """{column: {epoch: value}} of the history of one training."""
    table = read(project, f"{name}_history").set_index("epoch")
    return {column: dict(table[column]) for column in table}


def scores_of(project, name):
    """{figure: value} of a table of metrics, with the ends of the intervals."""
    table = read(project, SCORES[name]).set_index("metric")
    ends = {"value": "", "low": "_low", "high": "_high"}
    return {f"{m}{end}": table.loc[m, c] for c, end in ends.items() for m in table.index}


def same(found, expected):
    """Whether numbers are equal to the last digit, or both not a number."""
    return found == expected or (pd.isna(found) and pd.isna(expected))


@pytest.fixture(scope="module")
def mlflow_run(finished_project):
    """The client of MLflow and the first run in its store; others may have gone on from it."""
    mlflow = pytest.importorskip("mlflow", reason="needs wildroad[mlflow]")
    project, _ = finished_project
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{project.tracking}/mlflow.db")
    experiment = client.get_experiment_by_name("wildroad")
    run, *_ = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"])
    return client, run


def test_mlflow_holds_the_curves_of_every_training(finished_project, mlflow_run):
    client, run = mlflow_run
    for name in TRAININGS:
        for column, values in curves_of(finished_project[0], name).items():
            points = client.get_metric_history(run.info.run_id, f"{name}/{column}")
            assert [one.step for one in points] == list(values), f"{name}/{column}"
            assert all(same(one.value, values[one.step]) for one in points), f"{name}/{column}"


def test_mlflow_holds_the_metrics_of_every_model_and_domain(finished_project, mlflow_run):
    _, run = mlflow_run
    for name in SCORES:
        for figure, value in scores_of(finished_project[0], name).items():
            assert same(run.data.metrics[f"{name}/{figure}"], value), f"{name}/{figure}"


def test_mlflow_holds_parameters_hashes_tables_and_figures(finished_project, mlflow_run):
    project, _ = finished_project
    client, run = mlflow_run
    assert run.info.status == "FINISHED"
    assert run.data.params["convnet.training.epochs"] == "2"
    assert run.data.params["road_training.domain"] == "cityscapes"
    for name in TRAININGS:
        content = (project.results / "06_models" / f"{name}.safetensors").read_bytes()
        assert run.data.tags[f"{name}_checkpoint.sha256"] == sha256(content).hexdigest()
    artifacts = project.tracking / "mlflow_artifacts" / run.info.run_id / "artifacts"
    for name in ("convnet_confusion", "convnet_per_class", "idd_pixel_confusion"):
        (made,) = project.results.rglob(f"{name}.csv")
        assert (artifacts / "tables" / f"{name}.csv").read_bytes() == made.read_bytes()
    figures = project.results / "08_reporting" / "figures"
    listed = [one.path for one in client.list_artifacts(run.info.run_id, "figures")]
    assert "figures/classification_history_figure.png" in listed
    drawn = (artifacts / "figures" / "convnet_confusion_figure.png").read_bytes()
    assert drawn == (figures / "convnet_confusion.png").read_bytes()


@needs_mlflow
def test_a_run_says_how_to_look_at_what_was_tracked(finished_project):
    _, finished = finished_project
    said = "".join(line.strip() for line in finished.stdout.splitlines())
    assert "mlflow ui --backend-store-uri" in said
    assert "Tracking with" not in finished.stdout + finished.stderr


@pytest.fixture(scope="module")
def wandb_records(finished_project, tmp_path_factory):
    """What ``wandb leet inspect`` reads of a run that trains two of the models again."""
    pytest.importorskip("wandb", reason="needs wildroad[wandb]")
    project, _ = finished_project
    folder = tmp_path_factory.mktemp("wandb")
    options = f"tracking.backend=wandb,tracking.folder={folder},tracking.patience=300"
    again = project.run("--nodes", ",".join(RETRAINED), "--params", options)
    assert again.returncode == 0, again.stderr[-3000:]
    (run,) = (folder / "wandb").glob("offline-run-*")
    printed = [
        subprocess.run(
            ["wandb", "leet", "inspect", *summary, "--json", str(run)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for summary in ([], ["--summary"])
    ]
    return run, [json.loads(line) for line in printed[0].splitlines()], json.loads(printed[1])


@needs_wandb
def test_wandb_holds_the_curves(finished_project, wandb_records):
    _, records, _ = wandb_records
    items = [one["history"]["item"] for one in records if one["type"] == "history"]
    for name in ("convnet", "road"):
        rows = [item for item in items if f"{name}/epoch" in item]
        expected = curves_of(finished_project[0], name)
        assert [row[f"{name}/epoch"] for row in rows] == list(expected["train_loss"])
        for column, values in expected.items():
            for row in rows:
                found = float(row[f"{name}/{column}"])
                assert same(found, values[row[f"{name}/epoch"]]), f"{name}/{column}"


@needs_wandb
def test_wandb_holds_metrics_parameters_and_hashes(finished_project, wandb_records):
    project, _ = finished_project
    _, records, summary = wandb_records
    held = {}
    for one in records:
        held |= one["summary"]["update"] if one["type"] == "summary" else {}
    assert (summary["state"], summary["exit_code"]) == ("finished", 0)
    assert summary["config"]["convnet.training.epochs"] == "2"
    for name in ("convnet", "idd"):
        for figure, value in scores_of(project, name).items():
            found = held[f"{name}/{figure}"]  # wandb writes null for what is not a number
            assert same(math.nan if found is None else found, value), f"{name}/{figure}"
    for name in ("convnet_checkpoint", "road_checkpoint"):
        path = project.results / "06_models" / f"{name.removesuffix('_checkpoint')}.safetensors"
        expected = sha256(path.read_bytes()).hexdigest()
        assert held[f"{name}/sha256"] == expected


@needs_wandb
def test_wandb_holds_the_confusion_matrix_and_its_figure(finished_project, wandb_records):
    project, _ = finished_project
    run, _, _ = wandb_records
    (table,) = (run / "files" / "media" / "table" / "tables").glob("convnet_confusion_*.json")
    held = json.loads(table.read_text())
    expected = read(project, "convnet_confusion")
    assert held["columns"] == list(expected.columns)
    found = pd.DataFrame(held["data"], columns=held["columns"])
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_exact=True)
    (png,) = (run / "files" / "media" / "images" / "figures").glob("convnet_confusion_*.png")
    figure = project.results / "08_reporting" / "figures" / "convnet_confusion.png"
    assert png.read_bytes() == figure.read_bytes()


@needs_wandb
def test_no_account_or_file_of_this_machine_is_needed_or_noted(wandb_records):
    run, _, _ = wandb_records
    names = {path.name for path in (run / "files").iterdir()}
    assert names <= {"media", "config.yaml", "wandb-summary.json"}


@pytest.mark.faults
@needs_mlflow
def test_a_run_whose_store_can_not_be_written_ends_well_and_says_so(finished_project):
    project, _ = finished_project
    (project.folder / "file").write_text("no folder")
    options = f"tracking.backend=mlflow,tracking.folder={project.folder / 'file' / 'runs'}"
    finished = project.run("--pipelines", "reporting", "--params", options)
    assert finished.returncode == 0
    said = " ".join((finished.stdout + finished.stderr).split())
    assert said.count("Tracking with mlflow") == 1
    assert "NotADirectoryError" in said
    assert "The run goes on without it." in said
    assert "report.html" in said


@pytest.mark.faults
def test_a_wrong_tracker_is_refused_before_anything_runs(finished_project):
    project, _ = finished_project
    refused = project.run("--pipelines", "reporting", "--params", "tracking.backend=tensorboard")
    assert refused.returncode != 0
    assert "params:tracking is wrong" in refused.stderr
    assert "'none', 'mlflow' or 'wandb'" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "Running node" not in refused.stdout
