"""Labels that are probably wrong: confident learning on out-of-sample probabilities."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDS = 5
COMPONENTS = 100
COLUMNS = ["photo_id", "class_name", "suggested_class", "label_quality"]


@dataclass(frozen=True)
class LabelAudit:
    """What a classifier that never saw a label thinks of it.

    Attributes:
        accuracy: Share of the photos whose label it predicts; NaN where it could not be made.
        suspects: photo_id, class_name, suggested_class, label_quality (probability of the given
            label, the lowest first).
    """

    accuracy: float
    suspects: pd.DataFrame


def audit_labels(
    photos: pd.DataFrame, features: NDArray[np.float32], *, fewest_right: float, seed: int
) -> LabelAudit:
    """Name the photos whose label disagrees with what photos like them are called.

    A linear classifier on features that have never seen these labels predicts each photo from the
    other groups' photos alone; cleanlab says which labels confident learning calls issues
    (Northcutt, Jiang and Chuang, "Confident Learning", 2021).

    Args:
        photos: photo_id, class_name, group_id; N rows.
        features: (N, D), row by row of the photos.
        fewest_right: Accuracy below which it is too weak to doubt a label and names none.
        seed: Seed of the folds.
    """
    if folds(photos) < 2:
        return LabelAudit(np.nan, pd.DataFrame(columns=COLUMNS))
    classes, labels = np.unique(photos["class_name"], return_inverse=True)
    probabilities = out_of_sample(features, labels, photos, seed=seed)
    accuracy = float((probabilities.argmax(axis=1) == labels).mean())
    if accuracy < fewest_right:
        return LabelAudit(accuracy, pd.DataFrame(columns=COLUMNS))
    found = find_label_issues(labels, probabilities, filter_by="both", n_jobs=1)
    table = photos[["photo_id", "class_name"]].assign(
        suggested_class=classes[probabilities.argmax(axis=1)],
        label_quality=get_label_quality_scores(labels, probabilities),
    )
    order = ["label_quality", "photo_id"]
    return LabelAudit(accuracy, table[found].sort_values(order, kind="stable", ignore_index=True))


def folds(photos: pd.DataFrame) -> int:
    """Number of folds: five, or as many as the smallest class has groups."""
    return min(FOLDS, int(photos.groupby("class_name")["group_id"].nunique().min()))


def out_of_sample(
    features: NDArray[np.float32], labels: NDArray[np.intp], photos: pd.DataFrame, *, seed: int
) -> NDArray[np.float64]:
    """(N, K) probabilities, each photo's from a classifier that saw no photo of its group."""
    splitter = StratifiedGroupKFold(folds(photos), shuffle=True, random_state=seed)
    components = min(COMPONENTS, features.shape[1], len(photos) // 2)
    classifier = make_pipeline(
        StandardScaler(),
        PCA(components, svd_solver="full"),
        LogisticRegression(C=0.01, max_iter=500),
    )
    probabilities: NDArray[np.float64] = cross_val_predict(
        classifier,
        features,
        labels,
        groups=photos["group_id"],
        cv=splitter,
        method="predict_proba",
    )
    return probabilities
