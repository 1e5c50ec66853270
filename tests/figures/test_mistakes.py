import made_up_tables as made_up
import numpy as np
import pytest

from wildroad.figures.mistakes import mistake_gallery, tinted


@pytest.fixture
def mistakes():
    return made_up.classification_mistakes().query("model == 'resnet18'")


def drawn(mistakes):
    photos = made_up.photos(len(mistakes), 24)
    return mistake_gallery(mistakes, list(photos), list(photos[..., 0]))


def test_every_mistake_is_shown_with_what_it_was_called(mistakes):
    picture = drawn(mistakes)
    assert picture.svg.count("<image") == len(mistakes)
    for predicted, confidence in mistakes[["predicted", "confidence"]].to_numpy():
        assert f">called {predicted.replace('_', ' ')}, {confidence:.0%} sure<" in picture.svg
    for target in mistakes["target"].unique():
        assert f">{target.replace('_', ' ')}<" in picture.svg


def test_the_same_mistakes_give_the_same_bytes(mistakes):
    assert drawn(mistakes.head(4)) == drawn(mistakes.head(4))


def test_no_mistakes_say_so(mistakes):
    picture = mistake_gallery(mistakes.head(0), [], [])
    assert picture.alternative_text == "No mistakes on the test photos."


def test_a_cold_pixel_stays_grey_and_a_hot_one_takes_colour():
    photo = np.full((1, 2, 3), (30, 60, 90), np.uint8)
    cold, hot = tinted(photo, np.array([[0, 160]], np.uint8))[0]
    assert cold.tolist() == [60, 60, 60]
    assert hot[0] > hot[2] + 20
