"""``kedro run --pipelines predict_wildlife`` and ``export_wildlife`` as their user meets them."""

import hashlib

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts, read_checkpoint
from wildroad.core.images import read_pixels, resize_photo
from wildroad.core.models.classifiers import Normalise, build_classifier, restore_classifier
from wildroad.core.onnx_export import run_onnx
from wildroad.datasets.checkpoint import CheckpointDataset
from wildroad.datasets.image_array import ImageArrayDataset

CLASSES = ("fox", "owl", "wild_boar")
FACTS = CheckpointFacts("classification", "convnet", CLASSES, 32, 32)
PHOTOS = ["1.jpg", "station 7/2024-05/IMG_2.JPG", "лиса.png"]


def write_photos(folder):
    generator = np.random.default_rng(0)
    for name in PHOTOS:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(generator.integers(0, 256, (30, 40, 3), np.uint8)).save(path)
    (folder / "station 7" / "notes.txt").write_text("seen at dawn")


@pytest.fixture(scope="module")
def trained_project(tmp_path_factory, make_tiny_project):
    """A project with two untrained models in the place of trained ones, and a folder of photos."""
    project = make_tiny_project(tmp_path_factory.mktemp("trained"))
    for name, seed in (("convnet", 1), ("resnet18_augmented", 2)):
        model = build_classifier("convnet", classes=3, image_size=32, weights=None, seed=seed)
        path = project.results / "06_models" / f"{name}.safetensors"
        CheckpointDataset(filepath=str(path)).save(Checkpoint(FACTS, model.state_dict()))
    write_photos(project.folder / "new")
    return project


@pytest.fixture(scope="module")
def predicted_project(trained_project):
    arguments = f"new_photos_folder={trained_project.folder / 'new'},predict_wildlife.model=convnet"
    finished = trained_project.run("--pipelines", "predict_wildlife", "--params", arguments)
    assert finished.returncode == 0, finished.stderr[-3000:] + finished.stdout[-3000:]
    return trained_project, finished


def read(project, name):
    return pd.read_csv(project.results / f"{name}.csv")


def test_every_readable_photo_is_in_the_table_and_every_other_file_in_quarantine(predicted_project):
    project, _ = predicted_project
    table = read(project, "07_model_output/new_photo_predictions")
    assert list(table.columns) == [
        "file", "predicted", "confidence", "runner_up", "runner_up_confidence",
    ]  # fmt: skip
    assert list(table["file"]) == PHOTOS
    assert set(table["predicted"]) | set(table["runner_up"]) <= set(CLASSES)
    quarantine = read(project, "07_model_output/new_photo_quarantine")
    assert list(quarantine["file"]) == ["station 7/notes.txt"]


def test_the_model_named_on_the_command_line_is_the_one_that_predicted(predicted_project):
    project, _ = predicted_project
    checkpoint = read_checkpoint(project.results / "06_models" / "convnet.safetensors")
    expected = top_class(checkpoint, project.folder / "new" / PHOTOS[0])
    table = read(project, "07_model_output/new_photo_predictions")
    assert table.loc[0, "predicted"] == expected


def top_class(checkpoint, path):
    """Predicted class of one photo, worked out by hand."""
    pixels = torch.from_numpy(resize_photo(read_pixels(path.read_bytes()), size=32))
    images = Normalise(checkpoint.facts.mean, checkpoint.facts.std)(pixels.permute(2, 0, 1)[None])
    return CLASSES[int(restore_classifier(checkpoint)(images).argmax())]


def test_the_gallery_shows_the_photos_it_is_least_sure_of(predicted_project):
    figures = predicted_project[0].results / "08_reporting" / "figures"
    text = (figures / "unsure_photos.txt").read_text(encoding="utf-8")
    assert text.startswith("Photos that convnet is least sure of: 3 of 3")
    assert "лиса.png" in text
    assert (figures / "unsure_photos.png").is_file()


def test_the_run_ends_with_the_counts_and_the_places_of_the_tables(predicted_project):
    project, finished = predicted_project
    assert "3 photos predicted, 1 files could not be read" in finished.stdout
    assert f"{project.results}/07_model_output/new_photo_predictions.csv" in finished.stdout
    assert "Traceback" not in finished.stderr + finished.stdout


@pytest.mark.faults
def test_a_folder_that_is_not_there_is_one_error_with_the_command(trained_project):
    where = trained_project.folder / "nowhere"
    finished = trained_project.run(
        "--pipelines", "predict_wildlife", "--params", f"new_photos_folder={where}"
    )
    assert finished.returncode == 1
    assert f"{where} is not a folder" in finished.stderr
    assert "--params new_photos_folder=/my/photos" in finished.stderr
    assert "Traceback" not in finished.stderr + finished.stdout


def test_a_model_is_exported_checked_and_equal_to_the_original(trained_project):
    for module in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(module)
    project = trained_project
    pixels = np.random.default_rng(1).integers(0, 256, (5, 32, 32, 3), np.uint8)
    array = ImageArrayDataset(filepath=str(project.results / "05_model_input" / "photos"))
    array.save({str(number): photo for number, photo in enumerate(pixels)})
    finished = project.run("--pipelines", "export_wildlife", "--namespaces", "convnet")
    assert finished.returncode == 0, finished.stderr[-3000:] + finished.stdout[-3000:]
    content = (project.results / "06_models" / "convnet.onnx").read_bytes()
    assert run_onnx(content, pixels.transpose(0, 3, 1, 2)).shape == (5, 3)
    check = read(project, "08_reporting/tables/convnet_onnx_check").iloc[0]
    assert (check["images"], check["other_classes"]) == (5, 0)
    assert check["largest_difference"] <= check["tolerance"] == 1e-4
    assert check["sha256"] == hashlib.sha256(content).hexdigest()
