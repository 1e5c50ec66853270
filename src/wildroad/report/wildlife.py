"""The wildlife chapters: what the photos are, and how well the models tell their classes."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from wildroad.report.cautions import failed_checks, set_aside
from wildroad.report.doubts import doubted_labels, photo_issues
from wildroad.report.explanations import feature_parts, mistake_parts
from wildroad.report.formats import count, readable, score
from wildroad.report.parts import Matrix, Part, Section, Table
from wildroad.report.photo_links import Links, answered, cell_links, class_links, pair_links
from wildroad.report.selection import (
    Figures,
    Pictures,
    columns_in_order,
    figures_named,
    part,
    table_of,
    wide_metrics,
)
from wildroad.report.tables import OptionalTable, ReportTables, present
from wildroad.report.wildlife_verdicts import (
    calibration,
    fit_table,
    metric_row,
    one_vs_rest,
    overfitting,
    paired_verdicts,
    ranked_models,
)

SUMMARY_METRICS = ["model", "top1", "macro_f1", "majority_baseline", "mean_ovr_accuracy", "ece"]
MOST_OPEN = 20
"""Confusion matrices of more classes than this start closed."""
BEST_MEAN = "The best model’s mean"
PAIRED = (
    "McNemar on the groups of near-duplicates of which one of two models got more photos right: "
    "exact binomial below 25 of them, else chi-squared with continuity."
)
OPENS = "A dotted number opens the photos it counts."
RELIABLE = (
    "On the dashed line a model is right as often as it says. Bars below the line are "
    "overconfident. A temperature divides the logits, and changes no answer."
)


def summary(tables: ReportTables) -> tuple[Table, ...]:
    """One row per model: what it scores, with intervals, and what that is held against."""
    metrics = present(tables.classification_metrics)
    if metrics is None:
        return ()
    wide = wide_metrics(metrics, index="model", intervals=["top1", "macro_f1"])
    note = "95 % intervals: Wilson for top-1, bootstrap over photos for F1."
    frame = columns_in_order(wide, SUMMARY_METRICS)
    return table_of(frame, "wildlife_summary", "Wildlife models on the test photos", note=note)


def data_section(tables: ReportTables, figures: Figures) -> Section:
    """What the photos are, how they were split, and what was set aside."""
    distribution = present(tables.class_distribution)
    lead = "" if distribution is None else _data_lead(distribution)
    parts = (
        *part(
            "Classes and splits",
            figures=figures_named(figures, "class_distribution", "Photos per class and split."),
            tables=table_of(distribution, "class_distribution", "Photos per class"),
        ),
        *part(
            "Photos",
            figures=figures_named(figures, "photo_sheet", "Photos as the models see them."),
        ),
        *_audit_parts(tables),
        *_doubt_parts(tables, figures),
    )
    return Section("wildlife-data", "The photos", lead, parts, "wildlife")


def _data_lead(distribution: pd.DataFrame) -> str:
    sizes = {name: float(distribution[name].sum()) for name in ("train", "val", "test")}
    split = ", ".join(f"{count(size)} {name}" for name, size in sizes.items())
    return (
        f"{count(float(distribution['photos'].sum()))} photos of {len(distribution)} classes: "
        f"{split}."
    )


def _audit_parts(tables: ReportTables) -> tuple[Part, ...]:
    audit, exclusions = present(tables.split_audit), present(tables.photo_exclusions)
    verdict = "" if audit is None else failed_checks(audit) or "Every check of the split passed."
    aside = "" if exclusions is None else set_aside(exclusions, "files")
    return part(
        "Audit",
        f"{verdict} {aside}".strip(),
        tables=(
            *table_of(audit, "split_audit", "Checks of the split"),
            *table_of(exclusions, "photo_exclusions", "Files set aside", folded=True),
        ),
    )


def _doubt_parts(tables: ReportTables, figures: Figures) -> tuple[Part, ...]:
    return (
        *part(
            "Labels to look at",
            doubted_labels(tables),
            tables=(
                *table_of(
                    tables.label_suspects, "label_suspects", "Labels that are probably wrong"
                ),
                *table_of(
                    tables.label_conflicts,
                    "label_conflicts",
                    "Photos with a copy or near-duplicate in another class",
                ),
            ),
        ),
        *part(
            "Photos to look at",
            photo_issues(tables),
            figures=figures_named(figures, "photo_quality", "The worst photos of each issue."),
            tables=table_of(
                tables.photo_quality, "photo_quality", "Every photo with an issue", folded=True
            ),
        ),
    )


def models_section(tables: ReportTables, figures: Figures, pictures: Pictures) -> Section:
    """How the models compare, how they learned, and what they mix up."""
    metrics = present(tables.classification_metrics)
    lead = "" if metrics is None else one_vs_rest_lead(metrics)
    parts = (
        *_comparison(tables, figures),
        *_curves(tables, figures),
        *_per_class(tables),
        *_confusion(tables),
        *_calibration(tables, figures),
        *mistake_parts(tables, figures, pictures),
        *feature_parts(tables, figures),
    )
    return Section("wildlife-models", "The photo models", lead, parts, "wildlife")


def one_vs_rest_lead(metrics: pd.DataFrame) -> str:
    """Name the best model and the number of test photos."""
    ranked = ranked_models(metrics)
    photos = metrics.loc[metrics["metric"] == "top1", "photos"].max()
    if not ranked:
        return ""
    return (
        f"{len(ranked)} models answered the same {count(float(photos))} test photos; "
        f"{readable(ranked[0])} is right most often."
    )


def _comparison(tables: ReportTables, figures: Figures) -> tuple[Part, ...]:
    metrics = present(tables.classification_metrics)
    pairs = present(tables.classification_comparison)
    told = [] if metrics is None else [one_vs_rest(metrics).replace("Its mean", BEST_MEAN)]
    told += [] if pairs is None else paired_verdicts(pairs)
    return part(
        "Comparison",
        "\n".join(told),
        figures=figures_named(
            figures, "model_comparison", "Top-1 and macro F1 with their 95 % intervals."
        ),
        tables=(
            *_linked(
                pairs, pair_links, "classification_comparison", "Pairs of models", note=PAIRED
            ),
            *table_of(metrics, "classification_metrics", "Every metric", folded=True),
        ),
    )


def _curves(tables: ReportTables, figures: Figures) -> tuple[Part, ...]:
    history = present(tables.classification_history)
    fits = None if history is None else fit_table(history)
    return part(
        "Learning curves",
        "" if history is None else "\n".join(overfitting(history)),
        figures=figures_named(
            figures, "history_curves", "Loss and accuracy per epoch on train and val photos."
        ),
        tables=(
            *table_of(fits, "overfitting", "What the curves say"),
            *table_of(history, "classification_history", "Every epoch", folded=True),
        ),
    )


def _per_class(tables: ReportTables) -> tuple[Part, ...]:
    per_class = present(tables.classification_per_class)
    metrics = present(tables.classification_metrics)
    note = "" if metrics is None else f"(TP + TN) / N is not accuracy. {_anchors(metrics)}"
    return part(
        "Class by class",
        tables=_linked(
            per_class,
            class_links,
            "classification_per_class",
            "Scores per class",
            note=f"{note} {OPENS}".strip(),
        ),
    )


def _linked(
    frame: OptionalTable,
    links: Callable[[pd.DataFrame], Links],
    name: str,
    title: str,
    *,
    note: str = "",
    folded: bool = False,
) -> tuple[Table, ...]:
    """Like ``table_of``, with numbers that lead to the photos they count."""
    found = table_of(frame, name, title, note=note, folded=folded)
    return tuple(replace(table, links=links(table.frame)) for table in found)


def _anchors(metrics: pd.DataFrame) -> str:
    names = ("top1", "macro_f1", "majority_baseline")
    told = []
    for model in dict.fromkeys(metrics["model"]):
        top1, macro_f1, baseline = (score(metric_row(metrics, model, name)[0]) for name in names)
        told.append(
            f"{readable(model)}: top-1 {top1}, macro F1 {macro_f1}, majority baseline {baseline}"
        )
    return f"{'; '.join(told)}."


def _confusion(tables: ReportTables) -> tuple[Part, ...]:
    confusion = present(tables.classification_confusion)
    return part(
        "What is taken for what",
        f"Test photos by target class (rows) and answer (columns). {OPENS}",
        blocks=() if confusion is None else _matrices(confusion),
        tables=_linked(
            confusion,
            cell_links,
            "classification_confusion",
            "Confusion matrices, cell by cell",
            folded=True,
        ),
    )


def _matrices(confusion: pd.DataFrame) -> tuple[Matrix, ...]:
    """One for each model, all open unless they are large."""
    large = confusion["target"].nunique() > MOST_OPEN
    return tuple(
        _matrix(str(model), rows, folded=large)
        for model, rows in confusion.groupby("model", sort=False)
    )


def _matrix(model: str, rows: pd.DataFrame, *, folded: bool) -> Matrix:
    cells = rows[["target", "predicted", "photos"]].itertuples(index=False)
    counts = {(str(target), str(said)): int(str(photos)) for target, said, photos in cells}
    return Matrix(
        f"Confusion matrix of {readable(model)}",
        tuple(map(str, dict.fromkeys(rows["target"]))),
        counts,
        {(target, said): answered(model, target=target, predicted=said) for target, said in counts},
        folded,
    )


def _calibration(tables: ReportTables, figures: Figures) -> tuple[Part, ...]:
    metrics = present(tables.classification_metrics)
    return part(
        "Does confidence mean anything?",
        "\n".join([RELIABLE, *([] if metrics is None else calibration(metrics))]),
        figures=figures_named(
            figures, "reliability_diagram", "Accuracy against confidence in 15 equal bins."
        ),
        tables=table_of(
            tables.classification_reliability,
            "classification_reliability",
            "Reliability, bin by bin",
            folded=True,
        ),
    )
