import threading

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_array_equal
from PIL import Image

from wildroad.core.domains import Domain
from wildroad.core.labels import label_space
from wildroad.core.training_scenes import TrainingScenes

SPACE = label_space("road18")
SCENES = 6


@pytest.fixture
def domain(tmp_path):
    """Random scenes of two sizes; counts how often each mask is read."""
    generator = np.random.default_rng(0)
    names = [f"a/{number}" for number in range(SCENES)]
    sizes = [(20, 30) if number % 2 else (16, 24) for number in range(SCENES)]
    masks = {
        name: generator.integers(0, 3, size, np.uint8)
        for name, size in zip(names, sizes, strict=True)
    }
    for number, size in enumerate(sizes):
        pixels = generator.integers(0, 256, (*size, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    files = [f"{number}.png" for number in range(SCENES)]
    table = pd.DataFrame({"scene_id": names, "role": "train", "image_file": files})
    return Domain(tmp_path, table, masks, SPACE)


class CountedReads(dict):
    """A mapping that counts look-ups, from any thread."""

    def __init__(self, values):
        super().__init__(values)
        self.reads, self.lock = 0, threading.Lock()

    def __getitem__(self, key):
        with self.lock:
            self.reads += 1
        return super().__getitem__(key)


def counted(domain):
    return Domain(domain.root, domain.scenes, CountedReads(domain.masks), SPACE)


def test_scenes_keep_their_own_size_or_get_one(domain):
    own = TrainingScenes(domain, "train", size=None)
    assert [tuple(mask.shape) for _, mask in own.ahead(range(2))] == [(16, 24), (20, 30)]
    image, mask = own[1]
    assert_array_equal(image.permute(1, 2, 0), domain.image("a/1"))
    assert_array_equal(mask, domain.target("a/1"))
    resized = TrainingScenes(domain, "train", size=(10, 12))
    assert all(image.shape == (3, 10, 12) for image, _ in resized.ahead(range(SCENES)))


@pytest.mark.known_bug(4)
def test_resized_masks_hold_no_label_that_was_not_there(domain):
    for scene, name in enumerate(domain.masks):
        domain.masks[name][:] = [[1, 9] * (domain.masks[name].shape[1] // 2)]
        _, mask = TrainingScenes(domain, "train", size=(7, 11))[scene]
        assert set(mask.unique().tolist()) <= {1, 9}


def test_what_fits_is_decoded_once_and_the_rest_every_time(domain):
    one = 10 * 12 * 4
    for held, expected in ((0, 3 * SCENES), (2 * one, 3 * SCENES - 4), (SCENES * one, SCENES)):
        watched = counted(domain)
        scenes = TrainingScenes(watched, "train", size=(10, 12), held_bytes=held)
        for _ in range(3):
            for scene in range(SCENES):
                scenes[scene]
        assert watched.masks.reads == expected


def test_held_scenes_are_the_same_pixels(domain):
    held, again = (
        TrainingScenes(domain, "train", size=(10, 12), held_bytes=size) for size in (10**9, 0)
    )
    for _ in range(2):
        for scene in range(SCENES):
            pairs = zip(held[scene], again[scene], strict=True)
            assert all(torch.equal(one, other) for one, other in pairs)


def test_the_survey_counts_every_class_and_tells_other_pixels_apart(domain):
    first = TrainingScenes(domain, "train", size=None).survey(classes=18)
    counts = sum(np.bincount(mask.ravel(), minlength=18) for mask in domain.masks.values())
    assert_array_equal(first.class_pixels, counts)
    assert TrainingScenes(domain, "train", size=None).survey(classes=18).digest == first.digest
    domain.masks["a/3"][4, 5] ^= 1
    assert TrainingScenes(domain, "train", size=None).survey(classes=18).digest != first.digest


@pytest.mark.faults
def test_a_damaged_photo_or_a_mask_of_another_size_stops_the_survey(domain):
    domain.masks["a/0"] = np.zeros((5, 5), np.uint8)
    with pytest.raises(ValueError, match="photo of a/0 is 24 x 16 px and its mask 5 x 5"):
        TrainingScenes(domain, "train", size=None).survey(classes=18)
    (domain.root / "0.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"0\.png cannot be read"):
        TrainingScenes(domain, "train", size=None).survey(classes=18)
