from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts
from wildroad.core.domain_masks import Inference, predicted_masks
from wildroad.core.domains import Domain
from wildroad.core.labels import label_space
from wildroad.core.launching import find_launcher
from wildroad.core.mask_prediction import Views
from wildroad.core.models.segmenters import SegmenterForm, fresh_segmenter
from wildroad.core.tiling import Tiling

SPACE = label_space("road18")
FORM = SegmenterForm("mobilenet_v2", 16)
INFERENCE = Inference(size=None, batch_size=2, bfloat16=False)
LAUNCHER = find_launcher("cpu", "float32")


@pytest.fixture
def domain(tmp_path):
    names = ["a", "b", "c"]
    generator = np.random.default_rng(0)
    for name in names:
        pixels = generator.integers(0, 256, (64, 96, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    scenes = pd.DataFrame(
        {"scene_id": names, "role": "test", "image_file": [f"{name}.png" for name in names]}
    )
    masks = {name: np.zeros((32, 48), np.uint8) for name in names}
    return Domain(tmp_path, scenes, masks, SPACE)


@pytest.fixture(scope="module")
def checkpoint():
    model = fresh_segmenter("none", FORM, SPACE.classes, seed=0)
    facts = CheckpointFacts(
        "segmentation", FORM.backbone, SPACE.classes, 64, 96, output_stride=FORM.output_stride
    )
    return Checkpoint(facts, model.state_dict())


def masks_of(domain, checkpoint, **changes):
    inference = replace(INFERENCE, **changes)
    return predicted_masks(domain, "test", checkpoint, inference=inference, launcher=LAUNCHER)


def test_masks_are_the_same_whichever_selection_they_are_made_in(domain, checkpoint):
    masks = masks_of(domain, checkpoint)
    together = dict(masks.items())
    assert list(together) == ["a", "b", "c"]
    assert together["a"].shape == (32, 48)
    selected = dict(masks.only(["a", "c"]).items())
    assert all(np.array_equal(mask, together[name]) for name, mask in selected.items())


def test_the_origin_of_a_mask_is_the_same_for_the_same_photo_model_and_settings(domain, checkpoint):
    again = Checkpoint(checkpoint.facts, dict(checkpoint.state))
    assert dict(masks_of(domain, checkpoint).origins) == dict(masks_of(domain, again).origins)


@pytest.mark.parametrize(
    "change",
    [
        {"bfloat16": True},
        {"size": (64, 64)},
        {"views": Views(flip=True)},
        {"views": Views(scales=(0.5, 1.0))},
        {"views": Views(tiling=Tiling(tile=(64, 64)))},
    ],
)
def test_any_setting_that_changes_masks_changes_all_origins(domain, checkpoint, change):
    before, after = (masks_of(domain, checkpoint, **some).origins for some in ({}, change))
    assert all(before[name] != after[name] for name in "abc")


def test_a_changed_weight_changes_all_origins(domain, checkpoint):
    state = dict(checkpoint.state)
    key = "classifier.classifier.3.bias"
    state[key] = state[key] + 1e-3
    changed = Checkpoint(checkpoint.facts, state)
    before, after = (masks_of(domain, one).origins for one in (checkpoint, changed))
    assert all(before[name] != after[name] for name in "abc")


def test_a_changed_photo_or_target_size_changes_its_own_origin_alone(domain, checkpoint):
    before = dict(masks_of(domain, checkpoint).origins)
    domain.image_path("b").write_bytes(domain.image_path("a").read_bytes())
    domain.masks["c"] = np.zeros((64, 96), np.uint8)
    after = dict(masks_of(domain, checkpoint).origins)
    assert [name for name in "abc" if before[name] != after[name]] == ["b", "c"]
