"""Nodes of the data_processing pipeline."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad import core
from wildroad.core.checkpoint_facts import CheckpointFacts
from wildroad.core.curation import curate, names_in_table
from wildroad.core.domains import Domain
from wildroad.core.duplicates import burst_names
from wildroad.core.examples import best_examples
from wildroad.core.image_array import ImageArray
from wildroad.core.images import index_photos as index_folder
from wildroad.core.images import resized_photos
from wildroad.core.lazy import LazyMapping
from wildroad.core.masks import count_labels, distribution
from wildroad.core.own_labels import space_of_table, space_table
from wildroad.core.scenes import index_scenes as index_root
from wildroad.core.scenes import read_target
from wildroad.core.stacking import stack_tables
from wildroad.core.subsets import assign_roles
from wildroad.core.thumbnails import thumbnails
from wildroad.datasets.folder import Folder
from wildroad.figures import road, wildlife
from wildroad.figures.class_gallery import EXAMPLES, class_gallery, small_example
from wildroad.figures.rendered import RenderedFigure
from wildroad.figures.road_colors import own_colors
from wildroad.options import (
    ComputeOptions,
    LabelAuditOptions,
    ModelOptions,
    PhotoOptions,
    RoleOptions,
    SplitOptions,
)
from wildroad.scene_options import OwnScenesOptions

SHEET_PHOTOS = 4
Masks = Mapping[str, NDArray[np.uint8]]


def index_photos(folder: Folder, options: PhotoOptions) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Describe every photo; give the index and the table of files that cannot be used."""
    found = index_folder(folder.path, classes=options.classes, progress=True)
    return found.photos, found.quarantine


def curate_photos(
    index: pd.DataFrame,
    quarantine: pd.DataFrame,
    metadata: pd.DataFrame | None,
    photos: PhotoOptions,
    split: SplitOptions,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Group near-duplicates; give photos to use, files left out with reasons, label conflicts."""
    photo_ids = list(index["photo_id"])
    curated = curate(
        index,
        quarantine,
        max_distance=photos.max_hash_distance,
        links=[
            burst_names(photo_ids, photos.burst_pattern),
            names_in_table(photo_ids, metadata, split.group_column),
        ],
        splits=split.used,
        classes=photos.classes,
    )
    return curated.photos, curated.exclusions, curated.conflicts


def split_photos(photos: pd.DataFrame, options: SplitOptions) -> pd.DataFrame:
    """Give each photo to train, val or test, a group never to two of them."""
    split = core.splits.split_groups(
        photos["class_name"], photos["group_id"], shares=options.shares, seed=options.seed
    )
    return photos.assign(split=split)


def audit_photo_split(
    split: pd.DataFrame, index: pd.DataFrame, exclusions: pd.DataFrame, options: SplitOptions
) -> pd.DataFrame:
    """Check the split table and say what was observed and what is allowed."""
    return core.splits.audit_split(
        split,
        options.shares,
        found=frozenset(index["photo_id"]),
        excluded=frozenset(exclusions["file"]),
    )


def count_classes(split: pd.DataFrame) -> pd.DataFrame:
    """Count each class overall and in each split."""
    return core.splits.class_distribution(split)


def decode_photos(
    folder: Folder,
    index: pd.DataFrame,
    split: pd.DataFrame,
    options: PhotoOptions,
    compute: ComputeOptions,
) -> Mapping[str, NDArray[np.uint8]]:
    """Decode and resize every photo of the split table, when it is written."""
    sha256 = dict(zip(index["photo_id"], index["sha256"], strict=True))
    photo_ids = list(split["photo_id"])
    photos = resized_photos(folder.path, photo_ids, size=options.image_size, sha256=sha256)
    return compute.launcher.spread(photos)


def describe_photos(
    folder: Folder,
    split: pd.DataFrame,
    exclusions: pd.DataFrame,
    conflicts: pd.DataFrame,
    options: PhotoOptions,
) -> pd.DataFrame:
    """Say in one row what the wildlife data is."""
    groups = split["group_id"].value_counts()
    row = {
        "folder": folder.name,
        "photos": len(split),
        "excluded": len(exclusions),
        "conflicts": len(conflicts),
        "classes": split["class_name"].nunique(),
        "groups": len(groups),
        "largest_group": groups.max(),
        "image_size": options.image_size,
    }
    splits = {name: (split["split"] == name).sum() for name in ("train", "val", "test")}
    return pd.DataFrame([row | splits])


def plot_class_distribution(table: pd.DataFrame) -> RenderedFigure:
    """Draw the class counts and the shares within the splits."""
    return wildlife.class_distribution(table)


def draw_photo_sheet(images: ImageArray, split: pd.DataFrame) -> RenderedFigure:
    """Show the first photos of each class as the models see them."""
    different = split.drop_duplicates("group_id")
    shown = different.groupby("class_name").head(SHEET_PHOTOS)
    shown = shown.sort_values("class_name", kind="stable")
    pixels = images.pixels[images.rows(list(shown["photo_id"]))]
    titles = [name.replace("_", " ") for name in shown["class_name"]]
    return wildlife.photo_sheet(pixels, titles, columns=2 * SHEET_PHOTOS)


def make_thumbnails(images: ImageArray) -> LazyMapping[NDArray[np.uint8]]:
    """Make the small copies that the report shows beside numbers, when they are written."""
    return thumbnails(images)


def find_quality_issues(images: ImageArray, index: pd.DataFrame) -> pd.DataFrame:
    """List the photos that a person should look at, and why."""
    return core.quality.quality_issues(images, index)


def doubt_labels(
    images: ImageArray,
    split: pd.DataFrame,
    options: LabelAuditOptions,
    compute: ComputeOptions,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Name the labels that are probably wrong, and say how good the judge is."""
    model = options.model
    features = core.prediction.published_features(
        images,
        split,
        describe_judge(images, split, model),
        weights=core.checkpoints.initial_weights(model.architecture, model.weights),
        seed=options.seed,
        launcher=compute.launcher,
    )
    audit = core.label_suspects.audit_labels(
        split, features, fewest_right=options.fewest_right, seed=options.seed
    )
    row = {
        "architecture": model.architecture,
        "initial_weights": Path(model.weights).name,
        "photos": len(split),
        "accuracy": audit.accuracy,
        "fewest_right": options.fewest_right,
        "suspects": len(audit.suspects),
    }
    return audit.suspects, pd.DataFrame([row])


def describe_judge(
    images: ImageArray, split: pd.DataFrame, options: ModelOptions
) -> CheckpointFacts:
    """What is known of the classifier whose features judge the labels."""
    return CheckpointFacts(
        task="classification",
        architecture=options.architecture,
        classes=tuple(sorted(split["class_name"].unique())),
        height=images.pixels.shape[1],
        width=images.pixels.shape[2],
        mean=options.mean,
        std=options.std,
        initial_weights=Path(options.weights).name,
    )


def draw_quality_sheet(images: ImageArray, issues: pd.DataFrame) -> RenderedFigure:
    """Show the worst photos of each issue."""
    shown = issues.groupby("issue").head(SHEET_PHOTOS)
    pixels = images.pixels[images.rows(list(shown["photo_id"]))]
    titles = [
        f"{issue.replace('_', ' ')}: {score:.2f}"
        for issue, score in zip(shown["issue"], shown["score"], strict=True)
    ]
    return wildlife.photo_sheet(pixels, titles, columns=2 * SHEET_PHOTOS)


def index_scenes(
    folder: Folder, data_set: OwnScenesOptions | None, options: RoleOptions
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Find the scenes; give them with roles, the quarantine, an overview and the label space."""
    found = index_root(folder.path, own=data_set.scenes if data_set else None, progress=True)
    role = assign_roles(
        found.scenes,
        test_splits=options.test_splits or tuple(found.scenes["split"].unique()),
        test_share=options.test_share,
        val_share=options.val_share,
        seed=options.seed,
    )
    scenes = found.scenes.copy()
    scenes.insert(3, "role", role)
    counts = {name: (role == name).sum() for name in ("train", "val", "test", "unused")}
    row = {
        "folder": folder.name,
        "layout": found.layout,
        "label_space": found.label_space,
        "scenes": len(scenes),
        **counts,
        "quarantined": len(found.quarantine),
    }
    return scenes, found.quarantine, pd.DataFrame([row]), space_table(found.space)


def draw_masks(folder: Folder, scenes: pd.DataFrame, labels: pd.DataFrame) -> Masks:
    """Make the target mask of each scene in use, in ids of its label space, when it is written."""
    space = space_of_table(labels)
    used = scenes[scenes["role"] != "unused"]
    files = dict(zip(used["scene_id"], used["annotation_file"], strict=True))
    return LazyMapping(
        list(files), lambda scene_id: read_target(folder.path, files[scene_id], space=space)
    )


def count_scene_labels(masks: Masks, labels: pd.DataFrame) -> pd.DataFrame:
    """Count the pixels of each label in each scene."""
    return count_labels(masks.items(), space_of_table(labels))


def sum_scene_labels(counts: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Sum the pixels of each label, and count the scenes it is in."""
    return distribution(counts, space_of_table(labels))


def draw_class_gallery(
    folder: Folder,
    scenes: pd.DataFrame,
    masks: Masks,
    counts: pd.DataFrame,
    labels: pd.DataFrame,
) -> RenderedFigure:
    """Show each class in two scenes, in the data sets' own colours."""
    domain = Domain(folder.path, scenes, masks, space_of_table(labels))
    space = domain.space
    chosen = best_examples(counts, scenes, space, per_class=EXAMPLES)
    examples = {
        str(name): [
            small_example(domain.image(one), domain.target(one)) for one in rows["scene_id"]
        ]
        for name, rows in chosen.groupby("class_name")
    }
    return class_gallery(examples, space.classes, space.class_colors())


def stack_domains(**tables: pd.DataFrame) -> pd.DataFrame:
    """Put the tables of all domains below each other; each keyword names a domain."""
    return stack_tables(tables, key="domain")


def plot_scene_distribution(table: pd.DataFrame, labels: pd.DataFrame) -> RenderedFigure:
    """Draw the pixel shares of the classes in each domain."""
    return road.scene_distribution(table, own_colors(labels))
