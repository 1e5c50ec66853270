import numpy as np
import pytest
from kedro.io import DatasetError
from PIL import Image

from wildroad.core.lazy import LazyMapping, OnePass
from wildroad.datasets.mask_folder import MaskFolderDataset, distinct_colors


@pytest.fixture
def dataset(tmp_path):
    return MaskFolderDataset(filepath=str(tmp_path / "masks"))


def test_masks_come_back_with_every_value_and_in_order(dataset, masks):
    dataset.save(masks)
    loaded = dataset.load()
    assert list(loaded) == list(masks)
    assert all(np.array_equal(loaded[name], mask) for name, mask in masks.items())


@pytest.mark.parametrize("shape", ["lazy", "stream"])
def test_masks_can_be_streamed(dataset, masks, shape):
    if shape == "lazy":
        dataset.save(LazyMapping(list(masks), masks.__getitem__))
    else:
        dataset.save(OnePass(list(masks), iter(masks.items())))
    assert all(np.array_equal(dataset.load()[name], mask) for name, mask in masks.items())


def test_a_mask_is_a_palette_image_any_viewer_shows(dataset, masks, tmp_path):
    dataset.save(masks)
    with Image.open(tmp_path / "masks" / "city" / "0.png") as image:
        assert image.mode == "P"


def test_small_values_have_colours_that_differ():
    assert len({tuple(color) for color in distinct_colors()[:64]}) == 64


@pytest.mark.faults
def test_a_stream_that_breaks_leaves_the_earlier_masks(dataset, masks):
    dataset.save(masks)

    def broken():
        yield "city/0", masks["city/0"]
        raise ValueError("the model ran out of memory")

    with pytest.raises(DatasetError, match="out of memory"):
        dataset.save(OnePass(list(masks), broken()))
    assert len(dataset.load()) == 3


@pytest.mark.faults
def test_a_damaged_mask_is_named(dataset, masks, tmp_path):
    dataset.save(masks)
    (tmp_path / "masks" / "city" / "1.png").write_bytes(b"no picture")
    with pytest.raises(DatasetError, match=r"1\.png cannot be read"):
        dataset.load()["city/1"]


def test_masks_that_are_not_there_are_an_error(dataset):
    with pytest.raises(DatasetError, match=r"no masks in .*masks"):
        dataset.load()
