import numpy as np

from wildroad.core.labels import IGNORED, class_colors
from wildroad.figures.class_gallery import class_gallery, highlight, small_example

CLASSES = ("Road", "Sky", "Train")


def example(seed=0, width=60):
    generator = np.random.default_rng(seed)
    photo = generator.integers(0, 256, (width // 2, width, 3), np.uint8)
    mask = np.zeros((width // 2, width), np.uint8)
    mask[:5], mask[:, :4] = 1, IGNORED
    return photo, mask


def test_a_class_in_no_scene_is_said_to_be_in_none():
    shown = class_gallery(
        {"Road": [small_example(*example())], "Sky": [small_example(*example(1))] * 2},
        CLASSES,
        class_colors(CLASSES),
    )
    assert shown.png.startswith(b"\x89PNG")
    assert "Two scenes for each of the classes Road, Sky, Train" in shown.alternative_text


def test_only_the_pixels_of_the_class_keep_colour():
    photo, mask = example()
    shown = highlight(small_example(photo, mask), 1, np.array([70, 130, 180], np.uint8))
    gray = (shown == shown[..., :1]).all(axis=2)
    assert gray[mask != 1].all()
    assert not gray[mask == 1].all()
    expected = (0.6 * photo + 0.4 * np.array([70, 130, 180])).astype(np.uint8)
    assert (shown[mask == 1] == expected[mask == 1]).all()


def test_a_large_scene_is_drawn_small_without_inventing_a_label():
    photo, mask = example(width=1000)
    small = small_example(photo, mask)
    assert small.photo.shape == (180, 360, 3)
    assert small.mask.shape == (180, 360)
    assert set(np.unique(small.mask)) == {0, 1, IGNORED}
