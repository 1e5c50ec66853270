"""Verdicts on the road scenes in plain words: every sentence follows from a table's numbers.

Functions return "" where the table cannot support a sentence.
"""

import pandas as pd

from wildroad.report.formats import bounds, domain_title, interval, percent, score, sentence_list


def best_and_worst_class(scores: pd.DataFrame, confusion: pd.DataFrame | None, domain: str) -> str:
    """Best and worst class of a domain by IoU, and what the worst one is taken for."""
    rows = scores[scores["domain"] == domain].dropna(subset=["iou"])
    if rows.empty:
        return ""
    ordered = rows.sort_values("iou", kind="stable")
    best, worst = ordered.iloc[-1], ordered.iloc[0]
    return (
        f"In {domain_title(domain)}, {best['class_name']} is segmented best, at IoU {_iou(best)}, "
        f"and {worst['class_name']} worst, at {_iou(worst)}"
        f"{_mixed_up(confusion, domain, str(worst['class_name']))}."
    )


def _iou(row: "pd.Series[float]") -> str:
    return interval(float(row["iou"]), float(row["iou_low"]), float(row["iou_high"]))


def _mixed_up(confusion: pd.DataFrame | None, domain: str, name: str) -> str:
    """Say what costs a class most pixels: those taken for another, or another's taken for it."""
    if confusion is None:
        return ""
    rows = confusion[(confusion["domain"] == domain) & (confusion["pixels"] > 0)]
    target, predicted = rows[rows["target"] == name], rows[rows["predicted"] == name]
    missed, taken = target[target["predicted"] != name], predicted[predicted["target"] != name]
    if missed.empty and taken.empty:
        return ""
    if missed["pixels"].sum() >= taken["pixels"].sum():
        most, share = _largest(missed, target)
        return f"; {share} of its pixels are called {_called(str(most['predicted']))}"
    most, share = _largest(taken, predicted)
    return f"; {share} of the pixels called {name} are {most['target']}"


def _largest(wrong: pd.DataFrame, of: pd.DataFrame) -> tuple["pd.Series[float]", str]:
    most = wrong.sort_values("pixels", ascending=False, kind="stable").iloc[0]
    return most, percent(float(most["pixels"]) / float(of["pixels"].sum()))


def _called(predicted: str) -> str:
    return "a class outside these" if predicted == "other" else predicted


def mean_iou(summary: pd.DataFrame, domain: str) -> tuple[float, float, float, int]:
    """Mean IoU of a domain, its interval, and over how many classes it is the mean."""
    rows = summary[(summary["domain"] == domain) & (summary["metric"] == "mean_iou")]
    if rows.empty:
        return (*(float("nan"),) * 3, 0)
    value, low, high, classes = rows[["value", "low", "high", "classes"]].to_numpy(dtype=float)[0]
    return float(value), float(low), float(high), int(classes)


def cross_domain_gap(table: pd.DataFrame) -> str:
    """How far the scores of the second country lie from those of the first."""
    known = table.dropna(subset=["difference"])
    if known.empty:
        return ""
    here, there = known["iou_cityscapes"].mean(), known["iou_idd"].mean()
    direction = "falls" if there < here else "rises"
    worse = known[known["high"] < 0]
    return (
        f"Over the {len(known)} classes scored in both countries, mean IoU {direction} from "
        f"{score(here)} in Cityscapes to {score(there)} in IDD. {_how_many_worse(known, worse)} "
        f"{_extremes(known)}"
    )


def _how_many_worse(known: pd.DataFrame, worse: pd.DataFrame) -> str:
    if worse.empty:
        return "No class is worse with an interval that leaves out zero."
    verb = "is" if len(worse) == 1 else "are"
    return f"{len(worse)} of {len(known)} {verb} worse with an interval that leaves out zero."


def _extremes(known: pd.DataFrame) -> str:
    ordered = known.sort_values("difference", kind="stable")
    low, high = ordered.iloc[0], ordered.iloc[-1]
    last = "gains most" if high["difference"] > 0 else "loses least"
    first = "loses most" if low["difference"] < 0 else "gains least"
    return (
        f"{low['class_name']} {first} ({_difference(low)}), {high['class_name']} {last} "
        f"({_difference(high)})."
    )


def _difference(row: "pd.Series[float]") -> str:
    sign = "+" if row["difference"] > 0 else ""
    span = "" if pd.isna(row["low"]) else f", {bounds(float(row['low']), float(row['high']))}"
    return f"{sign}{score(float(row['difference']))}{span}"


def called_instead(ignored: pd.DataFrame, label: str, domain: str) -> str:
    """What the model calls a label that is none of its classes."""
    rows = ignored[
        (ignored["domain"] == domain) & (ignored["label"] == label) & (ignored["pixels"] > 0)
    ]
    if rows.empty:
        return ""
    most = rows.sort_values("share", ascending=False, kind="stable").head(3)
    parts = [
        f"{_called(str(predicted))} ({percent(float(share))})"
        for predicted, share in most[["predicted", "share"]].to_numpy()
    ]
    return f"In {domain_title(domain)}, the pixels of {label}s are called {sentence_list(parts)}."
