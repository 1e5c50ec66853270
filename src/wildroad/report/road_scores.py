"""What the road model scores class by class, where it fails, and what changes abroad."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from wildroad.report.cautions import contaminated_classes
from wildroad.report.domain_verdicts import (
    home_and_away,
    losing_classes,
    unnamed_things,
    wrong_pixels,
)
from wildroad.report.parts import Part, Table
from wildroad.report.road_verdicts import (
    average_precision,
    best_and_worst_class,
    cross_domain_gap,
)
from wildroad.report.selection import Figures, figures_named, part, table_of
from wildroad.report.tables import ReportTables, present

CONTAMINATED = "n/a: contaminated"
SCORES = ("iou", "dice", "precision", "recall", "ovr_accuracy", "iiou")
STAIRCASE = (
    "In a scene, a class is a hit at a threshold if its IoU there reaches it. Scenes without the "
    "class in target and prediction are left out. This is a staircase of per-image IoU, not the "
    "average precision of a detector, as masks have no confidences to rank by."
)
UNNAMED = (
    "These labels are ignored as target, so no score counts them. What the model makes of them "
    "tells most about the change of country."
)
OTHER_CLASSES = (
    "The two domains are scored over different classes, so their scores are not compared."
)


def class_parts(tables: ReportTables, figures: Figures) -> tuple[Part, ...]:
    """The score of every class, with what the best and the worst are confused with."""
    scores = present(tables.segmentation_class_scores)
    confusion = present(tables.segmentation_confusion)
    told = (
        []
        if scores is None
        else [best_and_worst_class(scores, confusion, domain) for domain in _domains(tables)]
    )
    note = (
        "(TP + TN) / N counts every correct rejection as a hit and is near 1 for any rare class; "
        "read IoU. 95 % intervals by bootstrap over scenes."
    )
    return part(
        "Class by class",
        " ".join(filter(None, told)),
        figures=figures_named(figures, "class_scores", "IoU per class with its 95 % interval."),
        tables=_marked(
            tables,
            table_of(scores, "segmentation_class_scores", "Scores per class", note=note),
            SCORES,
        ),
    )


def threshold_parts(tables: ReportTables, figures: Figures) -> tuple[Part, ...]:
    """Precision, recall and F1 over IoU thresholds, and average precision."""
    summary = present(tables.segmentation_summary)
    means = "" if summary is None else average_precision(summary)
    precision = table_of(
        tables.segmentation_average_precision,
        "segmentation_average_precision",
        "Average precision per class",
    )
    thresholds = table_of(
        tables.segmentation_thresholds,
        "segmentation_thresholds",
        "Every class at every threshold",
        folded=True,
    )
    return part(
        "At which overlap",
        f"{STAIRCASE} {means}".strip(),
        figures=figures_named(
            figures, "threshold_curves", "Precision, recall and F1 over IoU thresholds."
        ),
        tables=(
            *_marked(tables, precision, ("ap", "ap_from_half")),
            *_marked(tables, thresholds, ("precision", "recall", "f1")),
        ),
    )


def cross_domain_parts(tables: ReportTables, figures: Figures) -> tuple[Part, ...]:
    """The same model in both countries: how much it loses, where, and why."""
    return (
        *part(
            "From one country to the other",
            _comparison(tables),
            figures=figures_named(
                figures, "cross_domain", "Difference in IoU per class with its 95 % interval."
            ),
            tables=(
                *table_of(tables.cross_domain_summary, "cross_domain_summary", "Overall"),
                *table_of(tables.cross_domain, "cross_domain", "IoU in both countries"),
            ),
        ),
        *part(
            "What it calls things it has no name for",
            "\n".join([UNNAMED, *unnamed_things(present(tables.ignored_labels), _domains(tables))]),
            figures=figures_named(
                figures, "ignored_labels", "Predicted classes of the pixels of ignored labels."
            ),
            tables=table_of(
                tables.ignored_labels,
                "ignored_labels",
                "Ignored labels, class by class",
                folded=True,
            ),
        ),
    )


def _comparison(tables: ReportTables) -> str:
    """Say in lines how the scores differ and what the pixels were taken for."""
    table, confusion = present(tables.cross_domain), present(tables.segmentation_confusion)
    summary = present(tables.cross_domain_summary)
    if table is None or summary is None:
        return OTHER_CLASSES if len(_domains(tables)) > 1 else ""
    lines = [
        home_and_away(summary, present(tables.road_model_summary)),
        cross_domain_gap(table),
        "" if confusion is None else wrong_pixels(confusion),
        *losing_classes(table, confusion),
    ]
    return "\n".join(filter(None, lines))


def _domains(tables: ReportTables) -> list[str]:
    summary = present(tables.segmentation_summary)
    return [] if summary is None else list(dict.fromkeys(map(str, summary["domain"])))


def _marked(
    tables: ReportTables, found: tuple[Table, ...], columns: Sequence[str]
) -> tuple[Table, ...]:
    """Say in the cells of contaminated classes why they are empty."""
    overview = present(tables.scene_overview)
    return tuple(
        replace(table, absent=_contaminated_cells(table.frame, overview, columns))
        for table in found
    )


def _contaminated_cells(
    frame: pd.DataFrame, overview: pd.DataFrame | None, columns: Sequence[str]
) -> dict[tuple[int, str], str]:
    classes = {} if overview is None else contaminated_classes(overview)
    return {
        (row, column): CONTAMINATED
        for row, (domain, name) in enumerate(frame[["domain", "class_name"]].to_numpy())
        for column in columns
        if name in classes.get(domain, ())
    }
