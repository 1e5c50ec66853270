import numpy as np
import pandas as pd

from wildroad.report import road_verdicts as verdicts


def scores(**iou: float) -> pd.DataFrame:
    return pd.DataFrame(
        [("idd", name, value, value - 0.1, value + 0.1) for name, value in iou.items()],
        columns=["domain", "class_name", "iou", "iou_low", "iou_high"],
    )


def confusion(*rows: tuple[str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["target", "predicted", "pixels"]).assign(domain="idd")


def test_worst_class_is_told_with_what_it_is_called():
    table = confusion(("Road", "Road", 90), ("Wall", "Fence", 60), ("Wall", "Wall", 40))
    assert verdicts.best_and_worst_class(scores(Road=0.9, Wall=0.2), table, "idd") == (
        "In IDD, Road is segmented best, at IoU 0.900 (0.80–1.00), and Wall worst, at 0.200 "
        "(0.10–0.30); 60 % of its pixels are called Fence."
    )


def test_worst_class_that_swallows_others_is_told_with_what_is_called_it():
    table = confusion(("Road", "Wall", 60), ("Wall", "Fence", 10), ("Wall", "Wall", 40))
    sentence = verdicts.best_and_worst_class(scores(Road=0.9, Wall=0.2), table, "idd")
    assert sentence.endswith("; 60 % of the pixels called Wall are Road.")


def test_other_reads_as_a_class_outside_these():
    table = confusion(("Wall", "other", 60), ("Wall", "Wall", 40))
    sentence = verdicts.best_and_worst_class(scores(Road=0.9, Wall=0.2), table, "idd")
    assert sentence.endswith("60 % of its pixels are called a class outside these.")


def test_class_that_cannot_be_scored_is_never_the_worst():
    sentence = verdicts.best_and_worst_class(scores(Road=0.9, Wall=0.2, Train=np.nan), None, "idd")
    assert "Wall worst" in sentence


def test_domain_without_scores_gets_no_verdict():
    assert verdicts.best_and_worst_class(scores(Road=0.9), None, "cityscapes") == ""


def differences(*rows: tuple[str, float, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["class_name", "iou_cityscapes", "iou_idd"])
    difference = table["iou_idd"] - table["iou_cityscapes"]
    return table.assign(difference=difference, low=difference - 0.1, high=difference + 0.1)


def test_gap_names_the_means_the_clear_losses_and_both_extremes():
    table = differences(("Road", 0.9, 0.8), ("Wall", 0.6, 0.2), ("Train", 0.5, np.nan))
    table.loc[0, "high"] = 0.01
    assert verdicts.cross_domain_gap(table) == (
        "Over the 2 classes scored in both countries, mean IoU falls from 0.750 in Cityscapes to "
        "0.500 in IDD. 1 of 2 is worse with an interval that leaves out zero. Wall loses most "
        "(−0.400, −0.50 to −0.30), Road loses least (−0.100, −0.20 to 0.01)."
    )


def test_gain_is_called_a_gain():
    sentence = verdicts.cross_domain_gap(differences(("Road", 0.5, 0.6), ("Wall", 0.5, 0.8)))
    assert "rises from 0.500" in sentence
    assert "No class is worse" in sentence
    assert "Road gains least (+0.100" in sentence
    assert "Wall gains most (+0.300" in sentence


def test_nothing_scored_in_both_countries_gives_no_verdict():
    assert verdicts.cross_domain_gap(differences(("Road", 0.5, np.nan))) == ""


def test_mean_iou_comes_with_the_number_of_classes():
    summary = pd.DataFrame(
        [("idd", "mean_iou", 0.5, 0.4, 0.6, 17)],
        columns=["domain", "metric", "value", "low", "high", "classes"],
    )
    assert verdicts.mean_iou(summary, "idd") == (0.5, 0.4, 0.6, 17)
    assert verdicts.mean_iou(summary, "cityscapes")[3] == 0


def test_average_precision_is_told_of_each_domain_with_a_score():
    rows = [
        ("idd", "map", 0.3, 0.2, 0.4, 12),
        ("idd", "map_from_half", 0.1, 0.05, 0.2, 12),
        ("cityscapes", "map", np.nan, np.nan, np.nan, 0),
        ("cityscapes", "map_from_half", np.nan, np.nan, np.nan, 0),
    ]
    columns = ["domain", "metric", "value", "low", "high", "classes"]
    assert verdicts.average_precision(pd.DataFrame(rows, columns=columns)) == (
        "In IDD, mAP over the 12 classes that occur is 0.300 (0.20–0.40), and 0.100 (0.05–0.20) "
        "over the thresholds from 0.5 on."
    )


def test_classes_that_never_went_wrong_are_named_and_absent_ones_are_not():
    failures = pd.DataFrame({"domain": ["idd", "idd"], "class_name": ["Wall", "Wall"]})
    table = scores(Road=0.9, Wall=0.2, Train=np.nan).assign(scenes=[4, 3, 0])
    assert verdicts.failure_counts(failures, table) == (
        "In IDD, 1 class went wrong somewhere; Road never did."
    )
