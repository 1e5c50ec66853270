import pytest
import torch
from kedro.io import DatasetError

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts, WeightsError
from wildroad.datasets.checkpoint import CheckpointDataset, CheckpointFolderDataset

FACTS = CheckpointFacts("classification", "convnet", ("fox", "owl"), 16, 16)


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(["large", "small"]):
        one = Checkpoint(FACTS, {"w": torch.tensor([float(number)])})
        CheckpointDataset(filepath=str(tmp_path / f"{name}.safetensors")).save(one)
    (tmp_path / "small.onnx").write_bytes(b"x")
    return tmp_path


def test_models_are_found_by_the_names_of_their_files(folder):
    models = CheckpointFolderDataset(filepath=str(folder)).load()
    assert list(models) == ["large", "small"]
    assert models["small"].facts == FACTS
    assert torch.equal(models["small"].state["w"], torch.tensor([1.0]))


@pytest.mark.faults
def test_a_damaged_model_is_an_error_only_for_those_who_want_it(folder):
    (folder / "large.safetensors").write_bytes(b"")
    models = CheckpointFolderDataset(filepath=str(folder)).load()
    assert models["small"].facts == FACTS
    with pytest.raises(WeightsError, match=r"large\.safetensors is no checkpoint of this project"):
        models["large"]


@pytest.mark.faults
@pytest.mark.known_bug(11)
@pytest.mark.parametrize("name", ["", "nowhere"])
def test_no_model_is_an_error_with_a_remedy(tmp_path, name):
    dataset = CheckpointFolderDataset(filepath=str(tmp_path / name))
    assert not dataset.exists()
    with pytest.raises(DatasetError, match=r"no trained model in .*run the classification pipel"):
        dataset.load()


def test_the_folder_is_not_written_as_a_whole(folder):
    with pytest.raises(DatasetError, match="each model has a dataset of its own"):
        CheckpointFolderDataset(filepath=str(folder)).save("anything")
