import pandas as pd

from wildroad.core.examples import best_examples, class_pixels
from wildroad.core.labels import label_space

SPACE = label_space("idd_id")
SCENES = pd.DataFrame({"scene_id": ["a", "b", "c", "d"], "drive": ["1", "1", "2", "3"]})


def counts_of(*rows):
    return pd.DataFrame(rows, columns=["scene_id", "label", "pixels"])


def test_labels_of_one_class_are_summed_and_ignored_ones_left_out():
    space = label_space("idd_level1")
    counts = counts_of(("a", "sky", 5), ("a", "void", 7), ("b", "sky", 1))
    assert class_pixels(counts, space).to_numpy().tolist() == [["a", "Sky", 5], ["b", "Sky", 1]]


def test_the_largest_of_two_drives_come_before_the_second_of_one():
    counts = counts_of(("a", "car", 90), ("b", "car", 80), ("c", "car", 10), ("d", "car", 20))
    chosen = best_examples(counts, SCENES, SPACE, per_class=2)
    assert chosen.to_numpy().tolist() == [["Car", "a"], ["Car", "d"]]


def test_one_drive_gives_both_where_there_is_no_other():
    counts = counts_of(("a", "car", 90), ("b", "car", 80), ("a", "sky", 1), ("b", "sky", 2))
    chosen = best_examples(counts, SCENES, SPACE, per_class=2)
    assert chosen.to_numpy().tolist() == [
        ["Car", "a"], ["Car", "b"], ["Sky", "b"], ["Sky", "a"],
    ]  # fmt: skip


def test_classes_stand_in_the_order_of_the_space_and_absent_ones_not_at_all():
    counts = counts_of(("a", "sky", 1), ("a", "road", 1), ("c", "autorickshaw", 50))
    chosen = best_examples(counts, SCENES, SPACE, per_class=2)
    assert list(chosen["class_name"]) == ["Road", "Sky"]
