"""The page on how to add a model, a data set and a metric, carried out on a copy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from drawn_sets import draw_scenes, labels_csv
from pages import PROJECT, apply_diff, blocks

PAGE = ".readme/extending.md"
CHECK = """
import numpy as np
import pandas as pd
import yaml
from pathlib import Path

import wildroad
from wildroad.core.image_array import ImageArray
from wildroad.core.metrics.classification import score_overall
from wildroad.options import (
    AugmentationOptions, ComputeOptions, ModelOptions, PhotoOptions, TrainingOptions,
)
from wildroad.pipelines.classification import create_pipeline, nodes
from wildroad.pipelines.export_wildlife import create_pipeline as export
from wildroad.report.columns import METRICS

# A model: configured, in every pipeline of models, and trained by the node of the template.
text = Path("conf/base/parameters_classification.yml").read_text()
block = yaml.safe_load(text)["mobilenet"]
model = ModelOptions.model_validate(block["model"] | {"weights": "none"})
training = TrainingOptions.model_validate(block["training"] | {"epochs": 1, "batch_size": 4})
AugmentationOptions.model_validate(block["augmentation"])
for pipeline in (create_pipeline(), export()):
    assert any(node.namespace == "mobilenet" for node in pipeline.nodes)
ids = [f"{name}/{number}" for number in range(6) for name in "ab"]
split = pd.DataFrame({"photo_id": ids, "class_name": [one[0] for one in ids], "group_id": ids})
split["split"] = ["train"] * 8 + ["val"] * 4
pixels = np.random.default_rng(0).integers(0, 256, (12, 32, 32, 3), np.uint8)
nothing = ImageArray([], np.zeros((0, 32, 32, 3), np.uint8))
extra = pd.DataFrame({"photo_id": [], "parent_id": [], "class_name": []}, dtype=str)
arguments = dict(
    images=ImageArray(ids, pixels), split=split, extra_images=nothing, extra=extra, store=None,
    photos=PhotoOptions(image_size=32), model_options=model, training=training,
    compute=ComputeOptions(device="cpu", precision="float32"),
    augmentation=AugmentationOptions(),
)
wanted = nodes.train_classifier.__annotations__
checkpoint, history, summary = nodes.train_classifier(
    **{name: value for name, value in arguments.items() if name in wanted}
)
assert summary["architecture"].item() == "mobilenet_v3_small"

# A metric: 2 of 3 and 1 of 4 right, so that the worst class has a recall of a quarter.
answers = pd.DataFrame(
    {"target": list("aaabbbb"), "predicted": list("aabbaaa"), "confidence": 0.9,
     "group_id": list("1234567")}
)
scores = score_overall(answers, ["a", "b"], resamples=100).set_index("metric")
row = scores.loc["lowest_recall"]
assert row["value"] == 0.25 and row["low"] <= 0.25 <= row["high"], row
assert METRICS["lowest_recall"] == "recall of the worst class"
print(wildroad.__file__)
"""


def page_blocks(language):
    return [block for block in blocks(PAGE) if block.language == language]


def test_every_block_of_the_page_is_a_diff_or_configuration():
    assert {block.language for block in blocks(PAGE)} == {"diff", "yaml"}
    assert len(page_blocks("diff")) == len(page_blocks("yaml")) == 2


def test_the_diffs_apply_and_give_a_model_that_trains_and_a_metric_with_its_interval(tmp_path):
    for name in ("src", "conf"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    for block in page_blocks("diff"):
        apply_diff(block.text, tmp_path)
    finished = subprocess.run(
        [sys.executable, "-c", CHECK],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    assert Path(finished.stdout.split()[-1]).is_relative_to(tmp_path)


def test_a_diff_whose_place_is_gone_is_refused(tmp_path):
    (tmp_path / "a.py").write_text("x = 2\n")
    with pytest.raises(AssertionError, match="no single place"):
        apply_diff("--- a/a.py\n+++ b/a.py\n@@\n-x = 1\n+x = 3\n", tmp_path)


def test_folders_of_the_page_are_globals_that_the_catalog_reads():
    folders = yaml.safe_load(page_blocks("yaml")[0].text)
    assert page_blocks("yaml")[0].file == "conf/local/globals.yml"
    assert set(folders) <= set(yaml.safe_load((PROJECT / "conf/base/globals.yml").read_text()))


def test_five_classes_of_ones_own_go_from_a_folder_to_the_report(tiny_project):
    block = page_blocks("yaml")[1]
    assert block.file == "conf/local/parameters.yml"
    parameters = yaml.safe_load(block.text)
    assert parameters["orchard"]["data_set"]["labels"] == labels_csv()
    raw = draw_scenes(tiny_project.folder / "raw" / "orchard")
    tiny_project.edit("parameters.yml", parameters)
    tiny_project.edit("parameters.yml", {"road_training": {"epochs": 1, "width": 96}})
    folder = {"type": "wildroad.datasets.folder.FolderDataset", "filepath": str(raw)}
    tiny_project.edit("catalog.yml", {"orchard_folder": folder})
    finished = tiny_project.run("--tags", "road")
    assert finished.returncode == 0, finished.stderr[-3000:]
    tables = tiny_project.results / "08_reporting" / "tables"
    scores = pd.read_csv(tables / "segmentation_class_scores.csv")
    assert list(scores["class_name"]) == ["Soil", "Grass", "Trunk", "Leaf", "Äpfel"]
    assert scores["target_pixels"].sum() + ignored_pixels(tables) == 96 * 64 * 3
    summary = pd.read_csv(tables / "road_model_summary.csv").iloc[0]
    assert (summary["trained_on"], summary["classes"]) == ("orchard", 5)
    page = (tiny_project.results / "08_reporting" / "report.html").read_text(encoding="utf-8")
    assert "Äpfel" in page


def ignored_pixels(tables):
    ignored = pd.read_csv(tables / "ignored_labels.csv")
    assert set(ignored["label"]) == {"ladder", "void"}
    return ignored["pixels"].sum()
