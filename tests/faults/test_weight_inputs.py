"""Each file of weights is loaded as it is, or refused by name; none of them runs code."""

import io
import os
import pickle
import re
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from wildroad.core.checkpoints import (
    Checkpoint,
    CheckpointFacts,
    WeightsError,
    encode_checkpoint,
    initial_weights,
    load_strictly,
    read_checkpoint,
    read_weights,
    torchvision_weights,
)
from wildroad.core.models.classifiers import build_classifier
from wildroad.core.models.public_weights import read_public_checkpoint

FACTS = CheckpointFacts("classification", "convnet", ("a", "b"), 16, 16)


def convnet(classes=2):
    return build_classifier("convnet", classes=classes, image_size=16, weights=None, seed=0)


@pytest.fixture
def file(tmp_path):
    """A sound checkpoint of this project."""
    path = tmp_path / "model.safetensors"
    path.write_bytes(encode_checkpoint(Checkpoint(FACTS, convnet().state_dict())))
    return path


class Bomb:
    """Leaves a file where it was run."""

    def __init__(self, place):
        self.place = str(place)

    def __reduce__(self):
        return os.mkdir, (self.place,)


def zipped(place):
    """The format torch.save has had since version 1.6."""
    buffer = io.BytesIO()
    torch.save({"model_state": {"w": torch.zeros(1), "bomb": Bomb(place)}}, buffer)
    return buffer.getvalue()


def legacy(place):
    """The format before: pickles one after another."""
    buffer = io.BytesIO()
    content = {"model_state": Bomb(place)}
    torch.save(content, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


def legacy_tar(place):
    """The oldest format, a tar archive, which PyTorch still tells by its first bytes."""
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in ("sys_info", "pickle", "storages", "tensors"):
            content = pickle.dumps(Bomb(place))
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def bare(place):
    """A pickle and nothing else."""
    return pickle.dumps(Bomb(place), protocol=2)


def archive(place):
    """A ZIP archive made by hand around a pickle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as whole:
        whole.writestr("archive/data.pkl", pickle.dumps({"w": Bomb(place)}, protocol=2))
        whole.writestr("archive/version", "3\n")
    return buffer.getvalue()


def inside_a_numpy_scalar(place):
    """Hides behind the one function that public checkpoints need: a NumPy scalar of objects."""
    scalar = np.float64(0).__reduce__()[0]

    class Scalar:
        def __reduce__(self):
            return scalar, (np.dtype("O"), pickle.dumps(Bomb(place)))

    buffer = io.BytesIO()
    torch.save({"model_state": {"w": torch.zeros(1)}, "best_score": Scalar()}, buffer)
    return buffer.getvalue()


BOMBS = (zipped, legacy, legacy_tar, bare, archive, inside_a_numpy_scalar)
NAMES = ("evil.pt", "evil.pth", "evil.zip", "evil.tar", "evil.safetensors")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", BOMBS, ids=lambda make: make.__name__)
def test_code_in_a_file_of_weights_is_refused_and_never_runs(tmp_path, make, name):
    place, path = tmp_path / "it ran", tmp_path / name
    path.write_bytes(make(place))
    for read in (
        lambda: initial_weights("resnet18", str(path)),
        lambda: read_weights(path),
        lambda: read_public_checkpoint(path),
        lambda: read_checkpoint(path),
    ):
        with pytest.raises(WeightsError, match=re.escape(name)):
            read()
        assert not place.exists()


def test_such_code_would_run_where_a_file_is_unpickled(tmp_path):
    place = tmp_path / "it ran"
    torch.load(io.BytesIO(zipped(place)), weights_only=False)
    assert place.is_dir()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: path.unlink(), "no checkpoint at .*run the pipeline that trains it"),
        (lambda path: path.write_bytes(b""), "is no checkpoint of this project"),
        (lambda path: path.write_bytes(path.read_bytes()[:900]), "is no checkpoint of"),
        (lambda path: save_file({"w": torch.zeros(1)}, path), "is no checkpoint of"),
    ],
    ids=["missing", "empty", "cut", "of another program"],
)
def test_a_checkpoint_that_is_not_whole_is_refused_with_its_path(file, change, message):
    change(file)
    with pytest.raises(WeightsError, match=message) as caught:
        read_checkpoint(file)
    assert str(file) in str(caught.value)


def test_every_byte_of_a_checkpoint_that_changes_is_noticed(file, amount):
    whole = file.read_bytes()
    generator = np.random.default_rng(0)
    for place in generator.integers(0, len(whole), amount(60, 2000)):
        altered = bytearray(whole)
        altered[place] ^= 1 << int(generator.integers(0, 8))
        file.write_bytes(altered)
        with pytest.raises(WeightsError, match=r"model\.safetensors (is no|was altered)"):
            read_checkpoint(file)


def test_weights_with_a_wrong_hash_are_refused_with_path_and_remedy(tmp_path, monkeypatch):
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    path = folder / "resnet18-f37072fd.pth"
    torch.save({"conv1.weight": torch.zeros(1)}, path)
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    for read in (
        lambda: torchvision_weights("resnet18", "IMAGENET1K_V1"),
        lambda: read_weights(path),
    ):
        with pytest.raises(
            WeightsError,
            match=r"resnet18-f37072fd\.pth is not what its name says.*download it again",
        ):
            read()


@pytest.mark.parametrize("other", [convnet(classes=3), torch.nn.Linear(2, 2)])
def test_weights_of_another_model_or_class_count_are_refused_by_key(other):
    with pytest.raises(WeightsError, match=r"does not fit the model: of its keys .*\("):
        load_strictly(convnet(), other.state_dict(), source="weights.pth")


def test_the_prefix_of_parallel_training_is_taken_off_public_checkpoints(tmp_path):
    path = tmp_path / "deeplab.pth"
    torch.save({"model_state": {"module.w": torch.ones(2)}, "best_score": np.float64(0.5)}, path)
    assert list(read_public_checkpoint(path)) == ["w"]


def test_weights_in_half_precision_are_used_at_full_precision(tmp_path):
    path = tmp_path / "half.pth"
    halved = {name: one.half() for name, one in convnet().state_dict().items()}
    torch.save(halved, path)
    model = convnet()
    load_strictly(model, read_weights(path), source="half.pth")
    assert all(one.dtype == torch.float32 for one in model.state_dict().values())
    assert torch.equal(model.state_dict()["conv1.weight"], halved["conv1.weight"].float())
