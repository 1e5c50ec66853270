import numpy as np
import pytest

from wildroad.core.metrics.failures import describe_failure, describe_row, find_failures, target_iou


@pytest.mark.known_bug(7)
def test_failures_of_a_class_contain_it() -> None:
    rider_found, rider_missed = [[5, 0, 0], [0, 9, 1]], [[5, 0, 0], [6, 2, 0]]
    no_rider, no_rider_but_predicted = [[5, 0, 0], [0, 0, 0]], [[1, 4, 0], [0, 0, 0]]
    counts = np.array([no_rider, rider_found, rider_missed, no_rider_but_predicted])
    assert np.isnan(target_iou(counts)[[0, 3], 1]).all()
    failures = find_failures(counts, ["s0", "s1", "s2", "s3"], ["Road", "Rider"])
    riders = failures[failures["class_name"] == "Rider"]
    assert riders.to_numpy().tolist() == [
        [
            "Rider",
            1,
            "s2",
            2 / 8,
            8,
            6,
            0,
            "Road",
            "Of 8 Rider pixels 25 % were found; 75 % were taken for Road.",
        ]
    ]


def test_failures_are_the_scenes_with_most_missed_pixels_first() -> None:
    missed = [3, 50, 7, 20, 50]
    counts = np.array([[[0, 0, number], [0, 0, 0]] for number in missed])
    failures = find_failures(counts, list("abcde"), ["Road", "Car"], per_class=3)
    assert failures["scene_id"].tolist() == ["b", "e", "d"]
    assert failures["rank"].tolist() == [1, 2, 3]
    assert failures["taken_for"].tolist() == ["other"] * 3


def test_iou_of_exactly_the_limit_is_a_failure() -> None:
    counts = np.array([[[1, 1]], [[3, 2]]])
    assert find_failures(counts, ["half", "more"], ["Road"])["scene_id"].tolist() == ["half"]


def test_words_name_the_two_commonest_mistakes() -> None:
    taken_for, words = describe_row(np.array([30, 5, 45, 20]), 0, ["Bus", "Car", "Truck"])
    assert taken_for == "Truck"
    assert words == (
        "Of 100 Bus pixels 30 % were found; 45 % were taken for Truck and 20 % for other."
    )
    assert describe_row(np.array([0, 7, 0]), 1, ["Bus", "Car"]) == (
        "",
        "Of 7 Car pixels 100 % were found.",
    )


def test_of_scenes_with_as_many_missed_pixels_the_one_with_more_false_ones_comes_first() -> None:
    counts = np.array([[[5, 5, 0], [false, 0, 0]] for false in (0, 9, 2)])
    failures = find_failures(counts, list("abc"), ["Road", "Car"])
    roads = failures[failures["class_name"] == "Road"]
    assert roads["scene_id"].tolist() == ["b", "c", "a"]
    assert roads["false_pixels"].tolist() == [9, 2, 0]


def test_class_that_swallows_another_is_told_with_what_it_swallowed() -> None:
    confusion = np.array([[8, 2, 0], [30, 60, 0]])
    assert describe_failure(confusion, 0, ["Rider", "Person"]) == (
        "Person",
        "Of 10 Rider pixels 80 % were found; 20 % were taken for Person. "
        "Of 38 pixels called Rider 79 % were Person.",
    )


@pytest.mark.known_bug(7, 8)
def test_every_scene_with_the_class_is_looked_at_and_no_other() -> None:
    """A hundred scenes: the class is in every other one, and worst in the last."""
    counts = np.zeros((100, 2, 3), np.int64)
    counts[:, 0, 0] = 50
    counts[::2, 1, 1] = 10
    counts[99, 1] = (7, 3, 0)
    counts[1, 0, 1] = 40
    failures = find_failures(counts, [str(n) for n in range(100)], ["Road", "Bus"])
    assert failures[failures["class_name"] == "Bus"]["scene_id"].tolist() == ["99"]
