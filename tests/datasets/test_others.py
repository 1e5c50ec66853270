"""Folders, figures, pages and checkpoints."""

import base64

import pytest
import torch
from kedro.io import DatasetError

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts
from wildroad.datasets.checkpoint import CheckpointDataset
from wildroad.datasets.figure import FigureDataset
from wildroad.datasets.folder import FolderDataset, SamplePhotosDataset, SampleScenesDataset
from wildroad.datasets.html_page import HtmlPageDataset
from wildroad.figures.rendered import RenderedFigure

TINY = {"photos_per_class": 2, "width": 96, "height": 72}


def test_a_figure_comes_back_as_it_was_and_shows_its_png(tmp_path):
    figure = RenderedFigure(png=b"\x89PNG", svg="<svg>é</svg>", alternative_text="two bars")
    dataset = FigureDataset(filepath=str(tmp_path / "bars.png"))
    dataset.save(figure)
    assert dataset.load() == figure
    assert base64.b64decode(dataset.preview()) == b"\x89PNG"


def test_a_missing_figure_is_an_error_unless_it_is_optional(tmp_path):
    path = str(tmp_path / "none.png")
    with pytest.raises(DatasetError, match=r"none\.png is not there"):
        FigureDataset(filepath=path).load()
    assert FigureDataset(filepath=path, optional=True).load() is None


def test_a_page_comes_back_as_it_was(tmp_path):
    dataset = HtmlPageDataset(filepath=str(tmp_path / "page.html"))
    dataset.save("<p>лиса</p>")
    assert dataset.load() == dataset.preview() == "<p>лиса</p>"


def test_a_missing_page_is_an_error(tmp_path):
    with pytest.raises(DatasetError, match="run the reporting pipeline first"):
        HtmlPageDataset(filepath=str(tmp_path / "page.html")).load()


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    facts = CheckpointFacts("segmentation", "resnet50", ("Road", "Sky"), 64, 128, output_stride=16)
    dataset = CheckpointDataset(filepath=str(tmp_path / "road.safetensors"))
    dataset.save(Checkpoint(facts, {"w": torch.arange(4.0)}))
    loaded = dataset.load()
    assert loaded.facts == facts
    assert torch.equal(loaded.state["w"], torch.arange(4.0))


@pytest.mark.known_bug(11)
def test_a_missing_checkpoint_is_an_error(tmp_path):
    with pytest.raises(DatasetError, match=r"no checkpoint at .*none\.safetensors"):
        CheckpointDataset(filepath=str(tmp_path / "none.safetensors")).load()


def test_raw_data_is_never_written(tmp_path):
    with pytest.raises(DatasetError, match="is read, never written"):
        FolderDataset(filepath=str(tmp_path)).save("anything")


def test_a_folder_is_named_without_the_machine_it_is_on(tmp_path):
    assert FolderDataset(filepath="/a/b/c/d").load().name == "b/c/d"


def test_a_folder_named_by_a_number_is_a_folder():
    assert FolderDataset(filepath=2024).load().name == "2024"


def test_the_sample_is_drawn_once_and_again_when_its_settings_change(tmp_path):
    path = tmp_path / "wildlife"
    dataset = SamplePhotosDataset(filepath=str(path), sample=TINY)
    assert not dataset.exists()
    assert not path.exists()
    dataset.load()
    first = {file.relative_to(path): file.stat().st_mtime_ns for file in path.rglob("*.jpg")}
    dataset.load()
    assert {f.relative_to(path): f.stat().st_mtime_ns for f in path.rglob("*.jpg")} == first
    changed = SamplePhotosDataset(filepath=str(path), sample=TINY | {"seed": 3})
    assert not changed.exists()
    changed.load()
    again = {f.relative_to(path): f.stat().st_mtime_ns for f in path.rglob("*.jpg")}
    assert again != first
    assert changed.exists()


def test_the_sample_does_not_overwrite_photos_of_a_user(tmp_path):
    photo = tmp_path / "fox" / "mine.jpg"
    photo.parent.mkdir()
    photo.write_bytes(b"mine")
    with pytest.raises(DatasetError, match="holds files that are not of the sample"):
        SamplePhotosDataset(filepath=str(tmp_path), sample=TINY).load()
    assert photo.read_bytes() == b"mine"


@pytest.mark.parametrize(("domain", "inside"), [("idd", "idd20kII"), ("cityscapes", "gtFine")])
def test_the_road_sample_is_drawn_in_the_layout_of_its_domain(tmp_path, domain, inside):
    sample = {"train": 1, "val": 1, "test": 0, "width": 128, "height": 64}
    folder = SampleScenesDataset(filepath=str(tmp_path / "s"), domain=domain, sample=sample).load()
    assert (folder.path / inside).is_dir()


def test_an_impossible_sample_says_why(tmp_path):
    with pytest.raises(DatasetError, match="photos_per_class"):
        SamplePhotosDataset(filepath=str(tmp_path / "s"), sample={"photos_per_class": -1}).load()
