import numpy as np
import pytest

from wildroad.core.thumbnails import thumbnail, thumbnails


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((224, 224, 3), (88, 88, 3)), ((100, 400, 3), (22, 88, 3)), ((64, 64, 3), (64, 64, 3)),
     ((1, 4000, 3), (1, 88, 3))],
)  # fmt: skip
def test_longer_side_is_shrunk_to_eighty_eight_pixels_and_nothing_is_enlarged(shape, expected):
    assert thumbnail(np.zeros(shape, np.uint8)).shape == expected


def test_even_photo_keeps_its_color():
    photo = np.full((200, 300, 3), (10, 120, 250), np.uint8)
    assert (thumbnail(photo) == (10, 120, 250)).all()


def test_thumbnails_are_made_when_they_are_asked_for():
    made = []

    class Photos(dict):
        def __getitem__(self, key):
            made.append(key)
            return super().__getitem__(key)

    small = thumbnails(Photos(a=np.zeros((200, 200, 3), np.uint8), b=np.zeros((9, 9, 3), np.uint8)))
    assert (list(small), made) == (["a", "b"], [])
    assert small["b"].shape == (9, 9, 3)
    assert made == ["b"]
