import numpy as np
import pandas as pd
import pytest

from wildroad.report import wildlife_verdicts as verdicts


def metrics(*rows: tuple[str, str, float, float, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["model", "metric", "value", "low", "high"])
    return table.assign(photos=200)


TWO_MODELS = (
    ("a", "top1", 0.70, 0.65, 0.75),
    ("a", "macro_f1", 0.68, 0.62, 0.74),
    ("a", "mean_ovr_accuracy", 0.94, np.nan, np.nan),
    ("a", "majority_baseline", 0.2, np.nan, np.nan),
    ("b_two", "top1", 0.80, 0.76, 0.84),
    ("b_two", "macro_f1", 0.79, 0.74, 0.83),
    ("b_two", "mean_ovr_accuracy", 0.96, np.nan, np.nan),
    ("b_two", "majority_baseline", 0.2, np.nan, np.nan),
)


@pytest.mark.known_bug(12)
def test_best_model_is_named_with_the_baseline_and_the_clear_runner_up():
    assert verdicts.best_model(metrics(*TWO_MODELS)) == (
        "B two is right most often: top-1 0.800 (0.76–0.84), macro F1 0.790 (0.74–0.83); always "
        "answering the most frequent class would score 0.200. Its interval lies clear of that of "
        "the next, a at 0.700 (0.65–0.75)."
    )


def test_overlapping_intervals_leave_the_order_open():
    table = metrics(*TWO_MODELS)
    table.loc[(table["model"] == "a") & (table["metric"] == "top1"), "high"] = 0.77
    assert verdicts.best_model(table).endswith("so the order of the two is open.")


def test_unknown_intervals_leave_the_order_open():
    table = metrics(*TWO_MODELS).assign(low=np.nan, high=np.nan)
    assert verdicts.best_model(table).endswith("so the order of the two is open.")


def test_single_model_is_compared_with_none():
    assert verdicts.best_model(metrics(*TWO_MODELS[:4])).endswith("would score 0.200.")


def test_without_top1_there_is_no_best_model():
    table = metrics(("a", "macro_f1", 0.5, 0.4, 0.6))
    assert verdicts.best_model(table) == ""
    assert verdicts.one_vs_rest(table) == ""


@pytest.mark.known_bug(12)
def test_one_vs_rest_accuracy_never_stands_without_top1_macro_f1_and_baseline():
    sentence = verdicts.one_vs_rest(metrics(*TWO_MODELS))
    assert "one-vs-rest accuracy of 0.960 is not accuracy" in sentence
    assert "top-1 0.800, macro F1 0.790, against a majority baseline of 0.200" in sentence


def confusion(*rows: tuple[str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["target", "predicted", "photos"]).assign(model="a")


def test_biggest_confusion_counts_photos_of_the_target():
    table = confusion(
        ("fox", "fox", 6), ("fox", "wolf", 4), ("wolf", "fox", 1), ("wolf", "wolf", 9)
    )
    assert verdicts.biggest_confusion(table, "a") == (
        "The biggest confusion of a: 4 of 10 photos of fox (40 %) are called wolf."
    )


def test_perfect_model_has_no_biggest_confusion():
    table = confusion(("fox", "fox", 6), ("fox", "wolf", 0))
    assert verdicts.biggest_confusion(table, "a") == ""


def history(val_loss: list[float], *, train: float, val: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": "a",
            "epoch": range(1, len(val_loss) + 1),
            "val_loss": val_loss,
            "train_accuracy": train,
            "val_accuracy": val,
        }
    )


def test_rising_validation_loss_is_overfitting_from_the_epoch_it_turned():
    (sentence,) = verdicts.overfitting(history([1.0, 0.8, 0.9, 1.2], train=0.99, val=0.6))
    assert sentence == (
        "A overfits: validation loss turned at epoch 2 of 4, from 0.800 to 1.200 at the end; after "
        "the last epoch accuracy is 0.990 on train and 0.600 on validation photos, a gap of 0.390."
    )


def test_rise_within_two_per_cent_is_no_turn():
    (sentence,) = verdicts.overfitting(history([1.0, 0.8, 0.81], train=0.65, val=0.6))
    assert sentence.startswith("A shows no overfitting by epoch 3")


def test_wide_gap_without_a_turn_is_said():
    (sentence,) = verdicts.overfitting(history([1.0, 0.8, 0.7], train=0.9, val=0.6))
    assert sentence.startswith("A knows its train photos better than new ones")


def test_loss_that_still_falls_at_the_end_is_said():
    (sentence,) = verdicts.overfitting(history([1.0, 0.8, 0.7], train=0.65, val=0.6))
    assert sentence == (
        "A shows no overfitting by epoch 3: after the last epoch accuracy is 0.650 on train and "
        "0.600 on validation photos, a gap of 0.050; validation loss was still falling, so more "
        "epochs may help."
    )


def test_one_epoch_says_nothing_about_falling():
    (sentence,) = verdicts.overfitting(history([1.0], train=0.65, val=0.6))
    assert sentence.endswith("a gap of 0.050.")


def test_numbers_behind_the_verdict_are_a_table():
    (row,) = verdicts.fit_table(history([1.0, 0.8, 0.9], train=0.75, val=0.5)).to_dict("records")
    assert row == {
        "model": "a",
        "epochs": 3,
        "lowest_at": 2,
        "lowest_val_loss": 0.8,
        "last_val_loss": 0.9,
        "train_accuracy": 0.75,
        "val_accuracy": 0.5,
        "gap": 0.25,
    }
    assert verdicts.fit_table(history([np.nan], train=0.9, val=0.6)).empty


def comparison(only_a, only_b, p_holm, verdict):
    return pd.DataFrame(
        {
            "model_a": ["a"],
            "model_b": ["b_two"],
            "only_a_right": [only_a],
            "only_b_right": [only_b],
            "p_holm": [p_holm],
            "verdict": [verdict],
        }
    )


def test_better_model_of_a_pair_is_named_with_what_it_alone_got_right():
    assert verdicts.paired_verdicts(comparison(3, 24, 0.0002, "b_two")) == (
        "B two is better than a: it alone is right on 24 photos, a alone on 3 (p < 0.001, McNemar "
        "over groups, Holm-corrected).",
    )


def test_models_that_the_photos_cannot_tell_apart_are_said_to_be_so():
    assert verdicts.paired_verdicts(comparison(9, 5, 0.424, "undecided")) == (
        "The test photos cannot tell a and b two apart: a alone is right on 9, b two alone on 5 "
        "(p = 0.424, McNemar over groups, Holm-corrected).",
    )


def test_unknown_p_gives_no_verdict():
    assert verdicts.paired_verdicts(comparison(9, 5, np.nan, "undecided")) == ()


def test_paired_test_replaces_the_look_at_intervals():
    sentence = verdicts.best_model(metrics(*TWO_MODELS), comparison(9, 5, 0.424, "undecided"))
    assert "interval" not in sentence
    assert sentence.endswith("(p = 0.424, McNemar over groups, Holm-corrected).")


def test_intervals_are_looked_at_where_the_pair_was_not_tested():
    other = comparison(9, 5, 0.4, "undecided").assign(model_b="c")
    assert "Its interval" in verdicts.best_model(metrics(*TWO_MODELS), other)
    single = verdicts.best_model(metrics(*TWO_MODELS[:4]), other)
    assert single.endswith("would score 0.200.")


@pytest.mark.parametrize(
    ("temperature", "kind"),
    [
        (1.8, "too sure of its answers"),
        (0.7, "less sure than it could be"),
        (1.03, "about as sure as it should be"),
    ],
)
def test_calibration_is_told_before_and_after(temperature, kind):
    table = metrics(
        ("a", "temperature", temperature, np.nan, np.nan),
        ("a", "ece", 0.12, np.nan, np.nan),
        ("a", "ece_calibrated", 0.04, np.nan, np.nan),
    )
    assert verdicts.calibration(table) == (
        f"A is {kind}: the temperature that fits its val photos best is {temperature:.2f}, and "
        "with it the ECE on the test photos goes from 0.120 to 0.040.",
    )


def test_without_a_temperature_calibration_is_not_told():
    assert verdicts.calibration(metrics(*TWO_MODELS)) == ()


def test_centroids_tell_whose_mistakes_and_how_many_lie_nearer_to_the_wrong_class():
    table = pd.DataFrame(
        {
            "model": ["a", "b_two", "a", "b_two"],
            "photo_id": ["1", "1", "2", "2"],
            "ratio": [1.2, np.nan, 0.9, np.nan],
        }
    )
    assert verdicts.centroid_verdicts(table) == (
        "The 2 most confident mistakes of a, in the feature space of every model.",
        "A has 2 of them wrong; the features of 1 of those lie nearer to the predicted class than "
        "to the target.",
        "B two has all of them right.",
    )


def test_model_without_validation_gets_no_verdict():
    assert verdicts.overfitting(history([np.nan, np.nan], train=0.9, val=0.6)) == ()
