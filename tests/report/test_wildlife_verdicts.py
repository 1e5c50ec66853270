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
        "the last epoch accuracy is 0.990 on train and 0.600 on validation photos."
    )


def test_rise_within_two_per_cent_is_no_turn():
    (sentence,) = verdicts.overfitting(history([1.0, 0.8, 0.81], train=0.65, val=0.6))
    assert sentence.startswith("A shows no overfitting by epoch 3")


def test_wide_gap_without_a_turn_is_said():
    (sentence,) = verdicts.overfitting(history([1.0, 0.8, 0.7], train=0.9, val=0.6))
    assert sentence.startswith("A knows its train photos better than new ones")


def test_model_without_validation_gets_no_verdict():
    assert verdicts.overfitting(history([np.nan, np.nan], train=0.9, val=0.6)) == ()
