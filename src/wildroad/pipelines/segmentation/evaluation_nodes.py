"""Nodes of the segmentation pipeline that judge predicted masks and compare domains."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad.core import evaluation
from wildroad.core.domains import Domain
from wildroad.core.evaluation import SceneCounts, class_counts, label_counts, rows_of
from wildroad.core.failure_views import FailureView, view_failure
from wildroad.core.metrics import confusion as confusions_of
from wildroad.core.metrics import failures as failures_of
from wildroad.core.metrics.intervals import compare_classes, compare_overall
from wildroad.core.metrics.thresholds import score_average_precision, threshold_table
from wildroad.core.stacking import stack_tables
from wildroad.figures import road
from wildroad.figures.gallery import color_table, scene_gallery
from wildroad.figures.rendered import RenderedFigure
from wildroad.figures.road_colors import own_colors
from wildroad.options import EvaluationOptions, RoadEvaluationOptions

GALLERY_SCENES = 4
FAILURE_WIDTH = 480
Masks = Mapping[str, NDArray[np.uint8]]
Pictures = Mapping[str, NDArray[np.uint8]]


def count_pixels(domain: Domain, predicted: Masks) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count each scene's pixels by target label and predicted class, and what of each instance."""
    return evaluation.count_scenes(domain, predicted)


def score_domain(
    domain: Domain,
    confusions: pd.DataFrame,
    instances: pd.DataFrame,
    options: EvaluationOptions,
    road_options: RoadEvaluationOptions,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Score from the counts alone: classes, overall, confusion, what ignored labels are called."""
    space, classes = domain.space, domain.space.classes
    found = SceneCounts(confusions, instances)
    by_class, overall = evaluation.score_scenes(
        domain, found, options.bootstrap, sizes=road_options.instance_sizes
    )
    labels, row_class = rows_of(space)
    confusion = class_counts(confusions, space).sum(0)
    called = label_counts(confusions, space).sum(0)
    return (
        by_class,
        overall,
        confusions_of.confusion_table(confusion, classes),
        confusions_of.ignored_table(called, labels, row_class, classes),
    )


def score_thresholds(
    domain: Domain, confusions: pd.DataFrame, options: EvaluationOptions
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Precision, recall and F1 of each class over IoU thresholds, and its average precision."""
    counts, classes = class_counts(confusions, domain.space), domain.space.classes
    precision, _ = score_average_precision(counts, classes, options.bootstrap)
    return threshold_table(counts, classes), precision


def find_failures(
    domain: Domain, confusions: pd.DataFrame, options: RoadEvaluationOptions
) -> pd.DataFrame:
    """Find the scenes that contain a class and where it went wrong, and say how."""
    return failures_of.find_failures(
        class_counts(confusions, domain.space),
        list(confusions["scene_id"].unique()),
        domain.space.classes,
        iou_at_most=options.failure_iou,
        per_class=options.failures_per_class,
    )


def draw_failures(domain: Domain, predicted: Masks, failures: pd.DataFrame) -> RenderedFigure:
    """Show every failure: photo, target and predicted mask."""
    views = [view for _, view in failure_views(domain, predicted, failures)]
    return road.failure_gallery(failures, views, domain.space.classes, domain.space.class_colors())


def picture_failures(
    domain: Domain, predicted: Masks, failures: pd.DataFrame
) -> tuple[Pictures, Pictures]:
    """Give the photo "CLASS/RANK" of each failure, and its masks "CLASS/RANK/target|predicted"."""
    views = dict(failure_views(domain, predicted, failures))
    masks = {
        f"{name}/{kind}": getattr(view, kind)
        for name, view in views.items()
        for kind in ("target", "predicted")
    }
    return {name: view.photo for name, view in views.items()}, masks


def failure_views(
    domain: Domain, predicted: Masks, failures: pd.DataFrame
) -> Iterator[tuple[str, FailureView]]:
    """Cut out where each failure is; its name is "CLASS/RANK"."""
    classes = domain.space.classes
    colors = color_table(domain.space.class_colors())
    for row in failures.to_dict("records"):
        scene_id = str(row["scene_id"])
        view = view_failure(
            domain.image(scene_id),
            domain.target(scene_id),
            predicted[scene_id],
            index=classes.index(row["class_name"]),
            colors=colors,
            mostly_missed=row["missed_pixels"] >= row["false_pixels"],
            width=FAILURE_WIDTH,
        )
        yield f"{row['class_name']}/{row['rank']}", view


def compare_domains(
    idd: Domain,
    cityscapes: Domain,
    idd_confusions: pd.DataFrame,
    cityscapes_confusions: pd.DataFrame,
    options: EvaluationOptions,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare each class and overall scores; no rows where the domains have different classes."""
    classes = idd.space.classes
    here = class_counts(cityscapes_confusions, cityscapes.space)
    there = class_counts(idd_confusions, idd.space)
    comparable = cityscapes.space.classes == classes
    if not comparable:
        here = there
    table = compare_classes(here, there, classes, options.bootstrap)
    summary = compare_overall(here, there, options.bootstrap)
    names = {f"{score}_{side}": f"{score}_{domain}" for score in ("iou", "value")
             for side, domain in (("a", "cityscapes"), ("b", "idd"))}  # fmt: skip
    kept = slice(None) if comparable else slice(0)
    return table.rename(columns=names)[kept], summary.rename(columns=names)[kept]


def draw_gallery(domain: Domain, predicted: Masks) -> RenderedFigure:
    """Show some test scenes, evenly spread: photo, target and predicted mask."""
    scene_ids = list(predicted)
    chosen = scene_ids[:: max(1, len(scene_ids) // GALLERY_SCENES)][:GALLERY_SCENES]
    rows = [
        (scene_id, domain.image(scene_id), domain.target(scene_id), predicted[scene_id])
        for scene_id in chosen
    ]
    return scene_gallery(rows, domain.space.classes, domain.space.class_colors())


def stack_domains(**tables: pd.DataFrame) -> pd.DataFrame:
    """Put the tables of all domains below each other; each keyword names a domain."""
    return stack_tables(tables, key="domain")


def plot_confusions(table: pd.DataFrame) -> tuple[RenderedFigure, ...]:
    """Draw the confusion matrix of each domain in per cent of each target."""
    return tuple(road.road_confusion(rows) for _, rows in table.groupby("domain", sort=False))


def plot_pixel_counts(table: pd.DataFrame) -> tuple[RenderedFigure, ...]:
    """Draw the confusion matrix of each domain in pixels."""
    return tuple(road.pixel_counts(rows) for _, rows in table.groupby("domain", sort=False))


def plot_thresholds(table: pd.DataFrame) -> tuple[RenderedFigure, ...]:
    """Draw precision, recall and F1 of every class over the IoU thresholds, for each domain."""
    return tuple(road.threshold_curves(rows) for _, rows in table.groupby("domain", sort=False))


def plot_class_scores(table: pd.DataFrame, **domains: Domain) -> RenderedFigure:
    """Draw the IoU of every class in each domain; each keyword names a domain."""
    mixed = {name: domain.space.contaminated() for name, domain in domains.items()}
    return road.class_scores(table, mixed)


def plot_cross_domain(table: pd.DataFrame) -> RenderedFigure:
    """Draw the difference between the domains for every class."""
    return road.cross_domain(table)


def plot_ignored_labels(table: pd.DataFrame, labels: pd.DataFrame) -> RenderedFigure:
    """Draw what labels ignored as target are called."""
    return road.ignored_labels(table, own_colors(labels))
