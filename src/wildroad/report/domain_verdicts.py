"""Why a model fares worse in another country: which classes lose, and what they are taken for.

Every sentence follows from a table's numbers; functions return "" where it can't support one.
"""

from collections.abc import Sequence

import pandas as pd

from wildroad.report.formats import domain_title, percent, sentence_list
from wildroad.report.road_verdicts import called, difference_of, scored_from_to

NAMED_CLASSES = 3
NAMED_MISTAKES = 3
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
    row = rows.iloc[0]
    trained = "" if models is None else str(models["trained_on"].iloc[0])
    start = (
        f"Trained on {domain_title(trained)}, the" if trained in ("idd", "cityscapes") else "The"
    )
    return (
        f"{start} model has mean IoU {scored_from_to(row, 'value')}"
        f" over the {int(row['classes'])} classes scored in both: a difference of"
        f" {difference_of(row)}, {_certainty(row, trained)}."
    )


def _certainty(row: "pd.Series[float]", trained: str) -> str:
    if pd.isna(row["low"]) or row["low"] <= 0 <= row["high"]:
        return "which so few scenes can't tell from none"
    better = "cityscapes" if row["difference"] < 0 else "idd"
    if trained == better:
        return "clearly better where it was trained"
    worse = ", although it was not trained there" if trained in ("idd", "cityscapes") else ""
    return f"clearly better in {domain_title(better)}{worse}"


def wrong_pixels(confusion: pd.DataFrame) -> str:
    """Compare the shares of wrong pixels, and name what most of them are in the worse domain."""
    shares = confusion.assign(share=_share_of_domain(confusion))
    wrong = shares[shares["target"] != shares["predicted"]]
    totals = wrong.groupby("domain", sort=False)["share"].sum()
    if len(totals) != 2 or totals.max() == 0:
        return ""
    worse, better = totals.idxmax(), totals.idxmin()
    pairs = wrong.pivot(index=["target", "predicted"], columns="domain", values="share").fillna(0)
    most = pairs.sort_values(str(worse), ascending=False, kind="stable").head(NAMED_MISTAKES)
    told = [
        f"{target} called {called(str(predicted))} ({percent(row[worse])} of all pixels;"
        f" {percent(row[better])} in {domain_title(str(better))})"
        for (target, predicted), row in most.iterrows()
        if row[worse] > 0
    ]
    return (
        f"{percent(totals[worse])} of the scored pixels of {domain_title(str(worse))} are wrong,"
        f" {percent(totals[better])} in {domain_title(str(better))}; most of them are"
        f" {sentence_list(told)}."
    )


def _share_of_domain(confusion: pd.DataFrame) -> "pd.Series[float]":
    return confusion["pixels"] / confusion.groupby("domain")["pixels"].transform("sum")


def losing_classes(table: pd.DataFrame, confusion: pd.DataFrame | None) -> list[str]:
    """Say of the classes that lose most what they are taken for, here and there.

    Args:
        table: cross_domain.
        confusion: segmentation_confusion.
    """
    known = table.dropna(subset=["difference"])
    direction = "idd" if known["difference"].mean() <= 0 else "cityscapes"
    sign = 1 if direction == "idd" else -1
    losses = known.assign(loss=sign * known["difference"]).sort_values("loss", kind="stable")
    sure = losses[(losses["low"] > 0) | (losses["high"] < 0)]
    return [
        f"{row['class_name']}: IoU {scored_from_to(row, 'iou')} ({difference_of(row)})"
        f"{_taken_for(confusion, str(row['class_name']), direction)}."
        for _, row in sure[sure["loss"] < 0].head(NAMED_CLASSES).iterrows()
    ]


def _taken_for(confusion: pd.DataFrame | None, name: str, worse: str) -> str:
    if confusion is None:
        return ""
    better = "cityscapes" if worse == "idd" else "idd"
    shares = confusion[confusion["target"] == name].pivot(
        index="predicted", columns="domain", values="share"
    )
    pixels = confusion.groupby(["domain", "target"])["pixels"].sum()
    if not {worse, better} <= set(shares) or shares[worse].isna().all():
        return ""
    wrong = shares.drop(index=name, errors="ignore").sort_values(
        worse, ascending=False, kind="stable"
    )
    told = [
        f"{percent(row[worse])} are called {called(str(predicted))} ({percent(row[better])} in"
        f" {domain_title(better)})"
        for predicted, row in wrong.head(2).iterrows()
        if row[worse] > 0
    ]
    part = percent(pixels[worse, name] / pixels[worse].sum())
    return f". It has {part} of the scored pixels of {domain_title(worse)}" + (
        f", of which {sentence_list(told)}" if told else ""
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
