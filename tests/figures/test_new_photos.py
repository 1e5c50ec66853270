import warnings

import numpy as np
import pandas as pd

from wildroad.figures.new_photos import unsure_gallery

NAMES = ["a/very/long/way/to/IMG_0001.JPG", "pri$e$.jpg", "鹿\n.jpg"]


def predictions(names):
    return pd.DataFrame(
        {
            "file": names,
            "predicted": "sika_deer",
            "confidence": 0.41,
            "runner_up": "roe_deer",
            "runner_up_confidence": 0.385,
        }
    )


def photos(count):
    return [np.full((20 + number, 30, 3), 90, np.uint8) for number in range(count)]


def test_photos_of_any_shape_stand_with_name_and_two_classes():
    picture = unsure_gallery(photos(3), predictions(NAMES), heading="Least sure")
    assert picture.svg.count("<image") == 3
    assert picture.svg.count(">41 % sika deer<") == 3
    assert picture.svg.count(">38 % roe deer<") == 3
    assert picture.alternative_text.startswith("Least sure photos: …")


def test_long_names_keep_their_end_and_odd_ones_are_drawn_as_they_are():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = unsure_gallery(photos(3), predictions(NAMES), heading="Least sure").svg
    assert ">…/way/to/IMG_0001.JPG<" in svg
    assert ">pri$e$.jpg<" in svg
    assert ">鹿?.jpg<" in svg


def test_one_photo_is_not_blown_up():
    one = unsure_gallery(photos(1), predictions(NAMES[:1]), heading="Least sure")
    three = unsure_gallery(photos(3), predictions(NAMES), heading="Least sure")
    width = one.svg.split('width="', 1)[1].split('"', 1)[0]
    assert width == three.svg.split('width="', 1)[1].split('"', 1)[0]


def test_no_photos_say_so():
    text = unsure_gallery([], predictions([]), heading="Least sure").alternative_text
    assert text == "No photos to show for Least sure."
