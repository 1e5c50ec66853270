import pickle
import zipfile

import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import get_model

from wildroad.core.checkpoints import (
    Checkpoint,
    CheckpointFacts,
    WeightsError,
    encode_checkpoint,
    initial_weights,
    read_checkpoint,
)
from wildroad.core.models.classifiers import (
    build_classifier,
    restore_classifier,
    trainable_parameters,
)

FACTS = CheckpointFacts("classification", "convnet", ("a", "b"), 16, 16)


@pytest.fixture
def checkpoint():
    model = build_classifier("convnet", classes=2, image_size=16, weights=None, seed=0)
    return Checkpoint(FACTS, model.state_dict())


@pytest.fixture
def resnet18():
    torch.manual_seed(0)
    return get_model("resnet18", weights=None, num_classes=5).state_dict()


class Bomb:
    def __reduce__(self):
        return print, ("the code in the file ran",)


def test_a_checkpoint_comes_back_as_it_was(checkpoint, tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(encode_checkpoint(checkpoint))
    read = read_checkpoint(path)
    assert read.facts == FACTS
    assert all(torch.equal(one, read.state[name]) for name, one in checkpoint.state.items())


def test_the_same_checkpoint_gives_the_same_bytes(checkpoint):
    assert encode_checkpoint(checkpoint) == encode_checkpoint(checkpoint)


@pytest.mark.known_bug(11)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no checkpoint at .*run the pipeline that trains it first"),
        (b"", "is no checkpoint of this project"),
        (b"\x10\x00\x00\x00\x00\x00\x00\x00{}", "is no checkpoint of this project"),
    ],
)
def test_a_missing_or_damaged_checkpoint_is_an_error(tmp_path, content, message):
    path = tmp_path / "model.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsError, match=message):
        read_checkpoint(path)


def test_a_truncated_checkpoint_is_an_error(checkpoint, tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(encode_checkpoint(checkpoint)[:-100])
    with pytest.raises(WeightsError, match="is no checkpoint of this project"):
        read_checkpoint(path)


def test_safetensors_without_our_facts_are_no_checkpoint(tmp_path):
    save_file({"w": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match="is no checkpoint of this project"):
        read_checkpoint(tmp_path / "other.safetensors")


@pytest.mark.known_bug(10)
def test_weights_of_another_architecture_are_refused(checkpoint):
    facts = CheckpointFacts("classification", "resnet18", ("a", "b"), 16, 16)
    with pytest.raises(WeightsError, match="resnet18 of 2 classes"):
        restore_classifier(Checkpoint(facts, checkpoint.state))


@pytest.mark.known_bug(10)
def test_one_missing_key_is_enough_to_refuse(resnet18):
    del resnet18["layer1.0.conv1.weight"]
    with pytest.raises(WeightsError, match=r"layer1.0.conv1.weight"):
        build_classifier("resnet18", classes=3, image_size=32, weights=resnet18, seed=0)


def test_pretrained_weights_get_a_new_head_and_keep_the_rest(resnet18):
    model = build_classifier("resnet18", classes=3, image_size=32, weights=resnet18, seed=0)
    own = model.state_dict()
    assert own["fc.weight"].shape == (3, 512)
    assert all(torch.equal(own[name], one) for name, one in resnet18.items() if "fc." not in name)


@pytest.mark.known_bug(11)
def test_weights_that_are_not_there_never_become_random_ones(tmp_path):
    with pytest.raises(WeightsError, match=r"no .*file.*nowhere\.pth"):
        initial_weights("resnet18", str(tmp_path / "nowhere.pth"))


@pytest.mark.known_bug(11)
def test_weights_that_can_not_be_downloaded_say_where_to_put_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(WeightsError, match=r"put resnet18-f37072fd\.pth into .*checkpoints"):
        initial_weights("resnet18", "IMAGENET1K_V1")


def test_cached_weights_of_torchvision_are_found(shared, tmp_path, monkeypatch):
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    name = "mobilenet_v2-b0353104.pth"
    (folder / name).symlink_to(shared / "weights" / name)
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    state = initial_weights("mobilenet_v2", "IMAGENET1K_V1")
    model = build_classifier("mobilenet_v2", classes=4, image_size=64, weights=state, seed=0)
    assert trainable_parameters(model) == 2_223_872 + 4 * 1281


def test_an_unknown_name_of_weights_lists_the_known_ones():
    with pytest.raises(WeightsError, match=r"no weights 'IMAGENET' for resnet18.*IMAGENET1K_V1"):
        initial_weights("resnet18", "IMAGENET")


def test_random_weights_come_only_when_asked_for_and_from_the_seed():
    assert initial_weights("resnet18", "none") is None
    first, second = (
        build_classifier("resnet18", classes=2, image_size=32, weights=None, seed=seed).state_dict()
        for seed in (1, 2)
    )
    assert not torch.equal(first["fc.weight"], second["fc.weight"])


@pytest.mark.faults
@pytest.mark.parametrize("suffix", [".pt", ".pth"])
def test_code_in_a_weight_file_does_not_run(tmp_path, capsys, suffix):
    path = tmp_path / f"evil{suffix}"
    torch.save({"w": Bomb()}, path)
    with pytest.raises(WeightsError):
        initial_weights("resnet18", str(path))
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(WeightsError):
        initial_weights("resnet18", str(path))
    assert "ran" not in capsys.readouterr().out


@pytest.mark.faults
def test_a_pickle_named_safetensors_does_not_run(tmp_path, capsys):
    path = tmp_path / "evil.safetensors"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(WeightsError):
        initial_weights("resnet18", str(path))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.pkl", pickle.dumps(Bomb()))
    with pytest.raises(WeightsError):
        initial_weights("resnet18", str(path))
    assert "ran" not in capsys.readouterr().out


def test_an_unknown_architecture_lists_the_known_ones():
    with pytest.raises(ValueError, match="no classifier 'resnet19'; known are convnet"):
        build_classifier("resnet19", classes=2, image_size=32, weights=None, seed=0)


def test_the_convnet_is_the_one_of_the_reference():
    model = build_classifier("convnet", classes=10, image_size=224, weights=None, seed=0)
    shapes = {name: tuple(one.shape) for name, one in model.state_dict().items()}
    assert shapes == {
        "conv1.weight": (32, 3, 3, 3),
        "conv1.bias": (32,),
        "conv2.weight": (64, 32, 3, 3),
        "conv2.bias": (64,),
        "conv3.weight": (128, 64, 3, 3),
        "conv3.bias": (128,),
        "head.weight": (10, 128 * 14 * 14),
        "head.bias": (10,),
    }


def test_pooling_before_relu_is_the_same_function():
    model = build_classifier("convnet", classes=4, image_size=32, weights=None, seed=0)
    images = torch.randn(2, 3, 32, 32)
    layers = torch.nn.functional
    maps = images
    for number, pool in ((1, 4), (2, 2), (3, 2)):
        convolved = model.get_submodule(f"conv{number}")(maps)
        maps = layers.max_pool2d(layers.relu(convolved), pool)
    assert torch.equal(model(images), model.head(maps.flatten(1)))


def test_the_convnet_refuses_an_input_it_would_pool_away():
    with pytest.raises(ValueError, match="12 px is too small"):
        build_classifier("convnet", classes=2, image_size=12, weights=None, seed=0)
