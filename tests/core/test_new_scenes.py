from fractions import Fraction
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts
from wildroad.core.labels import ROAD_CLASSES, class_colors
from wildroad.core.models.segmenters import public_classes
from wildroad.core.new_photos import NothingToPredictError
from wildroad.core.new_scenes import (
    check_scenes,
    choose_segmenter,
    class_shares,
    decode_palette,
    encode_palette,
    output_colors,
    overlay,
    scene_images,
    source_rate,
    spread_scenes,
)
from wildroad.core.video import write_frames

NAMES = ["1.png", "deep/er/2.webp", "дорога.bmp"]


@pytest.fixture
def folder(tmp_path):
    """Three images of different sizes and formats, and a file that is none."""
    generator = np.random.default_rng(0)
    for number, name in enumerate(NAMES):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = generator.integers(0, 256, (20 + number, 30, 3), np.uint8)
        Image.fromarray(pixels).save(path)
    (tmp_path / "deep" / "notes.txt").write_text("wet road")
    return tmp_path


@pytest.fixture
def video(tmp_path):
    pytest.importorskip("av")
    path = tmp_path / "drive.mp4"
    frames = [np.full((32, 48, 3), 20 * number, np.uint8) for number in range(8)]
    write_frames(path, frames, rate=Fraction(4))
    return path


def test_images_of_any_depth_size_and_format_are_found_and_others_quarantined(folder):
    scenes, quarantine = check_scenes(folder)
    assert list(scenes["file"]) == NAMES
    assert scenes["seconds"].isna().all()
    assert scenes[["width", "height"]].to_numpy().tolist() == [[30, 20], [30, 21], [30, 22]]
    assert list(quarantine["file"]) == ["deep/notes.txt"]
    assert source_rate(folder) is None
    images = dict(scene_images(folder, NAMES))
    assert [images[name].shape for name in NAMES] == [(20, 30, 3), (21, 30, 3), (22, 30, 3)]


def test_frames_of_a_video_have_names_and_times(video):
    scenes, quarantine = check_scenes(video)
    assert list(scenes["file"])[:2] == ["frame_000001", "frame_000002"]
    assert scenes["seconds"].tolist() == [number / 4 for number in range(8)]
    assert quarantine.empty
    assert source_rate(video) == 4
    frames = list(scene_images(video, list(scenes["file"])))
    assert [round(frame.mean() / 20) for _, frame in frames] == list(range(8))


@pytest.mark.faults
def test_a_cut_video_gives_the_frames_before_the_cut_or_an_error(video):
    whole = video.read_bytes()
    video.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"drive\.mp4 can't be read as a video"):
        check_scenes(video)


@pytest.mark.faults
@pytest.mark.parametrize("content", ["nothing", "a text", "no folder"])
def test_a_source_without_a_scene_is_one_error_with_the_command(tmp_path, content):
    root = tmp_path / "new"
    if content != "no folder":
        root.mkdir()
    if content == "a text":
        (root / "notes.txt").write_text("wet road")
    with pytest.raises(NothingToPredictError, match="--params new_scenes=/my/folder"):
        check_scenes(root)


def test_spread_scenes_are_the_first_the_last_and_between(folder, video):
    assert [name for name, _ in spread_scenes(folder, NAMES, count=2)] == [NAMES[0], NAMES[2]]
    frames = [f"frame_{number:06d}" for number in range(1, 9)]
    chosen = [name for name, _ in spread_scenes(video, frames, count=3)]
    assert chosen == ["frame_000001", "frame_000005", "frame_000008"]
    assert len(list(spread_scenes(folder, NAMES, count=9))) == 3


def test_masks_are_palette_pngs_in_the_class_colours():
    mask = np.random.default_rng(0).integers(0, 18, (9, 7), np.uint8)
    colors = output_colors(ROAD_CLASSES)
    content = encode_palette(mask, colors)
    assert_array_equal(decode_palette(content), mask)
    with Image.open(BytesIO(content)) as image:
        assert image.mode == "P"
        assert_array_equal(np.array(image.convert("RGB")), colors[mask])


def test_outputs_of_public_checkpoints_have_cityscapes_own_colours():
    colors = output_colors(public_classes())
    assert colors[9].tolist() == [152, 251, 152]
    names = [name for name in public_classes() if name != "terrain"]
    assert_array_equal(np.delete(colors, 9, axis=0), class_colors(names))


def test_outputs_of_ones_own_classes_have_colours_that_differ():
    names = ["Road", *(f"fruit {number}" for number in range(12))]
    colors = output_colors(names)
    assert colors[0].tolist() == class_colors(["Road"])[0].tolist()
    apart = np.abs(colors[1:, None].astype(int) - colors[None, 1:]).sum(-1)
    assert apart[~np.eye(12, dtype=bool)].min() >= 40


def test_overlays_blend_photo_and_class_colour():
    image = np.full((1, 2, 3), 100, np.uint8)
    colors = np.array([[200, 0, 100], [0, 0, 0]], np.uint8)
    blended = overlay(image, np.array([[0, 1]], np.uint8), colors)
    assert blended.tolist() == [[[155, 45, 100], [45, 45, 45]]]


def test_shares_are_those_of_the_pixels_and_add_up_to_one():
    scenes = pd.DataFrame({"file": ["a", "b"], "seconds": np.nan, "width": 2, "height": [2, 1]})
    masks = {"a": np.array([[0, 0], [2, 0]], np.uint8), "b": np.array([[1, 1]], np.uint8)}
    table = class_shares(scenes, masks, ("Road", "Sky", "Car"))
    assert list(table)[4:] == ["share_Road", "share_Sky", "share_Car"]
    assert table.iloc[:, 4:].to_numpy().tolist() == [[0.75, 0, 0.25], [0, 1, 0]]


@pytest.mark.faults
def test_a_model_that_is_not_there_or_of_the_other_task_is_refused():
    facts = CheckpointFacts("classification", "convnet", ("fox",), 32, 32)
    models = {"convnet": Checkpoint(facts, {})}
    with pytest.raises(NothingToPredictError, match="no trained model 'road'; there are convnet"):
        choose_segmenter(models, "road")
    with pytest.raises(NothingToPredictError, match="'convnet' is for classification"):
        choose_segmenter(models, "convnet")
