import pytest
import torch
from torchvision.models import get_model, mobilenet_v3_large, resnet50

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts, WeightsError
from wildroad.core.models.segmenters import (
    SegmenterForm,
    fresh_segmenter,
    pretrained_segmenter,
    restore_segmenter,
)
from wildroad.core.models.torchvision_segmenters import NAMES, TorchvisionSegmenter

CLASSES = ("Road", "Sky", "Person")
LIGHT = "lraspp_mobilenet_v3_large"


def form(name):
    return SegmenterForm("mobilenet_v2", 16, name)


def images():
    return torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(0))


@pytest.mark.parity
@pytest.mark.parametrize("name", [LIGHT, "deeplabv3_mobilenet_v3_large", "fcn_resnet50"])
def test_logits_are_those_of_torchvision(name):
    own = fresh_segmenter("none", form(name), CLASSES, seed=0).eval()
    peer = get_model(name, weights=None, weights_backbone=None, num_classes=3).eval()
    peer.load_state_dict(own.state_dict())
    with torch.inference_mode():
        assert torch.allclose(own(images()), peer(images())["out"], atol=1e-6)
        logits = own.decoder_logits(images())
    assert logits.shape[:2] == (2, 3)
    assert logits.shape[2] < 64


@pytest.mark.parametrize("name", NAMES)
def test_the_stride_it_states_is_that_of_its_deepest_feature(name):
    if "101" in name:
        pytest.skip("its backbone is a longer one of the same stride")
    model = TorchvisionSegmenter(name, classes=2).eval()
    with torch.inference_mode():
        features = list(model.backbone(images()[:1]).values())
    assert 64 // min(one.shape[2] for one in features) == model.output_stride


@pytest.mark.parametrize(
    ("name", "build"), [(LIGHT, mobilenet_v3_large), ("fcn_resnet50", resnet50)]
)
def test_imagenet_weights_go_strictly_into_the_backbone(tmp_path, name, build):
    weights = build(weights=None).state_dict()
    path = tmp_path / "imagenet.pth"
    torch.save(weights, path)
    state = fresh_segmenter(str(path), form(name), CLASSES, seed=0).state_dict()
    conv = "features.0.0.weight" if name == LIGHT else "conv1.weight"
    assert torch.equal(state[f"backbone.{conv.removeprefix('features.')}"], weights[conv])
    torch.save({key: value for key, value in weights.items() if key != conv}, path)
    with pytest.raises(WeightsError, match="1 missing"):
        fresh_segmenter(str(path), form(name), CLASSES, seed=0)


def test_a_file_of_the_whole_model_is_loaded_but_for_its_classes(tmp_path):
    published = get_model(
        "fcn_resnet50", weights=None, weights_backbone=None, num_classes=21, aux_loss=True
    ).state_dict()
    path = tmp_path / "coco.pth"
    torch.save(published, path)
    state = fresh_segmenter(str(path), form("fcn_resnet50"), CLASSES, seed=0).state_dict()
    assert state["classifier.4.weight"].shape[0] == 3
    kept = [key for key in state if not key.startswith("classifier.4.")]
    assert all(torch.equal(state[key], published[key]) for key in kept)


def test_a_checkpoint_of_it_is_restored():
    model = fresh_segmenter("none", form(LIGHT), CLASSES, seed=0)
    facts = CheckpointFacts("segmentation", LIGHT, CLASSES, 64, 96, output_stride=16)
    restored = restore_segmenter(Checkpoint(facts, model.state_dict()))
    with torch.inference_mode():
        assert torch.equal(restored(images()), model.eval()(images()))


@pytest.mark.faults
def test_an_unknown_model_and_a_public_checkpoint_for_another_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"no segmentation model 'unet'; torchvision has .*fcn"):
        TorchvisionSegmenter("unet", classes=2)
    with pytest.raises(WeightsError, match=r"set params:road_model\.weights to a file"):
        pretrained_segmenter(str(tmp_path / "os16.pth"), form(LIGHT))
