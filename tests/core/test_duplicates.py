import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from wildroad.core.duplicates import (
    burst_names,
    bytes_of,
    duplicate_groups,
    mirror,
    nearest_pairs,
    perceptual_hash,
)


def picture(seed):
    cells = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), np.uint8)
    return Image.fromarray(cells).resize((240, 180), Image.Resampling.BICUBIC)


def distance(first, second):
    return (int(perceptual_hash(first), 16) ^ int(perceptual_hash(second), 16)).bit_count()


def test_frames_of_a_burst_are_near_and_other_photos_are_far():
    photo = picture(1)
    dimmed = photo.point(lambda value: value * 0.9).filter(ImageFilter.GaussianBlur(1))
    assert distance(photo, dimmed) <= 16
    assert distance(photo, picture(2)) > 60


def test_links_chain():
    assert duplicate_groups(["00", "01", "03", "ff"], max_distance=1).tolist() == [0, 0, 0, 1]


def test_a_common_burst_links_what_hashes_do_not():
    groups = duplicate_groups(["00", "ff", "0f"], max_distance=0, links=[["a", "b", "a"]])
    assert groups.tolist() == [0, 1, 0]


def test_no_photos_have_no_groups():
    assert duplicate_groups([], max_distance=4).tolist() == []


@pytest.mark.parametrize("seed", range(5))
def test_a_mirror_image_is_known_by_its_hash(seed):
    photo = picture(seed)
    turned = photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    hashes = [perceptual_hash(photo), perceptual_hash(turned), perceptual_hash(picture(seed + 9))]
    expected = np.unpackbits(mirror(bytes_of(hashes[:1])) ^ bytes_of(hashes[1:2]))
    assert expected.mean() < 0.05
    assert duplicate_groups(hashes, max_distance=24).tolist() == [0, 1, 2]
    assert duplicate_groups(hashes, max_distance=24, mirrored=True).tolist() == [0, 0, 1]


def test_the_mirror_image_of_a_mirror_image_is_the_photo():
    bits = np.random.default_rng(0).integers(0, 256, (7, 32), np.uint8)
    assert (mirror(mirror(bits)) == bits).all()


def test_the_nearest_photo_of_another_class_may_be_mirrored():
    photo = picture(3)
    turned = photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    hashes = [perceptual_hash(one) for one in (photo, picture(4), turned)]
    kinds = ["fox", "owl", "owl"]
    assert nearest_pairs(hashes, kinds, max_distance=24).tolist() == []
    found = nearest_pairs(hashes, kinds, max_distance=24, mirrored=True)
    assert found[:, :2].tolist() == [[0, 2], [2, 0]]


@given(st.lists(st.integers(0, 2**16 - 1), max_size=30), st.integers(0, 4))
def test_groups_equal_those_of_a_slow_search(numbers, most):
    hashes = [f"{number:04x}" for number in numbers]
    slow = list(range(len(numbers)))
    for first, one in enumerate(numbers):
        for second, other in enumerate(numbers):
            if (one ^ other).bit_count() <= most:
                slow = [slow[first] if group == slow[second] else group for group in slow]
    fast = duplicate_groups(hashes, max_distance=most).tolist()
    assert [fast.index(group) for group in fast] == [slow.index(group) for group in slow]


def test_bursts_are_named_by_the_first_group_of_the_pattern():
    assert burst_names(["a/1_2.jpg", "a/x.jpg"], r"(.+)_\d[.]jpg") == ["a/1", "a/x.jpg"]
    assert burst_names(["a/1_2.jpg"], None) == ["a/1_2.jpg"]


@given(
    st.lists(st.tuples(st.integers(0, 2**12 - 1), st.sampled_from("abc")), max_size=30),
    st.integers(0, 4),
)
def test_nearest_photos_equal_those_of_a_slow_search(photos, most):
    slow = []
    for first, (one, kind) in enumerate(photos):
        others = [
            ((one ^ other).bit_count(), second)
            for second, (other, name) in enumerate(photos)
            if name != kind
        ]
        if others and min(others)[0] <= most:
            slow.append([first, min(others)[1], min(others)[0]])
    hashes, kinds = [f"{one:04x}" for one, _ in photos], [kind for _, kind in photos]
    assert nearest_pairs(hashes, kinds, max_distance=most).tolist() == slow


@given(st.lists(st.integers(0, 2**20 - 1), max_size=12), st.integers(40, 140))
def test_mirrored_groups_equal_those_of_a_slow_search(seeds, most):
    hashes = [np.random.default_rng(seed).bytes(32).hex() for seed in seeds]
    bits = bytes_of(hashes).reshape(-1, 32)
    near = [
        [min(np.unpackbits(side ^ other).sum() for side in (one, turned)) <= most for other in bits]
        for one, turned in zip(bits, mirror(bits), strict=True)
    ]
    slow = list(range(len(seeds)))
    for first, second in np.argwhere(near).tolist():
        slow = [slow[first] if group == slow[second] else group for group in slow]
    fast = duplicate_groups(hashes, max_distance=most, mirrored=True).tolist()
    assert [fast.index(group) for group in fast] == [slow.index(group) for group in slow]


@pytest.mark.parametrize("photos", [600, 1200])
def test_the_last_photo_is_grouped_with_the_first(photos):
    generator = np.random.default_rng(0)
    hashes = [generator.bytes(32).hex() for _ in range(photos)]
    hashes[-1] = hashes[0]
    groups = duplicate_groups(hashes, max_distance=20)
    assert groups[-1] == groups[0]
    assert len(set(groups)) == photos - 1
