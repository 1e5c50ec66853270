import numpy as np
import pytest
from kedro.io import DatasetError

from wildroad.core.lazy import LazyMapping
from wildroad.datasets.image_array import ImageArrayDataset


@pytest.fixture
def dataset(tmp_path):
    return ImageArrayDataset(filepath=str(tmp_path / "photos"))


def images(count):
    generator = np.random.default_rng(0)
    return {
        f"fox/{number}.jpg": generator.integers(0, 256, (6, 8, 3), np.uint8)
        for number in range(count)
    }


def test_photos_come_back_by_id_and_as_one_mapped_array(dataset):
    made = images(9)
    dataset.save(LazyMapping(list(made), made.__getitem__))
    loaded = dataset.load()
    assert list(loaded) == list(made)
    assert all(np.array_equal(loaded[name], pixels) for name, pixels in made.items())
    assert isinstance(loaded.pixels, np.memmap)
    assert not loaded.pixels.flags.writeable


def test_no_photos_are_an_empty_array(dataset):
    dataset.save({})
    assert len(dataset.load()) == 0


def test_an_array_that_is_not_there_is_an_error(dataset):
    with pytest.raises(DatasetError, match=r"no image array in .*photos"):
        dataset.load()


@pytest.mark.faults
def test_a_photo_that_fails_leaves_the_earlier_array(dataset):
    dataset.save(images(3))

    def read(name):
        raise ValueError(f"{name} is damaged")

    with pytest.raises(DatasetError, match="new is damaged"):
        dataset.save(LazyMapping(["new"], read))
    assert len(dataset.load()) == 3


@pytest.mark.faults
def test_a_cut_array_is_refused(dataset, tmp_path):
    dataset.save(images(3))
    path = tmp_path / "photos" / "pixels.npy"
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(DatasetError, match="damaged"):
        dataset.load()
