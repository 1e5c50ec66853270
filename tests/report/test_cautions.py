import pandas as pd
import pytest

from wildroad.report import cautions


def summary(**weights: str) -> pd.DataFrame:
    return pd.DataFrame(
        [(name, name, value) for name, value in weights.items()],
        columns=["model", "architecture", "initial_weights"],
    )


@pytest.mark.known_bug(11)
def test_random_weights_where_trained_ones_were_due_are_said():
    sentence = cautions.random_initialisation(summary(resnet18="random", convnet="random"))
    assert sentence.startswith("Random initialisation: resnet18 started from random weights")


def test_convnet_may_start_from_random_weights():
    table = summary(convnet="random", resnet18="imagenet")
    assert cautions.random_initialisation(table) == ""


def test_missing_name_of_weights_counts_as_random():
    table = summary(deeplab="x").assign(initial_weights=None).drop(columns="model")
    assert "deeplab started from random weights" in cautions.random_initialisation(table)


def test_class_with_twenty_nine_test_photos_is_said_and_with_thirty_is_not():
    per_class = pd.DataFrame({"class_name": ["wild_boar", "fox"], "support": [29, 30]})
    assert "test photos of wild boar (29);" in cautions.few_photos(per_class)
    assert cautions.few_photos(per_class.tail(1)) == ""


def test_many_small_classes_are_counted_with_the_range_of_their_photos():
    per_class = pd.DataFrame({"class_name": list("abcdef"), "support": [8, 9, 10, 11, 12, 50]})
    assert "test photos of each of 5 classes (8 to 12);" in cautions.few_photos(per_class)


def overview(space: str) -> pd.DataFrame:
    return pd.DataFrame({"domain": ["idd"], "label_space": [space]})


def test_train_is_contaminated_in_level_3_and_the_labels_in_it_are_named():
    assert cautions.contaminated_classes(overview("idd_level3")) == {"idd": frozenset({"Train"})}
    (sentence,) = cautions.contamination(overview("idd_level3"))
    assert "masks of IDD cannot tell Train from" in sentence
    assert "trailer" in sentence


def test_ids_from_polygons_contaminate_nothing():
    assert cautions.contamination(overview("idd_id")) == ()


def test_unknown_label_space_contaminates_nothing_we_know_of():
    assert cautions.contaminated_classes(overview("own")) == {}


def test_quarantine_is_counted_by_reason():
    table = pd.DataFrame({"file": list("abcde"), "reason": ["x", "x", "y", "z", "w"]})
    assert cautions.set_aside(table, "files") == (
        "5 files set aside: x (2), y (1) and z (1), and 1 more reasons."
    )


def test_failed_check_of_the_split_is_named():
    audit = pd.DataFrame(
        [("largest share gap", 0.05, 0.01, False), ("leaks", 0, 0, True)],
        columns=["check", "observed", "allowed", "passed"],
    )
    assert cautions.failed_checks(audit) == (
        "The split failed its audit: largest share gap (0.05, allowed 0.01)."
    )
    assert cautions.failed_checks(audit.tail(1)) == ""
