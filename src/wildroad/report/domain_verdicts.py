"""Why a model fares worse in another country: which classes lose, and what they are taken for.

Every sentence follows from a table's numbers; functions return "" where it can't support one.
"""

from collections.abc import Sequence

import pandas as pd

from wildroad.report.formats import domain_title, interval, percent, sentence_list
from wildroad.report.road_verdicts import both_scores, called, difference_of

NAMED_CLASSES = 3
NAMED_MISTAKES = 3
NAMED_ANSWERS = 2
OTHER = {"idd": "cityscapes", "cityscapes": "idd"}
"""The domain that each one is compared with."""
TOLD_LABELS = ("autorickshaw", "billboard", "curb")
"""Ignored labels whose naming says most about a model that has never seen India's roads."""


def home_and_away(summary: pd.DataFrame, models: pd.DataFrame | None) -> str:
    """Say whether the model is clearly better where it was trained.

    Args:
        summary: cross_domain_summary.
        models: road_model_summary, which says where it was trained.
    """
    rows = summary[summary["metric"] == "mean_iou"].dropna(subset=["difference"])
    if rows.empty:
        return ""
    row, trained = rows.iloc[0], "" if models is None else str(models["trained_on"].iloc[0])
    model = f"Trained on {domain_title(trained)}, the model" if trained in OTHER else "The model"
    difference = interval(*(float(row[name]) for name in ("difference", "low", "high")))
    return (
        f"{model} has mean IoU {both_scores(row, 'value')} over the {int(row['classes'])} classes"
        f" scored in both: a difference of {difference}, {_certainty(row, trained)}."
    )


def _certainty(row: "pd.Series[float]", trained: str) -> str:
    if pd.isna(row["low"]) or row["low"] <= 0 <= row["high"]:
        return "which so few scenes can’t tell from none"
    better = "cityscapes" if row["difference"] < 0 else "idd"
    if trained == better:
        return "clearly better where it was trained"
    although = ", although it was not trained there" if trained in OTHER else ""
    return f"clearly better in {domain_title(better)}{although}"


def wrong_pixels(confusion: pd.DataFrame) -> str:
    """Compare the shares of wrong pixels, and name what most of them are in the worse domain."""
    shares = confusion.assign(share=_share_of_domain(confusion))
    wrong = shares[shares["target"] != shares["predicted"]]
    totals = {str(name): part for name, part in wrong.groupby("domain")["share"].sum().items()}
    if not totals.keys() >= OTHER.keys() or not max(totals.values()) > 0:
        return ""
    worse = max(OTHER, key=totals.__getitem__)
    better = OTHER[worse]
    pairs = wrong.pivot(index=["target", "predicted"], columns="domain", values="share")
    most = pairs.sort_values(worse, ascending=False, kind="stable").head(NAMED_MISTAKES)
    told = [
        f"{row['target']} called {called(row['predicted'])} ({percent(row[worse])} of all scored"
        f" pixels; {percent(row[better])} in {domain_title(better)})"
        for row in most.reset_index().to_dict("records")
        if row[worse] > 0
    ]
    return (
        f"{percent(totals[worse])} of the scored pixels of {domain_title(worse)} are wrong,"
        f" {percent(totals[better])} in {domain_title(better)}; most of them are"
        f" {sentence_list(told)}."
    )


def _share_of_domain(confusion: pd.DataFrame) -> "pd.Series[float]":
    return confusion["pixels"] / confusion.groupby("domain")["pixels"].transform("sum")


def losing_classes(table: pd.DataFrame, confusion: pd.DataFrame | None) -> list[str]:
    """Say of the classes that surely lose most what they are taken for, here and there.

    Args:
        table: cross_domain.
        confusion: segmentation_confusion.
    """
    known = table.dropna(subset=["difference"])
    worse = "idd" if known["difference"].mean() <= 0 else "cityscapes"
    sign = 1 if worse == "idd" else -1
    sure = known[(sign * known[["low", "high"]] < 0).all(axis=1)]
    most = sure.sort_values("difference", ascending=sign == 1, kind="stable").head(NAMED_CLASSES)
    return [
        f"{row['class_name']} has IoU {both_scores(row, 'iou')} ({difference_of(row)})."
        f"{_taken_for(confusion, str(row['class_name']), worse)}"
        for _, row in most.iterrows()
    ]


def _taken_for(confusion: pd.DataFrame | None, name: str, worse: str) -> str:
    """Say which part of the pixels a class has in the worse domain, and what they are called."""
    better, rows = OTHER[worse], pd.DataFrame() if confusion is None else confusion
    if rows.empty or not set(OTHER) <= set(rows["domain"]):
        return ""
    of_all = rows.assign(share=_share_of_domain(rows))
    part = of_all.loc[(rows["target"] == name) & (rows["domain"] == worse), "share"].sum()
    wrong = rows[(rows["target"] == name) & (rows["predicted"] != name)]
    shares = wrong.pivot(index="predicted", columns="domain", values="share")
    most = shares.sort_values(worse, ascending=False, kind="stable").head(NAMED_ANSWERS)
    told = [
        f"{percent(row[worse])} are called {called(row['predicted'])} ({percent(row[better])} in"
        f" {domain_title(better)})"
        for row in most.reset_index().to_dict("records")
        if row[worse] > 0
    ]
    if not told:
        return ""
    return (
        f" In {domain_title(worse)} it has {percent(part)} of the scored pixels, of which"
        f" {sentence_list(told)}."
    )


def unnamed_things(ignored: pd.DataFrame | None, domains: Sequence[str]) -> list[str]:
    """Say what the model calls autorickshaws, billboards and curbs, or that there are none.

    Args:
        ignored: ignored_labels, None where no domain has an ignored pixel.
        domains: All domains that were scored.
    """
    return [sentence for domain in domains for sentence in _unnamed_things_of(ignored, domain)]


def _unnamed_things_of(ignored: pd.DataFrame | None, domain: str) -> list[str]:
    rows = None if ignored is None else ignored[ignored["domain"] == domain]
    if rows is None or rows.empty:
        return [f"No scored scene of {domain_title(domain)} has a pixel of an ignored label."]
    told = {label: called_instead(rows, label, domain) for label in TOLD_LABELS}
    absent = [f"{label}s" for label, sentence in told.items() if not sentence]
    none = f"The scored scenes of {domain_title(domain)} have no pixel marked as {_either(absent)}."
    return [sentence for sentence in told.values() if sentence] + ([none] if absent else [])


def _either(names: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def called_instead(ignored: pd.DataFrame, label: str, domain: str) -> str:
    """What the model calls a label that is none of its classes."""
    rows = ignored[
        (ignored["domain"] == domain) & (ignored["label"] == label) & (ignored["pixels"] > 0)
    ]
    if rows.empty:
        return ""
    most = rows.sort_values("share", ascending=False, kind="stable").head(3)
    parts = [
        f"{called(str(predicted))} ({percent(float(share))})"
        for predicted, share in most[["predicted", "share"]].to_numpy()
    ]
    return f"In {domain_title(domain)}, the pixels of {label}s are called {sentence_list(parts)}."
