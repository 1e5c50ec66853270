"""``kedro run`` as its user meets it."""

import re
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from chromium import chromium_path, open_browser, opened
from printed_numbers import (
    cell_differences,
    matrix_differences,
    numbers_missing,
    prose,
    written_tables,
)

from wildroad.datasets.image_array import ImageArrayDataset
from wildroad.datasets.photo_outputs import PhotoOutputsDataset

PIPELINES = ("data_processing", "classification", "segmentation", "reporting")


def read(project, name):
    return pd.read_csv(project.results / f"{name}.csv")


def test_one_run_ends_with_a_short_table_and_the_place_of_the_report(finished_project):
    project, finished = finished_project
    assert "convnet" in finished.stdout
    assert "Cityscapes roads" in finished.stdout
    assert str(project.results / "08_reporting" / "report.html") in finished.stdout
    assert "Traceback" not in finished.stderr + finished.stdout


def test_the_report_says_that_the_data_are_the_sample_and_weights_were_random(finished_project):
    page = (finished_project[0].results / "08_reporting" / "report.html").read_text()
    assert "built-in sample" in page
    assert "Random initialisation" in page
    assert "not run" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


@pytest.mark.known_bug(1)
def test_the_split_is_seven_one_and_two_tenths_and_passes_its_audit(finished_project):
    project, _ = finished_project
    overview = read(project, "08_reporting/tables/photo_overview").iloc[0]
    shares = overview[["train", "val", "test"]] / overview["photos"]
    assert abs(shares["train"] - 0.7) < 0.08
    assert abs(shares["val"] - 0.1) < 0.08
    assert abs(shares["test"] - 0.2) < 0.08
    audit = read(project, "08_reporting/tables/split_audit").set_index("check")
    assert audit.loc["groups that straddle splits", "observed"] == 0


@pytest.mark.known_bug(17)
def test_no_extra_photo_has_a_parent_outside_train(finished_project):
    project, _ = finished_project
    extra = read(project, "04_feature/resnet18_augmented_extra_photos")
    split = read(project, "03_primary/photo_split").set_index("photo_id")
    assert len(extra) == 20
    assert (split.loc[extra["parent_id"], "split"] == "train").all()
    summary = read(project, "08_reporting/tables/model_summary").set_index("model")
    assert dict(summary["extra_photos"]) == {
        "convnet": 0,
        "resnet18": 0,
        "resnet18_augmented": 20,
    }


def test_every_photo_is_predicted_once_by_every_model(finished_project):
    project, _ = finished_project
    split = read(project, "03_primary/photo_split")
    predictions = read(project, "08_reporting/tables/classification_predictions")
    assert not predictions.duplicated(["model", "photo_id"]).any()
    for _, rows in predictions.groupby("model"):
        both = rows.merge(split, on="photo_id", suffixes=("", "_of_split"))
        assert len(both) == len(split)
        assert (both["split"] == both["split_of_split"]).all()
        assert (both["target"] == both["class_name"]).all()


def test_top1_of_the_table_is_that_of_the_predictions(finished_project):
    project, _ = finished_project
    predictions = read(project, "08_reporting/tables/classification_predictions")
    test = predictions[predictions["split"] == "test"]
    hits = (test["target"] == test["predicted"]).groupby(test["model"]).mean()
    metrics = read(project, "08_reporting/tables/classification_metrics")
    top1 = metrics[metrics["metric"] == "top1"].set_index("model")["value"]
    assert (hits - top1).abs().max() < 1e-12


MODELS = ("convnet", "resnet18", "resnet18_augmented")


def model_output(project, dataset, name):
    return dataset(filepath=str(project.results / "07_model_output" / name)).load()


@pytest.mark.known_bug(14)
@pytest.mark.parametrize("model", MODELS)
def test_probabilities_features_and_predictions_are_of_one_pass(finished_project, model):
    project, _ = finished_project
    outputs = model_output(project, PhotoOutputsDataset, f"{model}_outputs")
    predictions = read(project, f"07_model_output/{model}_predictions")
    probabilities = outputs.probabilities_of(list(predictions["photo_id"]))
    assert np.array_equal(probabilities.max(1), predictions["confidence"])
    classes = sorted(predictions["target"].unique())
    assert [classes[one] for one in probabilities.argmax(1)] == list(predictions["predicted"])
    assert outputs.features.shape[1] == (512 if model != "convnet" else 128 * 2 * 2)


@pytest.mark.known_bug(14)
@pytest.mark.parametrize(("name", "splits"), [("2d", {"train", "val"}), ("3d", {"val"})])
def test_dots_of_an_embedding_have_the_class_of_their_photo(finished_project, name, splits):
    project, _ = finished_project
    split = read(project, "03_primary/photo_split")
    table = read(project, f"08_reporting/tables/classification_embedding_{name}")
    for model in MODELS:
        dots = table[table["model"] == model]
        both = dots.merge(split, on=["photo_id", "class_name", "split"])
        assert len(both) == len(dots) == split["split"].isin(splits).sum()


def test_mistakes_are_three_wrong_test_photos_a_class_with_a_heat_map_each(finished_project):
    project, _ = finished_project
    mistakes = read(project, "08_reporting/tables/classification_mistakes")
    assert (mistakes["target"] != mistakes["predicted"]).all()
    assert mistakes.groupby(["model", "target"]).size().max() <= 3
    for model, rows in mistakes.groupby("model"):
        heat = model_output(project, ImageArrayDataset, f"{model}_heat_maps")
        assert list(heat) == list(rows["photo_id"])


def test_each_pair_of_models_is_tested_on_the_photos_they_disagree_on(finished_project):
    project, _ = finished_project
    predictions = read(project, "08_reporting/tables/classification_predictions")
    test = predictions[predictions["split"] == "test"]
    right = test.assign(right=test["target"] == test["predicted"])
    right = right.pivot(index="photo_id", columns="model", values="right")
    table = read(project, "08_reporting/tables/classification_comparison")
    assert len(table) == 3
    for row in table.itertuples():
        assert row.only_a_right == (right[row.model_a] & ~right[row.model_b]).sum()
        assert row.only_b_right == (right[row.model_b] & ~right[row.model_a]).sum()


def test_centroid_distances_are_of_the_first_models_mistakes_for_all_models(finished_project):
    project, _ = finished_project
    mistakes = read(project, "07_model_output/convnet_mistakes")
    table = read(project, "08_reporting/tables/classification_centroids")
    assert set(table["photo_id"]) == set(mistakes["photo_id"])
    assert (table.groupby("photo_id")["model"].apply(list).map(tuple) == MODELS).all()
    right = table["target"] == table["predicted"]
    assert (table["distance_predicted"].isna() == right).all()
    assert not right[table["model"] == "convnet"].any()
    assert np.allclose(table["ratio"], table["distance_target"] / table["distance_predicted"],
                       equal_nan=True)  # fmt: skip


@pytest.mark.known_bug(8)
def test_every_test_scene_is_counted(finished_project):
    project, _ = finished_project
    for domain in ("idd", "cityscapes"):
        scenes = read(project, f"03_primary/{domain}_scenes")
        counted = read(project, f"07_model_output/{domain}_confusions")
        test = set(scenes.loc[scenes["role"] == "test", "scene_id"])
        assert set(counted["scene_id"]) == test
        sizes = counted.groupby("scene_id")["pixels"].sum()
        area = scenes.set_index("scene_id").eval("width * height")
        assert (sizes == area.loc[sizes.index]).all()


@pytest.mark.known_bug(7, 8)
def test_every_failure_contains_its_class_and_has_its_pictures(finished_project):
    project, _ = finished_project
    for domain in ("idd", "cityscapes"):
        counted = read(project, f"07_model_output/{domain}_confusions")
        pixels = counted.groupby(["scene_id", "class_name"])["pixels"].sum()
        failures = read(project, f"07_model_output/{domain}_failures")
        there = pixels.loc[pd.MultiIndex.from_frame(failures[["scene_id", "class_name"]])]
        assert there.tolist() == failures["target_pixels"].tolist()
        assert (failures["iou"] <= 0.5).all()
        for kind, number in (("photos", 1), ("masks", 2)):
            folder = project.results / f"07_model_output/{domain}_failure_{kind}"
            assert len(list(folder.rglob("*.webp"))) == number * len(failures)


def test_instances_of_both_layouts_are_counted_pixel_for_pixel(finished_project):
    project, _ = finished_project
    for domain in ("idd", "cityscapes"):
        instances = read(project, f"07_model_output/{domain}_instances")
        assert {"Car", "Person"} <= set(instances["class_name"])
        assert (instances["found_pixels"] <= instances["pixels"]).all()
        scores = read(project, f"07_model_output/{domain}_class_scores").set_index("class_name")
        counted = instances.groupby("class_name")["pixels"].sum()
        assert (counted <= scores.loc[counted.index, "target_pixels"]).all()
        assert scores.loc[counted.index, "iiou"].notna().all()
        assert np.isnan(scores.loc["Road", "iiou"])


@pytest.mark.known_bug(16)
def test_scores_are_over_the_eighteen_classes_and_nothing_else(finished_project):
    scores = read(finished_project[0], "08_reporting/tables/segmentation_class_scores")
    assert (scores.groupby("domain").size() == 18).all()
    assert not scores["class_name"].str.contains("unlabel", case=False).any()


def test_the_pipelines_one_after_another_give_the_same_bytes_as_one_run(
    finished_project, tiny_project
):
    for name in PIPELINES:
        finished = tiny_project.run("--pipelines", name)
        assert finished.returncode == 0, finished.stderr[-3000:]
    expected, found = finished_project[0].tables(), tiny_project.tables()
    assert sorted(expected) == sorted(found)
    assert [name for name in expected if expected[name] != found[name]] == []
    pages = [
        (project.results / "08_reporting" / "report.html").read_bytes()
        for project in (finished_project[0], tiny_project)
    ]
    assert pages[0] == pages[1]


def test_wildlife_alone_leaves_a_report_that_says_what_was_not_run(tiny_project):
    finished = tiny_project.run("--tags", "wildlife")
    assert finished.returncode == 0, finished.stderr[-3000:]
    assert "Road scenes" in finished.stdout
    assert "not run" in finished.stdout
    assert not (tiny_project.results / "06_models" / "road.safetensors").exists()


@pytest.mark.parametrize("model", [*MODELS, "road"])
def test_each_card_is_of_the_checkpoint_beside_it(finished_project, model):
    project, _ = finished_project
    card = (project.results / "08_reporting" / "model_cards" / f"{model}.md").read_text()
    checkpoint = (project.results / "06_models" / f"{model}.safetensors").read_bytes()
    assert f"`{model}.safetensors`, sha256 `{sha256(checkpoint).hexdigest()}`" in card
    assert "**Caution:** These numbers come from the built-in sample" in card


@pytest.fixture(scope="module")
def report_page(finished_project):
    text = (finished_project[0].results / "08_reporting" / "report.html").read_text()
    return BeautifulSoup(text, "html.parser")


def test_every_number_of_the_report_is_in_a_file_beside_it(finished_project, report_page):
    results = finished_project[0].results / "08_reporting"
    tables = written_tables(results)
    assert len(report_page.select("table[data-file]")) > 20
    assert list(cell_differences(report_page, tables)) == []
    confusion = tables["classification_confusion.csv"]
    assert list(matrix_differences(report_page, confusion)) == []
    sentences = prose(report_page)
    assert len(sentences) > 20
    assert numbers_missing(sentences, results, tables) == set()


def test_a_number_of_the_report_that_no_file_holds_is_found(finished_project, report_page):
    results = finished_project[0].results / "08_reporting"
    tables = written_tables(results)
    wrong = ["In IDD, Road is segmented best, at IoU 0.98765"]
    assert {number for _, number in numbers_missing(wrong, results, tables)} == {"0.98765"}
    scores = tables["segmentation_class_scores.csv"]
    changed = tables | {"segmentation_class_scores.csv": scores.assign(iou=scores["iou"] + 0.01)}
    assert next(cell_differences(report_page, changed)).startswith("segmentation_class_scores.csv")


@pytest.mark.browser
def test_cells_of_the_confusion_matrices_open_as_many_photos_as_they_count(finished_project):
    if not chromium_path():
        pytest.skip("needs a Chromium browser")
    path = finished_project[0].results / "08_reporting" / "report.html"
    with open_browser() as browser, opened(browser, path) as report:
        for link in report.page.locator(".matrix td a").all()[::5]:
            link.click()
            cards = report.page.locator("dialog .card")
            assert cards.count() == int(link.inner_text())
            assert cards.locator("img").count() == cards.count()
            report.page.keyboard.press("Escape")
        assert report.complaints == []
        assert report.foreign_requests() == []
