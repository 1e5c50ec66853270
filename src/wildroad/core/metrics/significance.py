"""Whether two models that answered the same photos differ: McNemar's test, corrected by Holm.

Frames of one burst are no independent witnesses. So the discordant counts are of groups of photos:
a group speaks for the model that got more of its photos right, and for neither where both got as
many. Where every photo is a group of its own, this is McNemar's test on photos.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

FEWEST_FOR_CHI_SQUARED = 25
LEVEL = 0.05
UNDECIDED = "undecided"
COLUMNS = [
    "model_a", "model_b", "photos", "groups", "only_a_right", "only_b_right", "groups_for_a",
    "groups_for_b", "method", "p_value", "p_holm", "verdict",
]  # fmt: skip


@dataclass(frozen=True)
class PairedTest:
    """What McNemar's test said, and in which form."""

    method: str
    p_value: float


@dataclass(frozen=True)
class Discordance:
    """What two models answered differently: photos one alone got right, and groups for each."""

    only_a_right: int
    only_b_right: int
    groups_for_a: int
    groups_for_b: int


def compare_paired(for_a: int, for_b: int) -> PairedTest:
    """McNemar's test on the discordant counts of two models.

    Exact binomial below 25 discordant groups, else chi-squared with continuity correction.

    >>> compare_paired(0, 5)
    PairedTest(method='exact binomial', p_value=0.0625)
    """
    exact = for_a + for_b < FEWEST_FOR_CHI_SQUARED
    p_value = float(mcnemar([[0, for_a], [for_b, 0]], exact=exact, correction=True).pvalue)
    return PairedTest("exact binomial" if exact else "chi-squared with continuity", p_value)


def compare_pairs(predictions: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Compare each pair of models on the test photos, joined by photo id, counted by group.

    Args:
        predictions: Columns model, photo_id, group_id, split, target, predicted.
        models: In the order of the pairs.

    Returns:
        Columns model_a, model_b, photos, groups, only_a_right, only_b_right (photos), groups_for_a,
        groups_for_b, method, p_value, p_holm, verdict (the name of the better model, or
        "undecided"); one row a pair.

    Raises:
        ValueError: The models did not answer the same photos.
    """
    right = answers_of(predictions, models)
    pairs = list(combinations(models, 2))
    found = [count_discordance(right[a], right[b]) for a, b in pairs]
    tests = [compare_paired(one.groups_for_a, one.groups_for_b) for one in found]
    holm = correct_by_holm([one.p_value for one in tests])
    sizes = len(right), right.index.get_level_values("group_id").nunique()
    rows = [
        (*pair, *sizes, *astuple(one), test.method, test.p_value, p, better_model(pair, one, p))
        for pair, one, test, p in zip(pairs, found, tests, holm, strict=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def count_discordance(right_a: pd.Series, right_b: pd.Series) -> Discordance:
    """Count where two models differ.

    Args:
        right_a: Whether model A was right, by photo_id and group_id.
        right_b: Whether model B was, for the same photos.
    """
    lead = right_a.astype(int) - right_b.astype(int)
    groups = lead.groupby(level="group_id").sum()
    counts = ((lead > 0).sum(), (lead < 0).sum(), (groups > 0).sum(), (groups < 0).sum())
    return Discordance(*(int(one) for one in counts))


def answers_of(predictions: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Whether each model (column) was right on each test photo (index: photo_id, group_id)."""
    test = predictions[predictions["split"] == "test"]
    hits = test.assign(right=test["target"] == test["predicted"])
    wide = hits.pivot(index=["photo_id", "group_id"], columns="model", values="right")
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


def better_model(pair: tuple[str, str], found: Discordance, p_holm: float) -> str:
    """Name the better of two models where the corrected test tells them apart."""
    if p_holm >= LEVEL:
        return UNDECIDED
    return pair[0] if found.groups_for_a > found.groups_for_b else pair[1]
