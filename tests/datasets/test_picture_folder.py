from io import BytesIO

import numpy as np
import pytest
from kedro.io import DatasetError
from PIL import Image

from wildroad.datasets.picture_folder import PictureFolderDataset, encode_picture


def gradient(height: int = 40, width: int = 60) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width]
    return np.stack([rows * 3, columns * 2, rows + columns], axis=2).astype(np.uint8)


@pytest.fixture
def dataset(tmp_path):
    return PictureFolderDataset(filepath=str(tmp_path / "pictures"))


def test_pictures_come_back_as_files_in_their_order_nearly_the_same(dataset):
    pictures = {"wild boar/b.jpg": gradient(), "a.jpg": gradient(10, 10)}
    dataset.save(pictures)
    loaded = dataset.load()
    assert list(loaded) == list(pictures)
    for name, pixels in pictures.items():
        with Image.open(BytesIO(loaded[name])) as image:
            assert image.format == "WEBP"
            difference = np.abs(np.asarray(image).astype(int) - pixels)
        assert difference.mean() < 8


@pytest.mark.known_bug(4)
def test_lossless_masks_hold_no_colour_between_two_classes(tmp_path):
    rows, columns = np.mgrid[0:41, 0:67]
    mask = np.array([[128, 64, 128], [0, 0, 142]], np.uint8)[(rows + columns // 3) % 2]
    dataset = PictureFolderDataset(filepath=str(tmp_path / "masks"), lossless=True)
    dataset.save({"Bus/1/target": mask})
    with Image.open(BytesIO(dataset.load()["Bus/1/target"])) as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), mask)


def test_saving_anew_leaves_no_old_picture(dataset, tmp_path):
    dataset.save({"old": gradient()})
    dataset.save({"new": gradient()})
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == [
        "names.json",
        "new.webp",
    ]


def test_same_pixels_give_the_same_bytes():
    assert encode_picture(gradient()) == encode_picture(gradient())


@pytest.mark.faults
def test_missing_folder_is_an_error_or_none_where_it_is_optional(dataset, tmp_path):
    with pytest.raises(DatasetError, match="run the pipeline that makes them first"):
        dataset.load()
    assert PictureFolderDataset(filepath=str(tmp_path / "x"), optional=True).load() is None


@pytest.mark.faults
def test_missing_picture_is_named_when_it_is_asked_for(dataset, tmp_path):
    dataset.save({"a": gradient()})
    (tmp_path / "pictures" / "a.webp").unlink()
    with pytest.raises(DatasetError, match=r"a\.webp is not there"):
        dataset.load()["a"]
