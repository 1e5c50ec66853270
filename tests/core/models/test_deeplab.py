import json
from pathlib import Path

import numpy as np
import pytest
import torch
from golden import GOLDEN, drawn_weight, golden_image
from torchvision.models import mobilenet_v2, resnet50

from wildroad.core.checkpoints import WeightsError, load_strictly, read_weights
from wildroad.core.models.deeplab import (
    DeepLabV3Plus,
    check_output_stride,
    deeplab,
    load_backbone_weights,
    load_public_checkpoint,
    read_public_checkpoint,
)
from wildroad.core.models.public_weights import (
    output_stride_in_name,
)


@pytest.fixture(scope="module")
def mobilenet() -> DeepLabV3Plus:
    torch.manual_seed(0)
    return deeplab("mobilenet_v2", classes=19, output_stride=16).eval()


def checkpoint_content(model: DeepLabV3Plus, *, prefix: str = "") -> dict[str, object]:
    return {
        "cur_itrs": 30000,
        "model_state": {prefix + key: value for key, value in model.state_dict().items()},
        "optimizer_state": {"state": {}, "param_groups": [{"lr": 0.1, "params": [0]}]},
        "best_score": np.float64(0.721),
    }


@pytest.mark.parity
@pytest.mark.parametrize(("stored", "backbone", "stride"), GOLDEN)
def test_logits_equal_those_of_the_public_code(golden_folder, stored, backbone, stride) -> None:
    keys = json.loads((golden_folder / f"deeplabv3plus_{stored}_os16_keys.json").read_text())
    model = deeplab(backbone, classes=19, output_stride=stride).eval()
    model.load_state_dict({key: drawn_weight(key, shape) for key, shape in keys.items()})
    with torch.inference_mode():
        computed = model(golden_image()).numpy()
    expected = np.load(golden_folder / f"deeplabv3plus_{stored}_os{stride}_logits.npz")["logits"]
    assert np.abs(computed - expected).max() < 1e-5


@pytest.mark.parity
@pytest.mark.parametrize(("stored", "backbone"), [pair[:2] for pair in GOLDEN[:3]])
def test_keys_and_shapes_come_in_the_public_order(golden_folder, stored, backbone) -> None:
    keys = json.loads((golden_folder / f"deeplabv3plus_{stored}_os16_keys.json").read_text())
    with torch.device("meta"):
        own = deeplab(backbone, classes=19, output_stride=16).state_dict()
    assert [(key, list(value.shape)) for key, value in own.items()] == list(keys.items())


@pytest.mark.parametrize("stride", [8, 16])
def test_decoder_logits_are_a_quarter_and_logits_the_size_of_the_input(stride) -> None:
    model = deeplab("mobilenet_v2", classes=3, output_stride=stride).eval()
    images = torch.zeros(2, 3, 64, 96)
    with torch.inference_mode():
        low, deep = model.backbone(images)
        assert low.shape == (2, 24, 16, 24)
        assert deep.shape == (2, 320, 64 // stride, 96 // stride)
        assert model.decoder_logits(images).shape == (2, 3, 16, 24)
        assert model(images).shape == (2, 3, 64, 96)


def test_strides_share_their_weights_shapes_but_compute_different_things(mobilenet) -> None:
    other = deeplab("mobilenet_v2", classes=19, output_stride=8).eval()
    load_strictly(other, mobilenet.state_dict(), source="the other model")
    with torch.inference_mode():
        assert not torch.allclose(other(golden_image()), mobilenet(golden_image()), atol=1e-3)


def test_every_weight_gets_a_gradient() -> None:
    torch.manual_seed(0)
    model = deeplab("mobilenet_v2", classes=3, output_stride=16)
    model(torch.randn(2, 3, 64, 64)).square().mean().backward()
    assert all(weight.grad is not None for weight in model.parameters())


def test_constructor_refuses_what_there_is_not() -> None:
    with pytest.raises(ValueError, match="no backbone 'xception'; there are resnet101, resnet50"):
        deeplab("xception", classes=19, output_stride=16)
    with pytest.raises(ValueError, match=r"output_stride is 32; .* 8 or 16"):
        deeplab("resnet50", classes=19, output_stride=32)
    with pytest.raises(ValueError, match="classes is 0"):
        deeplab("resnet50", classes=0, output_stride=16)


@pytest.mark.known_bug(6)
def test_weights_trained_at_another_stride_are_refused(tmp_path, mobilenet) -> None:
    path = tmp_path / "best_deeplabv3plus_mobilenet_cityscapes_os16.pth"
    torch.save(checkpoint_content(mobilenet), path)
    at_eight = deeplab("mobilenet_v2", classes=19, output_stride=8)
    with pytest.raises(WeightsError, match=r"stride 16 and the model runs at 8.*stride=16"):
        load_public_checkpoint(at_eight, path)
    with pytest.raises(WeightsError, match="output stride 8"):
        check_output_stride(mobilenet, trained_at=8)
    check_output_stride(mobilenet, trained_at=16)


@pytest.mark.known_bug(6)
@pytest.mark.parametrize("backbone", ["mobilenet_v2", "resnet50"])
@pytest.mark.parametrize(("stride", "rates"), [(8, [12, 24, 36]), (16, [6, 12, 18])])
def test_features_and_pyramid_belong_to_the_stride_the_model_states(backbone, stride, rates):
    model = deeplab(backbone, classes=2, output_stride=stride).eval()
    assert model.output_stride == stride
    with torch.inference_mode():
        _, deep = model.backbone(torch.zeros(1, 3, 64, 96))
    assert deep.shape[-2:] == (64 // stride, 96 // stride)
    assert [branch[0].dilation for branch in model.classifier.aspp.convs[1:4]] == [
        (rate, rate) for rate in rates
    ]


@pytest.mark.parametrize(
    ("name", "stride"),
    [
        ("best_deeplabv3plus_resnet101_cityscapes_os16.pth.tar", 16),
        ("OS8.pth", 8),
        ("model-os16-epoch3.pt", 16),
        ("mos16.pth", None),
        ("deeplab.pth", None),
    ],
)
def test_output_stride_is_read_from_the_file_name(name, stride) -> None:
    assert output_stride_in_name(Path(name)) == stride


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("zipped", [True, False])
def test_public_checkpoint_loads_with_and_without_prefix(
    tmp_path, mobilenet, prefix, zipped
) -> None:
    path = tmp_path / "cityscapes_os16.pth"
    content = checkpoint_content(mobilenet, prefix=prefix)
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    other = deeplab("mobilenet_v2", classes=19, output_stride=16).eval()
    load_public_checkpoint(other, path)
    with torch.inference_mode():
        assert torch.equal(other(golden_image()), mobilenet(golden_image()))


class RunsWhenUnpickled:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("code from a checkpoint ran",)


@pytest.mark.faults
@pytest.mark.known_bug(11)
def test_unreadable_checkpoints_end_in_one_clear_error(tmp_path, mobilenet, capsys) -> None:
    whole = tmp_path / "whole.pth"
    torch.save(checkpoint_content(mobilenet), whole)
    damaged = {
        "empty.pth": (b"", "is empty"),
        "truncated.pth": (whole.read_bytes()[:100_000], "is damaged, not a file of PyTorch"),
        "text.pth": (b"<html>Not found</html>", "is damaged, not a file of PyTorch"),
    }
    for name, (content, told) in damaged.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WeightsError, match=f"{name} {told}"):
            read_public_checkpoint(tmp_path / name)
    with pytest.raises(WeightsError, match="there is no file of weights"):
        read_public_checkpoint(tmp_path / "missing.pth")
    torch.save({"model_state": {}, "extra": RunsWhenUnpickled()}, tmp_path / "code.pth")
    with pytest.raises(WeightsError, match=r"code\.pth is damaged, .* holds objects other"):
        read_public_checkpoint(tmp_path / "code.pth")
    assert capsys.readouterr().out == ""


@pytest.mark.faults
@pytest.mark.parametrize("zipped", [True, False])
def test_checkpoint_cut_anywhere_ends_in_a_clear_error(tmp_path, zipped) -> None:
    path = tmp_path / "cut.pth"
    content = {"model_state": {"weight": torch.ones(40)}, "best_score": np.float64(0.5)}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    whole = path.read_bytes()
    for length in range(1, len(whole) - 1, 7):
        path.write_bytes(whole[:length])
        with pytest.raises(WeightsError, match=r"cut\.pth"):
            read_public_checkpoint(path)


@pytest.mark.faults
@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"state": 1, "epoch": 2}, "has no 'model_state', but holds epoch, state"),
        ([1, 2], "has no 'model_state', but holds list"),
        ({"model_state": {}}, "holds dict, not named tensors"),
        ({"model_state": {"a": 1}}, "holds more than named tensors: a"),
    ],
)
def test_a_file_of_something_else_is_told_from_a_checkpoint(tmp_path, content, told) -> None:
    torch.save(content, tmp_path / "other.pth")
    with pytest.raises(WeightsError, match=told):
        read_public_checkpoint(tmp_path / "other.pth")


@pytest.mark.known_bug(10)
def test_keys_that_do_not_fit_are_named_and_leave_the_model_alone(mobilenet) -> None:
    model = deeplab("mobilenet_v2", classes=18, output_stride=16)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    weights = mobilenet.state_dict()
    weights["surplus.weight"] = weights.pop("backbone.low_level_features.0.0.weight")
    with pytest.raises(WeightsError) as caught:
        load_strictly(model, weights, source="city.pth")
    assert str(caught.value) == (
        "city.pth does not fit the model: of its keys "
        "1 missing (backbone.low_level_features.0.0.weight); 1 unexpected (surplus.weight); "
        "2 of another shape (classifier.classifier.3.bias, classifier.classifier.3.weight)"
    )
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())


@pytest.mark.known_bug(10)
def test_a_public_checkpoint_that_lacks_a_key_is_refused(tmp_path, mobilenet) -> None:
    content = checkpoint_content(mobilenet)
    del content["model_state"]["classifier.project.0.weight"]
    torch.save(content, tmp_path / "city.pth")
    model = deeplab("mobilenet_v2", classes=19, output_stride=16)
    with pytest.raises(WeightsError, match=r"1 missing \(classifier\.project\.0\.weight\)"):
        load_public_checkpoint(model, tmp_path / "city.pth")


def test_resnet_takes_imagenet_weights_without_the_classifier() -> None:
    torch.manual_seed(0)
    imagenet = resnet50(weights=None, num_classes=7).eval()
    model = deeplab("resnet50", classes=4, output_stride=16).eval()
    load_backbone_weights(model, imagenet.state_dict())
    image = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        expected = imagenet.maxpool(imagenet.relu(imagenet.bn1(imagenet.conv1(image))))
        assert torch.equal(model.backbone(image)[0], imagenet.layer1(expected))


@pytest.mark.known_bug(10)
def test_imagenet_weights_of_another_network_are_refused() -> None:
    model = deeplab("resnet50", classes=4, output_stride=16)
    with pytest.raises(WeightsError, match="ImageNet weights does not fit the model"):
        load_backbone_weights(model, mobilenet_v2(weights=None).state_dict())


def test_imagenet_weights_from_before_batch_counters_load() -> None:
    weights = mobilenet_v2(weights=None).state_dict()
    older = {key: w for key, w in weights.items() if "num_batches_tracked" not in key}
    model = deeplab("mobilenet_v2", classes=4, output_stride=16)
    load_backbone_weights(model, older)
    loaded = model.state_dict()["backbone.high_level_features.17.conv.2.weight"]
    assert torch.equal(loaded, weights["features.17.conv.2.weight"])


@pytest.mark.parity
def test_torchvisions_own_file_of_mobilenet_weights_loads(shared: Path) -> None:
    path = shared / "weights" / "mobilenet_v2-b0353104.pth"
    if not path.is_file():
        pytest.skip("torchvision's MobileNetV2 weights are not there")
    model = deeplab("mobilenet_v2", classes=4, output_stride=16)
    weights = read_weights(path)
    load_backbone_weights(model, weights)
    stem = model.state_dict()["backbone.low_level_features.0.0.weight"]
    assert torch.equal(stem, weights["features.0.0.weight"])
