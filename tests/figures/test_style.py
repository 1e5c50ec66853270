from itertools import combinations

import numpy as np
from matplotlib.colors import to_rgb

from wildroad.figures import style
from wildroad.figures.matrix import DARK_SHARE, ink_on

# Machado, Oliveira and Fernandes 2009, full deuteranopia, on linear RGB.
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)


def seen_by_a_deuteranope(color: str) -> np.ndarray:
    linear = np.array(to_rgb(color)) ** 2.2
    return np.clip(DEUTERANOPIA @ linear, 0, 1) ** (1 / 2.2)


def test_split_and_domain_colors_stay_apart_for_a_deuteranope():
    splits = (style.TRAIN_COLOR, style.VAL_COLOR, style.TEST_COLOR)
    for group in (splits, tuple(style.DOMAIN_COLORS.values())):
        for first, second in combinations(group, 2):
            distance = seen_by_a_deuteranope(first) - seen_by_a_deuteranope(second)
            assert np.linalg.norm(distance) > 0.2


def test_class_color_does_not_depend_on_the_order_of_the_classes():
    assert style.class_palette(["b", "a", "c"]) == style.class_palette(["a", "b", "c"])


def test_ten_classes_get_ten_colors():
    palette = style.class_palette([f"class {number}" for number in range(10)])
    assert len(set(palette.values())) == 10


def test_text_turns_white_on_dark_cells():
    assert ink_on(DARK_SHARE + 0.01) == "#ffffff"
    assert ink_on(DARK_SHARE - 0.01) == style.INK


def test_roles_of_the_page_never_colour_data():
    roles = {style.INK, style.MUTED, style.GRID, style.PAPER}
    data = {
        *(*style.CLASS_CYCLE, *style.MODEL_CYCLE, *style.DOMAIN_COLORS.values()),
        *(style.TRAIN_COLOR, style.VAL_COLOR, style.TEST_COLOR),
    }
    assert not roles & data
