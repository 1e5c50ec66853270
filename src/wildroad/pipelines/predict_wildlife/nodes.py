"""Nodes of the predict_wildlife pipeline."""

from collections.abc import Mapping

import pandas as pd

from wildroad import core
from wildroad.core.checkpoint_facts import Checkpoint
from wildroad.datasets.folder import Folder
from wildroad.figures.new_photos import unsure_gallery
from wildroad.figures.rendered import RenderedFigure
from wildroad.figures.style import readable
from wildroad.options import ComputeOptions, PredictOptions

THUMBNAIL_SIZE = 256


def predict_photos(
    folder: Folder,
    models: Mapping[str, Checkpoint],
    options: PredictOptions,
    compute: ComputeOptions,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predict every photo of the folder; give them and the files that cannot be read."""
    checkpoint = core.new_photos.choose_classifier(models, options.model)
    model = core.models.classifiers.restore_classifier(checkpoint)
    found = core.new_photos.predict_folder(
        core.classification.ClassifierInput(model, checkpoint.facts).eval(),
        checkpoint.facts,
        folder.path,
        batch_size=options.batch_size,
        launcher=compute.launcher,
        title=f"Predicting with {options.model}",
    )
    return found.photos, found.quarantine


def draw_unsure_photos(
    folder: Folder, predictions: pd.DataFrame, options: PredictOptions
) -> RenderedFigure:
    """Show the photos with the smallest margin between the first two classes."""
    unsure = core.new_photos.least_sure(predictions, count=options.unsure_photos)
    photos = [
        core.new_photos.thumbnail(folder.path, name, size=THUMBNAIL_SIZE) for name in unsure["file"]
    ]
    heading = f"Photos that {readable(options.model)} is least sure of: "
    heading += f"{len(unsure)} of {len(predictions):,}"
    return unsure_gallery(photos, unsure, heading=heading)
