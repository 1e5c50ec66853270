"""Which photos can be trusted with a split: label conflicts, classes too small, and known groups.

Whatever is left out is named with its reason; photos used and photos left out are all photos.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wildroad.core.duplicates import duplicate_groups, nearest_pairs

CONFLICT_COLUMNS = [
    "photo_id", "class_name", "other_photo_id", "other_class_name", "bits", "same_file",
]  # fmt: skip
FEWEST_CLASSES = 2


class UnusableClassesError(ValueError):
    """A class cannot be split, or too few can."""


@dataclass(frozen=True)
class CuratedPhotos:
    """Photos sorted into those to use and those to leave out.

    Attributes:
        photos: photo_id, class_name, group_id of each photo to use.
        exclusions: file, reason of each file to leave out.
        conflicts: Photos whose like lies in another class, see ``label_conflicts``.
    """

    photos: pd.DataFrame
    exclusions: pd.DataFrame
    conflicts: pd.DataFrame


def curate(
    index: pd.DataFrame,
    quarantine: pd.DataFrame,
    *,
    max_distance: int,
    links: Sequence[Sequence[str]],
    splits: int,
    classes: Sequence[str] | None,
) -> CuratedPhotos:
    """Group near-duplicates and leave out what no split can be trusted with.

    Left out are all copies of a file that lies in two classes, as one of its labels is wrong, and
    the classes with fewer groups than there are splits, as one split would never see them.

    Args:
        index: photo_id, class_name, sha256, perceptual_hash of each readable photo.
        quarantine: file, reason of each unreadable one.
        max_distance: Greatest Hamming distance of two perceptual hashes in one group.
        links: Lists of a name a photo; photos of one name belong to one group, too.
        splits: Splits with a share above 0.
        classes: Classes that have to be there; None takes what can be used.

    Raises:
        UnusableClassesError: A class of ``classes`` cannot be used, or fewer than two are left.
    """
    conflicts = label_conflicts(index, max_distance=max_distance)
    groups = duplicate_groups(
        list(index["perceptual_hash"]), max_distance=max_distance, links=links, mirrored=True
    )
    photos = index[["photo_id", "class_name"]].copy()
    photos["group_id"] = index["photo_id"].groupby(groups).transform("first")
    reasons = conflict_reasons(conflicts)
    rest = photos[~photos["photo_id"].isin(list(reasons))]
    small = small_classes(rest, splits=splits)
    check_classes(rest, small, classes, splits=splits)
    reasons |= {
        one: small[name]
        for one, name in zip(rest["photo_id"], rest["class_name"], strict=True)
        if name in small
    }
    named = pd.DataFrame(sorted(reasons.items()), columns=["file", "reason"])
    used = photos[~photos["photo_id"].isin(list(reasons))]
    exclusions = pd.concat([quarantine, named], ignore_index=True)
    return CuratedPhotos(used.reset_index(drop=True), exclusions, conflicts)


def label_conflicts(index: pd.DataFrame, *, max_distance: int) -> pd.DataFrame:
    """Find photos of which a copy or a near-duplicate lies in another class.

    Args:
        index: photo_id, class_name, sha256, perceptual_hash.
        max_distance: Greatest Hamming distance that counts as near.

    Returns:
        One row a photo: photo_id, class_name, its nearest photo of another class with its class,
        the bits by which their hashes differ, and whether both are the same file byte by byte.
    """
    found = nearest_pairs(
        list(index["perceptual_hash"]),
        list(index["class_name"]),
        max_distance=max_distance,
        mirrored=True,
    )
    one, other = (index.iloc[found[:, column]].reset_index(drop=True) for column in (0, 1))
    table = pd.DataFrame(
        {
            "photo_id": one["photo_id"],
            "class_name": one["class_name"],
            "other_photo_id": other["photo_id"],
            "other_class_name": other["class_name"],
            "bits": found[:, 2],
            "same_file": one["sha256"] == other["sha256"],
        },
        columns=CONFLICT_COLUMNS,
    )
    return table.sort_values(["bits", "photo_id"], kind="stable", ignore_index=True)


def conflict_reasons(conflicts: pd.DataFrame) -> dict[str, str]:
    """Say of each file that lies in two classes where else it lies: photo_id -> reason."""
    same = conflicts[conflicts["same_file"]]
    return {
        one: f"label conflict: the same file is {other}"
        for one, other in zip(same["photo_id"], same["other_photo_id"], strict=True)
    }


def small_classes(photos: pd.DataFrame, *, splits: int) -> dict[str, str]:
    """Name the classes with fewer groups than splits, and say so: class -> reason."""
    groups = photos.groupby("class_name")["group_id"].nunique()
    return {
        str(name): (
            f"class {name} has {number} independent group{'' if number == 1 else 's'} of photos;"
            f" {splits} are needed for one in each split"
        )
        for name, number in groups[groups < splits].items()
    }


def check_classes(
    photos: pd.DataFrame, small: Mapping[str, str], classes: Sequence[str] | None, *, splits: int
) -> None:
    """Raise UnusableClassesError where an asked-for class or a second class is missing."""
    there = sorted(set(photos["class_name"]) - set(small))
    if classes is not None and (missing := sorted(set(classes) - set(there))):
        reason = small.get(missing[0], f"class {missing[0]} has no usable photo")
        raise UnusableClassesError(
            f"{reason}; add photos of it or take it out of photos.classes in"
            " parameters_data_processing.yml"
        )
    if len(there) < FEWEST_CLASSES:
        raise UnusableClassesError(
            f"a classifier needs at least {FEWEST_CLASSES} classes with {splits} independent groups"
            f" of photos each, and there is {there or 'none'}; {'; '.join(small.values())}".rstrip(
                "; "
            )
        )


def names_in_table(
    photo_ids: Sequence[str], table: pd.DataFrame | None, column: str | None
) -> list[str]:
    """Name the group of each photo by a column of the user's table; empty cells name none.

    Args:
        photo_ids: The photos.
        table: photo_id and further columns, of a user; or None where there is no such file.
        column: Which column; None groups by none.

    Raises:
        ValueError: There is no table, no such column, or a photo without a row.
    """
    if column is None:
        return list(photo_ids)
    if table is None or not {"photo_id", column} <= set(table):
        seen = "there is no such table" if table is None else f"it has {sorted(map(str, table))}"
        raise ValueError(
            f"split.group_column is {column!r}, so the table photo_metadata needs the columns"
            f" photo_id and {column}; {seen}"
        )
    values = table.drop_duplicates("photo_id").set_index("photo_id")[column]
    if missing := sorted(set(photo_ids) - set(map(str, values.index))):
        raise ValueError(
            f"the table photo_metadata has no row for {len(missing)} photos, such as {missing[0]};"
            " add them, with an empty cell where a photo belongs to no group"
        )
    found = values.loc[list(photo_ids)].replace("", np.nan)
    return [
        one if pd.isna(value) else f"{column} {value}"
        for one, value in zip(photo_ids, found, strict=True)
    ]
