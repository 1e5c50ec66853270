import numpy as np
import pandas as pd
from PIL import Image

from wildroad.core.image_array import ImageArray
from wildroad.core.quality import quality_issues

SIZE = 128


def photos_of(**pixels):
    """An image array and its index; every photo was 640 x 480."""
    ids = [f"fox/{name}" for name in pixels]
    index = pd.DataFrame({"photo_id": ids, "class_name": "fox", "width": 640, "height": 480})
    return ImageArray(ids, np.stack(list(pixels.values()))), index


def scenery(seed=0):
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (SIZE, SIZE, 3), np.uint8)


def issues_of(images, index):
    found = quality_issues(images, index)
    return set(zip(found["photo_id"], found["issue"], strict=True))


def test_a_good_photo_has_no_issue():
    assert issues_of(*photos_of(good=scenery(), better=scenery(1))) == set()


def test_dark_light_and_flat_photos_are_named():
    dark = (scenery() // 12).astype(np.uint8)
    light = (255 - scenery() // 20).astype(np.uint8)
    flat = np.full((SIZE, SIZE, 3), 128, np.uint8)
    found = issues_of(*photos_of(good=scenery(), dark=dark, light=light, flat=flat))
    assert ("fox/dark", "dark") in found
    assert ("fox/light", "light") in found
    assert ("fox/flat", "low_information") in found
    assert "fox/good" not in {photo for photo, _ in found}


def test_a_blurred_photo_is_named():
    cells = Image.fromarray(np.random.default_rng(5).integers(0, 256, (4, 4, 3), np.uint8))
    smooth = np.asarray(cells.resize((SIZE, SIZE), Image.Resampling.BICUBIC))
    assert ("fox/smooth", "blurry") in issues_of(*photos_of(good=scenery(), smooth=smooth))


def test_shape_and_size_come_from_the_file_and_not_from_the_square_array():
    images, index = photos_of(good=scenery(), long=scenery(1), small=scenery(2))
    index.loc[1, ["width", "height"]] = [900, 300]
    index.loc[2, ["width", "height"]] = [80, 32]
    found = quality_issues(images, index).set_index(["photo_id", "issue"])["score"]
    assert dict(found) == {("fox/long", "oblong"): 300 / 900, ("fox/small", "enlarged"): 0.25}


def test_photos_that_are_not_in_the_array_are_not_judged():
    images, index = photos_of(good=scenery())
    excluded = index.assign(photo_id="fox/excluded", width=1)
    assert issues_of(images, pd.concat([index, excluded])) == set()
