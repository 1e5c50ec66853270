"""Verdicts on the photo models in plain words: every sentence follows from a table's numbers.

Functions return "" where the table cannot support a sentence.
"""

import math
from dataclasses import dataclass

import pandas as pd

from wildroad.report.formats import capital, interval, p_value, percent, readable, score

OVERFIT_RISE = 0.02
"""Share by which validation loss has to rise above its minimum before it counts as turned."""

WIDE_GAP = 0.10
"""Train accuracy this far above validation accuracy counts as a gap."""

NEARLY_ONE = 0.05
"""A temperature this near to 1 changes next to nothing."""


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


def best_model(metrics: pd.DataFrame, comparison: pd.DataFrame | None = None) -> str:
    """Which model is right most often, how it compares with the next and with the baseline.

    Args:
        metrics: classification_metrics.
        comparison: classification_comparison, whose paired test says more than two intervals.
    """
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
    paired = "" if comparison is None else paired_verdict(comparison, *ranked[:2])
    return " ".join([opening, *([paired] if paired else _runner_up(metrics, ranked))])


def paired_verdict(comparison: pd.DataFrame, *models: str) -> str:
    """What the paired test of two models says; "" where they were not compared."""
    pairs = comparison[["model_a", "model_b"]]
    rows = comparison[pairs.isin(models).all(axis=1)].dropna(subset=["p_holm"])
    return "" if len(models) < 2 or rows.empty else _paired_sentence(rows.iloc[0])


def paired_verdicts(comparison: pd.DataFrame) -> tuple[str, ...]:
    """One sentence per pair of models."""
    pairs = comparison[["model_a", "model_b"]].itertuples(index=False)
    sentences = (paired_verdict(comparison, str(a), str(b)) for a, b in pairs)
    return tuple(sentence for sentence in sentences if sentence)


def _paired_sentence(row: "pd.Series[float]") -> str:
    pair = {str(row["model_a"]): row["only_a_right"], str(row["model_b"]): row["only_b_right"]}
    leading = sorted(pair.items(), key=lambda one: (one[0] != str(row["verdict"]), -one[1]))
    (first, more), (second, less) = leading
    first, second = readable(first), readable(second)
    chance = f"({p_value(float(row['p_holm']))}, McNemar over groups, Holm-corrected)"
    if str(row["verdict"]) in pair:
        return (
            f"{capital(first)} is better than {second}: it alone is right on {more} photos, "
            f"{second} alone on {less} {chance}."
        )
    return (
        f"The test photos cannot tell {first} and {second} apart: {first} alone is right on "
        f"{more}, {second} alone on {less} {chance}."
    )


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

    @property
    def falling(self) -> bool:
        """Whether validation loss was lowest at the last of several epochs."""
        return self.turn == self.epochs > 1


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


def fit_table(history: pd.DataFrame) -> pd.DataFrame:
    """The numbers behind ``overfitting``, a row for each model with a validation loss."""
    fits = {str(model): fit_of(curves) for model, curves in history.groupby("model", sort=False)}
    rows = [
        {
            "model": model,
            "epochs": fit.epochs,
            "lowest_at": fit.turn,
            "lowest_val_loss": fit.lowest,
            "last_val_loss": fit.last,
            "train_accuracy": fit.train_accuracy,
            "val_accuracy": fit.val_accuracy,
            "gap": fit.gap,
        }
        for model, fit in fits.items()
        if fit is not None
    ]
    return pd.DataFrame(rows)


def _fit_sentence(model: str, fit: Fit) -> str:
    name = capital(readable(model))
    gap = (
        f"after the last epoch accuracy is {score(fit.train_accuracy)} on train and "
        f"{score(fit.val_accuracy)} on validation photos, a gap of {score(fit.gap)}"
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
    longer = "; validation loss was still falling, so more epochs may help" if fit.falling else ""
    return f"{name} shows no overfitting by epoch {fit.epochs}: {gap}{longer}."


def calibration(metrics: pd.DataFrame) -> tuple[str, ...]:
    """One sentence per model on whether it is as often right as it says, and what mends it."""
    return tuple(
        _calibration_sentence(model, *values)
        for model in map(str, dict.fromkeys(metrics["model"]))
        if not any(map(math.isnan, values := _calibration_of(metrics, model)))
    )


def _calibration_of(metrics: pd.DataFrame, model: str) -> tuple[float, float, float]:
    names = ("temperature", "ece", "ece_calibrated")
    temperature, before, after = (metric_row(metrics, model, name)[0] for name in names)
    return temperature, before, after


def _calibration_sentence(model: str, temperature: float, before: float, after: float) -> str:
    kind = "about as sure as it should be"
    if abs(temperature - 1) > NEARLY_ONE:
        kind = "too sure of its answers" if temperature > 1 else "less sure than it could be"
    return (
        f"{capital(readable(model))} is {kind}: the temperature that fits its val photos best is "
        f"{temperature:.2f}, and with it the ECE on the test photos goes from {score(before)} to "
        f"{score(after)}."
    )


def centroid_verdicts(centroids: pd.DataFrame) -> tuple[str, ...]:
    """Say whose mistakes are measured; then, per model, how many it shares and where they lie."""
    first = readable(str(centroids["model"].iloc[0]))
    photos = int(centroids["photo_id"].nunique())
    return (
        f"The {photos} most confident mistakes of {first}, in the feature space of every model.",
        *(
            _centroid_sentence(str(model), rows)
            for model, rows in centroids.groupby("model", sort=False)
        ),
    )


def _centroid_sentence(model: str, rows: pd.DataFrame) -> str:
    name, ratios = capital(readable(model)), rows["ratio"].dropna()
    if ratios.empty:
        return f"{name} has all of them right."
    return (
        f"{name} has {len(ratios)} of them wrong; the features of {int((ratios > 1).sum())} of "
        "those lie nearer to the predicted class than to the target."
    )
