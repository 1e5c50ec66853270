"""The tables that a report may draw on."""

from dataclasses import dataclass

import pandas as pd

OptionalTable = pd.DataFrame | None


@dataclass(frozen=True, kw_only=True)
class ReportTables:
    """Tables of a run by their names in the catalog; None where that part was not run.

    An empty table counts as not run, too: `present` tells.
    """

    photo_index: OptionalTable = None
    photo_exclusions: OptionalTable = None
    label_conflicts: OptionalTable = None
    label_suspects: OptionalTable = None
    label_audit: OptionalTable = None
    photo_quality: OptionalTable = None
    split_audit: OptionalTable = None
    class_distribution: OptionalTable = None
    scene_overview: OptionalTable = None
    label_spaces: OptionalTable = None
    scene_quarantine: OptionalTable = None
    scene_distribution: OptionalTable = None
    classification_history: OptionalTable = None
    classification_metrics: OptionalTable = None
    classification_per_class: OptionalTable = None
    classification_confusion: OptionalTable = None
    classification_reliability: OptionalTable = None
    classification_predictions: OptionalTable = None
    classification_comparison: OptionalTable = None
    classification_mistakes: OptionalTable = None
    classification_centroids: OptionalTable = None
    classification_embedding_2d: OptionalTable = None
    classification_embedding_3d: OptionalTable = None
    model_summary: OptionalTable = None
    road_history: OptionalTable = None
    road_model_summary: OptionalTable = None
    segmentation_class_scores: OptionalTable = None
    segmentation_summary: OptionalTable = None
    segmentation_confusion: OptionalTable = None
    segmentation_thresholds: OptionalTable = None
    segmentation_average_precision: OptionalTable = None
    segmentation_failures: OptionalTable = None
    ignored_labels: OptionalTable = None
    cross_domain: OptionalTable = None
    cross_domain_summary: OptionalTable = None


def present(table: OptionalTable) -> pd.DataFrame | None:
    """Return a table that has rows, None for any other."""
    return None if table is None or table.empty else table
