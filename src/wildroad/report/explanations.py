"""What the photo models got wrong, where they looked, and where their features put the photos."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from wildroad.figures.style import class_palette
from wildroad.report.formats import capital, readable, score
from wildroad.report.parts import Card, FeatureSpace, Gallery, Part, Table
from wildroad.report.photo_links import one_photo
from wildroad.report.selection import (
    Figures,
    Pictures,
    figures_named,
    part,
    pictures_named,
    table_of,
)
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


def mistake_parts(tables: ReportTables, figures: Figures, pictures: Pictures) -> tuple[Part, ...]:
    """The wrong answers that models were surest of, as photos and as a table."""
    mistakes = present(tables.classification_mistakes)
    shown = pictures_named(pictures, "mistake_pictures")
    galleries = () if mistakes is None else tuple(_galleries(mistakes, shown))
    drawn = figures_named(
        figures, "mistake_gallery", "Most confident mistakes, with Grad-CAM.", folded=True
    )
    return part(
        "Confident mistakes",
        LOOKED,
        figures=() if galleries else drawn,
        blocks=galleries,
        tables=table_of(
            mistakes, "classification_mistakes", "Most confident wrong answers", folded=True
        ),
    )


def _galleries(
    mistakes: pd.DataFrame, pictures: Mapping[str, Mapping[str, bytes]]
) -> Iterator[Gallery]:
    for model, rows in mistakes.groupby("model", sort=False):
        found = pictures.get(str(model), {})
        rows = rows[rows["photo_id"].isin(list(found))]
        groups = tuple(
            (capital(readable(str(target))), _cards(of_class, found))
            for target, of_class in rows.groupby("target", sort=False)
        )
        if groups:
            yield Gallery(f"Confident mistakes of {readable(str(model))}", groups, folded=True)


def _cards(rows: pd.DataFrame, pictures: Mapping[str, bytes]) -> tuple[Card, ...]:
    columns = ["photo_id", "target", "predicted", "confidence", "runner_up", "runner_up_confidence"]
    return tuple(
        Card(
            picture=pictures[photo],
            alternative_text=f"Photo of {readable(target)} called {readable(said)}, and the same "
            "photo tinted where it looked most like that",
            title=f"called {readable(said)}, {score(sure)}",
            text=f"then {readable(second)}, {score(less)}",
            link=one_photo(photo),
        )
        for photo, target, said, sure, second, less in rows[columns].to_numpy()
    )


def feature_parts(tables: ReportTables, figures: Figures) -> tuple[Part, ...]:
    """Feature spaces as pictures, then the mistakes' distances to class centroids."""
    centroids = present(tables.classification_centroids)
    spaces = _spaces(tables)
    return (
        *part(
            "Feature space",
            NEAR,
            figures=(
                *figures_named(
                    figures,
                    "embedding_2d",
                    "Train and val photos, laid out together.",
                    still=bool(spaces),
                ),
                *figures_named(
                    figures,
                    "embedding_3d",
                    "Val photos in space, from two sides.",
                    folded=not spaces,
                    still=bool(spaces),
                ),
            ),
            blocks=spaces,
        ),
        *part(
            "Nearer to the wrong class?",
            "" if centroids is None else "\n".join(centroid_verdicts(centroids)),
            tables=() if centroids is None else (_distance_table(centroids),),
        ),
    )


def _spaces(tables: ReportTables) -> tuple[FeatureSpace, ...]:
    """All embeddings of all models as one thing to look into; none where nothing was embedded."""
    stacked = {2: tables.classification_embedding_2d, 3: tables.classification_embedding_3d}
    embeddings = {
        (str(model), dimensions): rows
        for dimensions, table in stacked.items()
        if present(table) is not None and table is not None
        for model, rows in table.groupby("model", sort=False)
    }
    if not embeddings:
        return ()
    classes = {str(name) for table in embeddings.values() for name in table["class_name"]}
    return (FeatureSpace("Dots are photos", embeddings, class_palette(sorted(classes))),)


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
