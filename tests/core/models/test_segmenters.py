from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
import torch
from safetensors import safe_open

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts, WeightsError, encode_checkpoint
from wildroad.core.labels import ROAD_CLASSES
from wildroad.core.models.segmenters import (
    NamedSegmenter,
    SegmenterForm,
    class_lookup,
    fresh_segmenter,
    pretrained_segmenter,
    public_classes,
    restore_segmenter,
    with_classes,
)
from wildroad.datasets.converted_weights import ConvertedWeightsFile

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
    known = pretrained_segmenter(str(path), FORM)
    kept = with_classes(known, FORM, ROAD_CLASSES, seed=0).state_dict()
    head = "classifier.classifier.3.bias"
    order = [public_classes().index(name) for name in ROAD_CLASSES]
    assert torch.equal(kept[head], state[head][order])


def test_outputs_of_classes_that_are_the_same_are_kept_and_others_start_from_random_weights():
    known = NamedSegmenter(FORM.build(3), ("Sky", "Cow", "Road"))
    state = known.model.state_dict()
    adapted = with_classes(known, FORM, ["Road", "Tree", "sky"], seed=1).state_dict()
    fresh = fresh_segmenter("none", FORM, ["Road", "Tree", "sky"], seed=1).state_dict()
    head = "classifier.classifier.3.weight"
    assert torch.equal(adapted[head][[0, 2]], state[head][[2, 0]])
    assert torch.equal(adapted[head][1], fresh[head][1])
    others = set(state) - {head, "classifier.classifier.3.bias"}
    assert all(torch.equal(adapted[key], state[key]) for key in others)


def test_a_segmenter_cut_to_some_classes_gives_their_logits():
    known = NamedSegmenter(FORM.build(19).eval(), public_classes())
    chosen = with_classes(known, FORM, ["Sky", "Road"], seed=0).eval()
    images = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.allclose(chosen(images), known.model(images)[:, [10, 0]], atol=1e-5)


def test_training_goes_on_from_a_segmenter_of_this_project(tmp_path):
    model = FORM.build(2)
    facts = CheckpointFacts(
        "segmentation", "mobilenet_v2", ("Road", "Sky"), 64, 64, output_stride=16
    )
    path = tmp_path / "road.safetensors"
    path.write_bytes(encode_checkpoint(Checkpoint(facts, model.state_dict())))
    known = pretrained_segmenter(str(path), FORM)
    assert known.outputs == ("Road", "Sky")
    found = known.model.state_dict()
    assert all(torch.equal(value, found[key]) for key, value in model.state_dict().items())
    with pytest.raises(WeightsError, match="is of mobilenet_v2 for segmentation, not of resnet50"):
        pretrained_segmenter(str(path), SegmenterForm("resnet50", 16))
    with pytest.raises(WeightsError, match="trained at output stride 16"):
        pretrained_segmenter(str(path), SegmenterForm("mobilenet_v2", 8))


def test_a_public_checkpoint_is_converted_once_and_known_by_its_hash(tmp_path, monkeypatch):
    path = tmp_path / "best_mobilenet_os16.pth"
    state = {f"module.{key}": value for key, value in FORM.build(19).state_dict().items()}
    torch.save({"model_state": state, "best_score": np.float64(0.7)}, path)
    kept = ConvertedWeightsFile(tmp_path / "converted" / "road.safetensors")
    first = pretrained_segmenter(str(path), FORM, kept).model.state_dict()
    with safe_open(kept.path, framework="pt") as opened:
        digest = sha256(path.read_bytes()).hexdigest()
        assert opened.metadata() == {"source": path.name, "source_sha256": digest}
    monkeypatch.setattr(torch, "load", None)  # a second reading of the pickle would fail
    second = pretrained_segmenter(str(path), FORM, kept).model.state_dict()
    assert all(torch.equal(value, second[key]) for key, value in first.items())


@pytest.mark.faults
@pytest.mark.parametrize("change", ["other source", "damaged"])
def test_a_converted_checkpoint_of_another_source_is_not_used(tmp_path, change):
    path = tmp_path / "best_mobilenet_os16.pth"
    kept = ConvertedWeightsFile(tmp_path / "road.safetensors")
    state = FORM.build(19).state_dict()
    torch.save({"model_state": state}, path)
    pretrained_segmenter(str(path), FORM, kept)
    key = "classifier.classifier.3.bias"
    if change == "damaged":
        kept.path.write_bytes(kept.path.read_bytes()[:1000])
    else:
        state = state | {key: torch.full((19,), 7.0)}
        torch.save({"model_state": state}, path)
    found = pretrained_segmenter(str(path), FORM, kept).model.state_dict()
    assert torch.equal(found[key], state[key])


@pytest.mark.faults
@pytest.mark.parametrize("damage", ["missing", "truncated"])
def test_a_source_that_is_no_longer_whole_is_an_error_although_it_was_converted(tmp_path, damage):
    path = tmp_path / "best_mobilenet_os16.pth"
    torch.save({"model_state": FORM.build(19).state_dict()}, path)
    kept = ConvertedWeightsFile(tmp_path / "road.safetensors")
    pretrained_segmenter(str(path), FORM, kept)
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(WeightsError, match=r"best_mobilenet_os16\.pth"):
        pretrained_segmenter(str(path), FORM, kept)


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
