"""The road chapters: what the scenes are, and how a model of one country fares in another."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from wildroad.report.cautions import contamination, set_aside
from wildroad.report.formats import count, domain_title, sentence_list
from wildroad.report.parts import Part, Section, Table
from wildroad.report.road_failures import failure_parts
from wildroad.report.road_scores import class_parts, cross_domain_parts, threshold_parts
from wildroad.report.selection import (
    Figures,
    Pictures,
    columns_in_order,
    figures_named,
    part,
    table_of,
    wide_metrics,
)
from wildroad.report.tables import ReportTables, present

SUMMARY_METRICS = ["mean_iou", "pixel_accuracy", "frequency_weighted_iou", "mean_dice"]


def summary(tables: ReportTables) -> tuple[Table, ...]:
    """One row per domain: what the model scores there, over how many classes, in which id space."""
    long = present(tables.segmentation_summary)
    if long is None:
        return ()
    wide = wide_metrics(long, index="domain", intervals=SUMMARY_METRICS)
    means = long[long["metric"] == "mean_iou"].set_index("domain")["classes"]
    wide["classes"] = wide["domain"].map(means)
    overview = present(tables.scene_overview)
    if overview is not None:
        spaces = overview.set_index("domain")["label_space"]
        wide["label_space"] = wide["domain"].map(spaces)
    frame = columns_in_order(wide, ["domain", "label_space", "classes", *SUMMARY_METRICS])
    note = "95 % intervals by bootstrap over scenes; means over the classes that could be scored."
    return table_of(frame, "road_summary", "The road model in each country", note=note)


def data_section(tables: ReportTables, figures: Figures) -> Section:
    """What the scenes are, in which id space, and what was set aside."""
    parts = (
        *_sources(tables),
        *part(
            "What is in the pictures",
            figures=figures_named(
                figures, "scene_distribution", "Share of the pixels of each class."
            ),
            tables=_distribution(tables),
        ),
        *part(
            "Every class in two scenes",
            figures=figures_named(
                figures,
                "class_gallery",
                "The class alone in colour, and the whole mask, in the data sets’ own colours.",
                folded=True,
            ),
        ),
    )
    lead = _data_lead(present(tables.scene_overview))
    return Section("road-data", "The road scenes", lead, parts, "road")


def _sources(tables: ReportTables) -> tuple[Part, ...]:
    overview, quarantine = present(tables.scene_overview), present(tables.scene_quarantine)
    spaces = "" if overview is None else " ".join(contamination(overview))
    aside = "" if quarantine is None else set_aside(quarantine, "files")
    return part(
        "Where the scenes come from",
        f"{spaces} {aside}".strip(),
        tables=(
            *table_of(overview, "scene_overview", "Data sets and their id spaces"),
            *table_of(quarantine, "scene_quarantine", "Files set aside", folded=True),
        ),
    )


def _distribution(tables: ReportTables) -> tuple[Table, ...]:
    found = table_of(
        tables.scene_distribution, "scene_distribution", "Pixels per label", folded=True
    )
    return tuple(replace(table, absent=_ignored_cells(table.frame)) for table in found)


def _ignored_cells(frame: pd.DataFrame) -> dict[tuple[int, str], str]:
    without_class = frame["class_name"].fillna("") == ""
    return {(int(row), "class_name"): "ignored" for row in without_class.to_numpy().nonzero()[0]}


def _data_lead(overview: pd.DataFrame | None) -> str:
    if overview is None:
        return ""
    told = [
        f"{count(float(scenes))} scenes of {domain_title(str(domain))}"
        for domain, scenes in overview[["domain", "scenes"]].to_numpy()
    ]
    return f"{sentence_list(told)}, each computed in the id space that its masks were found in."


def scenes_section(
    tables: ReportTables,
    figures: Figures,
    pictures: Pictures,
    settings: Mapping[str, str] | None = None,
) -> Section:
    """Scores, confusions and galleries, and what changes between the countries."""
    parts = (
        *class_parts(tables, figures),
        *_confusion(tables, figures),
        *part(
            "Scenes",
            figures=figures_named(figures, "scene_gallery", "Photo, target and predicted mask."),
        ),
        *threshold_parts(tables, figures),
        *failure_parts(tables, figures, pictures, settings),
        *cross_domain_parts(tables, figures),
        *_training(tables, figures),
    )
    scores = present(tables.segmentation_class_scores)
    lead = (
        ""
        if scores is None
        else "One confusion matrix per domain is the source of every number here. Pixels whose "
        "target is ignored count nowhere."
    )
    return Section("road-scenes", "The road model", lead, parts, "road")


def _confusion(tables: ReportTables, figures: Figures) -> tuple[Part, ...]:
    return part(
        "What is taken for what",
        "Each row is a target class in per cent of its pixels. The column “other” holds pixels "
        "predicted as a class outside the evaluated ones; they count as missed.",
        figures=(
            *figures_named(figures, "road_confusion", "Confusion matrix."),
            *figures_named(figures, "road_counts", "The same in pixels.", folded=True),
        ),
        tables=table_of(
            tables.segmentation_confusion,
            "segmentation_confusion",
            "Confusion matrices, cell by cell",
            folded=True,
        ),
    )


def _training(tables: ReportTables, figures: Figures) -> tuple[Part, ...]:
    return part(
        "Learning curve",
        figures=figures_named(figures, "road_history", "Loss and validation mean IoU per epoch."),
        tables=table_of(
            tables.road_history, "road_history", "Every epoch of the road model", folded=True
        ),
    )
