"""Whether two models that answered the same photos differ: McNemar's test, corrected by Holm.

Photos count as independent of each other; frames of one burst are not, so real doubts are a little
larger than the p-values say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

FEWEST_FOR_CHI_SQUARED = 25
LEVEL = 0.05
UNDECIDED = "undecided"
COLUMNS = [
    "model_a", "model_b", "photos", "only_a_right", "only_b_right", "method", "p_value", "p_holm",
    "verdict",
]  # fmt: skip


@dataclass(frozen=True)
class PairedTest:
    """What McNemar's test said, and in which form."""

    method: str
    p_value: float


def compare_paired(only_a_right: int, only_b_right: int) -> PairedTest:
    """McNemar's test on the photos that one of two models alone got right.

    Exact binomial below 25 such photos, else chi-squared with continuity correction.

    >>> compare_paired(0, 5)
    PairedTest(method='exact binomial', p_value=0.0625)
    """
    exact = only_a_right + only_b_right < FEWEST_FOR_CHI_SQUARED
    table = [[0, only_a_right], [only_b_right, 0]]
    p_value = float(mcnemar(table, exact=exact, correction=True).pvalue)
    return PairedTest("exact binomial" if exact else "chi-squared with continuity", p_value)


def compare_pairs(predictions: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Compare each pair of models on the test photos, joined by photo id.

    Args:
        predictions: Columns model, photo_id, split, target, predicted.
        models: In the order of the pairs.

    Returns:
        Columns model_a, model_b, photos, only_a_right, only_b_right, method, p_value, p_holm,
        verdict (the name of the better model, or "undecided"); one row a pair.

    Raises:
        ValueError: The models did not answer the same photos.
    """
    right = answers_of(predictions, models)
    pairs = list(combinations(models, 2))
    counts = [
        (int((right[a] & ~right[b]).sum()), int((right[b] & ~right[a]).sum())) for a, b in pairs
    ]
    tests = [compare_paired(*one) for one in counts]
    holm = correct_by_holm([one.p_value for one in tests])
    rows = [
        (*pair, len(right), *only, test.method, test.p_value, p, better_model(pair, only, p))
        for pair, only, test, p in zip(pairs, counts, tests, holm, strict=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def answers_of(predictions: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Whether each model (column) was right on each test photo (index)."""
    test = predictions[predictions["split"] == "test"]
    hits = test.assign(right=test["target"] == test["predicted"])
    wide = hits.pivot(index="photo_id", columns="model", values="right")
    right = wide.reindex(columns=list(models))
    if right.isna().any(axis=None):
        missing = right.isna().sum()
        raise ValueError(
            f"{int(missing.max())} test photos were not answered by {missing.idxmax()}, so models"
            " can't be compared photo by photo; run the classification pipeline again"
        )
    return right.astype(bool)


def correct_by_holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction for several tests, in the order given.

    >>> [round(p, 3) for p in correct_by_holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    if not p_values:
        return []
    return [float(p) for p in multipletests(np.asarray(p_values), method="holm")[1]]


def better_model(pair: tuple[str, str], only: tuple[int, int], p_holm: float) -> str:
    """Name the better of two models where the corrected test tells them apart."""
    if p_holm >= LEVEL:
        return UNDECIDED
    return pair[0] if only[0] > only[1] else pair[1]
