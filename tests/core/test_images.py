from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from torchvision.transforms import v2

from wildroad.core.images import (
    MissingPhotosError,
    UnreadablePhotoError,
    find_photos,
    index_photos,
    read_photo,
    read_pixels,
    resize_photo,
    resized_photos,
)


def noise(height=48, width=64, seed=0):
    cells = (max(1, height // 8), max(1, width // 8), 3)
    pixels = np.random.default_rng(seed).integers(0, 256, cells, np.uint8)
    return Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)


def encoded(image, **options):
    buffer = BytesIO()
    image.save(buffer, **{"format": "JPEG", **options})
    return buffer.getvalue()


@pytest.fixture
def photos(tmp_path):
    for number, name in enumerate(["fox/a.jpg", "fox/b.JPG", "owl/deep/c.jpeg", "owl/d.png"]):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        kind = "PNG" if name.endswith("png") else "JPEG"
        path.write_bytes(encoded(noise(seed=number), format=kind))
    return tmp_path


def test_every_photo_below_a_class_folder_is_indexed(photos):
    index = index_photos(photos)
    assert list(index.photos["photo_id"]) == [
        "fox/a.jpg",
        "fox/b.JPG",
        "owl/d.png",
        "owl/deep/c.jpeg",
    ]
    assert list(index.photos["class_name"]) == ["fox", "fox", "owl", "owl"]
    assert set(index.photos["width"]) == {64}
    assert index.quarantine.empty


@pytest.mark.known_bug(2)
@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("z.jpg", b"", "the file is empty"),
        ("z.jpg", b"a note, not a photo", "not an image of the formats JPEG, PNG"),
        ("z.txt", b"a note", "not an image of the formats JPEG, PNG"),
        ("z.jpg", encoded(noise())[:-300], "damaged: .*truncated"),
        ("z.gif", encoded(noise(), format="GIF"), "not an image of the formats"),
    ],
)
def test_a_file_that_is_no_photo_is_named_and_never_replaced_by_another(
    photos, name, content, reason
):
    (photos / "fox" / name).write_bytes(content)
    index = index_photos(photos)
    assert list(index.quarantine["file"]) == [f"fox/{name}"]
    assert index.quarantine["reason"].str.match(reason).all()
    assert len(index.photos) == 4
    assert not index.photos["sha256"].duplicated().any()


def test_a_png_named_jpg_is_read_as_what_it_is(photos):
    (photos / "fox" / "png.jpg").write_bytes(encoded(noise(), format="PNG"))
    rows = index_photos(photos).photos.set_index("photo_id")
    assert rows.loc["fox/png.jpg", "format"] == "PNG"


def test_hidden_files_and_thumbnails_of_the_desktop_are_no_photos(photos):
    for name in (".DS_Store", "Thumbs.db", ".hidden.jpg"):
        (photos / "fox" / name).write_bytes(b"x")
    assert len(find_photos(photos)) == 4


def test_a_link_out_of_the_folder_is_quarantined(photos, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.jpg"
    outside.write_bytes(encoded(noise()))
    (photos / "fox" / "link.jpg").symlink_to(outside)
    (photos / "fox" / "broken.jpg").symlink_to(photos / "nowhere.jpg")
    (photos / "fox" / "loop.jpg").symlink_to(photos / "fox" / "loop.jpg")
    reasons = index_photos(photos).quarantine.set_index("file")["reason"]
    assert reasons["fox/link.jpg"] == "a link that leads out of the folder of photos"
    assert {"fox/broken.jpg", "fox/loop.jpg"} <= set(reasons.index)


def test_classes_can_be_chosen_and_a_missing_one_is_named(photos):
    assert find_photos(photos, ["owl"]) == ["owl/d.png", "owl/deep/c.jpeg"]
    with pytest.raises(MissingPhotosError, match=r"no folder for the classes \['lynx'\]"):
        find_photos(photos, ["owl", "lynx"])


def test_no_photos_is_one_error_that_says_what_was_expected(tmp_path):
    with pytest.raises(MissingPhotosError, match=r"does not exist.*one folder a class"):
        find_photos(tmp_path / "nowhere")
    (tmp_path / "fox").mkdir()
    with pytest.raises(MissingPhotosError, match=r"class folders: \['fox'\]"):
        find_photos(tmp_path)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation):
    upright = noise()
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(turns[orientation]) if orientation in turns else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    read = read_photo(encoded(stored, format="PNG", exif=exif))
    assert np.array_equal(np.asarray(read), np.asarray(upright))


def test_sixteen_bit_gray_keeps_its_brightness():
    gray = Image.fromarray(np.full((8, 8), 257 * 100, np.uint16))
    assert np.asarray(read_photo(encoded(gray, format="PNG"))).tolist()[0][0] == [100, 100, 100]


def test_transparency_lies_on_white():
    clear = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    assert np.asarray(read_photo(encoded(clear, format="PNG"))).min() == 255


def test_too_many_pixels_are_refused_before_they_are_decoded():
    bomb = encoded(Image.new("1", (20_000, 20_000)), format="PNG")
    with pytest.raises(UnreadablePhotoError, match="pixels"):
        read_photo(bomb)


SIDES = [
    (333, 517), (517, 333), (1200, 900), (900, 250), (448, 448), (448, 447), (300, 260), (224, 224),
    (48, 64), (1, 90), (90, 1), (1, 1),
]  # fmt: skip


@pytest.mark.parity
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", [32, 224])
@pytest.mark.parametrize(("height", "width"), SIDES)
def test_a_resized_photo_is_within_one_level_of_torchvisions(height, width, size, mode):
    content = encoded(noise(height, width, seed=height).convert(mode), quality=90)
    opened = Image.open(BytesIO(content)).convert("RGB")
    expected = np.asarray(v2.Resize((size, size), antialias=True)(opened)).astype(int)
    assert np.abs(resize_photo(read_pixels(content), size=size) - expected).max() <= 1


@pytest.mark.parity
@pytest.mark.parametrize("kind", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("progressive", [True, False])
def test_pixels_are_those_of_pillow(kind, progressive):
    for orientation in range(10):
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = noise(40, 56, seed=orientation).convert(kind)
        content = encoded(stored, progressive=progressive, exif=exif)
        upright = ImageOps.exif_transpose(Image.open(BytesIO(content))).convert("RGB")
        assert np.array_equal(read_pixels(content), np.asarray(upright))


def damages(content):
    """The content cut at many places, with bytes changed, left out and appended."""
    generator = np.random.default_rng(0)
    for share in (0.1, 0.5, 0.9, 0.99):
        yield content[: int(share * len(content))]
    for end in range(1, 5):
        yield content[:-end]
    yield content + b"more"
    yield content + bytes(generator.integers(0, 256, 40, np.uint8))
    for place in generator.integers(2, len(content), 150):
        yield content[:place] + bytes([content[place] ^ 1 << (place % 8)]) + content[place + 1 :]
        yield content[:place] + content[place + 7 :]


def outcome(read, content):
    """The pixels as bytes, or the reason why there are none."""
    try:
        return np.asarray(read(content)).tobytes()
    except UnreadablePhotoError as error:
        return str(error)


@pytest.mark.faults
@pytest.mark.parity
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0, "restart_marker_blocks": 2}]
)
def test_the_quick_way_takes_and_refuses_the_files_that_pillow_takes_and_refuses(options):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    contents = list(damages(encoded(noise(40, 56), exif=exif, **options)))
    outcomes = [outcome(read_pixels, content) for content in contents]
    assert outcomes == [outcome(read_photo, content) for content in contents]
    assert 50 < sum(isinstance(one, str) for one in outcomes) < len(outcomes) - 50


@pytest.mark.faults
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_cut_jpeg_is_refused(share):
    content = encoded(noise(400, 600), quality=95)
    with pytest.raises(UnreadablePhotoError, match=r"damaged: .*truncated"):
        read_pixels(content[: int(share * len(content))])


def exif_of(*tags):
    """EXIF data of tags that are 12 bytes each, be they sensible or not."""
    count = len(tags).to_bytes(2)
    return b"Exif\0\0MM\0*\0\0\0\x08" + count + b"".join(tags) + bytes(4)


TURNED = b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"
POSITION_IN_WORDS = b"\x01\x1f\0\x02\0\0\0\x04abc\0"
TURN_OUT_OF_REACH = b"\x01\x12\0\x05\0\0\0\x01\xff\xff\xff\xff"


@pytest.mark.faults
@pytest.mark.parametrize(
    ("tags", "size"), [([POSITION_IN_WORDS, TURNED], (48, 64)), ([TURN_OUT_OF_REACH], (64, 48))]
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_exif_tag_that_makes_no_sense_stops_nothing(photos, tags, size):
    (photos / "fox" / "a.jpg").write_bytes(encoded(noise(), exif=exif_of(*tags)))
    row = index_photos(photos).photos.set_index("photo_id").loc["fox/a.jpg"]
    assert (row["width"], row["height"]) == size


def test_a_photo_that_changed_after_it_was_indexed_is_refused(photos):
    resized = resized_photos(photos, ["fox/a.jpg"], size=16, sha256={"fox/a.jpg": "0" * 64})
    with pytest.raises(UnreadablePhotoError, match=r"but not now: its content has changed"):
        resized["fox/a.jpg"]


def test_the_origin_of_a_resized_photo_names_its_content_and_the_size(photos):
    digest = {"fox/a.jpg": "0" * 64}
    origins = [
        resized_photos(photos, ["fox/a.jpg", "owl/d.png"], size=size, sha256=digest).origins
        for size in (16, 17)
    ]
    assert [list(one) for one in origins] == [["fox/a.jpg"]] * 2
    assert origins[0]["fox/a.jpg"].startswith(f"{'0' * 64}; 16 x 16 px, bilinear, antialiased;")
    assert origins[0] != origins[1]


@pytest.mark.known_bug(2)
def test_photos_are_resized_when_they_are_asked_for_and_one_that_vanished_is_named(photos):
    resized = resized_photos(photos, ["fox/a.jpg", "owl/d.png"], size=16)
    assert all(pixels.shape == (16, 16, 3) for pixels in resized.values())
    (photos / "fox/a.jpg").unlink()
    with pytest.raises(UnreadablePhotoError, match="could be read when it was indexed but not now"):
        resized["fox/a.jpg"]


def test_resizing_does_not_depend_on_the_number_of_threads():
    image = np.array(noise(seed=5))
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = resize_photo(image, size=40)
        torch.set_num_threads(2)
        assert np.array_equal(one, resize_photo(image, size=40))
    finally:
        torch.set_num_threads(before)
