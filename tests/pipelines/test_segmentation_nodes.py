"""Nodes of the segmentation pipeline."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts, WeightsError
from wildroad.core.domains import Domain
from wildroad.core.labels import label_space
from wildroad.core.models.segmenters import SegmenterForm, fresh_segmenter
from wildroad.options import (
    ComputeOptions,
    EvaluationOptions,
    InferenceOptions,
    RoadEvaluationOptions,
    RoadModelOptions,
    RoadTrainingOptions,
)
from wildroad.pipelines.segmentation import evaluation_nodes, nodes, training

SPACE = label_space("road18")
FORM = SegmenterForm("mobilenet_v2", 16)
SCENES = 60


@pytest.fixture(scope="module")
def domain(tmp_path_factory):
    """Sixty small test scenes, the first fifty of them all road, and one more of every role."""
    root = tmp_path_factory.mktemp("scenes")
    names = [f"test/{number:02d}" for number in range(SCENES)]
    roles = ["test"] * SCENES + ["train", "val", "unused"]
    generator = np.random.default_rng(0)
    for number in range(len(roles)):
        pixels = generator.integers(0, 256, (16, 24, 3), np.uint8)
        Image.fromarray(pixels).save(root / f"{number}.png")
    table = {
        "scene_id": [*names, "other/train", "other/val", "other/unused"],
        "role": roles,
        "image_file": [f"{number}.png" for number in range(len(roles))],
        "height": 16,
        "width": 24,
    }
    masks = {
        name: np.full((16, 24), SPACE.classes.index("Road" if number < 50 else "Sky"), np.uint8)
        for number, name in enumerate(table["scene_id"])
    }
    return Domain(root, pd.DataFrame(table), masks, SPACE)


@pytest.fixture(scope="module")
def counted(domain):
    facts = CheckpointFacts(
        "segmentation", FORM.backbone, SPACE.classes, 32, 32, output_stride=FORM.output_stride
    )
    model = fresh_segmenter("none", FORM, SPACE.classes, seed=0)
    predicted = nodes.predict_scenes(
        domain,
        Checkpoint(facts, model.state_dict()),
        InferenceOptions(height=32, width=32, batch_size=20),
        ComputeOptions(device="cpu"),
    )
    return evaluation_nodes.count_pixels(domain, predicted)


@pytest.mark.known_bug(8)
def test_every_test_scene_and_no_other_is_predicted_and_counted(domain, counted):
    confusions, _ = counted
    assert list(confusions["scene_id"].unique()) == domain.ids("test")
    assert (confusions.groupby("scene_id")["pixels"].sum() == 16 * 24).all()


@pytest.mark.known_bug(8)
def test_every_scene_that_was_counted_is_scored(domain, counted):
    options = EvaluationOptions(resamples=100)
    classes, _, confusion, _ = evaluation_nodes.score_domain(
        domain, *counted, options, RoadEvaluationOptions()
    )
    scores = classes.set_index("class_name")
    assert scores.loc[["Road", "Sky"], "scenes"].tolist() == [50, 10]
    assert scores.loc[["Road", "Sky"], "target_pixels"].tolist() == [50 * 16 * 24, 10 * 16 * 24]
    assert confusion["pixels"].sum() == SCENES * 16 * 24


@pytest.mark.known_bug(6)
@pytest.mark.parametrize("stride", [8, 16])
def test_a_segmenter_remembers_the_stride_it_is_built_with(stride):
    options = RoadModelOptions(output_stride=stride, weights="none")
    recipe = RoadTrainingOptions(epochs=1)
    started = training.starting_model(options, recipe, SPACE.classes)
    facts = training.starting_facts(options, recipe, started)
    assert facts.output_stride == started.model.output_stride == stride


@pytest.mark.known_bug(11)
def test_no_checkpoint_and_no_training_is_an_error_and_not_a_random_segmenter():
    with pytest.raises(WeightsError, match=r"there is no segmenter: set .*road_model\.checkpoint"):
        training.starting_model(
            RoadModelOptions(weights="none"), RoadTrainingOptions(epochs=0), SPACE.classes
        )
