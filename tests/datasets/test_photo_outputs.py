import numpy as np
import pytest
from kedro.io import DatasetError

from wildroad.core.photo_outputs import PhotoOutputs
from wildroad.datasets import photo_outputs
from wildroad.datasets.photo_outputs import PhotoOutputsDataset


@pytest.fixture
def dataset(tmp_path):
    return PhotoOutputsDataset(filepath=str(tmp_path / "outputs"))


def outputs(count):
    generator = np.random.default_rng(count)
    ids = tuple(f"лиса/{number}.jpg" for number in range(count))
    return PhotoOutputs(
        ids, generator.random((count, 3)), generator.random((count, 5)).astype(np.float32)
    )


@pytest.mark.parametrize("count", [0, 1, 7])
def test_outputs_come_back_as_they_were(dataset, count):
    dataset.save(outputs(count))
    loaded = dataset.load()
    assert loaded == outputs(count)
    assert loaded.features.dtype == np.float32


def test_features_are_mapped_and_cannot_be_changed(dataset):
    dataset.save(outputs(4))
    features = dataset.load().features
    assert isinstance(features, np.memmap)
    assert not features.flags.writeable


def test_outputs_that_are_not_there_are_an_error(dataset):
    assert not dataset.exists()
    with pytest.raises(DatasetError, match=r"no outputs of photos in .*outputs"):
        dataset.load()


@pytest.mark.faults
def test_a_cut_file_is_refused(dataset, tmp_path):
    dataset.save(outputs(9))
    path = tmp_path / "outputs" / "features.npy"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DatasetError, match="damaged"):
        dataset.load()


@pytest.mark.faults
@pytest.mark.known_bug(14)
def test_ids_of_another_pass_are_refused(dataset, tmp_path):
    dataset.save(outputs(9))
    (tmp_path / "outputs" / "ids.json").write_text('["a", "b"]')
    with pytest.raises(DatasetError, match=r"2 photo ids .* came with 9 rows"):
        dataset.load()


@pytest.mark.faults
def test_pickled_features_are_never_run(dataset, tmp_path):
    dataset.save(outputs(2))
    np.save(tmp_path / "outputs" / "probabilities.npy", np.array([{"a": 1}, {}], dtype=object))
    with pytest.raises(DatasetError, match="damaged"):
        dataset.load()


@pytest.mark.faults
def test_a_save_that_fails_leaves_the_earlier_outputs(dataset, monkeypatch):
    dataset.save(outputs(3))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(photo_outputs, "write_array", full)
    with pytest.raises(DatasetError, match="No space left"):
        dataset.save(outputs(5))
    assert dataset.load() == outputs(3)
