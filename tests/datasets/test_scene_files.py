from fractions import Fraction

import numpy as np
import pytest
from kedro.io import DatasetError
from PIL import Image

from wildroad.core.lazy import OnePass
from wildroad.core.video import read_frames
from wildroad.datasets.scene_files import Overlays, OverlaysDataset, PngFolderDataset


def one_pass(values):
    return OnePass(list(values), iter(values.items()))


def test_files_come_back_in_their_order_and_replace_the_ones_before(tmp_path):
    dataset = PngFolderDataset(filepath=str(tmp_path / "masks"))
    dataset.save(one_pass({"old": b"0"}))
    dataset.save(one_pass({"b/1.jpg": b"1", "a": b"2"}))
    loaded = dataset.load()
    assert dict(loaded) == {"b/1.jpg": b"1", "a": b"2"}
    assert list(loaded) == ["b/1.jpg", "a"]
    assert not (tmp_path / "masks" / "old.png").exists()


@pytest.mark.faults
def test_masks_that_are_not_there_and_overlays_are_not_loaded(tmp_path):
    with pytest.raises(DatasetError, match="run the pipeline that makes them first"):
        PngFolderDataset(filepath=str(tmp_path / "none")).load()
    with pytest.raises(DatasetError, match="for people to look at"):
        OverlaysDataset(filepath=str(tmp_path)).load()


def test_overlays_of_images_are_pictures_and_those_of_a_video_a_video(tmp_path):
    frames = {f"f{number}": np.full((16, 32, 3), 60 * number, np.uint8) for number in range(3)}
    pictures = OverlaysDataset(filepath=str(tmp_path / "pictures"))
    pictures.save(Overlays(one_pass({"a/b.png": frames["f2"]})))
    with Image.open(tmp_path / "pictures" / "a" / "b.png.jpg") as image:
        assert image.size == (32, 16)
        assert abs(np.array(image, float).mean() - 120) < 2
    pytest.importorskip("av")
    OverlaysDataset(filepath=str(tmp_path / "video")).save(Overlays(one_pass(frames), Fraction(5)))
    read = list(read_frames(tmp_path / "video" / "overlays.mp4"))
    assert [round(frame.mean() / 60) for frame in read] == [0, 1, 2]
