"""t-SNE against scikit-learn's."""

import os
from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from sklearn.manifold import TSNE

from wildroad.core.tsne import forces_on, lay_out, similarities

PHOTOS, FEATURES, CLASSES, FACTORS = 12_000, 512, 20, 40
PERPLEXITY = 30.0

Work = Callable[[], object]
Prepared = tuple[Work, Work, str, int, bool, Callable[[], str]]


@cache
def made_up_features() -> np.ndarray:
    """Features as a ReLU gives them: classes in a space of fewer dimensions, and noise."""
    random = np.random.default_rng(0)
    centres = random.normal(0, 1, (CLASSES, FACTORS))
    hidden = centres[random.integers(0, CLASSES, PHOTOS)]
    hidden = hidden + random.normal(0, 0.6, (PHOTOS, FACTORS))
    mixed = hidden @ random.normal(0, FACTORS**-0.5, (FACTORS, FEATURES))
    return np.maximum(mixed + random.normal(0, 0.15, mixed.shape), 0).astype(np.float32)


def tsne_of(dimensions: int, *, rounds: int, device: torch.device | None = None) -> Prepared:
    """Both from PCA, 1,000 steps, on all cores; the note compares their divergence, exactly."""
    features, placed = made_up_features(), {}

    def ours(photos: int = PHOTOS) -> None:
        placed["wildroad"] = lay_out(
            features[:photos], dimensions=dimensions, perplexity=PERPLEXITY, seed=0, device=device
        ).places

    def theirs() -> None:
        peer = TSNE(dimensions, perplexity=PERPLEXITY, init="pca", random_state=0, n_jobs=-1)
        placed["scikit-learn"] = peer.fit_transform(features)

    def divergences() -> str:
        forces = forces_on(
            None, similarities(features, perplexity=PERPLEXITY), dimensions=dimensions
        )
        exact = {
            name: forces.divergence(np.ascontiguousarray(places.T), 1.0)
            for name, places in placed.items()
        }
        return "KL divergence " + ", ".join(f"{value:.4f} {name}" for name, value in exact.items())

    ours(200)  # compiles the loops
    cores = os.cpu_count()
    against = f"scikit-learn's TSNE on {cores} cores, 12,000 x 512 features in {dimensions}-D"
    return ours, theirs, against, rounds, False, divergences


def tsne_12k() -> Prepared:
    return tsne_of(2, rounds=2)


def tsne_12k_3d() -> Prepared:
    return tsne_of(3, rounds=1)


def tsne_12k_gpu() -> Prepared:
    return tsne_of(2, rounds=2, device=torch.device("cuda"))
