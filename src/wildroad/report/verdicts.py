"""Verdicts in plain words. Every sentence follows from the numbers of a table, and from nothing else.

Functions return "" where the table cannot support a sentence.
"""

from dataclasses import dataclass

import pandas as pd

from wildroad.report.formats import (
    bounds,
    domain_title,
    interval,
    percent,
    readable,
    score,
    sentence_list,
)

OVERFIT_RISE = 0.02
"""Share by which validation loss has to rise above its minimum before it counts as turned."""

WIDE_GAP = 0.10
"""Train accuracy this far above validation accuracy counts as a gap."""


def metric_row(metrics: pd.DataFrame, model: str, metric: str) -> tuple[float, float, float]:
    """Value, low and high of one metric of one model; NaN where it is missing."""
    rows = metrics[(metrics["model"] == model) & (metrics["metric"] == metric)]
    if rows.empty:
        return (float("nan"),) * 3
    value, low, high = rows[["value", "low", "high"]].to_numpy(dtype=float)[0]
    return float(value), float(low), float(high)


def ranked_models(metrics: pd.DataFrame) -> list[str]:
    """Models by falling top-1; those without one are left out."""
    top1 = metrics[metrics["metric"] == "top1"].dropna(subset=["value"])
    return [
        str(name) for name in top1.sort_values("value", ascending=False, kind="stable")["model"]
    ]


def best_model(metrics: pd.DataFrame) -> str:
    """Which model is right most often, how it compares with the next and with the baseline."""
    ranked = ranked_models(metrics)
    if not ranked:
        return ""
    best = ranked[0]
    top1, baseline = (metric_row(metrics, best, name) for name in ("top1", "majority_baseline"))
    macro_f1 = metric_row(metrics, best, "macro_f1")
    opening = (
        f"{readable(best)} is right most often: top-1 {interval(*top1)}, macro F1 "
        f"{interval(*macro_f1)}; always answering the most frequent class would score "
        f"{score(baseline[0])}."
    )
    return " ".join([opening, *_runner_up(metrics, ranked)])


def _runner_up(metrics: pd.DataFrame, ranked: list[str]) -> list[str]:
    if len(ranked) < 2:
        return []
    first, second = (metric_row(metrics, model, "top1") for model in ranked[:2])
    name = f"{readable(ranked[1])} ({interval(*second)})"
    if not _overlap(first, second):
        return [f"Its interval lies clear of that of the next, {name}."]
    return [f"Its interval overlaps that of the next, {name}, so the order of the two is open."]


def _overlap(first: tuple[float, float, float], second: tuple[float, float, float]) -> bool:
    """Whether two intervals share a value; unknown bounds count as shared."""
    return not (first[1] > second[2] or second[1] > first[2])


def one_vs_rest(metrics: pd.DataFrame) -> str:
    """Why mean one-vs-rest accuracy is not accuracy, with the numbers that say so."""
    ranked = ranked_models(metrics)
    if not ranked:
        return ""
    names = ("mean_ovr_accuracy", "top1", "macro_f1", "majority_baseline")
    ovr, top1, macro_f1, baseline = (
        score(metric_row(metrics, ranked[0], name)[0]) for name in names
    )
    if ovr == "n/a":
        return ""
    return (
        f"Its mean one-vs-rest accuracy of {ovr} is not accuracy: it counts every correct "
        f"rejection as a hit. The same answers are top-1 {top1}, macro F1 {macro_f1}, against a "
        f"majority baseline of {baseline}."
    )


def biggest_confusion(confusion: pd.DataFrame, model: str) -> str:
    """The pair of classes that a model mixes up most often, by photos."""
    rows = confusion[confusion["model"] == model]
    wrong = rows[(rows["target"] != rows["predicted"]) & (rows["photos"] > 0)]
    if wrong.empty:
        return ""
    worst = wrong.sort_values("photos", ascending=False, kind="stable").iloc[0]
    support = int(rows.loc[rows["target"] == worst["target"], "photos"].sum())
    return (
        f"The biggest confusion of {readable(model)}: {int(worst['photos'])} of {support} photos "
        f"of {readable(worst['target'])} ({percent(worst['photos'] / support)}) are called "
        f"{readable(worst['predicted'])}."
    )


@dataclass(frozen=True)
class Fit:
    """What a model's curves say.

    Attributes:
        epochs: number of epochs.
        turn: epoch of the lowest validation loss.
        lowest: that loss.
        last: validation loss of the last epoch.
        train_accuracy: of the last epoch.
        val_accuracy: of the last epoch.
    """

    epochs: int
    turn: int
    lowest: float
    last: float
    train_accuracy: float
    val_accuracy: float

    @property
    def gap(self) -> float:
        """Train minus validation accuracy after the last epoch."""
        return self.train_accuracy - self.val_accuracy

    @property
    def turned(self) -> bool:
        """Whether validation loss rose again after its lowest point."""
        return self.turn < self.epochs and self.last > self.lowest * (1 + OVERFIT_RISE)


def fit_of(curves: pd.DataFrame) -> Fit | None:
    """Read one model's curves; None without a validation loss."""
    known = curves.dropna(subset=["val_loss"])
    if known.empty:
        return None
    losses = known["val_loss"].to_numpy(dtype=float)
    accuracies = known[["train_accuracy", "val_accuracy"]].to_numpy(dtype=float)[-1]
    return Fit(
        epochs=int(known["epoch"].iloc[-1]),
        turn=int(known["epoch"].iloc[int(losses.argmin())]),
        lowest=float(losses.min()),
        last=float(losses[-1]),
        train_accuracy=float(accuracies[0]),
        val_accuracy=float(accuracies[1]),
    )


def overfitting(history: pd.DataFrame) -> tuple[str, ...]:
    """One sentence per model on whether it overfits, from its curves."""
    fits = {str(model): fit_of(curves) for model, curves in history.groupby("model", sort=False)}
    return tuple(_fit_sentence(model, fit) for model, fit in fits.items() if fit is not None)


def _fit_sentence(model: str, fit: Fit) -> str:
    name = readable(model)
    gap = (
        f"after the last epoch accuracy is {score(fit.train_accuracy)} on train and "
        f"{score(fit.val_accuracy)} on validation photos"
    )
    if fit.turned:
        return (
            f"{name} overfits: validation loss turned at epoch {fit.turn} of {fit.epochs}, from "
            f"{score(fit.lowest)} to {score(fit.last)} at the end; {gap}."
        )
    if fit.gap > WIDE_GAP:
        return (
            f"{name} knows its train photos better than new ones: {gap}, though validation loss "
            f"has not turned by epoch {fit.epochs}."
        )
    return f"{name} shows no overfitting by epoch {fit.epochs}: {gap}."


def best_and_worst_class(scores: pd.DataFrame, confusion: pd.DataFrame | None, domain: str) -> str:
    """Best and worst class of a domain by IoU, and what the worst one is taken for."""
    rows = scores[scores["domain"] == domain].dropna(subset=["iou"])
    if rows.empty:
        return ""
    ordered = rows.sort_values("iou", kind="stable")
    best, worst = ordered.iloc[-1], ordered.iloc[0]
    return (
        f"In {domain_title(domain)}, {best['class_name']} is segmented best (IoU {_iou(best)}) "
        f"and {worst['class_name']} worst ({_iou(worst)})"
        f"{_taken_for(confusion, domain, str(worst['class_name']))}."
    )


def _iou(row: "pd.Series[float]") -> str:
    return interval(float(row["iou"]), float(row["iou_low"]), float(row["iou_high"]))


def _taken_for(confusion: pd.DataFrame | None, domain: str, target: str) -> str:
    if confusion is None:
        return ""
    rows = confusion[(confusion["domain"] == domain) & (confusion["target"] == target)]
    wrong = rows[(rows["predicted"] != target) & (rows["pixels"] > 0)]
    if wrong.empty:
        return ""
    most = wrong.sort_values("pixels", ascending=False, kind="stable").iloc[0]
    share = float(most["pixels"]) / float(rows["pixels"].sum())
    return f"; {percent(share)} of its pixels are called {_called(str(most['predicted']))}"


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
