from dataclasses import replace

import numpy as np
import pytest
import torch

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts, WeightsError
from wildroad.core.labels import ROAD_CLASSES
from wildroad.core.models.segmenters import (
    SegmenterForm,
    class_lookup,
    fresh_segmenter,
    pretrained_segmenter,
    public_classes,
    restore_segmenter,
    with_classes,
)

FORM = SegmenterForm("mobilenet_v2", 16)


def test_the_outputs_of_public_checkpoints_are_the_train_ids():
    names = public_classes()
    assert len(names) == 19
    assert names[0] == "Road"
    assert names[9] == "terrain"
    assert set(names) - {"terrain"} == set(ROAD_CLASSES)


def test_outputs_that_are_not_evaluated_are_other():
    lookup = class_lookup(public_classes(), ROAD_CLASSES)
    assert lookup[9] == 18
    assert sorted(lookup) == list(range(19))
    assert all(ROAD_CLASSES[lookup[n]] == name for n, name in enumerate(public_classes()) if n != 9)


def test_a_model_that_shares_no_class_with_the_data_is_refused():
    with pytest.raises(WeightsError, match="no class in common"):
        class_lookup(["cat"], ["Road"])


def test_a_public_checkpoint_is_cut_to_the_evaluated_classes(tmp_path):
    path = tmp_path / "best_mobilenet_os16.pth"
    state = FORM.build(19).state_dict()
    torch.save({"model_state": state, "best_score": np.float64(0.7)}, path)
    model = pretrained_segmenter(str(path), FORM)
    kept = with_classes(model, FORM, ROAD_CLASSES).state_dict()
    head = "classifier.classifier.3.bias"
    order = [public_classes().index(name) for name in ROAD_CLASSES]
    assert torch.equal(kept[head], state[head][order])
    with pytest.raises(WeightsError, match=r"no output for \['Cow'\]"):
        with_classes(model, FORM, ["Cow"])


@pytest.mark.known_bug(11)
def test_a_missing_public_checkpoint_is_an_error(tmp_path):
    with pytest.raises(WeightsError, match=r"nowhere\.pth"):
        pretrained_segmenter(str(tmp_path / "nowhere.pth"), FORM)


@pytest.mark.known_bug(6)
def test_a_checkpoint_of_another_output_stride_is_refused(tmp_path):
    path = tmp_path / "best_mobilenet_os16.pth"
    torch.save({"model_state": FORM.build(19).state_dict()}, path)
    with pytest.raises(WeightsError, match="output stride 16"):
        pretrained_segmenter(str(path), SegmenterForm("mobilenet_v2", 8))


@pytest.mark.known_bug(6)
def test_a_checkpoint_of_ours_runs_at_the_stride_it_was_trained_at():
    model = SegmenterForm("mobilenet_v2", 8).build(2)
    facts = CheckpointFacts(
        "segmentation", "mobilenet_v2", ("Road", "Sky"), 64, 64, output_stride=8
    )
    assert restore_segmenter(Checkpoint(facts, model.state_dict())).output_stride == 8
    at_sixteen = Checkpoint(replace(facts, output_stride=16), FORM.build(2).state_dict())
    assert restore_segmenter(at_sixteen).output_stride == 16


@pytest.mark.known_bug(6)
def test_a_checkpoint_of_ours_can_not_be_run_at_a_stride_it_does_not_state():
    model = FORM.build(2)
    for stride in (0, 32):
        facts = CheckpointFacts(
            "segmentation", "mobilenet_v2", ("Road", "Sky"), 64, 64, output_stride=stride
        )
        with pytest.raises(ValueError, match=f"output_stride is {stride}; .* 8 or 16"):
            restore_segmenter(Checkpoint(facts, model.state_dict()))


@pytest.mark.known_bug(10)
@pytest.mark.parametrize("change", ["missing", "unexpected"])
def test_a_checkpoint_of_ours_with_other_keys_is_refused(change):
    state = FORM.build(2).state_dict()
    tensor = state.pop("classifier.project.0.weight")
    if change == "unexpected":
        state |= {"classifier.project.0.weight": tensor, "surplus.weight": tensor}
    facts = CheckpointFacts(
        "segmentation", "mobilenet_v2", ("Road", "Sky"), 64, 64, output_stride=16
    )
    with pytest.raises(WeightsError, match=f"1 {change}"):
        restore_segmenter(Checkpoint(facts, state))


@pytest.mark.known_bug(11)
def test_a_backbone_without_the_weights_it_should_start_from_is_not_built(tmp_path):
    with pytest.raises(WeightsError, match=r"nowhere\.pth"):
        fresh_segmenter(str(tmp_path / "nowhere.pth"), FORM, ["Road", "Sky"], seed=0)


def test_random_weights_follow_the_seed_and_leave_the_global_generator_alone():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    first, second, third = (
        fresh_segmenter("none", FORM, ["Road", "Sky"], seed=seed).state_dict() for seed in (1, 1, 2)
    )
    assert torch.equal(torch.rand(1), expected)
    key = "classifier.classifier.3.weight"
    assert torch.equal(first[key], second[key])
    assert not torch.equal(first[key], third[key])


def test_imagenet_weights_go_into_the_backbone(shared):
    path = shared / "weights" / "mobilenet_v2-b0353104.pth"
    model = fresh_segmenter(str(path), FORM, ["Road", "Sky"], seed=0)
    published = torch.load(path, weights_only=True)
    own = model.state_dict()["backbone.low_level_features.0.0.weight"]
    assert torch.equal(own, published["features.0.0.weight"])
