"""``kedro run --pipelines predict_road`` and ``export_road`` as their user meets them."""

import hashlib

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import torch
import yaml
from PIL import Image

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts, read_checkpoint
from wildroad.core.labels import ROAD_CLASSES
from wildroad.core.models.segmenters import (
    SegmenterForm,
    SegmenterInput,
    fresh_segmenter,
    restore_segmenter,
)
from wildroad.core.video import read_frames, write_frames
from wildroad.datasets.checkpoint import CheckpointDataset
from wildroad.datasets.table import TableDataset
from wildroad.options import ExportRoadOptions
from wildroad.pipelines.export_road.nodes import export_segmenter

FORM = SegmenterForm("mobilenet_v2", 16)
FACTS = CheckpointFacts("segmentation", "mobilenet_v2", ROAD_CLASSES, 64, 96, output_stride=16)
IMAGES = {"1.jpg": (48, 64), "drive 7/2.png": (64, 96), "улица.png": (50, 70)}


@pytest.fixture(scope="module")
def project(tmp_path_factory, make_tiny_project):
    """A project with an untrained segmenter in the place of a trained one, and new scenes."""
    made = make_tiny_project(tmp_path_factory.mktemp("trained"))
    model = fresh_segmenter("none", FORM, ROAD_CLASSES, seed=1)
    path = made.results / "06_models" / "road.safetensors"
    CheckpointDataset(filepath=str(path)).save(Checkpoint(FACTS, model.state_dict()))
    generator = np.random.default_rng(0)
    for name, size in IMAGES.items():
        image = made.folder / "new" / name
        image.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(generator.integers(0, 256, (*size, 3), np.uint8)).save(image)
    (made.folder / "new" / "notes.txt").write_text("wet road")
    return made


def predict(project, source):
    arguments = f"new_scenes={source}"
    return project.run("--pipelines", "predict_road", "--params", arguments)


def test_a_folder_gets_masks_overlays_and_shares_of_every_readable_image(project):
    finished = predict(project, project.folder / "new")
    assert finished.returncode == 0, finished.stderr[-3000:] + finished.stdout[-3000:]
    where = project.results / "07_model_output" / "new_scenes"
    shares = pd.read_csv(where / "class_shares.csv")
    assert list(shares["file"]) == list(IMAGES)
    columns = [f"share_{name}" for name in ROAD_CLASSES]
    assert np.allclose(shares[columns].sum(axis=1), 1)
    for name, (height, width) in IMAGES.items():
        with Image.open(where / "masks" / f"{name}.png") as mask:
            assert (mask.mode, mask.size) == ("P", (width, height))
            counted = np.bincount(np.array(mask).ravel(), minlength=18) / (height * width)
        row = shares.loc[shares["file"] == name, columns].to_numpy()[0]
        assert np.allclose(row, counted)
        with Image.open(where / "overlays" / f"{name}.jpg") as overlay:
            assert overlay.size == (width, height)
    assert list(pd.read_csv(where / "quarantine.csv")["file"]) == ["notes.txt"]
    assert (project.results / "08_reporting/figures/new_scene_gallery.png").is_file()
    assert "3 scenes predicted, 1 files could not be read" in finished.stdout


def test_a_video_gets_a_video_of_overlays_and_shares_of_every_frame(project):
    pytest.importorskip("av")
    path = project.folder / "drive.mp4"
    frames = np.random.default_rng(0).integers(0, 256, (5, 33, 47, 3), np.uint8)
    write_frames(path, frames, rate=10)
    finished = predict(project, path)
    assert finished.returncode == 0, finished.stderr[-3000:] + finished.stdout[-3000:]
    where = project.results / "07_model_output" / "new_scenes"
    shares = pd.read_csv(where / "class_shares.csv")
    assert list(shares["seconds"]) == [0.0, 0.1, 0.2, 0.3, 0.4]
    shown = list(read_frames(where / "overlays" / "overlays.mp4"))
    assert [frame.shape for frame in shown] == [(34, 48, 3)] * 5


@pytest.mark.faults
def test_a_source_that_is_not_there_is_one_error_with_the_command(project):
    finished = predict(project, project.folder / "nowhere")
    assert finished.returncode == 1
    assert "is neither a folder nor a video" in finished.stderr
    assert "--params new_scenes=/my/folder" in finished.stderr
    assert "Traceback" not in finished.stderr + finished.stdout


def scenes_of(project):
    """Folder and table of the new images as test scenes."""

    class Folder:
        path = project.folder / "new"

    return Folder, pd.DataFrame({"role": "test", "image_file": list(IMAGES)})


@pytest.mark.parity
@pytest.mark.parametrize(
    "form", [FORM, SegmenterForm("mobilenet_v2", 16, "lraspp_mobilenet_v3_large")]
)
def test_the_exported_segmenter_takes_raw_images_and_gives_the_same_classes(project, form):
    model = fresh_segmenter("none", form, ROAD_CLASSES, seed=2)
    facts = CheckpointFacts("segmentation", form.name, ROAD_CLASSES, 64, 96, output_stride=16)
    checkpoint = Checkpoint(facts, model.state_dict())
    options = ExportRoadOptions(scenes=2, agreement=0.999)
    content, check = export_segmenter(checkpoint, *scenes_of(project), options)
    images = np.random.default_rng(1).integers(0, 256, (3, 3, 64, 96), np.uint8)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    logits, classes = session.run(None, {"images": images})
    with torch.inference_mode():
        expected = SegmenterInput(restore_segmenter(checkpoint), facts)(torch.from_numpy(images))
    assert classes.dtype == np.uint8
    assert np.abs(logits - expected.numpy()).max() < 1e-3
    assert (classes == expected.argmax(1).numpy()).mean() > 0.999
    assert check.loc[0, "images"] == 2
    assert check.loc[0, "sha256"] == hashlib.sha256(content).hexdigest()


def test_export_road_writes_the_file_and_its_check(project):
    folder, scenes = scenes_of(project)
    columns = {"scene_id": ["a", "b", "c"], "drive": "d", "split": "all"}
    table = scenes.assign(**columns, annotation_file="x", width=64, height=48)
    order = ["scene_id", "drive", "split", "role", "image_file", "annotation_file"]
    path = project.results / "03_primary" / "idd_scenes.csv"
    TableDataset(filepath=str(path)).save(table[[*order, "width", "height"]])
    catalog_file = project.conf / "sample" / "catalog.yml"
    catalog = yaml.safe_load(catalog_file.read_text())
    catalog["idd_folder"] = {
        "type": "wildroad.datasets.folder.FolderDataset",
        "filepath": str(folder.path),
    }
    catalog_file.write_text(yaml.safe_dump(catalog))
    finished = project.run("--pipelines", "export_road")
    assert finished.returncode == 0, finished.stderr[-3000:] + finished.stdout[-3000:]
    content = (project.results / "06_models" / "road.onnx").read_bytes()
    check = pd.read_csv(project.results / "08_reporting/tables/road_onnx_check.csv")
    assert check.loc[0, "sha256"] == hashlib.sha256(content).hexdigest()
    assert read_checkpoint(project.results / "06_models/road.safetensors").facts == FACTS
