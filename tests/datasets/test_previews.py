import base64
import json
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts, WeightsError
from wildroad.core.photo_outputs import PhotoOutputs
from wildroad.datasets.checkpoint import CheckpointDataset, CheckpointFolderDataset
from wildroad.datasets.figure import FigureDataset
from wildroad.datasets.folder import FolderDataset, SamplePhotosDataset
from wildroad.datasets.html_excerpt import excerpt
from wildroad.datasets.html_page import HtmlPageDataset
from wildroad.datasets.image_array import ImageArrayDataset
from wildroad.datasets.json_file import JsonFileDataset
from wildroad.datasets.markdown import MarkdownDataset
from wildroad.datasets.mask_folder import MaskFolderDataset, distinct_colors
from wildroad.datasets.onnx_model import OnnxModelDataset
from wildroad.datasets.photo_outputs import PhotoOutputsDataset
from wildroad.datasets.picture_folder import PictureFolderDataset
from wildroad.datasets.previews import HEAVIEST, WIDEST, picture_preview, sheet_preview, spread
from wildroad.datasets.table import TableDataset
from wildroad.datasets.training_store import TrainingStoreDataset


def decoded(preview):
    return np.asarray(Image.open(BytesIO(base64.b64decode(preview))).convert("RGB"))


def png(pixels):
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "png")
    return buffer.getvalue()


def test_a_light_picture_is_shown_as_it_is():
    picture = png(np.zeros((3000, 3000, 3), np.uint8))
    assert base64.b64decode(picture_preview(picture)) == picture


def test_a_heavy_picture_is_shown_small():
    noise = np.random.default_rng(0).integers(0, 256, (2 * WIDEST, 2 * WIDEST, 3), np.uint8)
    assert len(png(noise)) > HEAVIEST
    assert decoded(picture_preview(png(noise))).shape == (WIDEST, WIDEST, 3)


def test_images_of_a_sheet_stand_in_rows_of_four():
    colors = [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0), (0, 250, 250)]
    images = [np.full((80, 160, 3), color, np.uint8) for color in colors]
    sheet = decoded(sheet_preview(images))
    assert sheet.shape == (80 + 4 + 80, 4 * 160 + 3 * 4, 3)
    corners = [sheet[40, 80 + 164 * column] for column in range(4)] + [sheet[124, 80]]
    assert np.abs(np.array(corners, float) - colors).max() < 12
    assert (sheet[124, 300] > 245).all(), "no image, so white"


def test_masks_are_shown_in_the_colours_of_their_files():
    palette = distinct_colors()
    masks = [np.full((40, 80), value, np.uint8) for value in (3, 17)]
    sheet = decoded(sheet_preview(masks, palette=palette.tobytes()))
    found = np.array([sheet[40, 80], sheet[40, 244]], float)
    assert np.abs(found - palette[[3, 17]]).max() < 12


def test_no_image_is_no_sheet():
    assert sheet_preview([]) == ""


def test_names_are_chosen_from_first_to_last():
    names = [str(number) for number in range(100)]
    assert spread(names) == [str(number) for number in range(0, 100, 9)]
    assert spread(names[:5]) == names[:5]


def test_a_picture_folder_shows_pictures_and_not_only_the_first(tmp_path):
    dataset = PictureFolderDataset(filepath=str(tmp_path / "pictures"))
    colors = {"a": 10, "b": 240}
    dataset.save({name: np.full((50, 50, 3), gray, np.uint8) for name, gray in colors.items()})
    sheet = decoded(dataset.preview())
    assert abs(int(sheet[80, 80, 0]) - 10) < 8
    assert abs(int(sheet[80, 244, 0]) - 240) < 8


def test_an_excerpt_keeps_words_and_tables_and_no_looks():
    page = (
        "<html><head><title>t</title></head><body><nav><p>skip</p></nav>"
        '<h1 class="x">Title</h1><script>if (1 < 2) {}</script><svg><path/><text>axis</text></svg>'
        '<table id="t"><tr><td style="color:red">1 &lt; 2</td></tr></table><img src="x"></body>'
    )
    assert excerpt(page) == "<h1>Title</h1><table><tr><td>1 &lt; 2</td></tr></table>"


def test_an_excerpt_ends_well_formed_where_it_is_cut():
    cut = excerpt("<ul><li>abc<li>def</ul><p>ghi</p>", most=3)
    assert cut.startswith("<ul><li>abc")
    assert cut.count("<ul>") == cut.count("</ul>") == 1
    assert "ghi" not in cut


def test_an_element_that_never_ends_does_not_swallow_an_unrelated_end():
    assert excerpt("</p><p>a</div></p>b") == "<p>a</p>b"


def test_a_folder_shows_how_many_files_lie_where(tmp_path):
    for name in ("fox/a.jpg", "fox/b.jpg", "ox/deep/er/c.jpg", ".hidden", "top.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    preview = FolderDataset(filepath=str(tmp_path)).preview()
    assert preview["data"] == [[".", 1], ["fox", 2], ["ox/deep", 1]]


def test_looking_at_a_sample_does_not_draw_it(tmp_path):
    assert SamplePhotosDataset(filepath=str(tmp_path / "no")).preview()["data"] == []
    assert not (tmp_path / "no").exists()


@pytest.fixture
def checkpoint(tmp_path):
    torch = pytest.importorskip("torch")
    facts = CheckpointFacts("classification", "convnet", ("fox", "ox"), 8, 8)
    dataset = CheckpointDataset(filepath=str(tmp_path / "small.safetensors"))
    dataset.save(Checkpoint(facts, {"weight": torch.zeros(3, 5), "bias": torch.zeros(5)}))
    return dataset


def test_a_checkpoint_shows_its_facts_and_the_number_of_its_weights(checkpoint, tmp_path):
    shown = json.loads(checkpoint.preview())
    assert (shown["architecture"], shown["classes"], shown["weights"]) == (
        "convnet",
        ["fox", "ox"],
        20,
    )
    folder = CheckpointFolderDataset(filepath=str(tmp_path))
    assert json.loads(folder.preview()) == {"small": shown}


def test_a_damaged_checkpoint_is_named(checkpoint, tmp_path):
    (tmp_path / "small.safetensors").write_bytes(b"no")
    with pytest.raises(WeightsError, match=r"small\.safetensors is no checkpoint of this project"):
        checkpoint.preview()


def test_outputs_show_the_probabilities_of_the_first_photos(tmp_path):
    dataset = PhotoOutputsDataset(filepath=str(tmp_path / "outputs"))
    probabilities = np.array([[0.25, 0.75], [0.5, 0.5]])
    dataset.save(PhotoOutputs(("a", "b"), probabilities, np.zeros((2, 3), np.float32)))
    shown = dataset.preview(nrows=1)
    assert shown["columns"] == ["photo_id", "class 0", "class 1"]
    assert shown["data"] == [["a", 0.25, 0.75]]


def test_a_training_store_says_whether_a_training_is_unfinished(tmp_path):
    dataset = TrainingStoreDataset(filepath=str(tmp_path / "one.training"))
    assert json.loads(dataset.preview()) == {"state": "no unfinished training"}
    (tmp_path / "one.training").write_bytes(b"12345")
    assert json.loads(dataset.preview())["bytes"] == 5


@pytest.mark.parametrize(
    "kind",
    [
        *(CheckpointDataset, FigureDataset, HtmlPageDataset, ImageArrayDataset, JsonFileDataset),
        *(MarkdownDataset, MaskFolderDataset, OnnxModelDataset, PictureFolderDataset),
    ],
)
def test_what_is_not_there_yet_shows_nothing_and_is_no_error(kind, tmp_path):
    assert kind(filepath=str(tmp_path / "none")).preview() == ""


def test_tables_that_are_not_there_yet_show_no_rows(tmp_path):
    for kind in (TableDataset, PhotoOutputsDataset):
        assert kind(filepath=str(tmp_path / "none")).preview()["data"] == []


def test_the_rows_of_a_table_are_shown_with_gaps_as_nothing(tmp_path):
    dataset = TableDataset(filepath=str(tmp_path / "t.csv"))
    dataset.save(pd.DataFrame({"bits": [1, 2], "value": [0.5, np.nan]}))
    assert dataset.preview()["data"] == [[1, 0.5], [2, None]]
