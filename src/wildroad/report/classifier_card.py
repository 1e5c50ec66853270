"""The model card of a classifier of photos, from the tables of a run."""

from collections.abc import Mapping

import pandas as pd

from wildroad.report import cautions, wildlife_verdicts
from wildroad.report.columns import METRICS
from wildroad.report.formats import (
    capital,
    count,
    interval,
    percent,
    readable,
    score,
    sentence_list,
)
from wildroad.report.model_card import CardTable, ModelCard, Score, model_index
from wildroad.report.tables import ReportTables, present
from wildroad.report.wildlife_verdicts import metric_row

TASK = ("image-classification", "Image Classification")
INDEXED = {
    "top1": "accuracy",
    "macro_f1": "f1",
    "macro_precision": "precision",
    "macro_recall": "recall",
}
"""Metric -> its identifier on the Hub."""

SHOWN = (
    "top1", "macro_f1", "weighted_f1", "macro_precision", "macro_recall", "mean_ovr_accuracy",
    "ece", "nll", "brier", "temperature", "majority_baseline",
)  # fmt: skip
FIGURES = ("precision", "recall", "f1")
WORST = 3


def classifier_card(
    model: str,
    summary: pd.DataFrame,
    tables: ReportTables,
    photo_overview: pd.DataFrame | None,
    *,
    settings: Mapping[str, str],
    sample: bool,
) -> ModelCard:
    """Tell all that the tables know of one classifier.

    Args:
        model: Its name in the tables.
        summary: The one row of facts on its training.
        tables: Tables of the run.
        photo_overview: The one row on the photos.
        settings: Every parameter of the run, "a.b" -> value.
        sample: Whether the data are the built-in sample.
    """
    facts = summary.iloc[0]
    per_class = rows_of(tables.classification_per_class, model)
    metrics = rows_of(tables.classification_metrics, model)
    classes = () if per_class is None else tuple(map(str, per_class["class_name"]))
    return ModelCard(
        name=model,
        task="classifier",
        metadata=metadata(model, facts, metrics, photo_overview),
        summary=_summary(model, facts, metrics, classes),
        caution=cautions.SAMPLE if sample else "",
        details=_details(facts, classes),
        training_data=_training_data(facts, photo_overview),
        procedure=_procedure(facts),
        settings=_settings(model, settings),
        tables=(*_overall_table(metrics), *_class_table(per_class)),
        findings=_findings(model, tables),
        limitations=_limitations(summary.assign(model=model), per_class, tables),
        compute=_compute(facts),
        sha256=facts["sha256"],
        classes=classes,
    )


def rows_of(table: pd.DataFrame | None, model: str) -> pd.DataFrame | None:
    """The rows of one model; None where there are none."""
    return None if table is None else present(table[table["model"] == model])


def metadata(
    model: str,
    facts: "pd.Series[str]",
    metrics: pd.DataFrame | None,
    overview: pd.DataFrame | None,
) -> dict[str, object]:
    """The YAML block: what the Hub sorts and filters by."""
    folder = "photos" if overview is None else str(overview["folder"].iloc[0])
    found = () if metrics is None else _scores(model, metrics)
    return {
        "library_name": "wildroad",
        "pipeline_tag": TASK[0],
        "tags": [TASK[0], "pytorch", "safetensors", "kedro", facts["architecture"]],
        "metrics": list(INDEXED.values()),
        "model-index": model_index(model, task=TASK, results={(folder, folder): found}),
    }


def _scores(model: str, metrics: pd.DataFrame) -> tuple[Score, ...]:
    return tuple(
        Score(kind, METRICS.get(name, readable(name)), *metric_row(metrics, model, name))
        for name, kind in INDEXED.items()
    )


def _summary(
    model: str, facts: "pd.Series[str]", metrics: pd.DataFrame | None, classes: tuple[str, ...]
) -> str:
    what = (
        f"A {facts['architecture']} that tells which of {len(classes)} classes is in a photo"
        if classes
        else f"A {facts['architecture']} that classifies photos"
    )
    if metrics is None:
        return f"{what}. It has not been scored in this run."
    top1, baseline = (metric_row(metrics, model, name) for name in ("top1", "majority_baseline"))
    photos = int(metrics["photos"].max())
    return (
        f"{what}: top-1 {interval(*top1)} on {count(photos)} test photos, where always answering"
        f" the most frequent class would score {score(baseline[0])}."
    )


def _details(facts: "pd.Series[str]", classes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    size = facts["image_size"]
    return (
        ("Architecture", facts["architecture"]),
        ("Trainable parameters", count(float(facts["trainable_parameters"]))),
        ("Started from", f"weights {facts['initial_weights']!r}"),
        ("Input", f"RGB photo, resized to {size} x {size} px"),
        ("Output", f"one logit for each of {len(classes)} classes"),
        ("Classes", sentence_list([readable(name) for name in classes]) or "not known"),
        ("License", "none stated: ask the owners of the code, the photos and the first weights"),
    )


def _training_data(facts: "pd.Series[str]", overview: pd.DataFrame | None) -> tuple[str, ...]:
    own = [f"Trained on {count(float(facts['train_photos']))} photos."]
    if int(facts["extra_photos"]):
        own.append(
            f"To these came {count(float(facts['extra_photos']))} extra photos, made from training"
            " photos only by random affine changes, flips and colour jitter."
        )
    return (*own, *(() if overview is None else _photos(overview.iloc[0])))


def _photos(row: "pd.Series[str]") -> tuple[str, ...]:
    sizes = {name: count(float(row[name])) for name in ("photos", "train", "val", "test")}
    return (
        f"They are from {row['folder']}: {sizes['photos']} photos of {row['classes']} classes,"
        f" split into {sizes['train']} for training, {sizes['val']} to choose the epoch by, and"
        f" {sizes['test']} for the test.",
        f"Near-duplicates and bursts form {count(float(row['groups']))} groups (the largest of"
        f" {row['largest_group']} photos), and no group straddles two splits.",
        f"{row['excluded']} files were left out, each with its reason in photo_exclusions.csv;"
        f" {row['conflicts']} photos are labelled otherwise than one that looks the same.",
    )


def _procedure(facts: "pd.Series[str]") -> tuple[tuple[str, str], ...]:
    return (
        ("Recipe", facts["recipe"]),
        ("Loss", "cross-entropy"),
        ("Epochs", f"{facts['epochs']}; the weights are those of epoch {facts['best_epoch']},"
                   " the best on the validation photos"),
    )  # fmt: skip


def _compute(facts: "pd.Series[str]") -> tuple[tuple[str, str], ...]:
    seen = int(facts["epochs"]) * (int(facts["train_photos"]) + int(facts["extra_photos"]))
    return (
        ("Device", facts["device"]),
        ("Versions", facts["versions"]),
        ("Photos seen in training", count(seen)),
    )


def _settings(model: str, settings: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    blocks = (f"{model}.", "photos.", "split.")
    return tuple((name, value) for name, value in settings.items() if name.startswith(blocks))


def _overall_table(metrics: pd.DataFrame | None) -> tuple[CardTable, ...]:
    if metrics is None:
        return ()
    values = metrics.set_index("metric")[["value", "low", "high"]]
    rows = tuple(
        (METRICS.get(name, readable(name)), interval(*map(float, values.loc[name])))
        for name in SHOWN
        if name in values.index
    )
    photos = count(float(metrics["photos"].max()))
    return (CardTable(f"All classes, {photos} test photos", ("metric", "value (95 %)"), rows),)


def _class_table(per_class: pd.DataFrame | None) -> tuple[CardTable, ...]:
    if per_class is None:
        return ()
    rows = tuple(
        (readable(str(one["class_name"])), *(score(one[name]) for name in FIGURES),
         count(one["support"]))
        for one in per_class.to_dict("records")
    )  # fmt: skip
    headings = ("class", "precision", "recall", "F1", "test photos")
    return (CardTable("By class", headings, rows),)


def _findings(model: str, tables: ReportTables) -> tuple[str, ...]:
    history = rows_of(tables.classification_history, model)
    metrics = rows_of(tables.classification_metrics, model)
    confusion, comparison = tables.classification_confusion, tables.classification_comparison
    found = (
        *(() if history is None else wildlife_verdicts.overfitting(history)),
        *(() if metrics is None else wildlife_verdicts.calibration(metrics)),
        "" if confusion is None else wildlife_verdicts.biggest_confusion(confusion, model),
        *(() if comparison is None else compared_with_others(model, comparison)),
    )
    return tuple(sentence for sentence in found if sentence)


def compared_with_others(model: str, comparison: pd.DataFrame) -> tuple[str, ...]:
    """One sentence for each pair of models that this one is of."""
    own = (comparison["model_a"] == model) | (comparison["model_b"] == model)
    return wildlife_verdicts.paired_verdicts(comparison[own])


def _limitations(
    summary: pd.DataFrame, per_class: pd.DataFrame | None, tables: ReportTables
) -> tuple[str, ...]:
    audit = present(tables.split_audit)
    found = (
        cautions.random_initialisation(summary),
        "" if per_class is None else worst_classes(per_class),
        "" if per_class is None else never_predicted(per_class),
        "" if per_class is None else cautions.few_photos(per_class),
        "" if audit is None else cautions.failed_checks(audit),
    )
    return tuple(sentence for sentence in found if sentence)


def worst_classes(per_class: pd.DataFrame) -> str:
    """Name the classes with the lowest F1, and what share of each is missed."""
    tested = per_class[per_class["support"] > 0].assign(f1=lambda rows: rows["f1"].fillna(0))
    worst = tested.sort_values("f1", kind="stable").head(WORST)
    if worst.empty:
        return ""
    told = [
        f"{readable(str(row['class_name']))} (F1 {score(row['f1'])}, {percent(1 - row['recall'])}"
        f" of {count(row['support'])} photos missed)"
        for row in worst.to_dict("records")
    ]
    return f"Worst classes: {sentence_list(told)}."


def never_predicted(per_class: pd.DataFrame) -> str:
    """Name the classes that the model never answers."""
    never = per_class.loc[per_class["predicted_photos"] == 0, "class_name"]
    if never.empty:
        return ""
    names = sentence_list([readable(str(name)) for name in never])
    return f"{capital(names)}: never answered for any test photo."
