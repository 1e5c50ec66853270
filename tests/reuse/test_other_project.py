"""Wildroad as a library: three of its templates in another Kedro project, from the wheel."""

import pandas as pd
import pytest
import yaml
from drawn_sets import ORCHARD, draw_photos, draw_scenes, labels_csv
from other_project import build_wheel, call, make_python, new_project, registry_lines

pytestmark = pytest.mark.reuse

BIRDS = ("Zaunkönig", "Å, Ä & Ö")
INSECTS = tuple(f"{number:02d} жук" for number in range(37))
TRAINING = {"training": {"epochs": 1, "batch_size": 64}, "model": {"weights": "none"}}
PHOTOS = {
    "photos": {"image_size": 32, "max_hash_distance": 0},
    "evaluation": {"resamples": 100},
    "label_audit": {"model": {"weights": "none", "architecture": "convnet"}},
    "convnet": TRAINING,
    "resnet18": TRAINING,
    "resnet18_augmented": TRAINING | {"augmentation": {"extra_photos": 5}},
}
FARM = {
    "orchard": {"data_set": {"mask_ending": "_mask"}, "roles": {"val_share": 0.2}},
    "road_model": {"weights": "none"},
    "road_training": {"epochs": 1, "height": 64, "width": 96, "batch_size": 4},
    "inference": {"height": 64, "width": 96},
    "evaluation": {"resamples": 100},
}


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    return make_python(folder / "python", build_wheel(folder))


@pytest.fixture(scope="module")
def project(python, tmp_path_factory):
    """A project after ``wildroad add`` three times and one ``kedro run``."""
    other = new_project(tmp_path_factory.mktemp("second"), python)
    raw = other.folder / "data" / "01_raw"
    draw_photos(raw / "birds", BIRDS)
    draw_photos(raw / "insects", INSECTS, each=6)
    draw_scenes(raw / "orchard")
    labels = other.folder / "labels.csv"
    labels.write_text(labels_csv(), encoding="utf-8")
    for arguments in (
        ("classification", "--namespace", "birds", "--folder", "data/01_raw/birds"),
        ("classification", "--namespace", "insects", "--folder", "data/01_raw/insects"),
        ("segmentation", "--namespace", "farm", "--domain", "orchard",
         "--folder", "data/01_raw/orchard", "--labels", labels),
    ):  # fmt: skip
        other.register(registry_lines(other.wildroad("add", *arguments)))
    registry = other.package / "pipeline_registry.py"
    registry.write_text(registry.read_text().replace(
        'create_pipeline("insects"', 'create_pipeline("insects", models=["convnet"]'))  # fmt: skip
    other.merge_softly()
    other.set_local({"birds": PHOTOS, "insects": PHOTOS, "farm": FARM})
    other.kedro("run")
    return other


def test_the_installed_package_is_the_wheels_and_not_the_checkout(python, tmp_path):
    where = call(python, "-c", "import wildroad; print(wildroad.__file__)", folder=tmp_path)
    assert where.startswith(str(python.parents[1]))


def test_two_instances_keep_their_classes_and_models_apart(project):
    for namespace, classes, models in (
        ("birds", BIRDS, ["convnet", "resnet18", "resnet18_augmented"]),
        ("insects", INSECTS, ["convnet"]),
    ):
        tables = project.tables(namespace)
        per_class = pd.read_csv(tables["classification_per_class"])
        assert list(per_class["model"].unique()) == models
        for _, rows in per_class.groupby("model"):
            assert list(rows["class_name"]) == sorted(classes)
        confusion = pd.read_csv(tables["classification_confusion"])
        assert len(confusion) == len(models) * len(classes) ** 2


def test_every_photo_of_both_folders_is_in_its_own_split_table(project):
    for namespace, photos in (("birds", 2 * 12), ("insects", 37 * 6)):
        folder = project.folder / "data" / "03_primary" / namespace
        assert len(pd.read_csv(folder / "photo_split.csv")) == photos


def test_five_classes_of_ones_own_are_scored_by_their_names(project):
    tables = project.tables("farm")
    scores = pd.read_csv(tables["segmentation_class_scores"])
    assert list(scores["class_name"]) == ["Soil", "Grass", "Trunk", "Leaf", "Äpfel"]
    assert set(scores["domain"]) == {"orchard"}
    ignored = pd.read_csv(tables["ignored_labels"])
    assert set(ignored["label"]) == {"ladder", "void"}
    spaces = pd.read_csv(tables["label_spaces"])
    assert list(spaces["id"]) == [one[0] for one in ORCHARD]


def test_each_instance_has_its_report(project):
    for namespace in ("birds", "insects", "farm"):
        folder = project.folder / "data" / "08_reporting" / namespace
        page = (folder / "report.html").read_text(encoding="utf-8")
        assert ("Zaunkönig" in page) == (namespace == "birds")
        assert ("Äpfel" in page) == (namespace == "farm")


def test_adding_again_writes_nothing_and_says_which_file_is_there(project):
    conf = project.folder / "conf" / "base"
    before = {path: path.read_bytes() for path in conf.iterdir()}
    options = ("--namespace", "birds", "--folder", "elsewhere")
    printed = project.wildroad("add", "classification", *options, code=1)
    assert "catalog_birds.yml" in printed
    assert "would be overwritten" in printed
    assert {path: path.read_bytes() for path in conf.iterdir()} == before


def test_written_parameters_hold_nothing_but_the_namespace(project):
    for namespace in ("birds", "insects", "farm"):
        path = project.folder / "conf" / "base" / f"parameters_{namespace}.yml"
        assert list(yaml.safe_load(path.read_text(encoding="utf-8"))) == [namespace]
