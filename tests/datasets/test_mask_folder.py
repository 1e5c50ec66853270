import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from kedro.io import DatasetError
from PIL import Image

from wildroad.core.lazy import LazyMapping, OnePass, Restartable
from wildroad.datasets.mask_folder import MaskFolderDataset, distinct_colors, encode_mask


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


# Going on where a save was interrupted


def mask_of(scene_id):
    return np.random.default_rng(int(scene_id)).integers(0, 19, (40, 60), dtype=np.uint8)


class Predictions:
    """Twelve masks, or as many as are given, and which of them were made."""

    def __init__(self, *, origin="v1", ids=range(12), fails_at=None):
        self.made = []
        self.ids = [f"{number:02}" for number in ids]
        self.origins = dict.fromkeys(self.ids, origin)
        self.fails_at = fails_at

    def mapping(self):
        return Restartable(self.ids, self.stream, origins=self.origins)

    def stream(self, ids):
        for scene_id in ids:
            if scene_id == self.fails_at:
                raise ValueError("the power failed")
            self.made.append(scene_id)
            yield scene_id, mask_of(scene_id)


def saved(dataset, **given):
    """Save predictions, and give the ids of those that had to be made."""
    predictions = Predictions(**given)
    dataset.save(predictions.mapping())
    loaded = dataset.load()
    assert list(loaded) == predictions.ids
    assert all(np.array_equal(loaded[name], mask_of(name)) for name in predictions.ids)
    return predictions.made


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def uninterrupted(tmp_path):
    whole = MaskFolderDataset(filepath=str(tmp_path / "whole"))
    saved(whole)
    return contents(tmp_path / "whole")


def test_masks_that_are_there_are_not_made_again(dataset, tmp_path):
    assert len(saved(dataset)) == 12
    before = contents(tmp_path / "masks")
    assert saved(dataset) == []
    assert contents(tmp_path / "masks") == before


def test_a_changed_origin_makes_all_masks_again_and_a_scene_of_its_own_one(dataset):
    saved(dataset)
    assert len(saved(dataset, origin="v2")) == 12
    predictions = Predictions(origin="v2")
    predictions.origins["03"] = "another photo"
    dataset.save(predictions.mapping())
    assert predictions.made == ["03"]


def test_scenes_may_come_go_and_change_places(dataset, tmp_path):
    saved(dataset)
    assert saved(dataset, ids=[14, 2, 1]) == ["14"]
    assert set(contents(tmp_path / "masks")) == {"ids.json", "01.png", "02.png", "14.png"}


@pytest.mark.faults
def test_an_interrupted_save_goes_on_and_ends_as_if_it_had_not_been(
    dataset, tmp_path, uninterrupted
):
    broken = Predictions(fails_at="07")
    with pytest.raises(DatasetError, match="the power failed"):
        dataset.save(broken.mapping())
    with pytest.raises(DatasetError, match="no masks in"):
        dataset.load()
    assert saved(dataset) == ["07", "08", "09", "10", "11"]
    assert contents(tmp_path / "masks") == uninterrupted
    assert {path.name for path in tmp_path.iterdir()} == {"masks", "whole"}


@pytest.mark.faults
def test_a_save_with_another_model_takes_nothing_of_the_interrupted_one(dataset):
    with pytest.raises(DatasetError, match="the power failed"):
        dataset.save(Predictions(fails_at="07").mapping())
    assert len(saved(dataset, origin="v2")) == 12


@pytest.mark.faults
@pytest.mark.parametrize("harm", ["cut", "empty", "altered", "of another origin", "no origin"])
def test_a_mask_that_is_not_whole_or_not_of_this_origin_is_made_again(
    dataset, tmp_path, uninterrupted, harm
):
    saved(dataset)
    path = tmp_path / "masks" / "05.png"
    whole = path.read_bytes()
    path.write_bytes(
        {
            "cut": whole[: len(whole) // 2],
            "empty": b"",
            "altered": whole[:1500] + bytes([whole[1500] ^ 1]) + whole[1501:],
            "of another origin": encode_mask(mask_of("06"), origin="v0"),
            "no origin": encode_mask(mask_of("06")),
        }[harm]
    )
    assert saved(dataset) == ["05"]
    assert contents(tmp_path / "masks") == uninterrupted


SLOW_SAVE = """
import sys, time
import numpy as np
from wildroad.core.lazy import Restartable
from wildroad.datasets.mask_folder import MaskFolderDataset

def stream(ids):
    for scene_id in ids:
        yield scene_id, np.random.default_rng(int(scene_id)).integers(0, 19, (40, 60), np.uint8)
        time.sleep(0.2)

ids = [f"{number:02}" for number in range(12)]
masks = Restartable(ids, stream, origins=dict.fromkeys(ids, "v1"))
MaskFolderDataset(filepath=sys.argv[1]).save(masks)
"""


@pytest.mark.faults
def test_a_save_killed_midway_goes_on_and_ends_byte_for_byte_the_same(
    dataset, tmp_path, uninterrupted
):
    unfinished = tmp_path / ".masks.to-go-on"
    command = [sys.executable, "-c", SLOW_SAVE, str(tmp_path / "masks")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while process.poll() is None and len(list(unfinished.glob("*.png"))) < 3:
        time.sleep(0.02)
    assert process.poll() is None, "it ended before it could be killed"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    there = {path.stem for path in unfinished.glob("[!.]*.png")}
    assert 3 <= len(there) < 12
    (unfinished / ".04.png-half").write_bytes(b"half")
    made = saved(dataset)
    assert sorted({*made, *there}) == Predictions().ids
    assert len(made) == 12 - len(there)
    assert contents(tmp_path / "masks") == uninterrupted
