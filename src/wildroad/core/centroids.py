"""How far photos lie from the middle of a class in a model's own feature space.

Legend: M photos, K classes, D features.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad.core.metrics.classification import divide
from wildroad.core.photo_outputs import PhotoOutputs

Floats = NDArray[np.float64]


def class_centroids(outputs: PhotoOutputs, train: pd.DataFrame) -> dict[str, Floats]:
    """Mean features (D,) of each class, over the photos of a table.

    Args:
        outputs: Holds the features, found by id.
        train: Columns photo_id, class_name.
    """
    return {
        str(name): outputs.features_of(list(photos["photo_id"])).mean(0, dtype=np.float64)
        for name, photos in train.groupby("class_name")
    }


def distances_to(
    features: NDArray[np.float32], names: Sequence[str], centroids: Mapping[str, Floats]
) -> Floats:
    """Euclidean distance of each photo's features to the centroid of its named class.

    Args:
        features: (M, D).
        names: (M,) classes.
        centroids: Class -> (D,).

    Returns:
        (M,) distances; NaN for a class without a centroid.
    """
    nowhere = np.full(features.shape[1], np.nan)
    wanted = [centroids.get(name, nowhere) for name in names]
    pairs = zip(features.astype(np.float64), wanted, strict=True)
    return np.array([np.linalg.norm(one - centroid) for one, centroid in pairs])


def centroid_distances(
    outputs: PhotoOutputs, answers: pd.DataFrame, train: pd.DataFrame
) -> pd.DataFrame:
    """Distance of photos to the train centroids of their target and of their predicted class.

    Args:
        outputs: Of one model, for all photos.
        answers: That model's M answers: photo_id, target, predicted.
        train: photo_id and class_name of the train photos, the only ones in a centroid.

    Returns:
        Columns photo_id, target, predicted, distance_target, distance_predicted, ratio (target by
        predicted). Where the model was right the last two are NaN.
    """
    centroids = class_centroids(outputs, train)
    features = outputs.features_of(list(answers["photo_id"]))
    to_target = distances_to(features, list(answers["target"]), centroids)
    wrong = (answers["target"] != answers["predicted"]).to_numpy()
    to_predicted = distances_to(features, list(answers["predicted"]), centroids)
    to_predicted = np.where(wrong, to_predicted, np.nan)
    return answers[["photo_id", "target", "predicted"]].assign(
        distance_target=to_target,
        distance_predicted=to_predicted,
        ratio=divide(to_target, to_predicted),
    )


def compare_distances(
    outputs: Mapping[str, PhotoOutputs],
    predictions: pd.DataFrame,
    split: pd.DataFrame,
    photo_ids: Sequence[str],
) -> pd.DataFrame:
    """Centroid distances of the same photos in the feature space of every model.

    Args:
        outputs: Model -> its outputs.
        predictions: Columns model, photo_id, target, predicted.
        split: Columns photo_id, class_name, split.
        photo_ids: The M photos, in the order of the rows.

    Returns:
        Columns model, photo_id, target, predicted, distance_target, distance_predicted, ratio; all
        models of a photo below each other.
    """
    train = split[split["split"] == "train"]
    tables = []
    for model, found in outputs.items():
        answers = predictions[predictions["model"] == model].set_index("photo_id")
        chosen = answers.loc[list(photo_ids)].reset_index()
        tables.append(centroid_distances(found, chosen, train).assign(model=model))
    together = pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)
    return together[["model", *together.columns.drop("model")]]
