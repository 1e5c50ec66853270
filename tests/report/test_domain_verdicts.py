import pandas as pd
import pytest

from wildroad.report import domain_verdicts as verdicts


def summary(here: float, there: float, low: float, high: float) -> pd.DataFrame:
    row = ("mean_iou", here, there, there - here, low, high, 17)
    columns = ["metric", "value_cityscapes", "value_idd", "difference", "low", "high", "classes"]
    return pd.DataFrame([row], columns=columns)


def trained_on(domain: str) -> pd.DataFrame:
    return pd.DataFrame({"trained_on": [domain]})


def test_model_that_is_better_where_it_was_trained_is_told_so():
    sentence = verdicts.home_and_away(summary(0.7, 0.4, -0.35, -0.25), trained_on("cityscapes"))
    assert sentence == (
        "Trained on Cityscapes, the model has mean IoU 0.700 in Cityscapes and 0.400 in IDD over "
        "the 17 classes scored in both: a difference of −0.300 (−0.35 to −0.25), clearly better "
        "where it was trained."
    )


def test_interval_that_holds_zero_makes_no_difference():
    sentence = verdicts.home_and_away(summary(0.5, 0.4, -0.3, 0.1), trained_on("cityscapes"))
    assert sentence.endswith("which so few scenes can’t tell from none.")


@pytest.mark.parametrize(
    ("domain", "end"),
    [
        ("idd", "clearly better in Cityscapes, although it was not trained there."),
        ("as published", "clearly better in Cityscapes."),
    ],
)
def test_model_that_is_better_elsewhere_is_told_so(domain, end):
    sentence = verdicts.home_and_away(summary(0.7, 0.4, -0.35, -0.25), trained_on(domain))
    assert sentence.endswith(end)


def test_nothing_scored_in_both_gives_no_verdict():
    nothing = summary(float("nan"), float("nan"), float("nan"), float("nan"))
    assert verdicts.home_and_away(nothing, None) == ""


def confusion(*rows: tuple[str, str, str, int]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["domain", "target", "predicted", "pixels"])
    sums = table.groupby(["domain", "target"])["pixels"].transform("sum")
    return table.assign(share=table["pixels"] / sums)


CONFUSION = confusion(
    ("idd", "Road", "Road", 20),
    ("idd", "Road", "Sidewalk", 50),
    ("idd", "Road", "other", 10),
    ("idd", "Sidewalk", "Sidewalk", 15),
    ("idd", "Sidewalk", "Road", 5),
    ("cityscapes", "Road", "Road", 90),
    ("cityscapes", "Road", "Sidewalk", 4),
    ("cityscapes", "Road", "other", 0),
    ("cityscapes", "Sidewalk", "Sidewalk", 6),
    ("cityscapes", "Sidewalk", "Road", 0),
)


def test_wrong_pixels_are_named_by_what_they_are_called_in_the_worse_domain():
    assert verdicts.wrong_pixels(CONFUSION) == (
        "65 % of the scored pixels of IDD are wrong, 4 % in Cityscapes; most of them are Road "
        "called Sidewalk (50 % of all scored pixels; 4 % in Cityscapes), Road called a class "
        "outside these (10 % of all scored pixels; 0 % in Cityscapes) and Sidewalk called Road "
        "(5 % of all scored pixels; 0 % in Cityscapes)."
    )


def test_one_domain_alone_has_nothing_to_be_compared_with():
    assert verdicts.wrong_pixels(CONFUSION[CONFUSION["domain"] == "idd"]) == ""


def differences(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["class_name", "iou_cityscapes", "iou_idd", "margin"])
    difference = table["iou_idd"] - table["iou_cityscapes"]
    ends = {"low": difference - table["margin"], "high": difference + table["margin"]}
    return table.drop(columns="margin").assign(difference=difference, **ends)


def test_classes_that_surely_lose_are_told_with_what_they_are_taken_for():
    table = differences(("Road", 0.9, 0.3, 0.1), ("Sidewalk", 0.6, 0.55, 0.2))
    assert verdicts.losing_classes(table, CONFUSION) == [
        "Road has IoU 0.900 in Cityscapes and 0.300 in IDD (−0.600, −0.70 to −0.50). In IDD it "
        "has 80 % of the scored pixels, of which 62 % are called Sidewalk (4 % in Cityscapes) and "
        "12 % are called a class outside these (0 % in Cityscapes)."
    ]


def test_classes_that_lose_in_the_first_domain_are_told_of_that_one():
    table = differences(("Road", 0.3, 0.9, 0.1), ("Sidewalk", 0.5, 0.6, 0.05))
    first, second = verdicts.losing_classes(table, CONFUSION)
    assert first.startswith("Road has IoU")
    assert "In Cityscapes it has 94 % of the scored pixels" in first
    assert second.endswith("(+0.100, 0.05–0.15).")


def test_without_a_sure_loss_no_class_is_told():
    assert verdicts.losing_classes(differences(("Road", 0.5, 0.4, 0.2)), CONFUSION) == []


IGNORED = pd.DataFrame(
    [
        ("idd", "autorickshaw", "Car", 50, 0.5),
        ("idd", "autorickshaw", "Truck", 30, 0.3),
        ("idd", "autorickshaw", "other", 15, 0.15),
        ("idd", "autorickshaw", "Bus", 5, 0.05),
        ("cityscapes", "parking", "Road", 5, 1.0),
    ],
    columns=["domain", "label", "predicted", "pixels", "share"],
)


def test_ignored_label_is_told_by_its_three_largest_shares():
    assert verdicts.called_instead(IGNORED, "autorickshaw", "idd") == (
        "In IDD, the pixels of autorickshaws are called Car (50 %), Truck (30 %) and a class "
        "outside these (15 %)."
    )
    assert verdicts.called_instead(IGNORED, "curb", "idd") == ""


def test_domain_without_these_labels_says_so():
    idd, absent, cityscapes = verdicts.unnamed_things(IGNORED, ["idd", "cityscapes"])
    assert idd.startswith("In IDD, the pixels of autorickshaws")
    assert absent == "The scored scenes of IDD have no pixel marked as billboards or curbs."
    assert cityscapes == (
        "The scored scenes of Cityscapes have no pixel marked as autorickshaws, billboards or "
        "curbs."
    )


@pytest.mark.parametrize("ignored", [None, IGNORED.head(1)])
def test_domain_without_any_ignored_pixel_says_so(ignored):
    assert verdicts.unnamed_things(ignored, ["cityscapes"]) == [
        "No scored scene of Cityscapes has a pixel of an ignored label."
    ]
