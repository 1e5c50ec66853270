"""The project as Kedro sees it: configuration, catalog, registry."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.io import MemoryDataset
from kedro.pipeline import Pipeline

from wildroad.options import TrainingOptions

PROJECT = Path(__file__).parents[2]
LAYERS = set(
    [
        "raw",
        "intermediate",
        "primary",
        "feature",
        "model_input",
        "models",
        "model_output",
        "reporting",
    ]
)


@pytest.fixture(scope="module", params=["base", "sample"])
def context(request):
    bootstrap_project(PROJECT)
    with KedroSession.create(project_path=PROJECT, env=request.param) as session:
        return session.load_context()


def datasets_of(pipeline):
    return {
        name
        for name in pipeline.datasets()
        if not name.startswith("params:") and name != "parameters"
    }


def everything():
    """All nodes of all pipelines, also of those that ``kedro run`` leaves out."""
    bootstrap_project(PROJECT)
    return sum(pipelines.values(), Pipeline([]))


def test_a_run_without_names_is_the_four_pipelines_and_no_other():
    bootstrap_project(PROJECT)
    names = {"data_processing", "classification", "segmentation", "reporting"}
    others = {f"{task}_{kind}" for task in ("predict", "export") for kind in ("wildlife", "road")}
    assert set(pipelines) == names | others | {"__default__"}
    nodes = set().union(*(pipelines[name].nodes for name in names))
    assert nodes == set(pipelines["__default__"].nodes)


def test_every_dataset_is_in_the_catalog_with_its_layer(context):
    catalog = context.catalog
    for name in datasets_of(everything()):
        dataset = catalog.get(name)
        assert dataset is not None, name
        assert dataset.metadata["kedro-viz"]["layer"] in LAYERS, name
        assert not isinstance(dataset, MemoryDataset), name


def test_every_parameter_of_every_node_is_configured(context):
    wanted = {name for name in everything().inputs() if name.startswith("params:")}
    assert wanted <= set(context.catalog.keys())


def test_every_node_is_tagged_by_its_task_and_by_what_it_runs_on():
    for node in everything().nodes:
        assert node.tags & {"wildlife", "road"}, node.name
        # Decoding is told of the machines of a cluster, not of a device.
        computes = "params:compute" in node.inputs and not node.name.endswith("decode_photos")
        device = "gpu" if computes else "cpu"
        assert node.tags & {"gpu", "cpu"} == {device}, node.name


def test_only_reports_and_what_uses_a_trained_model_are_outside_a_namespace():
    loose = {node.name for node in everything().nodes if not node.namespace}
    assert loose == {
        *("write_report", "write_classifier_cards", "write_segmenter_card"),
        *("predict_new_photos", "draw_unsure_photos", "export_segmenter"),
        *("check_new_scenes", "predict_new_scenes", "measure_shares", "draw_overlays"),
        "draw_scene_gallery",
    }


@pytest.mark.known_bug(1)
def test_the_real_settings_are_those_of_the_reference():
    parameters = {}
    for path in sorted((PROJECT / "conf" / "base").glob("parameters*.yml")):
        parameters |= yaml.safe_load(path.read_text())
    split = {"train": 0.7, "val": 0.1, "test": 0.2, "seed": 42}
    assert {name: parameters["split"][name] for name in split} == split
    assert parameters["photos"]["image_size"] == 224
    models = ("convnet", "resnet18", "resnet18_augmented")
    assert [parameters[name]["training"]["epochs"] for name in models] == [15, 10, 10]
    assert {parameters[name]["training"]["batch_size"] for name in models} == {256}
    assert parameters["resnet18_augmented"]["augmentation"]["extra_photos"] == 2000
    for values in parameters["recipes"].values():
        assert TrainingOptions(**values).batch_size == 256
    assert parameters["convnet"]["training"] == parameters["recipes"]["adam"] | {"epochs": 15}
    assert parameters["resnet18"]["training"] == parameters["recipes"]["modern"]
    assert (parameters["inference"]["height"], parameters["inference"]["width"]) == (512, 512)
    assert parameters["idd"]["roles"]["test_share"] == 0.3
    assert parameters["cityscapes"]["roles"]["test_share"] == 1.0


@pytest.mark.known_bug(9)
def test_no_key_of_a_tracker_is_in_a_file_that_git_does_not_ignore():
    named = r"(key|token|secret|password)[\\'\"]* *[:=] *[\\'\"]*[A-Za-z0-9_]{16}"
    alone = r"[\\'\"(= ]([0-9a-f]{40}|wandb_v[0-9]_[A-Za-z0-9_]{16,}|dapi[0-9a-f]{32})[\\'\") ]"
    in_an_address = r"://[^/@ '\"<{]+:[^/@ '\"<{]{8,}@"
    patterns = [part for one in (named, alone, in_an_address) for part in ("-e", one)]
    found = subprocess.run(
        ["git", "grep", "--no-index", "--exclude-standard", "-nIiE", *patterns],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout) == (1, ""), "1 says that git searched and found nothing"


def test_listing_pipelines_and_help_work_from_the_command_line():
    command = [sys.executable, "-m", "kedro", "registry", "list"]
    listed = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    names = ["export_road", "export_wildlife", "predict_road", "predict_wildlife", "reporting"]
    assert "\n".join(f"- {name}" for name in names) in listed.stdout
