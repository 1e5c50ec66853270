"""t-SNE of features, for looking at: what is near what, and nothing about distances.

Legend: N photos, D features, E dimensions of the embedding.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from wildroad.core.photo_outputs import PhotoOutputs

COMPONENTS = 50
FEWEST_PHOTOS = 5
AXES = ("x", "y", "z")


def choose_photos(split: pd.DataFrame, *parts: str, most: int, seed: int) -> pd.DataFrame:
    """The photos of some splits, or a seeded draw of ``most`` of them, in the order of the table.

    Args:
        split: Columns photo_id, class_name, split.
        parts: Splits to choose from.
        most: Greatest number of photos.
        seed: Seed of the draw.
    """
    there = split[split["split"].isin(parts)]
    if len(there) <= most:
        return there
    drawn = np.random.default_rng(seed).choice(len(there), size=most, replace=False)
    return there.iloc[np.sort(drawn)]


def fitting_perplexity(perplexity: float, *, photos: int) -> float:
    """The wanted perplexity, or a third of the other photos where that is less.

    >>> fitting_perplexity(30, photos=2000), fitting_perplexity(30, photos=31)
    (30.0, 10.0)
    """
    return float(min(perplexity, (photos - 1) / 3))


def embed(
    features: NDArray[np.float32], *, dimensions: int, perplexity: float, seed: int
) -> NDArray[np.float32]:
    """t-SNE after PCA to 50 components, started from PCA; learning rate "auto".

    One thread, as the sums of several come in any order and t-SNE magnifies the last bit.

    Args:
        features: (N, D), N > perplexity.
        dimensions: E, 2 or 3.
        perplexity: Effective number of neighbours.
        seed: Seed of PCA and t-SNE.

    Returns:
        (N, E).
    """
    components = min(COMPONENTS, *features.shape)
    with threadpool_limits(limits=1):
        reduced = PCA(components, random_state=seed).fit_transform(features)
        placed: NDArray[np.float32] = TSNE(
            dimensions,
            perplexity=perplexity,
            init="pca" if dimensions <= components else "random",
            learning_rate="auto",
            random_state=seed,
        ).fit_transform(reduced)
    return placed


def embedding_table(
    outputs: PhotoOutputs,
    photos: pd.DataFrame,
    *,
    dimensions: int,
    perplexity: float,
    seed: int,
) -> pd.DataFrame:
    """One joint embedding of photos, with what each of them is.

    Args:
        outputs: Holds the features, found by id.
        photos: Columns photo_id, class_name, split.
        dimensions: 2 or 3.
        perplexity: Wanted; less where the photos are few.
        seed: Seed of the embedding.

    Returns:
        Columns photo_id, split, class_name, x, y (and z), perplexity; no rows for fewer than five
        photos.
    """
    shown = photos if len(photos) >= FEWEST_PHOTOS else photos.head(0)
    used = fitting_perplexity(perplexity, photos=len(shown))
    placed = np.zeros((0, dimensions), np.float32)
    if len(shown):
        features = outputs.features_of(list(shown["photo_id"]))
        placed = embed(features, dimensions=dimensions, perplexity=used, seed=seed)
    table = shown[["photo_id", "split", "class_name"]].reset_index(drop=True)
    axes = {axis: placed[:, number] for number, axis in enumerate(AXES[:dimensions])}
    return table.assign(**axes, perplexity=used)


def check_labels(embedding: pd.DataFrame, split: pd.DataFrame) -> None:
    """Check that an embedding calls each photo's class and split as the split table does.

    Raises:
        ValueError: A photo is not in the split table, or has another class or split there.
    """
    stored = split.set_index("photo_id").reindex(embedding["photo_id"])
    columns = ["class_name", "split"]
    differs = (stored[columns].to_numpy() != embedding[columns].to_numpy()).any(axis=1)
    if differs.any():
        first = int(differs.argmax())
        raise ValueError(
            f"{int(differs.sum())} photos of the embedding have other labels than the split, such"
            f" as {embedding['photo_id'].iloc[first]!r}: {list(embedding[columns].iloc[first])},"
            f" in the split {list(stored[columns].iloc[first])}; run the pipeline again"
        )
