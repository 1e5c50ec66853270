"""Nodes of the segmentation pipeline."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts, WeightsError
from wildroad.core.devices import choose_device, uses_bfloat16
from wildroad.core.domains import Domain
from wildroad.core.evaluation import class_counts, count_scenes, label_counts, rows_of
from wildroad.core.lazy import OnePass
from wildroad.core.metrics import segmentation as metrics
from wildroad.core.models import segmenters
from wildroad.core.models.classifiers import trainable_parameters
from wildroad.core.own_labels import space_of_table
from wildroad.core.recipes import Recipe
from wildroad.core.road_training import fit_segmenter
from wildroad.core.segmentation import predict_masks
from wildroad.core.stacking import stack_tables
from wildroad.core.training_store import TrainingStore
from wildroad.datasets.folder import Folder
from wildroad.figures import road
from wildroad.figures.gallery import scene_gallery
from wildroad.figures.rendered import RenderedFigure
from wildroad.options import (
    ComputeOptions,
    EvaluationOptions,
    InferenceOptions,
    RoadModelOptions,
    RoadTrainingOptions,
)

GALLERY_SCENES = 4
Masks = Mapping[str, NDArray[np.uint8]]


def open_domain(folder: Folder, scenes: pd.DataFrame, masks: Masks, labels: pd.DataFrame) -> Domain:
    """Bring together what belongs to one domain."""
    return Domain(folder.path, scenes, masks, space_of_table(labels))


def train_road_model(
    store: TrainingStore,
    model_options: RoadModelOptions,
    training: RoadTrainingOptions,
    compute: ComputeOptions,
    **domains: Domain,
) -> tuple[Checkpoint, pd.DataFrame, pd.DataFrame]:
    """Train the segmenter, or take the checkpoint as it is; give checkpoint, history and facts."""
    domain = training_domain(domains, training.domain)
    device = choose_device(compute.device)
    recipe = training.recipe(bfloat16=uses_bfloat16(compute.precision, device))
    model, classes = starting_model(model_options, training, domain.space.classes)
    facts = starting_facts(model_options, training, classes)
    checkpoint, history = Checkpoint(facts, model.state_dict()), empty_history()
    if training.epochs:
        checkpoint, history = fit_segmenter(
            model,
            facts,
            domain,
            recipe=recipe,
            scenes=training.scene_recipe,
            device=device,
            store=store,
            title="Training DeepLabV3+",
        )
    return checkpoint, history, describe_segmenter(checkpoint, history, domain, training, recipe)


def training_domain(domains: Mapping[str, Domain], name: str) -> Domain:
    """The domain to train on.

    Raises:
        ValueError: There is none of this name.
    """
    if name not in domains:
        raise ValueError(
            f"params:road_training.domain is {name!r}, but there are {', '.join(domains)}"
        )
    return domains[name]


def starting_facts(
    options: RoadModelOptions, training: RoadTrainingOptions, classes: tuple[str, ...]
) -> CheckpointFacts:
    """What is known of the segmenter before it is trained."""
    return CheckpointFacts(
        task="segmentation",
        architecture=options.backbone,
        classes=classes,
        height=training.height,
        width=training.width,
        output_stride=options.output_stride,
        initial_weights=Path(options.checkpoint or options.weights).name,
    )


def describe_segmenter(
    checkpoint: Checkpoint,
    history: pd.DataFrame,
    domain: Domain,
    training: RoadTrainingOptions,
    recipe: Recipe,
) -> pd.DataFrame:
    """One row of facts on the segmenter."""
    facts = checkpoint.facts
    row = {
        "architecture": f"DeepLabV3+ {facts.architecture}",
        "output_stride": facts.output_stride,
        "initial_weights": facts.initial_weights,
        "trained_on": training.domain if training.epochs else "as published",
        "trainable_parameters": trainable_parameters(segmenters.restore_segmenter(checkpoint)),
        "epochs": len(history),
        "best_epoch": facts.best_epoch,
        "train_scenes": len(domain.ids("train")) if training.epochs else 0,
        "height": facts.height,
        "width": facts.width,
        "classes": len(facts.classes),
        "recipe": training.in_words(bfloat16=recipe.bfloat16),
    }
    return pd.DataFrame([row])


def starting_model(
    options: RoadModelOptions, training: RoadTrainingOptions, evaluated: tuple[str, ...]
) -> tuple[nn.Module, tuple[str, ...]]:
    """Build the model that training starts from or that is used as it is, and name its outputs.

    Raises:
        WeightsError: Nothing to use: no checkpoint, and no training asked for.
    """
    if options.checkpoint:
        published = segmenters.pretrained_segmenter(options.checkpoint, options.form)
        if not training.epochs:
            return published, segmenters.public_classes()
        return segmenters.with_classes(published, options.form, evaluated), evaluated
    if not training.epochs:
        raise WeightsError(
            "there is no segmenter: set params:road_model.checkpoint to the path of a public"
            " DeepLabV3+ checkpoint, or params:road_training.epochs to more than 0"
        )
    return segmenters.fresh_segmenter(
        options.weights, options.form, evaluated, seed=training.seed
    ), evaluated


def empty_history() -> pd.DataFrame:
    """The history of a model that was not trained here."""
    columns = ["epoch", "learning_rate", "train_loss", "val_loss", "val_mean_iou"]
    return pd.DataFrame({name: pd.Series(dtype=float) for name in columns})


def predict_scenes(
    domain: Domain, checkpoint: Checkpoint, options: InferenceOptions, compute: ComputeOptions
) -> Masks:
    """Predict the mask of each test scene at the size of its target."""
    device = choose_device(compute.device)
    model = segmenters.restore_segmenter(checkpoint)
    model = model.to(memory_format=torch.channels_last).to(device)
    predicted = predict_masks(
        model,
        test_scenes(domain),
        size=options.size,
        batch_size=options.batch_size,
        device=device,
        class_lookup=segmenters.class_lookup(checkpoint.facts.classes, domain.space.classes),
        bfloat16=uses_bfloat16(compute.precision, device),
    )
    return OnePass(domain.ids("test"), predicted)


def test_scenes(domain: Domain) -> Iterator[tuple[str, NDArray[np.uint8], tuple[int, int]]]:
    """Id, image and size of the target of each test scene."""
    for scene_id in domain.ids("test"):
        height, width = domain.masks[scene_id].shape
        yield scene_id, domain.image(scene_id), (height, width)


def count_confusions(domain: Domain, predicted: Masks) -> pd.DataFrame:
    """Count the pixels of each scene by target label and predicted class."""
    return count_scenes(domain, predicted)


def score_domain(
    domain: Domain, confusions: pd.DataFrame, options: EvaluationOptions
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Score from the counts alone: classes, overall, confusion, what ignored labels are called."""
    space, classes = domain.space, domain.space.classes
    counts = class_counts(confusions, space)
    intervals = metrics.bootstrap_iou(counts, resamples=options.resamples, seed=options.seed)
    labels, row_class = rows_of(space)
    return (
        metrics.score_classes_with_intervals(counts, classes, intervals),
        metrics.score_overall_with_intervals(counts, intervals),
        metrics.confusion_table(counts.sum(0), classes),
        metrics.ignored_table(label_counts(confusions, space).sum(0), labels, row_class, classes),
    )


def compare_domains(
    idd: Domain,
    cityscapes: Domain,
    idd_confusions: pd.DataFrame,
    cityscapes_confusions: pd.DataFrame,
    options: EvaluationOptions,
) -> pd.DataFrame:
    """Compare the IoU of each class; no rows where the domains have different classes."""
    if idd.space.classes != cityscapes.space.classes:
        columns = ["class_name", "iou_cityscapes", "iou_idd", "difference", "low", "high"]
        return pd.DataFrame(columns=columns)
    table = metrics.difference_intervals(
        class_counts(cityscapes_confusions, cityscapes.space),
        class_counts(idd_confusions, idd.space),
        idd.space.classes,
        resamples=options.resamples,
        seed=options.seed,
    )
    return table.rename(columns={"iou_a": "iou_cityscapes", "iou_b": "iou_idd"})


def draw_gallery(domain: Domain, predicted: Masks) -> RenderedFigure:
    """Show some test scenes, evenly spread: photo, target and predicted mask."""
    scene_ids = list(predicted)
    chosen = scene_ids[:: max(1, len(scene_ids) // GALLERY_SCENES)][:GALLERY_SCENES]
    rows = [
        (scene_id, domain.image(scene_id), domain.target(scene_id), predicted[scene_id])
        for scene_id in chosen
    ]
    return scene_gallery(rows, domain.space.classes, domain.space.class_colors())


def plot_pixel_confusion(confusion: pd.DataFrame) -> RenderedFigure:
    """Draw the confusion matrix of one domain."""
    return road.road_confusion(confusion)


def stack_domains(**tables: pd.DataFrame) -> pd.DataFrame:
    """Put the tables of all domains below each other; each keyword names a domain."""
    return stack_tables(tables, key="domain")


def plot_class_scores(table: pd.DataFrame) -> RenderedFigure:
    """Draw the IoU of every class in both domains."""
    return road.class_scores(table)


def plot_cross_domain(table: pd.DataFrame) -> RenderedFigure:
    """Draw the difference between the domains for every class."""
    return road.cross_domain(table)


def plot_ignored_labels(table: pd.DataFrame, labels: pd.DataFrame) -> RenderedFigure:
    """Draw what labels ignored as target are called."""
    return road.ignored_labels(table, road.own_colors(labels))


def plot_road_history(history: pd.DataFrame) -> RenderedFigure:
    """Draw the training of the segmenter by epoch."""
    return road.road_history(history)
