"""The synthetic camera-trap photos: names, repeatability, and what they must not give away."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wildroad.sample import wildlife
from wildroad.sample.wildlife import (
    WILDLIFE_CLASSES,
    Burst,
    WildlifeSample,
    burst_of,
    bursts,
    draw_wildlife,
    wildlife_files,
)
from wildroad.sample.wildlife_camera import strip_height
from wildroad.sample.wildlife_scenery import Setting, draw_scenery
from wildroad.sample.wildlife_solids import Material, Part, View, see

SMALL = WildlifeSample(photos_per_class=4, width=96, height=72)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.jpg")
    }


def frames_of(burst: Burst) -> list[np.ndarray]:
    photos = wildlife._photos(replace(SMALL, width=160, height=120), burst)
    return [np.asarray(photo).astype(int) for _, photo, _ in photos]


def first_burst_of(class_name: str, frames: int) -> Burst:
    numbers = range(1, 200)
    found = (Burst.of(class_name, number, seed=SMALL.seed) for number in numbers)
    return next(burst for burst in found if burst.frames >= frames)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wildlife")
    draw_wildlife(folder, SMALL)
    return folder


def test_classes_are_those_of_the_reference_set_in_its_order():
    assert WILDLIFE_CLASSES == (
        "amur_leopard",
        "amur_tiger",
        "birds",
        "black_bear",
        "brown_bear",
        "dog",
        "roe_deer",
        "sika_deer",
        "wild_boar",
        "people",
    )


def test_counts_are_unequal_like_the_reference_and_keep_the_mean():
    counts = [WildlifeSample(photos_per_class=48).photo_count(name) for name in WILDLIFE_CLASSES]
    assert counts == [40, 43, 59, 40, 50, 50, 46, 63, 59, 29]


def test_every_class_has_a_photo_in_the_smallest_sample():
    sample = WildlifeSample(photos_per_class=1)
    assert all(sample.photo_count(name) >= 1 for name in WILDLIFE_CLASSES)


def test_folder_holds_exactly_the_files_that_were_foretold(folder):
    assert sorted(contents(folder)) == sorted(wildlife_files(SMALL))


def test_each_class_has_its_count(folder):
    for name in WILDLIFE_CLASSES:
        assert len(list((folder / name).iterdir())) == SMALL.photo_count(name)


def test_photos_have_the_size_asked_for(folder):
    sizes = {Image.open(path).size for path in folder.rglob("*.jpg")}
    assert sizes == {(96, 72)}


def test_photos_are_rgb_jpegs(folder):
    kinds = {(Image.open(path).format, Image.open(path).mode) for path in folder.rglob("*.jpg")}
    assert kinds == {("JPEG", "RGB")}


def test_same_seed_gives_the_same_bytes(folder, tmp_path):
    draw_wildlife(tmp_path, SMALL)
    assert contents(tmp_path) == contents(folder)


def test_another_seed_gives_other_photos(folder, tmp_path):
    draw_wildlife(tmp_path, replace(SMALL, seed=21, photos_per_class=1))
    drawn = contents(tmp_path)
    assert not set(drawn.values()) & set(contents(folder).values())


def test_a_smaller_sample_is_the_beginning_of_a_larger_one(folder, tmp_path):
    draw_wildlife(tmp_path, replace(SMALL, photos_per_class=2))
    larger = contents(folder)
    assert contents(tmp_path).items() <= larger.items()


def test_burst_names_share_a_stem():
    assert Burst("dog", 7, 3).file_names() == ["dog_0007_1.jpg", "dog_0007_2.jpg", "dog_0007_3.jpg"]


def test_a_single_photo_has_no_frame_number():
    assert Burst("dog", 7, 1).file_names() == ["dog_0007.jpg"]


@pytest.mark.parametrize("class_name", WILDLIFE_CLASSES)
def test_burst_of_finds_the_burst_of_every_file(class_name):
    for burst in bursts(SMALL, class_name):
        stems = {burst_of(name) for name in burst.file_names()}
        assert stems == {f"{class_name}_{burst.number:04d}"}


@pytest.mark.parametrize("name", ["cat_0001.jpg", "dog.jpg", "dog_1.jpg", "dog_0001_x.jpg"])
def test_burst_of_a_foreign_name_says_what_names_look_like(name):
    with pytest.raises(ValueError, match=rf"'{name}' is no file name .* 'amur_tiger_0007_2.jpg'"):
        burst_of(name)


def test_about_a_third_of_the_visits_are_bursts():
    lengths = [Burst.of("dog", number, seed=20).frames for number in range(1, 301)]
    assert 0.2 < np.mean(np.array(lengths) > 1) < 0.4
    assert set(lengths) == {1, 2, 3, 4}


@pytest.mark.parametrize("class_name", ["amur_tiger", "birds", "people"])
def test_frames_of_a_burst_are_near_identical_but_not_equal(class_name):
    first, second, *_ = frames_of(first_burst_of(class_name, 2))
    assert 0 < np.abs(first - second).mean() < 16


def test_frames_of_a_burst_resemble_each_other_more_than_other_visits():
    within = frames_of(first_burst_of("roe_deer", 2))
    other = frames_of(Burst.of("roe_deer", 900, seed=SMALL.seed))[0]
    assert np.abs(within[0] - within[1]).mean() < 0.5 * np.abs(within[0] - other).mean()


def test_night_photos_are_grey_and_day_photos_are_not():
    for number in range(1, 13):
        burst = Burst("brown_bear", number, 1)
        place = burst.streams(SMALL.seed)[0]
        night = draw_scenery(place, height=72, width=96).setting.light.night
        photo = frames_of(burst)[0]
        assert (np.ptp(photo, axis=2).max() == 0) == night


def test_night_and_day_both_occur():
    settings = [Setting.draw(np.random.default_rng(n), height=72, width=96) for n in range(60)]
    assert {setting.light.night for setting in settings} == {True, False}


def hide_subjects(monkeypatch):
    monkeypatch.setattr(wildlife, "lay_subject", lambda *args, **kwargs: None)


def as_class(monkeypatch, class_name: str) -> list[np.ndarray]:
    """Photos of a class whose random streams are those of another class."""
    keyed = Burst("dog", 3, 2)
    monkeypatch.setattr(Burst, "streams", lambda self, seed: streams_of(keyed, seed))
    return frames_of(Burst(class_name, 3, 2))


def streams_of(burst: Burst, seed: int) -> list[np.random.Generator]:
    key = [seed, WILDLIFE_CLASSES.index(burst.class_name), burst.number]
    return [np.random.default_rng([*key, stream]) for stream in range(1, 6)]


@pytest.mark.parametrize("class_name", WILDLIFE_CLASSES)
def test_place_light_camera_and_strip_do_not_know_the_class(monkeypatch, class_name):
    hide_subjects(monkeypatch)
    dog, other = as_class(monkeypatch, "dog"), as_class(monkeypatch, class_name)
    assert all(np.array_equal(a, b) for a, b in zip(dog, other, strict=True))


@pytest.mark.parametrize("class_name", WILDLIFE_CLASSES)
def test_strip_is_the_same_whoever_is_in_the_picture(monkeypatch, class_name):
    high = strip_height(120)
    dog, other = as_class(monkeypatch, "dog"), as_class(monkeypatch, class_name)
    assert all(np.array_equal(a[-high:], b[-high:]) for a, b in zip(dog, other, strict=True))


@pytest.mark.parametrize("class_name", [name for name in WILDLIFE_CLASSES if name != "dog"])
def test_the_animal_itself_differs(monkeypatch, class_name):
    dog, other = as_class(monkeypatch, "dog"), as_class(monkeypatch, class_name)
    assert np.abs(dog[0] - other[0]).max() > 20


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"photos_per_class": 0}, r"photos_per_class is 0; it must be at least 1"),
        ({"width": 50}, r"width is 50; it must be at least 96"),
        ({"height": 20}, r"height is 20; it must be at least 72"),
        ({"seed": -1}, r"seed is -1; it must be at least 0"),
    ],
)
def test_senseless_settings_are_named(setting, message):
    with pytest.raises(ValueError, match=message):
        WildlifeSample(**setting)


def test_a_ball_is_seen_as_a_disc_of_its_radius():
    ball = Part((0, 0, 1), (0, 0, 1), (0.5, 0.5), Material.TORSO)
    surface = see([ball], View(yaw=0.4, pitch=0.0, scale=50, shag=0.0))
    assert surface.alpha.sum() == pytest.approx(np.pi * 50**2, rel=0.02)


def test_the_nearer_of_two_parts_hides_the_other():
    near = Part((0, 0.6, 1), (0, 0.6, 1), (0.3, 0.3), Material.HEAD)
    far = Part((0, -0.6, 1), (0, -0.6, 1), (0.2, 0.2), Material.TAIL)
    surface = see([near, far], View(yaw=0.0, pitch=0.0, scale=50, shag=0.0))
    assert set(surface.material.tolist()) == {Material.HEAD}


def test_a_body_that_faces_right_has_its_head_on_the_right():
    head = Part((1, 0, 1), (1, 0, 1), (0.2, 0.2), Material.HEAD)
    tail = Part((-1, 0, 1), (-1, 0, 1), (0.2, 0.2), Material.TAIL)
    surface = see([head, tail], View(yaw=0.0, pitch=0.0, scale=20, shag=0.0))
    columns = np.nonzero(surface.alpha)[1]
    assert columns[surface.material == Material.HEAD].min() > surface.origin[1]
    assert columns[surface.material == Material.TAIL].max() < surface.origin[1]


def test_place_on_the_body_is_in_the_body_frame_whatever_the_view():
    ball = Part((0.5, 0.2, 1), (0.5, 0.2, 1), (0.1, 0.1), Material.TORSO)
    surface = see([ball], View(yaw=1.1, pitch=0.2, scale=100, shag=0.0))
    distance = np.linalg.norm(surface.place - np.array([0.5, 0.2, 1]), axis=1)
    assert distance.max() == pytest.approx(0.1, abs=0.01)


def test_progress_counts_every_photo(tmp_path, capsys):
    draw_wildlife(tmp_path, replace(SMALL, photos_per_class=1), progress=True)
    assert "10/10" in capsys.readouterr().err
