"""A project in a temporary folder: the real configuration on a tiny sample."""

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from kedro.framework.hooks import hook_impl
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

sys.path.append(str(Path(__file__).parent))

PROJECT = Path(__file__).parents[2]
sys.path += [str(Path(__file__).parent), str(PROJECT / "tests" / "reuse")]
sys.path.append(str(PROJECT / "tests" / "report"))  # the browser, and numbers of a page
TINY_PHOTOS = {"photos_per_class": 8, "width": 96, "height": 72}
TINY_SCENES = {"train": 16, "val": 8, "test": 1, "width": 128, "height": 64}
TINY_TRAINING = {"training": {"epochs": 2, "batch_size": 16}}
TINY_PARAMETERS = {
    "photos": {"image_size": 32},
    "evaluation": {"resamples": 100},
    "convnet": TINY_TRAINING,
    "resnet18": TINY_TRAINING,
    "resnet18_augmented": TINY_TRAINING | {"augmentation": {"extra_photos": 20}},
    "road_training": {"epochs": 1, "height": 64, "width": 128},
    "inference": {"height": 64, "width": 128},
}


def merged(first, second):
    """Nested dictionaries, the second over the first."""
    both = {name: merged(first[name], second[name]) for name in first.keys() & second.keys()
            if isinstance(first[name], dict) and isinstance(second[name], dict)}  # fmt: skip
    return first | second | both


@dataclass(frozen=True)
class TinyProject:
    """A folder with a configuration whose data lie beside it."""

    folder: Path

    @property
    def conf(self):
        return self.folder / "conf"

    @property
    def results(self):
        return self.folder / "data"

    @property
    def tracking(self):
        return self.folder / "tracking"

    def edit(self, name, changes):
        path = self.conf / "sample" / name
        content = yaml.safe_load(path.read_text()) if path.exists() else {}
        path.write_text(yaml.safe_dump(merged(content, changes), sort_keys=False))

    def run(self, *arguments):
        """Run ``kedro run`` as a user would, in a process of its own."""
        command = [sys.executable, "-m", "kedro", "run", "--conf-source", str(self.conf)]
        return subprocess.run(
            [*command, *arguments],
            cwd=PROJECT,
            env={**os.environ, "COLUMNS": "200", "KEDRO_DISABLE_TELEMETRY": "1"},
            capture_output=True,
            text=True,
            timeout=3600,
            check=False,
        )

    def ran(self, **options):
        """Run in this process with the options of ``kedro run``; give the names of the nodes."""
        bootstrap_project(PROJECT)
        recorder = Recorder()
        with KedroSession.create(project_path=PROJECT, conf_source=str(self.conf)) as session:
            session._hook_manager.register(recorder)
            session.run(**options)
        return recorder.names

    def tables(self):
        return {
            path.relative_to(self.results).as_posix(): path.read_bytes()
            for path in sorted(self.results.rglob("*.csv"))
        }


class Recorder:
    """Writes down which nodes are run."""

    def __init__(self):
        self.names = []

    @hook_impl
    def before_node_run(self, node):
        self.names.append(node.name)


def make_project(folder):
    """Copy the configuration and make everything in it tiny."""
    project = TinyProject(folder)
    shutil.copytree(PROJECT / "conf", project.conf, ignore=shutil.ignore_patterns("local"))
    place(project)
    project.edit(
        "catalog.yml",
        {
            "wildlife_photos": {"sample": TINY_PHOTOS},
            "idd_folder": {"sample": TINY_SCENES},
            "cityscapes_folder": {"sample": TINY_SCENES},
        },
    )
    project.edit("parameters.yml", TINY_PARAMETERS)
    return project


def place(project):
    """Let the configuration read and write within the project's own folder."""
    names = ("wildlife", "idd", "cityscapes")
    folders = {f"{name}_folder": str(project.folder / "raw" / name) for name in names}
    project.edit("globals.yml", folders | {"results": str(project.results)})


def copy_project(project, folder):
    """A copy of a project with all its data, at another place."""
    shutil.copytree(project.folder, folder, dirs_exist_ok=True)
    copied = TinyProject(folder)
    place(copied)
    return copied


@pytest.fixture(scope="session")
def make_tiny_project():
    return make_project


@pytest.fixture
def tiny_project(tmp_path):
    return make_project(tmp_path)


@pytest.fixture(scope="session")
def finished_project(tmp_path_factory):
    """A tiny project after one ``kedro run`` of everything, tracked where MLflow is installed."""
    project = make_project(tmp_path_factory.mktemp("finished"))
    if importlib.util.find_spec("mlflow"):
        tracking = {"backend": "mlflow", "folder": str(project.tracking), "patience": 300}
        project.edit("parameters.yml", {"tracking": tracking})
    finished = project.run()
    assert finished.returncode == 0, finished.stderr[-3000:] + finished.stdout[-3000:]
    return project, finished


@pytest.fixture(scope="module")
def continued_project(finished_project, tmp_path_factory):
    """A finished project that the tests of one module may change."""
    return copy_project(finished_project[0], tmp_path_factory.mktemp("continued"))
