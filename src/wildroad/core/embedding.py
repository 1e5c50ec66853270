"""t-SNE of features, for looking at: what is near what, and nothing about distances.

Legend: N photos, D features, E dimensions of the embedding.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wildroad.core.photo_outputs import PhotoOutputs
from wildroad.core.tsne import Embedding, lay_out

if TYPE_CHECKING:  # a CPU needs no PyTorch here, which takes seconds to import
    import torch

FEWEST_PHOTOS = 5
AXES = ("x", "y", "z")


def choose_photos(split: pd.DataFrame, *parts: str, most: int, seed: int) -> pd.DataFrame:
    """The photos of some splits, or a seeded draw of ``most`` of them, in the order of the table.

    Args:
        split: Columns photo_id, class_name, split.
        parts: Splits to choose from.
        most: Greatest number of photos.
        seed: Seed of the draw.

    Returns:
        The columns of ``split`` and drawn_from, the number of photos there were to draw from.
    """
    there = split[split["split"].isin(parts)]
    there = there.assign(drawn_from=len(there))
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


def embedding_table(
    outputs: PhotoOutputs,
    photos: pd.DataFrame,
    *,
    dimensions: int,
    perplexity: float,
    seed: int,
    device: "torch.device | None" = None,
) -> pd.DataFrame:
    """One joint embedding of photos, with what each of them is.

    Args:
        outputs: Holds the features, found by id.
        photos: Columns photo_id, class_name, split, drawn_from, as ``choose_photos`` gives them.
        dimensions: 2 or 3.
        perplexity: Wanted; less where the photos are few.
        seed: Seed of the embedding.
        device: Where to compute; the CPU if None.

    Returns:
        Columns photo_id, split, class_name, drawn_from, x, y (and z), perplexity, kl_divergence; no
        rows for fewer than five photos.
    """
    shown = photos if len(photos) >= FEWEST_PHOTOS else photos.head(0)
    used = fitting_perplexity(perplexity, photos=len(shown))
    placed = Embedding(np.zeros((0, dimensions), np.float32), np.nan)
    if len(shown):
        features = outputs.features_of(list(shown["photo_id"]))
        placed = lay_out(features, dimensions=dimensions, perplexity=used, seed=seed, device=device)
    columns = ["photo_id", "split", "class_name", "drawn_from"]
    axes = {axis: placed.places[:, number] for number, axis in enumerate(AXES[:dimensions])}
    table = shown[columns].reset_index(drop=True)
    return table.assign(**axes, perplexity=used, kl_divergence=placed.divergence)


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
