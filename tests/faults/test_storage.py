"""A disk that is full, read-only or another user's: an error that names place and remedy."""

import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from kedro.io import DatasetError

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts
from wildroad.core.photo_outputs import PhotoOutputs
from wildroad.datasets import atomic
from wildroad.datasets.atomic import StorageError, new_folder
from wildroad.datasets.checkpoint import CheckpointDataset
from wildroad.datasets.figure import FigureDataset
from wildroad.datasets.html_page import HtmlPageDataset
from wildroad.datasets.image_array import ImageArrayDataset
from wildroad.datasets.json_file import JsonFileDataset
from wildroad.datasets.markdown import MarkdownDataset
from wildroad.datasets.mask_folder import MaskFolderDataset
from wildroad.datasets.onnx_model import OnnxModelDataset
from wildroad.datasets.photo_outputs import PhotoOutputsDataset
from wildroad.datasets.picture_folder import PictureFolderDataset
from wildroad.datasets.scene_files import PngFolderDataset
from wildroad.datasets.table import TableDataset
from wildroad.figures.rendered import RenderedFigure

FACTS = CheckpointFacts("classification", "convnet", ("a", "b"), 16, 16)
NOISE = np.random.default_rng(0)


@dataclass(frozen=True)
class Kind:
    """A dataset, what makes a value of about so many bytes, and what tells two values apart."""

    dataset: type
    ending: str
    value: Callable[[int], Any]
    key: Callable[[Any], Any] = lambda value: value


def noise(size):
    return NOISE.integers(0, 256, max(size, 1), np.uint8)


def text_of(size):
    return noise(size // 2).tobytes().hex()


KINDS = {
    "table": Kind(
        TableDataset, "a.csv", lambda size: pd.DataFrame({"reason": [text_of(size)]}),
        lambda table: table.to_csv(),
    ),
    "checkpoint": Kind(
        CheckpointDataset, "a.safetensors",
        lambda size: Checkpoint(FACTS, {"w": torch.from_numpy(noise(size))}),
        lambda one: one.state["w"].numpy().tobytes(),
    ),
    "image array": Kind(
        ImageArrayDataset, "photos",
        lambda size: {str(one): noise(1200).reshape(20, 20, 3) for one in range(1 + size // 1200)},
        lambda images: [images[name].tobytes() for name in images],
    ),
    "mask folder": Kind(
        MaskFolderDataset, "masks",
        lambda size: {str(one): noise(1000).reshape(20, 50) for one in range(1 + size // 1000)},
        lambda masks: [masks[name].tobytes() for name in masks],
    ),
    "photo outputs": Kind(
        PhotoOutputsDataset, "outputs",
        lambda size: PhotoOutputs(
            ("a",), np.ones((1, 1)), noise(size - size % 4 + 4).view(np.float32)[None].copy()
        ),
        lambda outputs: np.nan_to_num(outputs.features).tobytes(),
    ),
    "page": Kind(HtmlPageDataset, "a.html", text_of),
    "ONNX model": Kind(OnnxModelDataset, "a.onnx", lambda size: noise(size).tobytes()),
    "JSON": Kind(JsonFileDataset, "a.json", lambda size: {"text": text_of(size)}),
    "Markdown": Kind(MarkdownDataset, "a.md", text_of),
    "pictures": Kind(
        PictureFolderDataset, "pictures",
        lambda size: {str(one): noise(3000).reshape(20, 50, 3) for one in range(1 + size // 900)},
        lambda pictures: [pictures[name] for name in pictures],
    ),
    "PNG folder": Kind(
        PngFolderDataset, "pngs",
        lambda size: {str(one): noise(1000).tobytes() for one in range(1 + size // 1000)},
        lambda files: [files[name] for name in files],
    ),
    "figure": Kind(
        FigureDataset, "a.png",
        lambda size: RenderedFigure(noise(size).tobytes(), "<svg/>", "a picture"),
        lambda figure: figure.png,
    ),
}  # fmt: skip
NOT_HERE = {
    "CheckpointFolderDataset", "DomainDataset", "FolderDataset", "SampleFolderDataset",  # read only
    "SamplePhotosDataset", "SampleScenesDataset",  # drawn into a new_folder
    "TrainingStoreDataset", "ConvertedWeightsDataset",  # write_file by what uses them
    "OverlaysDataset",  # written as "PNG folder", and never loaded
}  # fmt: skip
SMALL, LARGE = 2000, 2_000_000


def test_no_dataset_of_ours_is_left_out():
    folder = Path(atomic.__file__).parent
    classes = {
        found
        for path in folder.glob("*.py")
        for found in re.findall(r"^class (\w+Dataset)\(", path.read_text(), re.MULTILINE)
    }
    assert classes == {kind.dataset.__name__ for kind in KINDS.values()} | NOT_HERE


def assert_refused_and_unharmed(kind, folder, message):
    """Saving fails with path and remedy, and what was saved before is still there."""
    kept = kind.dataset(filepath=str(folder / kind.ending)).load()
    dataset = kind.dataset(filepath=str(folder / kind.ending))
    with pytest.raises(DatasetError, match=message) as caught:
        dataset.save(kind.value(LARGE))
    assert str(folder / kind.ending) in str(caught.value)
    assert "what lay there before is unharmed" in str(caught.value)
    assert kind.key(dataset.load()) == kind.key(kept)
    assert [path.name for path in folder.rglob(".*")] == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_full_disk_is_named_and_the_earlier_result_stays(kind, small_disk):
    kind.dataset(filepath=str(small_disk / kind.ending)).save(kind.value(SMALL))
    assert_refused_and_unharmed(kind, small_disk, r"No space left on device\): free space there")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_read_only_disk_is_named_and_the_earlier_result_stays(kind, small_disk):
    kind.dataset(filepath=str(small_disk / kind.ending)).save(kind.value(SMALL))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert_refused_and_unharmed(
        kind, small_disk, r"Read-only file system\): make that disk writable"
    )


def as_another_user(work: Callable[[], None]) -> str:
    """Do something without the rights of root; what it raised, as text."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        told = "nothing"
        try:
            os.setuid(65534)
            work()
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
        os.write(writing, told.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return told


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_folder_of_another_user_is_named_and_the_earlier_result_stays(kind, tmp_path):
    if not hasattr(os, "fork") or os.getuid():
        pytest.skip("needs root, to become another user")
    for path in (tmp_path, *tmp_path.parents):
        if len(path.parts) > 2:
            path.chmod(0o755)
    dataset = kind.dataset(filepath=str(tmp_path / kind.ending))
    dataset.save(kind.value(SMALL))
    kept = kind.key(dataset.load())
    told = as_another_user(lambda: dataset.save(kind.value(SMALL)))
    assert re.search(r"DatasetError.*Permission denied\): get the permission", told, re.DOTALL)
    assert str(tmp_path / kind.ending) in told
    assert kind.key(dataset.load()) == kept


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_file_that_vanished_is_named_with_the_remedy(kind, tmp_path):
    path = tmp_path / kind.ending
    dataset = kind.dataset(filepath=str(path))
    dataset.save(kind.value(SMALL))
    files = [one for one in path.rglob("*") if one.is_file()] if path.is_dir() else [path]
    for file in files:
        content = file.read_bytes()
        file.unlink()
        with pytest.raises(DatasetError, match=r"run the .*pipeline|make it again") as caught:
            kind.key(dataset.load())
        assert str(path) in str(caught.value)
        file.write_bytes(content)


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "data").write_text("mine")
    dataset = HtmlPageDataset(filepath=str(tmp_path / "data" / "a.html"))
    with pytest.raises((DatasetError, StorageError), match="move the file that is in the place"):
        dataset.save("page")


def test_a_folder_left_aside_by_a_killed_program_comes_back(tmp_path):
    with new_folder(tmp_path / "masks") as fresh:
        (fresh / "a").write_text("earlier")
    (tmp_path / "masks").rename(tmp_path / ".masks.earlier")
    with pytest.raises(KeyError), new_folder(tmp_path / "masks"):
        raise KeyError
    assert (tmp_path / "masks" / "a").read_text() == "earlier"
    assert [path.name for path in tmp_path.iterdir()] == ["masks"]


def test_errors_of_other_places_keep_their_own_words(tmp_path):
    elsewhere = Path("/nowhere/at/all")
    with pytest.raises(FileNotFoundError, match="nowhere"), new_folder(tmp_path / "masks"):
        elsewhere.read_bytes()
