"""Verdicts on the photo models in plain words: every sentence follows from a table's numbers.

Functions return "" where the table cannot support a sentence.
"""

from dataclasses import dataclass

import pandas as pd

from wildroad.report.formats import capital, interval, percent, readable, score

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
        f"{capital(readable(best))} is right most often: top-1 {interval(*top1)}, macro F1 "
        f"{interval(*macro_f1)}; always answering the most frequent class would score "
        f"{score(baseline[0])}."
    )
    return " ".join([opening, *_runner_up(metrics, ranked)])


def _runner_up(metrics: pd.DataFrame, ranked: list[str]) -> list[str]:
    if len(ranked) < 2:
        return []
    first, second = (metric_row(metrics, model, "top1") for model in ranked[:2])
    name = f"{readable(ranked[1])} at {interval(*second)}"
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
    name = capital(readable(model))
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
