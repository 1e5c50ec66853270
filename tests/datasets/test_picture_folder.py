import numpy as np
import pytest
from kedro.io import DatasetError

from wildroad.datasets.picture_folder import PictureFolderDataset


@pytest.fixture
def pictures():
    random = np.random.default_rng(0)
    sizes = {"Traffic Sign/1/photo": (4, 6), "Car/2/target": (3, 3)}
    return {name: random.integers(0, 256, (*size, 3), np.uint8) for name, size in sizes.items()}


def test_pictures_of_any_sizes_come_back_as_they_were_in_their_order(tmp_path, pictures):
    dataset = PictureFolderDataset(filepath=str(tmp_path / "pictures"))
    dataset.save(pictures)
    loaded = dataset.load()
    assert list(loaded) == list(pictures)
    assert all(np.array_equal(loaded[name], pictures[name]) for name in pictures)
    assert (tmp_path / "pictures" / "Traffic Sign" / "1" / "photo.png").is_file()


def test_saving_again_leaves_nothing_of_before(tmp_path, pictures):
    dataset = PictureFolderDataset(filepath=str(tmp_path / "pictures"))
    dataset.save(pictures)
    dataset.save({})
    assert list(dataset.load()) == []
    assert not list((tmp_path / "pictures").rglob("*.png"))


@pytest.mark.faults
def test_missing_folder_says_what_to_run_and_an_optional_one_is_none(tmp_path):
    place = str(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match=r"no pictures in .*nowhere: run the pipeline"):
        PictureFolderDataset(filepath=place).load()
    assert PictureFolderDataset(filepath=place, optional=True).load() is None


@pytest.mark.faults
def test_damaged_picture_is_named(tmp_path, pictures):
    dataset = PictureFolderDataset(filepath=str(tmp_path / "pictures"))
    dataset.save(pictures)
    (tmp_path / "pictures" / "Car" / "2" / "target.png").write_bytes(b"PNG?")
    with pytest.raises(DatasetError, match=r"target\.png cannot be read"):
        dataset.load()["Car/2/target"]
