"""Nodes of the data_processing pipeline."""

import hashlib

import pandas as pd
import pytest

from wildroad.options import PhotoOptions, SplitOptions
from wildroad.pipelines.data_processing import nodes

SIZES = {"badger": 10, "boar": 20, "deer": 30, "fox": 200, "lynx": 40}
OPTIONS = SplitOptions()
NONE_LEFT_OUT = pd.DataFrame(columns=["file", "reason"])


@pytest.fixture
def index():
    """Photos of five classes of very different sizes, every tenth one a copy of the last."""
    names = [f"{name}/{number:03d}.jpg" for name, size in SIZES.items() for number in range(size)]
    shown = [name[:-5] + "0.jpg" if name[-5] == "9" else name for name in names]
    hashes = [hashlib.sha256(name.encode()).hexdigest() for name in shown]
    return pd.DataFrame(
        {
            "photo_id": names,
            "class_name": [name.split("/")[0] for name in names],
            "sha256": hashes,
            "perceptual_hash": hashes,
        }
    )


@pytest.fixture
def split(index):
    photos, _, _ = nodes.curate_photos(index, NONE_LEFT_OUT, None, PhotoOptions(), OPTIONS)
    return nodes.split_photos(photos, OPTIONS)


@pytest.mark.known_bug(13)
def test_every_class_has_its_share_in_every_split(index, split):
    for name, size in SIZES.items():
        counts = split.loc[split["class_name"] == name, "split"].value_counts()
        for part, share in OPTIONS.shares.items():
            assert abs(counts.get(part, 0) - share * size) <= 2, (name, part)
    assert nodes.audit_photo_split(split, index, NONE_LEFT_OUT, OPTIONS)["passed"].all()


@pytest.mark.known_bug(17)
def test_a_photo_and_its_copy_never_stand_in_two_splits(index, split):
    merged = split.merge(index[["photo_id", "sha256"]])
    copies = merged.groupby("sha256")
    assert (copies.size() == 2).sum() == sum(SIZES.values()) // 10
    assert (copies["split"].nunique() == 1).all()
    assert (copies["group_id"].nunique() == 1).all()
