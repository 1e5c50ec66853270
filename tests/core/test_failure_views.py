import numpy as np
import pytest

from wildroad.core.failure_views import MARGIN, SMALLEST_SHARE, view_failure, window_around
from wildroad.core.labels import IGNORED

COLORS = np.stack([np.arange(256, dtype=np.uint8)] * 3, axis=1)


def scene(height: int = 40, width: int = 80):
    photo = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    target = np.zeros((height, width), np.uint8)
    predicted = np.zeros((height, width), np.uint8)
    target[10:14, 60:64] = 2
    predicted[30:34, 4:8] = 2
    return photo, target, predicted


def view(*, mostly_missed: bool, width: int = 200):
    photo, target, predicted = scene()
    return view_failure(
        photo,
        target,
        predicted,
        index=2,
        colors=COLORS,
        mostly_missed=mostly_missed,
        width=width,
    )


def test_missed_class_is_seen_where_it_is_and_swallowing_one_where_it_was_seen_too():
    near = view(mostly_missed=True)
    assert near.photo.shape == (round(SMALLEST_SHARE * 40), round(SMALLEST_SHARE * 80), 3)
    assert (near.target == 2).all(axis=2).sum() == 16
    far = view(mostly_missed=False)
    assert far.photo.shape == (40, 80, 3)
    assert (far.predicted == 2).all(axis=2).sum() == 16


def test_pixels_of_the_class_keep_their_colour_and_all_others_are_pale():
    far = view(mostly_missed=False)
    _, target, predicted = scene()
    concerned = (target == 2) | (predicted == 2)
    for picture, mask in ((far.target, target), (far.predicted, predicted)):
        assert (picture[concerned] == COLORS[mask[concerned]]).all()
        assert (picture[~concerned] > COLORS[mask[~concerned]]).all()


@pytest.mark.known_bug(4)
def test_shrunk_masks_hold_no_colour_between_two_classes():
    photo, _, _ = scene()
    target = np.where(np.arange(80) % 3 == 0, 200, 2)[None].repeat(40, axis=0).astype(np.uint8)
    target[0] = IGNORED
    shrunk = view_failure(
        photo, target, target, index=2, colors=COLORS, mostly_missed=True, width=30
    )
    pale = np.unique(shrunk.target[..., 0])
    allowed = {2, *((1 - 0.72) * np.array([200, IGNORED]) + 0.72 * 255).astype(int)}
    assert set(pale.tolist()) <= allowed
    assert shrunk.photo.shape[1] == 30


@pytest.mark.parametrize(("row", "column"), [(0, 0), (39, 79), (0, 79), (20, 40)])
def test_window_lies_within_the_scene_and_holds_the_class(row, column):
    there = np.zeros((40, 80), bool)
    there[row, column] = True
    rows, columns = window_around(there)
    assert there[rows, columns].any()
    assert 0 <= rows.start < rows.stop <= 40
    assert 0 <= columns.start < columns.stop <= 80


def test_window_of_a_large_class_is_the_scene():
    there = np.zeros((40, 80), bool)
    there[:, : round(80 / (1 + 2 * MARGIN)) + 1] = True
    assert window_around(there) == (slice(0, 40), slice(0, 80))


@pytest.mark.faults
def test_class_that_is_nowhere_is_refused():
    with pytest.raises(ValueError, match="the class is nowhere in the scene"):
        window_around(np.zeros((4, 4), bool))
