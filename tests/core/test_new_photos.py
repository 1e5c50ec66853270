import os
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import nn

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts
from wildroad.core.images import read_pixels, resize_photo
from wildroad.core.launching import find_launcher
from wildroad.core.new_photos import (
    NothingToPredictError,
    choose_classifier,
    find_new_photos,
    least_sure,
    predict_folder,
    thumbnail,
)

LAUNCHER = find_launcher("cpu", "float32")
FACTS = CheckpointFacts("classification", "convnet", ("dark", "middle", "light"), 16, 16)
GRAY = {"a.jpg": 10, "night/b.jpg": 128, "night/deep/er/c.png": 240, "кот.jpg": 30}


class Brightness(nn.Module):
    """Calls a photo dark, middle or light by its mean, and remembers the batches it saw."""

    def __init__(self):
        super().__init__()
        self.batches = []

    def forward(self, photos):
        self.batches.append(photos)
        mean = photos.float().mean((1, 2, 3))[:, None]
        return -((mean - torch.tensor([[0.0, 128.0, 255.0]])) ** 2) / 5000


def write(path, image, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = BytesIO()
    image.save(buffer, **({"format": "JPEG"} | options))
    path.write_bytes(buffer.getvalue())


def gray(level):
    return Image.new("RGB", (40, 24), (level, level, level))


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "new"
    for name, level in GRAY.items():
        write(root / name, gray(level), format="PNG" if name.endswith("png") else "JPEG")
    return root


def predicted(root, *, batch_size=2):
    return predict_folder(Brightness(), FACTS, root, batch_size=batch_size, launcher=LAUNCHER)


def test_photos_at_any_depth_and_none_in_a_class_folder_are_predicted(folder):
    found = predicted(folder)
    assert dict(zip(found.photos["file"], found.photos["predicted"], strict=True)) == {
        "a.jpg": "dark",
        "night/b.jpg": "middle",
        "night/deep/er/c.png": "light",
        "кот.jpg": "dark",
    }
    assert list(found.photos["file"]) == sorted(GRAY)
    assert found.quarantine.empty
    assert list(found.quarantine.columns) == ["file", "reason"]


def test_confidence_and_runner_up_are_those_of_the_softmax(folder):
    row = predicted(folder).photos.set_index("file").loc["night/b.jpg"]
    scores = np.exp(-((128.0 - np.array([0.0, 128.0, 255.0])) ** 2) / 5000)
    expected = np.sort(scores / scores.sum())[::-1]
    assert (row["predicted"], row["runner_up"]) == ("middle", "light")
    assert row["confidence"] == pytest.approx(expected[0], abs=1e-6)
    assert row["runner_up_confidence"] == pytest.approx(expected[1], abs=1e-6)


def test_predictions_do_not_depend_on_the_batch_size(folder):
    tables = [predicted(folder, batch_size=size).photos for size in (1, 3, 100)]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    pd.testing.assert_frame_equal(tables[0], tables[2])


def test_no_batch_is_larger_than_asked_for_and_all_are_of_the_models_size(folder):
    model = Brightness()
    predict_folder(model, FACTS, folder, batch_size=3, launcher=LAUNCHER)
    assert [tuple(batch.shape) for batch in model.batches] == [(3, 3, 16, 16), (1, 3, 16, 16)]
    assert {batch.dtype for batch in model.batches} == {torch.uint8}


def test_the_model_sees_what_it_was_trained_on(folder):
    model = Brightness()
    predict_folder(model, FACTS, folder, batch_size=1, launcher=LAUNCHER)
    expected = resize_photo(read_pixels((folder / "a.jpg").read_bytes()), size=16)
    assert np.array_equal(model.batches[0][0].permute(1, 2, 0).numpy(), expected)


@pytest.mark.faults
@pytest.mark.known_bug(2)
@pytest.mark.parametrize("batch_size", [1, 4])
def test_what_cannot_be_read_is_named_and_the_rest_predicted(folder, batch_size):
    whole = predicted(folder).photos
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("a note, not a photo")
    (folder / "night" / "cut.jpg").write_bytes((folder / "a.jpg").read_bytes()[:-9])
    (folder / "out.jpg").symlink_to(__file__)
    (folder / "broken.jpg").symlink_to(folder / "nowhere")
    found = predicted(folder, batch_size=batch_size)
    pd.testing.assert_frame_equal(found.photos, whole)
    reasons = found.quarantine.set_index("file")["reason"]
    assert reasons["empty.jpg"] == "the file is empty"
    assert reasons["text.jpg"].startswith("not an image of the formats JPEG, PNG")
    assert reasons["night/cut.jpg"].startswith("damaged: ")
    assert reasons["out.jpg"] == "a link that leads out of the folder of photos"
    assert reasons["broken.jpg"].startswith("unreadable: ")
    assert str(folder) not in "".join(reasons)
    assert len(reasons) == 5


@pytest.mark.faults
def test_a_name_that_is_no_utf8_is_quarantined_and_spelled_out(folder):
    try:
        with open(os.fsencode(folder) + b"/bad\xff.jpg", "wb") as file:
            file.write((folder / "a.jpg").read_bytes())
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    found = predicted(folder)
    assert found.quarantine.to_numpy().tolist() == [
        ["bad\\xff.jpg", "its name is not valid UTF-8: rename the file"]
    ]
    assert len(found.photos) == len(GRAY)


def test_cmyk_transparent_and_turned_photos_are_read(folder):
    write(folder / "cmyk.jpg", gray(240).convert("CMYK"))
    write(folder / "clear.png", Image.new("RGBA", (8, 8), (0, 0, 0, 0)), format="PNG")
    exif = Image.Exif()
    exif[0x0112] = 6
    write(folder / "turned.jpg", gray(128), exif=exif)
    rows = predicted(folder).photos.set_index("file")["predicted"]
    assert rows[["cmyk.jpg", "clear.png", "turned.jpg"]].to_list() == ["light", "light", "middle"]
    assert thumbnail(folder, "turned.jpg", size=20).shape == (20, 12, 3)


def test_hidden_files_are_no_photos(folder):
    (folder / ".hidden.jpg").write_bytes(b"x")
    (folder / "Thumbs.db").write_bytes(b"x")
    (folder / ".trash").mkdir()
    (folder / ".trash" / "old.jpg").write_bytes(b"x")
    assert find_new_photos(folder) == sorted(GRAY)


@pytest.mark.faults
def test_no_folder_and_no_file_are_one_error_that_names_the_folder(tmp_path):
    with pytest.raises(NothingToPredictError, match=r"nowhere is not a folder; name a folder"):
        find_new_photos(tmp_path / "nowhere")
    with pytest.raises(NothingToPredictError, match=r"holds no visible file.*new_photos_folder="):
        find_new_photos(tmp_path)


@pytest.mark.faults
def test_a_folder_without_one_readable_photo_is_an_error_with_the_first_reasons(tmp_path):
    for number in range(4):
        (tmp_path / f"{number}.jpg").write_bytes(b"")
    with pytest.raises(NothingToPredictError, match=r"none of the 4 files .*0\.jpg: the file is "):
        predicted(tmp_path)


def test_a_model_is_chosen_by_name():
    models = {"small": Checkpoint(FACTS, {})}
    assert choose_classifier(models, "small") is models["small"]


@pytest.mark.faults
@pytest.mark.known_bug(11)
def test_a_model_that_is_not_there_or_no_classifier_is_an_error():
    road = Checkpoint(CheckpointFacts("segmentation", "resnet50", ("Road", "Sky"), 64, 128), {})
    models = {"small": Checkpoint(FACTS, {}), "road": road}
    with pytest.raises(NothingToPredictError, match="no trained model 'large'; there are small, r"):
        choose_classifier(models, "large")
    with pytest.raises(NothingToPredictError, match="the model 'road' is for segmentation"):
        choose_classifier(models, "road")


def test_the_least_sure_have_the_smallest_margin_and_ties_keep_their_order():
    table = pd.DataFrame(
        {
            "file": ["sure", "even", "tie 1", "tie 2"],
            "confidence": [0.9, 0.4, 0.5, 0.75],
            "runner_up_confidence": [0.1, 0.4, 0.25, 0.5],
        }
    )
    assert list(least_sure(table, count=3)["file"]) == ["even", "tie 1", "tie 2"]
    assert len(least_sure(table, count=9)) == 4
