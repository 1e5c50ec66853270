"""The project in Kedro-Viz after a run: layers, boxes, and what the panel shows of each dataset."""

import base64
import json
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from chromium import chromium_path, open_browser
from kedro.framework.project import pipelines
from PIL import Image
from readme_pictures import HEAVIEST, make_pictures
from viz_site import build_site, open_site, served

from wildroad.datasets.html_excerpt import excerpt
from wildroad.datasets.image_array import ImageArrayDataset
from wildroad.datasets.markdown import as_html
from wildroad.datasets.previews import SHEET_IMAGES

LAYERS = [
    *("raw", "intermediate", "primary", "feature", "model_input", "models", "model_output"),
    "reporting",
]
BOXES = {
    *("photos", "scenes", "idd", "cityscapes", "convnet", "resnet18", "resnet18_augmented"),
    *("model_comparison", "segmenter", "idd_evaluation", "cityscapes_evaluation"),
    "road_comparison",
}


@pytest.fixture(scope="module")
def site(finished_project, tmp_path_factory):
    return build_site(tmp_path_factory.mktemp("site"), finished_project[0].conf)


@pytest.fixture(scope="module")
def datasets(site):
    return site.elements("data")


@pytest.fixture(scope="module")
def made():
    """Names of the datasets that a run without options writes."""
    return pipelines["__default__"].all_outputs()


def picture(shown):
    assert shown["preview_type"] == "ImagePreview"
    return Image.open(BytesIO(base64.b64decode(shown["preview"])))


def test_layers_stand_in_the_order_of_the_folders_without_a_cycle(site):
    assert site.answer("main")["layers"] == LAYERS
    for name in site.pipelines():
        assert set(site.answer(f"pipelines/{name}")["layers"]) == set(LAYERS), name


def test_every_dataset_has_a_layer(datasets, made):
    assert made <= set(datasets)
    without = [name for name, one in datasets.items() if one["layer"] not in LAYERS]
    assert without == []


def test_every_dataset_that_a_run_writes_has_a_preview_unless_it_is_empty(site, datasets, made):
    without = {name for name in made if not site.shown(datasets[name])["preview"]}
    assert without == {"convnet_extra_array", "resnet18_extra_array"}, "arrays of no photo"


def test_folded_the_project_is_twelve_boxes_and_three_nodes(site):
    tree = site.answer("pipelines/__default__")["modular_pipelines"]
    children = tree["__root__"]["children"]
    assert {one["id"] for one in children if one["type"] == "modularPipeline"} == BOXES
    assert sum(one["type"] == "task" for one in children) == 3


def test_a_table_shows_its_first_rows(site, datasets, finished_project):
    shown = site.shown(datasets["classification_metrics"])
    tables = finished_project[0].results / "08_reporting" / "tables"
    table = pd.read_csv(tables / "classification_metrics.csv").head(20)
    assert shown["preview_type"] == "TablePreview"
    assert shown["preview"]["columns"] == list(table.columns)
    rows = pd.DataFrame(shown["preview"]["data"], columns=table.columns)
    assert rows["metric"].tolist() == table["metric"].tolist()
    assert np.array_equal(rows["value"].astype(float), table["value"])


def test_a_light_figure_shows_its_own_pixels_and_a_heavy_one_small_ones(
    site, datasets, finished_project
):
    figures = finished_project[0].results / "08_reporting" / "figures"
    seen = set()
    for path in figures.glob("*.png"):
        found = picture(site.shown(datasets[f"{path.stem}_figure"])).convert("RGB")
        drawn = Image.open(path).convert("RGB")
        seen.add(found.size == drawn.size)
        small = drawn.resize((64, 64)), found.resize((64, 64))
        difference = np.subtract(*(np.asarray(one, float) for one in small))
        assert np.abs(difference).mean() < 4, path.name
    assert seen == {True, False}


def test_an_image_array_shows_photos_from_first_to_last(site, datasets, finished_project):
    folder = finished_project[0].results / "05_model_input" / "photos"
    photos = ImageArrayDataset(filepath=str(folder)).load()
    sheet = np.asarray(picture(site.shown(datasets["photo_array"])).convert("RGB"), float)
    assert sheet.shape[0] < sheet.shape[1]
    last = photos[photos.ids[-1]].astype(float).mean((0, 1))
    assert SHEET_IMAGES == 12
    tile = sheet[-160:, -160:].mean((0, 1))
    assert np.abs(tile - last).max() < 8


def test_the_report_and_the_cards_show_their_words(site, datasets, finished_project):
    results = finished_project[0].results / "08_reporting"
    shown = {name: site.shown(datasets[name]) for name in ("report", "convnet_card")}
    assert {one["preview_type"] for one in shown.values()} == {"HTMLPreview"}
    assert shown["report"]["preview"] == excerpt((results / "report.html").read_text())
    card = (results / "model_cards" / "convnet.md").read_text()
    assert shown["convnet_card"]["preview"] == as_html(card)
    assert "<script" not in shown["report"]["preview"]


def test_a_checkpoint_shows_its_facts(site, datasets, finished_project):
    facts = json.loads(site.shown(datasets["convnet_checkpoint"])["preview"])
    path = finished_project[0].results / "06_models" / "convnet.safetensors"
    assert facts["bytes"] == path.stat().st_size
    assert (facts["architecture"], facts["height"], len(facts["classes"])) == ("convnet", 32, 10)


@pytest.mark.browser
def test_the_folded_picture_shows_every_box_in_a_browser(site):
    if chromium_path() is None:
        pytest.skip("needs Chromium")
    with open_browser() as browser, served(site) as address:
        page = browser.new_page()
        complaints = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        open_site(page, address, "?types=nodes")
        drawn = set(page.locator(".pipeline-node__text").all_text_contents())
    assert drawn >= BOXES
    assert complaints == []


@pytest.mark.browser
def test_pictures_for_the_readme_are_light_and_show_something(site, finished_project, tmp_path):
    if chromium_path() is None:
        pytest.skip("needs Chromium")
    made = make_pictures(finished_project[0].results / "08_reporting", site, tmp_path)
    assert {path.stem for path in made} == {"report", "pipelines", "photos", "scenes"}
    for path in made:
        assert path.stat().st_size <= HEAVIEST
        with Image.open(path) as found:
            assert found.width == 960
            assert len(found.convert("RGB").getcolors(1 << 20)) > 8
