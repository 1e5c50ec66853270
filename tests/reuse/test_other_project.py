"""Wildroad as a library: three of its templates in another Kedro project, from the wheel."""

import zipfile

import pandas as pd
import pytest
import yaml
from drawn_sets import ORCHARD, draw_photos, draw_scenes, labels_csv
from other_project import PROJECT, call, make_python, new_project, package, registry_lines

pytestmark = pytest.mark.reuse

BIRDS = ("Zaunkönig", "Å, Ä & Ö")
INSECTS = tuple(f"{number:02d} жук" for number in range(37))
MODELS = {"birds": ["convnet", "resnet18"], "insects": ["convnet"]}
TRAINING = {"training": {"epochs": 1, "batch_size": 64}, "model": {"weights": "none"}}
PHOTOS = {
    "photos": {"image_size": 32, "max_hash_distance": 0},
    "evaluation": {"resamples": 100},
    "label_audit": {"model": {"weights": "none", "architecture": "convnet"}},
    "convnet": TRAINING,
    "resnet18": TRAINING | {"augmentation": {"extra_photos": 5}},
}
FARM = {
    "orchard": {"data_set": {"mask_ending": "_mask"}, "roles": {"val_share": 0.2}},
    "road_model": {"weights": "none"},
    "road_training": {"epochs": 1, "height": 64, "width": 96, "batch_size": 4},
    "inference": {"height": 64, "width": 96},
    "evaluation": {"resamples": 100},
}


@pytest.fixture(scope="module")
def packaged(tmp_path_factory):
    """The wheel and the archive of the configuration."""
    return package(tmp_path_factory.mktemp("package") / "build")


@pytest.fixture(scope="module")
def python(packaged, tmp_path_factory):
    return make_python(tmp_path_factory.mktemp("installed") / "python", packaged[0])


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
    for namespace, models in MODELS.items():
        chosen = f'classification.create_pipeline("{namespace}", models={models})'
        other.edit_registry(f'classification.create_pipeline("{namespace}")', chosen)
    other.merge_softly()
    other.set_local({"birds": PHOTOS, "insects": PHOTOS, "farm": FARM})
    other.kedro("run")
    return other


def test_the_installed_package_is_the_wheels_and_not_the_checkout(python, tmp_path):
    where = call(python, "-c", "import wildroad; print(wildroad.__file__)", folder=tmp_path)
    assert where.startswith(str(python.parents[1]))


def test_the_wheel_holds_the_files_of_conf_base_and_no_others(packaged):
    with zipfile.ZipFile(packaged[0]) as wheel:
        shipped = {
            name: wheel.read(name)
            for name in wheel.namelist()
            if name.startswith("wildroad/fragments/") and name.endswith(".yml")
        }
    base = PROJECT / "conf" / "base"
    assert shipped == {
        f"wildroad/fragments/{path.name}": path.read_bytes() for path in base.iterdir()
    }


def test_the_packaged_project_runs_with_its_configuration(packaged, python, tmp_path):
    (tmp_path / "data").mkdir()
    options = ("--conf-source", packaged[1], "--pipelines", "reporting")
    printed = call(python.parent / "wildroad", *options, folder=tmp_path)
    assert "not run" in printed
    assert (tmp_path / "data" / "08_reporting" / "report.html").is_file()


def test_two_instances_keep_their_classes_and_models_apart(project):
    for namespace, classes in (("birds", BIRDS), ("insects", INSECTS)):
        models = MODELS[namespace]
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


def test_written_parameters_hold_nothing_but_the_namespace(project):
    for namespace in ("birds", "insects", "farm"):
        path = project.folder / "conf" / "base" / f"parameters_{namespace}.yml"
        assert list(yaml.safe_load(path.read_text(encoding="utf-8"))) == [namespace]
