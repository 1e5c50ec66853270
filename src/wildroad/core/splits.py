"""Stratified, grouped and seeded splits, and the table that proves them.

Photos of one group (a burst, a duplicate) never straddle two splits. Each class is within one of
its largest groups of its target share.
"""

import zlib
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency

SPLITS = ("train", "val", "test")


def split_groups(
    class_names: pd.Series, group_ids: pd.Series, *, shares: Mapping[str, float], seed: int
) -> pd.Series:
    """Give each photo to a split, stratified by class and never splitting a group.

    Groups with photos of several classes are placed first, then class by class the largest groups
    first, each into the split that lacks most of its target. In a class whose groups are all its
    own no split is further from its target than the class's largest group; within that bound a
    split without the class is given one of its groups.

    Args:
        class_names: Class of each photo.
        group_ids: Group of each photo, same index.
        shares: Split -> share, adding up to 1.
        seed: Order among groups of one size.

    Returns:
        The split of each photo, same index. It depends on the rows, not on their order.

    Raises:
        ValueError: The shares do not add up to 1, or one is negative.
    """
    check_shares(shares)
    sizes = pd.crosstab(group_ids, class_names)
    order = placing_order(sizes, seed)
    targets = np.outer(list(shares.values()), sizes.sum().to_numpy(float))
    ordered = sizes.loc[order].to_numpy()
    placed = fill_empty_splits(ordered, targets, place(ordered, targets))
    chosen = dict(zip(order, np.array(list(shares))[placed], strict=True))
    return group_ids.map(chosen).rename("split")


def check_shares(shares: Mapping[str, float]) -> None:
    """Raise ValueError unless the shares are non-negative and add up to 1."""
    total = sum(shares.values())
    if min(shares.values()) < 0 or abs(total - 1) > 1e-9:
        raise ValueError(
            f"the split shares {dict(shares)} must be non-negative and add up to 1, not {total:.6g}"
        )


def placing_order(sizes: pd.DataFrame, seed: int) -> list[object]:
    """Order groups for placing: several classes first, then larger first, ties by seeded chance."""
    chance = {
        group: np.random.default_rng([seed, zlib.crc32(str(group).encode())]).random()
        for group in sizes.index
    }
    classes = (sizes > 0).sum(axis=1)
    photos = sizes.sum(axis=1)
    return sorted(sizes.index, key=lambda group: (-classes[group], -photos[group], chance[group]))


def place(sizes: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Place groups one after another where the split lacks most.

    Args:
        sizes: (G, K) photos of each group and class, in the order of placing.
        targets: (S, K) photos each split should get.

    Returns:
        (G,) number of the split of each group.
    """
    lacking = targets.copy()
    chosen = np.empty(len(sizes), np.int64)
    for number, group in enumerate(sizes):
        present = group > 0
        chosen[number] = np.argmax(lacking[:, present].min(axis=1))
        lacking[chosen[number]] -= group
    return chosen


def fill_empty_splits(sizes: np.ndarray, targets: np.ndarray, placed: np.ndarray) -> np.ndarray:
    """Give each split without a class one of the class's groups, where the bound allows it.

    Args:
        sizes: (G, K) photos of each group and class.
        targets: (S, K) photos each split should get.
        placed: (G,) number of the split of each group.

    Returns:
        (G,) as ``placed``, with some groups moved.
    """
    chosen = placed.copy()
    alone = (sizes > 0).sum(axis=1) == 1
    for number, target in enumerate(targets.T):
        own = np.flatnonzero(alone & (sizes[:, number] > 0))
        for empty in np.flatnonzero(target > 0):
            if not sizes[chosen == empty, number].any():
                move_one(sizes[:, number], target, chosen, own, empty=int(empty))
    return chosen


def move_one(
    sizes: np.ndarray, target: np.ndarray, chosen: np.ndarray, own: np.ndarray, *, empty: int
) -> None:
    """Move a class's smallest group from its fullest split into its empty one, if allowed.

    Args:
        sizes: (G,) photos of the class in each group.
        target: (S,) photos of the class each split should get.
        chosen: (G,) number of the split of each group; changed.
        own: Groups of this class alone.
        empty: The split without the class.
    """
    surplus = np.bincount(chosen, sizes, len(target)) - target
    groups = np.bincount(chosen[own], minlength=len(target))
    for split in sorted(np.flatnonzero(groups > 1), key=lambda one: -surplus[one]):
        members = own[chosen[own] == split]
        moved = members[np.argmin(sizes[members])]
        after = abs(surplus[split] - sizes[moved]), abs(sizes[moved] - target[empty])
        if max(after) <= sizes.max():
            chosen[moved] = empty
            return


def audit_split(
    split: pd.DataFrame,
    shares: Mapping[str, float],
    *,
    found: Collection[str],
    excluded: Collection[str],
) -> pd.DataFrame:
    """Check a split table and give one row a check: check, observed, allowed, passed.

    Args:
        split: photo_id, class_name, group_id, split.
        shares: Split -> target share.
        found: Ids of all readable photos.
        excluded: Ids of those left out, and of unreadable ones.
    """
    counts = class_counts(split)
    used = [name for name, share in shares.items() if share > 0]
    straddling = int((split.groupby("group_id")["split"].nunique() > 1).sum())
    largest = split.groupby(["class_name", "group_id"]).size().groupby("class_name").max()
    targets = np.outer(counts.sum(axis=1), list(shares.values()))
    off = (np.abs(counts[list(shares)].to_numpy() - targets) / largest.to_numpy()[:, None]).max()
    rows = [
        ("photos in more than one split", int(split["photo_id"].duplicated().sum()), "0"),
        ("photos neither split nor excluded, or both", misplaced(split, found, excluded), "0"),
        ("groups that straddle splits", straddling, "0"),
        ("classes missing from a split", int((counts[used] == 0).to_numpy().sum()), "0"),
        ("distance to the share, in largest groups of the class", round(float(off), 6), "1"),
    ]
    table = pd.DataFrame(rows, columns=["check", "observed", "allowed"])
    table["passed"] = table["observed"].astype(float) <= table["allowed"].astype(float)
    p_value = float(chi2_contingency(counts.loc[:, counts.sum() > 0]).pvalue)
    verdict = ("chi-squared p of class shares", round(p_value, 6), ">= 0.05", p_value >= 0.05)
    row = pd.DataFrame([verdict], columns=table.columns)
    return pd.concat([table, row], ignore_index=True)


def misplaced(split: pd.DataFrame, found: Collection[str], excluded: Collection[str]) -> int:
    """Count the readable photos that are not in exactly one of split and exclusions."""
    used = set(split["photo_id"])
    return len(set(found) - used - set(excluded)) + len(used & set(excluded))


def class_counts(split: pd.DataFrame) -> pd.DataFrame:
    """Count photos by class (rows) and split (columns train, val, test)."""
    counts = pd.crosstab(split["class_name"], split["split"])
    return counts.reindex(columns=list(SPLITS), fill_value=0)


def class_distribution(split: pd.DataFrame) -> pd.DataFrame:
    """Count and share of each class overall and within train, val and test."""
    counts = class_counts(split)
    photos = counts.sum(axis=1)
    table = pd.DataFrame({"photos": photos, "share": photos / photos.sum()}).join(counts)
    for name in SPLITS:
        table[f"{name}_share"] = counts[name] / counts[name].sum()
    return table.rename_axis("class_name").reset_index()
