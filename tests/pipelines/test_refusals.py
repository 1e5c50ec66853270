"""What a user sees who asked for something that can't be had."""

import pytest
import yaml

pytestmark = pytest.mark.faults


def says(finished):
    """What was printed, on one line."""
    return " ".join((finished.stdout + finished.stderr).split())


def use_own_folders(project):
    """Read the folders as a user's own, without the sample."""
    (project.conf / "sample" / "catalog.yml").unlink()


def test_a_folder_without_photos_is_one_error_with_a_remedy(tiny_project):
    use_own_folders(tiny_project)
    finished = tiny_project.run("--pipelines", "data_processing", "--tags", "wildlife")
    assert finished.returncode == 1
    assert "no photos in" in finished.stderr
    assert str(tiny_project.folder / "raw" / "wildlife") in finished.stderr
    assert "expected one folder a class" in finished.stderr
    assert "to run on the embedded sample instead: kedro run" in finished.stderr
    assert "Traceback" not in says(finished)


def test_a_folder_without_scenes_is_one_error_with_a_remedy(tiny_project):
    use_own_folders(tiny_project)
    finished = tiny_project.run("--pipelines", "data_processing", "--tags", "road")
    assert finished.returncode == 1
    assert "to run on the embedded sample instead: kedro run" in finished.stderr
    assert "Traceback" not in says(finished)


def test_a_single_class_is_one_error_with_the_classes_there_are(tiny_project):
    tiny_project.edit("parameters.yml", {"photos": {"classes": ["birds"]}})
    finished = tiny_project.run("--pipelines", "data_processing", "--tags", "wildlife")
    assert finished.returncode == 1
    assert "a classifier needs at least 2 classes" in says(finished)
    assert "there is ['birds']" in says(finished)
    assert "Traceback" not in says(finished)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"split": {"train": 0.9}}, "must be 1"),
        ({"convnet": {"training": {"epochs": 0}}}, "greater than or equal to 1"),
        ({"convnet": {"training": {"epoch": 3}}}, "epoch"),
        ({"resnet18": {"training": {"learning_rate": -1}}}, "greater than 0"),
        ({"compute": {"device": "abacus"}}, "device"),
        ({"photos": {"image_size": "large"}}, "image_size"),
    ],
)
def test_a_wrong_parameter_is_named_before_anything_runs(tiny_project, changes, message):
    tiny_project.edit("parameters.yml", changes)
    finished = tiny_project.run("--pipelines", "data_processing,classification")
    assert finished.returncode != 0
    assert message in says(finished)
    assert next(iter(changes)) in says(finished)
    assert "Traceback" not in says(finished)
    assert not tiny_project.results.exists()


@pytest.mark.known_bug(11)
def test_weights_that_are_not_there_stop_the_run(tiny_project):
    path = str(tiny_project.folder / "nowhere.pth")
    tiny_project.edit("parameters.yml", {"resnet18": {"model": {"weights": path}}})
    finished = tiny_project.run(
        "--pipelines", "data_processing,classification", "--tags", "wildlife"
    )
    assert finished.returncode == 1
    assert "nowhere.pth" in finished.stderr
    assert "Traceback" not in says(finished)
    assert not (tiny_project.results / "06_models" / "resnet18.safetensors").exists()


def test_an_environment_that_does_not_exist_is_named(tiny_project):
    finished = tiny_project.run("--env", "moon")
    assert finished.returncode != 0
    assert "moon" in says(finished)


def test_no_segmenter_and_no_training_is_an_error_and_not_random_masks(tiny_project):
    tiny_project.edit("parameters.yml", {"road_training": {"epochs": 0}})
    text = yaml.safe_load((tiny_project.conf / "sample" / "parameters.yml").read_text())
    assert "checkpoint" not in text["road_model"]
    finished = tiny_project.run("--pipelines", "data_processing,segmentation", "--tags", "road")
    assert finished.returncode == 1
    assert "set params:road_model.checkpoint" in finished.stderr
    assert not (tiny_project.results / "06_models").exists()
