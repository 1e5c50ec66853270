"""Roles of road scenes: which are trained on, validated on, tested on, or left unused.

Whole drives (or cities) are drawn, as frames of one drive show the same street: none of them may
stand in two roles.
"""

import numpy as np
import pandas as pd

ROLES: tuple[str, ...] = ("train", "val", "test", "unused")
"""Values of the column role."""

UNSPLIT = "all"
"""Split of the scenes of a copy that has no splits on disk."""


def _check_share(name: str, share: float) -> None:
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"{name} is {share}; a share between 0 and 1 is needed.")


def _draw_drives(drives: pd.Series, *, share: float, seed: int) -> list[str]:
    """Draw whole drives, at least one, until their frames are nearest to a share of all frames.

    Args:
        drives: Drive of each frame to draw from.
        share: Wanted share of the frames; 0 draws nothing.
        seed: Seed of the drawing.

    Returns:
        The drives, in the order they were drawn.
    """
    sizes = drives.value_counts().sort_index()
    shuffled = sizes.iloc[np.random.default_rng(seed).permutation(len(sizes))]
    middle = shuffled.cumsum() - shuffled / 2
    fewest = 1 if share > 0 else 0
    count = len(sizes) if share == 1 else int((middle <= share * len(drives)).sum())
    return [str(drive) for drive in shuffled.index[: max(fewest, count)]]


def _draw_val(drives: pd.Series, *, share: float, seed: int) -> pd.Series:
    """Mark the frames of drawn drives, never of all there are: train needs one."""
    drawn = _draw_drives(drives, share=share, seed=seed)
    return drives.isin(drawn[: drives.nunique() - 1])


def _split_rest(rest: pd.DataFrame, *, val_share: float, seed: int) -> pd.Series:
    """Give train or val to the scenes that are not tested on."""
    val = rest["split"] == "val"
    if not val.any():
        val = _draw_val(rest["drive"], share=val_share, seed=seed)
    roles = pd.Series("train", index=rest.index)
    roles[rest["drive"].isin(rest.loc[val, "drive"])] = "unused"
    roles[val] = "val"
    return roles


def _test_pool(scenes: pd.DataFrame, test_splits: tuple[str, ...]) -> pd.Series:
    pool = scenes["labelled"] & scenes["split"].isin((*test_splits, UNSPLIT))
    if not pool.any():
        raise ValueError(
            f"No labelled scene is in the splits {list(test_splits)} to test on; "
            f"labelled scenes are in {sorted(set(scenes.loc[scenes['labelled'], 'split']))}."
        )
    return pool


def _known(scenes: pd.DataFrame) -> pd.DataFrame:
    """Keep what the drawing needs, also where a CSV file turned "" into NaN and "12" into 12."""
    labelled = scenes["annotation_file"].fillna("") != ""
    return pd.DataFrame(
        {"drive": scenes["drive"].astype(str), "split": scenes["split"], "labelled": labelled}
    ).reset_index(drop=True)


def assign_roles(
    scenes: pd.DataFrame,
    *,
    test_splits: tuple[str, ...],
    test_share: float,
    val_share: float,
    seed: int,
) -> pd.Series:
    """Give every scene one role.

    Test is a seeded share of the labelled scenes of ``test_splits``. What is left of the disk's
    val is val; what is left of its train (or of a copy without splits, "all") is train, of which
    ``val_share`` becomes val only where the disk's val leaves none. Left unused are scenes without
    labels, of other splits, and frames of a drive that has frames in a stricter role (test before
    val before train).

    Args:
        scenes: Columns drive, split, annotation_file ("" = no labels); one row a scene.
        test_splits: Splits on disk that test scenes are drawn from, beside those of a copy
            without splits.
        test_share: Share of their scenes to test on, met within one drive; 1 takes all.
        val_share: Share of the train scenes for val where the disk gives none.
        seed: Seed of the drawing; the order of the rows plays no part.

    Returns:
        Column role (train, val, test or unused) on the index of ``scenes``.

    Raises:
        ValueError: A share is outside 0..1, or no labelled scene is in a test split.
    """
    _check_share("test_share", test_share)
    _check_share("val_share", val_share)
    known = _known(scenes)
    pool = _test_pool(known, test_splits)
    tested = known["drive"].isin(
        _draw_drives(known.loc[pool, "drive"], share=test_share, seed=seed)
    )
    rest = known[known["labelled"] & known["split"].isin(("train", "val", UNSPLIT)) & ~tested]
    roles = pd.Series("unused", index=known.index)
    roles[rest.index] = _split_rest(rest, val_share=val_share, seed=seed + 1)
    roles[pool & tested] = "test"
    return pd.Series(roles.to_numpy(), index=scenes.index, name="role")
