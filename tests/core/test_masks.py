"""Label images are read as ids, resized without inventing any, and counted exactly."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from wildroad.core.labels import label_space
from wildroad.core.masks import (
    SceneFileError,
    count_labels,
    distribution,
    image_size,
    read_label_image,
    resize_mask,
)

SPACE = label_space("idd_level3")
IDS = np.array([[0, 2, 25], [255, 20, 12]], dtype=np.uint8)


def saved(tmp_path, image, name="mask.png", **options):
    path = tmp_path / name
    image.save(path, **options)
    return path


def assert_read(path, expected=IDS):
    mask = read_label_image(path, space=SPACE)
    assert mask.dtype == np.uint8
    np.testing.assert_array_equal(mask, expected)


def test_grey_label_image_is_read_as_it_is(tmp_path):
    assert_read(saved(tmp_path, Image.fromarray(IDS)))


def test_palette_image_gives_its_ids_and_not_its_colours(tmp_path):
    image = Image.fromarray(IDS).convert("P")
    image.putdata(IDS.ravel().tolist())
    image.putpalette(SPACE.palette().ravel().tolist())
    path = saved(tmp_path, image)
    assert Image.open(path).mode == "P"
    assert_read(path)


def test_palette_image_of_four_bits_with_transparency_gives_its_ids(tmp_path):
    ids = np.array([[0, 2, 12]], dtype=np.uint8)
    image = Image.new("P", (3, 1))
    image.putdata(ids.ravel().tolist())
    image.putpalette(SPACE.palette()[:16].ravel().tolist())
    assert_read(saved(tmp_path, image, bits=4, transparency=2), ids)


def test_sixteen_bit_label_image_gives_its_ids(tmp_path):
    path = saved(tmp_path, Image.fromarray(IDS.astype(np.uint16)))
    assert Image.open(path).mode == "I;16"
    assert_read(path)


def test_one_bit_label_image_gives_zero_and_one(tmp_path):
    ids = np.array([[0, 1, 1]], dtype=np.uint8)
    assert_read(saved(tmp_path, Image.fromarray(ids.astype(bool))), ids)


def test_a_reader_may_change_its_mask(tmp_path):
    mask = read_label_image(saved(tmp_path, Image.fromarray(IDS)), space=SPACE)
    mask[0, 0] = 1
    assert mask[0, 0] == 1


@pytest.mark.faults
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_image_of_colours_is_refused_by_name(tmp_path, mode):
    path = saved(tmp_path, Image.fromarray(IDS).convert(mode))
    with pytest.raises(SceneFileError, match=f"mask.png: has the mode {mode} .colours."):
        read_label_image(path, space=SPACE)


@pytest.mark.faults
def test_jpeg_is_refused_as_label_image(tmp_path):
    path = saved(tmp_path, Image.fromarray(IDS), format="JPEG")
    with pytest.raises(SceneFileError, match=r"mask.png: is a JPEG, whose compression changes"):
        read_label_image(path, space=SPACE)


@pytest.mark.faults
def test_unknown_id_is_refused_with_file_and_id(tmp_path):
    path = saved(tmp_path, Image.fromarray(np.array([[0, 26, 99]], dtype=np.uint8)))
    with pytest.raises(
        SceneFileError, match=r"mask.png: holds the ids \[26, 99\], which idd_level3"
    ):
        read_label_image(path, space=SPACE)


@pytest.mark.faults
def test_sixteen_bit_value_beyond_a_byte_is_refused_and_never_wrapped(tmp_path):
    path = saved(tmp_path, Image.fromarray(np.array([[0, 256, 26001]], dtype=np.uint16)))
    with pytest.raises(SceneFileError, match=r"holds the ids \[256, 26001\]"):
        read_label_image(path, space=SPACE)


def noisy_photo(tmp_path, name):
    values = np.random.default_rng(1).integers(0, 255, (64, 48, 3), dtype=np.uint8)
    return saved(tmp_path, Image.fromarray(values), name)


@pytest.mark.parametrize("name", ["photo.png", "photo.jpg"])
def test_photo_size_is_width_and_height(tmp_path, name):
    assert image_size(noisy_photo(tmp_path, name)) == (48, 64)


def test_photo_size_is_that_of_the_upright_photo(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = saved(tmp_path, Image.new("RGB", (48, 64)), "photo.jpg", exif=exif)
    assert image_size(path) == (64, 48)


def test_png_named_jpg_is_known_by_its_content(tmp_path):
    assert image_size(noisy_photo(tmp_path, "photo.png").rename(tmp_path / "photo.jpg")) == (48, 64)


def test_jpeg_with_bytes_after_its_end_is_whole(tmp_path):
    path = noisy_photo(tmp_path, "photo.jpg")
    path.write_bytes(path.read_bytes() + b"\0" * 100)
    assert image_size(path) == (48, 64)


@pytest.mark.faults
@pytest.mark.parametrize("name", ["photo.png", "photo.jpg"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95])
def test_photo_that_was_cut_short_is_refused_by_name(tmp_path, name, share):
    path = noisy_photo(tmp_path, name)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(SceneFileError, match=f"{name}: (is no PNG or JPEG|can't be read)"):
        image_size(path)


@pytest.mark.faults
def test_text_absent_file_and_folder_are_refused_by_name(tmp_path):
    (tmp_path / "text.jpg").write_text("no photo")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    reasons = {
        "text.jpg": r"is no PNG or JPEG image \(8 bytes\)",
        "absent.png": "can't be read as an image: No such file",
        "folder.png": "can't be read as an image: Is a directory",
        "loop.png": "can't be read as an image: Too many levels of symbolic links",
    }
    for name, reason in reasons.items():
        with pytest.raises(SceneFileError, match=f"{name}: {reason}"):
            image_size(tmp_path / name)


@pytest.mark.faults
def test_label_image_with_a_broken_checksum_is_refused_by_name(tmp_path):
    path = noisy_photo(tmp_path, "photo.png")
    mask = saved(tmp_path, Image.open(path).convert("L").point(lambda value: value % 26))
    content = bytearray(mask.read_bytes())
    content[content.index(b"IDAT") + 30] ^= 255
    mask.write_bytes(content)
    with pytest.raises(SceneFileError, match=r"mask.png: can't be read as an image"):
        read_label_image(mask, space=SPACE)


def nearest(position, length, source):
    return int(Fraction(2 * position + 1, 2 * length) * source)


masks = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1)).map(
    lambda drawn: (
        np.random.default_rng(drawn[2])
        .choice([0, 7, 25, 255], (drawn[0], drawn[1]))
        .astype(np.uint8)
    )
)


@pytest.mark.known_bug(4)
@settings(max_examples=100, deadline=None)
@given(mask=masks, height=st.integers(1, 30), width=st.integers(1, 30))
def test_resizing_takes_the_nearest_pixel_and_invents_no_label(mask, height, width):
    resized = resize_mask(mask, height=height, width=width)
    assert set(resized.ravel().tolist()) <= set(mask.ravel().tolist())
    expected = [
        [
            mask[nearest(row, height, mask.shape[0]), nearest(column, width, mask.shape[1])]
            for column in range(width)
        ]
        for row in range(height)
    ]
    assert resized.dtype == np.uint8
    assert resized.tolist() == expected


@pytest.mark.known_bug(4)
def test_label_between_two_others_does_not_appear_between_them():
    mask = np.array([[0, 24]], dtype=np.uint8)
    smoothed = np.asarray(Image.fromarray(mask).resize((4, 1), Image.Resampling.BILINEAR))
    assert set(smoothed.ravel().tolist()) > {0, 24}
    assert resize_mask(mask, height=1, width=4).tolist() == [[0, 0, 24, 24]]


@pytest.mark.parity
def test_resizing_agrees_with_pillow_where_no_centre_falls_on_a_border():
    mask = np.random.default_rng(0).integers(0, 256, (90, 70), dtype=np.uint8)
    for height, width in [(45, 35), (180, 140), (64, 64), (90, 70), (1, 1), (37, 211)]:
        peer = Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST)
        np.testing.assert_array_equal(resize_mask(mask, height=height, width=width), peer)


def test_resizing_to_nothing_is_refused():
    with pytest.raises(ValueError, match=r"shape \(2, 3\) can't be resized to 0 x 3"):
        resize_mask(IDS, height=0, width=3)


def test_labels_are_counted_per_scene():
    counts = count_labels([("a", IDS), ("b", np.zeros((2, 2), dtype=np.uint8))], SPACE)
    assert counts.to_dict("split")["data"] == [
        ["a", "road", 1],
        ["a", "sidewalk", 1],
        ["a", "caravan + trailer + train + vehicle fallback", 1],
        ["a", "pole + polegroup", 1],
        ["a", "sky + fallback background", 1],
        ["a", "void", 1],
        ["b", "road", 4],
    ]


def test_counts_of_a_large_mask_are_exact():
    counts = count_labels([("a", np.full((5000, 5000), 24, dtype=np.uint8))], SPACE)
    assert counts["pixels"].tolist() == [25_000_000]
    assert counts["pixels"].dtype == np.int64


@pytest.mark.faults
def test_unknown_id_of_a_mask_is_refused_with_its_scene():
    with pytest.raises(ValueError, match=r"Scene 'a' holds the ids \[26\], unknown to idd_level3"):
        count_labels([("a", np.array([[26]], dtype=np.uint8))], SPACE)


def test_distribution_has_a_row_for_every_label_and_shares_of_all_pixels():
    counts = count_labels([("a", IDS), ("b", np.zeros((2, 2), dtype=np.uint8))], SPACE)
    table = distribution(counts, SPACE)
    assert table.columns.tolist() == [
        "label", "class_name", "pixels", "pixel_share", "scenes", "scene_share",
    ]  # fmt: skip
    assert len(table) == len(SPACE.labels)
    rows = table.set_index("label")
    assert rows.loc["road"].tolist() == ["Road", 5, 0.5, 2, 1.0]
    assert rows.loc["void"].tolist() == ["", 1, 0.1, 1, 0.5]
    assert rows.loc["autorickshaw"].tolist() == ["", 0, 0.0, 0, 0.0]
    assert table["pixels"].sum() == 10


def test_distribution_of_no_scenes_has_no_shares():
    table = distribution(count_labels([], SPACE), SPACE)
    assert table["pixels"].sum() == 0
    assert table[["pixel_share", "scene_share"]].isna().all(axis=None)


@pytest.mark.parity
def test_real_label_maps_are_read_whole_and_their_instance_maps_refused(shared):
    folder = shared / "fixtures" / "cityscapes_gt"
    space = label_space("cityscapes_id")
    labels = sorted(folder.glob("*_labelIds.png"))[:3]
    counts = count_labels(
        ((path.name, read_label_image(path, space=space)) for path in labels), space
    )
    assert counts["pixels"].sum() == len(labels) * 2048 * 1024
    with pytest.raises(SceneFileError, match=r"instanceIds.png: holds the ids \["):
        read_label_image(next(folder.glob("*_instanceIds.png")), space=space)
