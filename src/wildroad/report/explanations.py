"""What the photo models got wrong, where they looked, and where their features put the photos."""

from dataclasses import replace

import pandas as pd

from wildroad.report.parts import Part, Table
from wildroad.report.selection import Figures, figures_named, part, table_of
from wildroad.report.tables import ReportTables, present
from wildroad.report.wildlife_verdicts import centroid_verdicts

RIGHT = "NA"
"""Stands for the distance to the predicted class where it is the target."""

LOOKED = (
    "For each class, the three wrong test photos that a model was surest of. Beside each, "
    "Grad-CAM shows what spoke for its answer: the brighter, the more. The map has as many cells "
    "as the last convolutional maps, so it is coarse."
)
NEAR = (
    "t-SNE of the features that go into the last layer, after PCA to 50 components. What lies "
    "together is similar to the model; sizes of clusters and distances between them mean nothing."
)
CENTROIDS = (
    "Distances of different models have different scales: compare their ratios. Centroids are "
    "means of train photos only, in the full features."
)


def mistake_parts(tables: ReportTables, figures: Figures) -> tuple[Part, ...]:
    """The wrong answers that models were surest of, as photos and as a table."""
    return part(
        "Confident mistakes",
        LOOKED,
        figures=figures_named(
            figures, "mistake_gallery", "Most confident mistakes, with Grad-CAM.", folded=True
        ),
        tables=table_of(
            tables.classification_mistakes,
            "classification_mistakes",
            "Most confident wrong answers",
            folded=True,
        ),
    )


def feature_parts(tables: ReportTables, figures: Figures) -> tuple[Part, ...]:
    """Feature spaces as pictures, then the mistakes' distances to class centroids."""
    centroids = present(tables.classification_centroids)
    return (
        *part(
            "Feature space",
            NEAR,
            figures=(
                *figures_named(figures, "embedding_2d", "Train and val photos, laid out together."),
                *figures_named(
                    figures, "embedding_3d", "Val photos in space, from two sides.", folded=True
                ),
            ),
        ),
        *part(
            "Nearer to the wrong class?",
            "" if centroids is None else "\n".join(_distances_told(centroids)),
            tables=() if centroids is None else (_distance_table(centroids),),
        ),
    )


def _distances_told(centroids: pd.DataFrame) -> tuple[str, ...]:
    lead = "The confident mistakes of the first model, in the feature space of every model."
    return (lead, *centroid_verdicts(centroids))


def _distance_table(centroids: pd.DataFrame) -> Table:
    (table,) = table_of(
        centroids,
        "classification_centroids",
        "Distances to class centroids",
        note=CENTROIDS,
        folded=True,
    )
    right = (table.frame["target"] == table.frame["predicted"]).to_numpy().nonzero()[0]
    columns = ("distance_predicted", "ratio")
    return replace(table, absent={(int(row), name): RIGHT for row in right for name in columns})
