"""Model cards, read back with the Hub's own parser."""

import re
from pathlib import Path

import made_up_tables
import numpy as np
import pandas as pd
import pytest
from huggingface_hub import ModelCard as HubCard
from PIL import Image

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts, encode_checkpoint
from wildroad.core.models.classifiers import build_classifier
from wildroad.core.models.segmenters import SegmenterForm, fresh_segmenter
from wildroad.pipelines.reporting.nodes import write_classifier_cards, write_segmenter_card
from wildroad.report.classifier_card import never_predicted, worst_classes
from wildroad.report.model_card import Score, escape_cell, model_index
from wildroad.report.segmenter_card import baseline, rare_classes

PARAMETERS = {
    "resnet18": {"training": {"epochs": 10}, "model": {"weights": "a|b"}},
    "road_training": {"epochs": 12},
    "convnet": {"training": {"epochs": 15}},
}
CLASSIFIER_TABLES = ("history", "metrics", "per_class", "confusion", "comparison")
SEGMENTER_TABLES = (
    *("scene_overview", "road_model_summary", "segmentation_summary"),
    *("segmentation_class_scores", "segmentation_confusion", "ignored_labels", "cross_domain"),
)
SECTIONS = [
    "Model details",
    "Uses",
    "How to use it",
    "Training data",
    "Training procedure",
    "Evaluation",
    "Limitations and biases",
    "Compute and environment",
]


def photo_overview(folder="photos/animals"):
    counts = {"photos": 11_668, "excluded": 3, "conflicts": 2, "classes": 10, "groups": 9_000}
    splits = {"largest_group": 17, "image_size": 224, "train": 8_150, "val": 1_299, "test": 2_219}
    return pd.DataFrame([{"folder": folder} | counts | splits])


@pytest.fixture(scope="module")
def classifier_cards():
    names = [f"classification_{name}" for name in CLASSIFIER_TABLES]
    tables = {name: getattr(made_up_tables, name)() for name in names}
    summaries = made_up_tables.model_summary().set_index("model")
    models = {
        f"card__{model}": summaries.loc[[model]].reset_index(drop=True) for model in summaries.index
    }
    return write_classifier_cards(PARAMETERS, photo_overview(), **tables, **models)


@pytest.fixture(scope="module")
def segmenter_card():
    tables = {name: getattr(made_up_tables, name)() for name in SEGMENTER_TABLES}
    return write_segmenter_card(PARAMETERS, **tables)


@pytest.fixture
def cards(classifier_cards, segmenter_card):
    return classifier_cards | {"road": segmenter_card}


def code_of(card):
    (code,) = re.findall(r"```python\n(.*?)```", card, flags=re.DOTALL)
    return code


def test_each_trained_model_has_a_card(cards):
    assert list(cards) == ["convnet", "resnet18", "resnet18_augmented", "road"]


def test_a_card_has_every_section_of_a_model_card(cards):
    for card in cards.values():
        assert re.findall(r"^## (.*)$", card, flags=re.MULTILINE) == SECTIONS


def test_the_hub_reads_the_scores_of_a_classifier_as_the_table_has_them(classifier_cards):
    data = HubCard(classifier_cards["resnet18"]).data
    assert (data.library_name, data.pipeline_tag) == ("wildroad", "image-classification")
    assert data.model_name == "resnet18"
    table = made_up_tables.classification_metrics().query("model == 'resnet18'")
    expected = table.set_index("metric")
    found = {one.metric_name: one for one in data.eval_results}
    assert list(found) == ["top-1", "macro F1", "macro precision", "macro recall"]
    for shown, name in {"top-1": "top1", "macro F1": "macro_f1"}.items():
        row = expected.loc[name]
        assert found[shown].metric_value == pytest.approx(row["value"], abs=1e-6)
        assert found[shown].metric_args["low"] == pytest.approx(row["low"], abs=1e-6)
        assert found[shown].metric_args["high"] == pytest.approx(row["high"], abs=1e-6)
    assert {one.metric_type for one in found.values()} == set(data.metrics)
    assert {(one.dataset_name, one.dataset_split) for one in found.values()} == {
        ("photos/animals", "test")
    }


def test_the_hub_reads_a_segmenters_scores_in_each_domain(segmenter_card):
    data = HubCard(segmenter_card).data
    assert data.pipeline_tag == "image-segmentation"
    table = made_up_tables.segmentation_summary().query("metric == 'mean_iou'")
    expected = dict(table[["domain", "value"]].to_numpy())
    found = {
        one.dataset_type: one.metric_value
        for one in data.eval_results
        if one.metric_type == "mean_iou"
    }
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_score_that_is_nan_is_left_out_of_the_index():
    scores = (Score("accuracy", "top-1", float("nan")), Score("f1", "macro F1", 0.5))
    (entry,) = model_index("m", task=("t", "T"), results={("d", "D"): scores})
    (metric,) = entry["results"][0]["metrics"]
    assert metric == {"type": "f1", "name": "macro F1", "value": 0.5}


def test_a_card_names_the_file_it_is_of(cards):
    summaries = made_up_tables.model_summary().set_index("model")["sha256"]
    for name, sha256 in {**summaries, "road": "4" * 64}.items():
        assert f"`{name}.safetensors`, sha256 `{sha256}`" in cards[name]


def test_scores_stand_beside_the_baseline(classifier_cards, segmenter_card):
    card = classifier_cards["resnet18"]
    assert "always answering the most frequent class would score 0.139" in card
    assert "| majority baseline | 0.139 |" in card
    assert "always Traffic Sign: pixel accuracy 0.463" in segmenter_card


def test_limitations_follow_from_the_numbers(classifier_cards, segmenter_card):
    limits = classifier_cards["resnet18"].split("## Limitations and biases")[1]
    assert "Random initialisation: resnet18 started" in limits
    assert "Worst classes: people (F1 0.389, 12 % of 24 photos missed)" in limits
    assert "fewer than 30 test photos of people (24)" in limits
    assert "Random initialisation" not in classifier_cards["resnet18_augmented"]
    assert "cannot tell Train from caravan" in segmenter_card
    assert "fewer than 10 test scenes hold Train (0)" in segmenter_card


def test_the_embedded_sample_is_said_before_any_number():
    summary = made_up_tables.model_summary().drop(columns="model").head(1)
    overview = photo_overview("the embedded sample")
    (card,) = write_classifier_cards({}, overview, card__convnet=summary).values()
    assert "> **Caution:** These numbers come from the built-in sample" in card
    assert card.index("Caution") < card.index("## Model details")


def test_a_model_that_was_not_scored_has_a_card_that_says_so():
    summary = made_up_tables.model_summary().drop(columns="model").head(1)
    (card,) = write_classifier_cards({}, None, card__convnet=summary).values()
    assert "It has not been scored in this run." in card
    assert HubCard(card).data.pipeline_tag == "image-classification"


def test_a_model_that_was_not_trained_has_no_card_but_a_note():
    cards = write_classifier_cards({}, None, card__convnet=None)
    assert cards["convnet"].startswith("# convnet\n\nNo model of this name has been trained")
    assert write_segmenter_card({}).startswith("# road\n\nNo model of this name")


def test_settings_are_those_of_the_model_and_stay_in_their_cells(classifier_cards):
    card = classifier_cards["resnet18"]
    assert "| `resnet18.training.epochs` | 10 |" in card
    assert "| `resnet18.model.weights` | a\\|b |" in card
    assert "convnet.training" not in card


def test_line_breaks_would_end_a_row_and_are_taken_out():
    assert escape_cell("a\nb|c") == "a b\\|c"


def test_a_class_never_answered_is_named_and_counts_as_the_worst():
    table = pd.DataFrame(
        {
            "class_name": ["fox", "wild_boar"],
            "f1": [0.5, float("nan")],
            "recall": [0.25, 0.0],
            "support": [4, 2],
            "predicted_photos": [1, 0],
        }
    )
    assert never_predicted(table) == "Wild boar: never answered for any test photo."
    assert worst_classes(table) == (
        "Worst classes: wild boar (F1 0.000, 100 % of 2 photos missed) and fox (F1 0.500, 75 % of"
        " 4 photos missed)."
    )


def test_the_baseline_of_a_domain_is_its_most_frequent_class():
    rows = {"domain": "idd", "class_name": ["Road", "Sky", "Bus"], "target_pixels": [60, 40, 0]}
    found = baseline(pd.DataFrame(rows), "idd")
    assert found == "always Road: pixel accuracy 0.600, mean IoU 0.300"
    assert baseline(pd.DataFrame(rows), "cityscapes") == "n/a"


def test_classes_in_ten_scenes_are_not_rare():
    rows = pd.DataFrame({"class_name": ["Bus", "Car"], "scenes": [9, 10]})
    assert rare_classes("idd", rows).endswith("fewer than 10 test scenes hold Bus (9).")
    assert rare_classes("idd", rows.tail(1)) == ""


def test_the_code_of_a_classifiers_card_predicts_a_folder(
    classifier_cards, tmp_path, monkeypatch, capsys
):
    facts = CheckpointFacts("classification", "convnet", ("fox", "ox"), 32, 32)
    model = build_classifier("convnet", classes=2, image_size=32, weights=None, seed=0)
    checkpoint = encode_checkpoint(Checkpoint(facts, model.state_dict()))
    (tmp_path / "convnet.safetensors").write_bytes(checkpoint)
    (tmp_path / "my_photos").mkdir()
    Image.new("RGB", (40, 30)).save(tmp_path / "my_photos" / "one.jpg")
    monkeypatch.chdir(tmp_path)
    exec(compile(code_of(classifier_cards["convnet"]), "card", "exec"), {})
    shown = capsys.readouterr().out
    assert "one.jpg" in shown
    assert "runner_up_confidence" in shown


def test_the_code_of_a_segmenters_card_segments_a_scene(
    segmenter_card, tmp_path, monkeypatch, capsys
):
    facts = CheckpointFacts("segmentation", "mobilenet_v2", ("a", "b"), 32, 64, output_stride=16)
    model = fresh_segmenter("none", SegmenterForm("mobilenet_v2", 16), ("a", "b"), seed=0)
    checkpoint = encode_checkpoint(Checkpoint(facts, model.state_dict()))
    (tmp_path / "road.safetensors").write_bytes(checkpoint)
    Image.fromarray(np.zeros((48, 96, 3), np.uint8)).save(tmp_path / "scene.png")
    monkeypatch.chdir(tmp_path)
    exec(compile(code_of(segmenter_card), "card", "exec"), {})
    shares = dict(re.findall(r"'(\w)': np.float64\(([\d.]+)\)", capsys.readouterr().out))
    assert sum(map(float, shares.values())) == pytest.approx(1)
    assert set(shares) == {"a", "b"}


def test_templates_name_only_files_beside_the_card(cards):
    for card in cards.values():
        assert not re.search(r"Path\(\"/", code_of(card))
        assert str(Path.cwd()) not in card
