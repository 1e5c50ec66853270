import json

import numpy as np
import pytest
from kedro.io import DatasetError
from PIL import Image

from wildroad.core.image_array import ImageArray
from wildroad.core.images import index_photos, resized_photos
from wildroad.core.lazy import LazyMapping
from wildroad.datasets.image_array import ImageArrayDataset


@pytest.fixture
def dataset(tmp_path):
    return ImageArrayDataset(filepath=str(tmp_path / "photos"))


def images(count):
    generator = np.random.default_rng(0)
    return {
        f"fox/{number}.jpg": generator.integers(0, 256, (6, 8, 3), np.uint8)
        for number in range(count)
    }


class Workshop:
    """Makes photos from words, and remembers which it made."""

    def __init__(self):
        self.made = []

    def photos(self, words, side=6):
        def make(name):
            self.made.append(name)
            generator = np.random.default_rng(list(words[name].encode()))
            return generator.integers(0, 256, (side, side, 3), np.uint8)

        origins = {name: f"{word}, {side} px" for name, word in words.items() if word != "unknown"}
        return LazyMapping(list(words), make, origins=origins)

    def made_for(self, dataset, photos):
        self.made.clear()
        dataset.save(photos)
        return sorted(self.made)


@pytest.fixture
def workshop():
    return Workshop()


def write_photo(path, *, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 30, 3), np.uint8)
    Image.fromarray(pixels).save(path)


WORDS = {"a": "ant", "b": "bee", "c": "cat", "d": "dog"}


def assert_as_made_anew(dataset, photos, tmp_path):
    fresh = ImageArrayDataset(filepath=str(tmp_path / "fresh"))
    fresh.save(photos)
    assert dataset.load().ids == fresh.load().ids == tuple(photos)
    for name in ("pixels.npy", "ids.json"):
        assert (tmp_path / "photos" / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes()


def test_photos_come_back_by_id_and_as_one_mapped_array(dataset):
    made = images(9)
    dataset.save(LazyMapping(list(made), made.__getitem__))
    loaded = dataset.load()
    assert list(loaded) == list(made)
    assert all(np.array_equal(loaded[name], pixels) for name, pixels in made.items())
    assert isinstance(loaded.pixels, np.memmap)
    assert not loaded.pixels.flags.writeable


def test_no_photos_are_an_empty_array(dataset):
    dataset.save({})
    assert len(dataset.load()) == 0


def test_an_array_that_is_not_there_is_an_error(dataset):
    with pytest.raises(DatasetError, match=r"no image array in .*photos"):
        dataset.load()


@pytest.mark.known_bug(2)
@pytest.mark.parametrize(
    ("wanted", "made"),
    [
        ({**WORDS}, []),
        ({**WORDS, "b": "bat"}, ["b"]),
        ({**WORDS, "e": "elk"}, ["e"]),
        ({"a": "ant", "c": "cat", "d": "dog"}, []),
        ({"a": "ant", "e": "elk", "c": "cat", "d": "dog"}, ["e"]),
        ({"d": "dog", "b": "bee", "a": "ant", "c": "cat"}, []),
        ({**WORDS, "a": "bee", "b": "ant"}, []),
        ({"z": "ant", "b": "bee", "c": "cat", "d": "dog"}, []),
        ({**WORDS, "e": "ant"}, []),
        ({**WORDS, "b": "unknown"}, ["b"]),
        ({}, []),
    ],
    ids=[
        "nothing changed", "one changed", "one added", "one removed", "one replaced",
        "order changed", "two swapped", "one renamed", "one copied", "one of unknown origin",
        "none left",
    ],
)  # fmt: skip
def test_only_photos_that_changed_are_made_again(dataset, workshop, tmp_path, wanted, made):
    dataset.save(workshop.photos(WORDS))
    assert workshop.made_for(dataset, workshop.photos(wanted)) == made
    assert_as_made_anew(dataset, workshop.photos(wanted), tmp_path)


def test_another_size_makes_all_photos_again(dataset, workshop, tmp_path):
    dataset.save(workshop.photos(WORDS))
    assert workshop.made_for(dataset, workshop.photos(WORDS, side=7)) == list("abcd")
    assert_as_made_anew(dataset, workshop.photos(WORDS, side=7), tmp_path)


def test_an_array_in_which_nothing_changed_is_left_as_it_is(dataset, workshop, tmp_path, caplog):
    dataset.save(workshop.photos(WORDS))
    before = [(path.stat().st_ino, path.stat().st_mtime_ns) for path in tmp_path.rglob("*")]
    caplog.set_level("INFO")
    dataset.save(workshop.photos(WORDS))
    dataset.save(dataset.load())
    after = [(path.stat().st_ino, path.stat().st_mtime_ns) for path in tmp_path.rglob("*")]
    assert before == after
    assert "photos: 0 of 4 made, the others were there" in caplog.messages


def test_photos_of_unknown_origin_are_made_every_time(dataset, workshop):
    unknown = dict.fromkeys("abc", "unknown")
    dataset.save(workshop.photos(unknown))
    assert workshop.made_for(dataset, workshop.photos(unknown)) == list("abc")


def test_photos_of_different_sizes_are_refused(dataset):
    mixed = {"a": np.zeros((6, 6, 3), np.uint8), "b": np.zeros((1, 1, 3), np.uint8)}
    with pytest.raises(DatasetError, match=r"b is \(1, 1, 3\), the photos before it \(6, 6, 3\)"):
        dataset.save(mixed)


def test_photos_on_disk_are_decoded_again_only_where_they_changed(dataset, tmp_path, caplog):
    root = tmp_path / "raw"
    (root / "fox").mkdir(parents=True)
    for number in range(6):
        write_photo(root / f"fox/{number}.jpg", seed=number)

    def save(size=16):
        index = index_photos(root).photos.set_index("photo_id")["sha256"]
        photos = resized_photos(root, list(index.index), size=size, sha256=dict(index))
        caplog.clear()
        dataset.save(photos)
        assert all(np.array_equal(dataset.load()[name], photos[name]) for name in photos)
        return int(caplog.messages[0].split()[1])

    caplog.set_level("INFO")
    assert (save(), save()) == (6, 0)
    write_photo(root / "fox/2.jpg", seed=98)
    (root / "fox/4.jpg").unlink()
    write_photo(root / "fox/9.jpg", seed=99)
    assert (save(), save(), save(size=17), save(size=17)) == (2, 0, 6, 0)


@pytest.mark.faults
def test_a_photo_that_fails_leaves_the_earlier_array(dataset):
    dataset.save(images(3))

    def read(name):
        raise ValueError(f"{name} is damaged")

    with pytest.raises(DatasetError, match="new is damaged"):
        dataset.save(LazyMapping(["new"], read))
    assert len(dataset.load()) == 3


@pytest.mark.faults
def test_a_row_whose_pixels_were_harmed_is_made_again(dataset, workshop, tmp_path):
    dataset.save(workshop.photos(WORDS))
    path = tmp_path / "photos" / "pixels.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert workshop.made_for(dataset, workshop.photos(WORDS)) == ["d"]
    assert_as_made_anew(dataset, workshop.photos(WORDS), tmp_path)


@pytest.mark.faults
def test_a_harmed_row_is_not_hidden_by_an_unharmed_copy_of_it(dataset, workshop, tmp_path):
    twins = {"a": "ant", "b": "ant"}
    dataset.save(workshop.photos(twins))
    path = tmp_path / "photos" / "pixels.npy"
    content = bytearray(path.read_bytes())
    content[-6 * 6 * 3 - 1] ^= 1
    path.write_bytes(content)
    assert workshop.made_for(dataset, workshop.photos(twins)) == ["a"]
    assert_as_made_anew(dataset, workshop.photos(twins), tmp_path)


def cut(folder):
    path = folder / "pixels.npy"
    path.write_bytes(path.read_bytes()[:-50])


def other_numbers(folder):
    np.save(folder / "pixels.npy", np.zeros((4, 6, 6, 3), np.float32))


def too_few_rows(folder):
    np.save(folder / "pixels.npy", np.zeros((3, 6, 6, 3), np.uint8))


def ids_of_another_form(folder):
    (folder / "ids.json").write_text(json.dumps(list("abcd")))


def ids_cut(folder):
    path = folder / "ids.json"
    path.write_bytes(path.read_bytes()[:20])


def an_id_twice(folder):
    path = folder / "ids.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"ids": list("abca")}))


@pytest.mark.faults
@pytest.mark.parametrize(
    "harm", [cut, other_numbers, too_few_rows, ids_of_another_form, ids_cut, an_id_twice]
)
def test_a_damaged_array_is_refused_and_then_made_anew(dataset, workshop, tmp_path, harm):
    dataset.save(workshop.photos(WORDS))
    harm(tmp_path / "photos")
    with pytest.raises(DatasetError, match=r"is damaged: .*run the pipeline that makes it again"):
        dataset.load()
    assert workshop.made_for(dataset, workshop.photos(WORDS)) == list("abcd")
    assert_as_made_anew(dataset, workshop.photos(WORDS), tmp_path)


@pytest.mark.faults
@pytest.mark.parametrize("lost", ["pixels.npy", "ids.json"])
def test_a_half_array_is_made_anew(dataset, workshop, tmp_path, lost):
    dataset.save(workshop.photos(WORDS))
    (tmp_path / "photos" / lost).unlink()
    assert workshop.made_for(dataset, workshop.photos(WORDS)) == list("abcd")
    assert_as_made_anew(dataset, workshop.photos(WORDS), tmp_path)


def test_gray_maps_come_back_as_they_were(dataset):
    maps = np.random.default_rng(0).integers(0, 256, (3, 5, 4), np.uint8)
    dataset.save(ImageArray(["a", "b", "c"], maps))
    assert np.array_equal(dataset.load().pixels, maps)
