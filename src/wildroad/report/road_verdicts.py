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
        return f"; {share} of its pixels are called {called(str(most['predicted']))}"
    most, share = _largest(taken, predicted)
    return f"; {share} of the pixels called {name} are {most['target']}"


def _largest(wrong: pd.DataFrame, of: pd.DataFrame) -> tuple["pd.Series[float]", str]:
    most = wrong.sort_values("pixels", ascending=False, kind="stable").iloc[0]
    return most, percent(float(most["pixels"]) / float(of["pixels"].sum()))


def called(predicted: str) -> str:
    """Name a predicted class in a sentence."""
    return "a class outside these" if predicted == "other" else predicted


def mean_iou(summary: pd.DataFrame, domain: str) -> tuple[float, float, float, int]:
    """Mean IoU of a domain, its interval, and over how many classes it is the mean."""
    return overall_score(summary, domain, "mean_iou")


def overall_score(
    summary: pd.DataFrame, domain: str, metric: str
) -> tuple[float, float, float, int]:
    """An overall score of a domain, its interval, and over how many classes it is."""
    rows = summary[(summary["domain"] == domain) & (summary["metric"] == metric)]
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
        f"{low['class_name']} {first} ({difference_of(low)}), {high['class_name']} {last} "
        f"({difference_of(high)})."
    )


def both_scores(row: "pd.Series[float]", score_name: str) -> str:
    """Write a score of both domains: "0.700 in Cityscapes and 0.500 in IDD"."""
    told = [
        f"{score(float(row[f'{score_name}_{domain}']))} in {domain_title(domain)}"
        for domain in ("cityscapes", "idd")
    ]
    return " and ".join(told)


def difference_of(row: "pd.Series[float]") -> str:
    """Write a difference with its sign and interval: "−0.200, −0.30 to −0.10"."""
    sign = "+" if row["difference"] > 0 else ""
    span = "" if pd.isna(row["low"]) else f", {bounds(float(row['low']), float(row['high']))}"
    return f"{sign}{score(float(row['difference']))}{span}"


def average_precision(summary: pd.DataFrame) -> str:
    """Mean average precision of each domain, over all thresholds and from one half on."""
    told = []
    for domain in dict.fromkeys(map(str, summary["domain"])):
        *whole, classes = overall_score(summary, domain, "map")
        *half, _ = overall_score(summary, domain, "map_from_half")
        if classes:
            told.append(
                f"In {domain_title(domain)}, mAP over the {classes} classes that occur is"
                f" {interval(*whole)}, and {interval(*half)} over the thresholds from 0.5 on."
            )
    return " ".join(told)


def failure_counts(failures: pd.DataFrame, scores: pd.DataFrame | None) -> str:
    """Say how many classes went wrong somewhere, and which never did."""
    told = []
    for domain, rows in failures.groupby("domain", sort=False):
        failed = set(rows["class_name"])
        sentence = f"In {domain_title(str(domain))}, {_classes(len(failed))} went wrong somewhere"
        if scores is not None:
            there = scores[(scores["domain"] == domain) & (scores["scenes"] > 0)]["class_name"]
            never = [str(name) for name in there if name not in failed]
            sentence += f"; {sentence_list(never)} never did" if never else ""
        told.append(f"{sentence}.")
    return " ".join(told)


def _classes(number: int) -> str:
    return "1 class" if number == 1 else f"{number} classes"
