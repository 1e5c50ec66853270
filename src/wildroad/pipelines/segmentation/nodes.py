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
from wildroad.core.instance_maps import find_instances
from wildroad.core.labels import label_space
from wildroad.core.lazy import OnePass
from wildroad.core.models import segmenters
from wildroad.core.models.classifiers import trainable_parameters
from wildroad.core.provenance import provenance
from wildroad.core.recipes import Recipe
from wildroad.core.road_training import fit_segmenter
from wildroad.core.segmentation import predict_masks
from wildroad.core.training_store import TrainingStore
from wildroad.datasets.folder import Folder
from wildroad.figures import road
from wildroad.figures.rendered import RenderedFigure
from wildroad.options import (
    ComputeOptions,
    InferenceOptions,
    RoadModelOptions,
    RoadTrainingOptions,
)

Masks = Mapping[str, NDArray[np.uint8]]


def open_domain(
    folder: Folder, scenes: pd.DataFrame, masks: Masks, overview: pd.DataFrame
) -> Domain:
    """Bring together what belongs to one domain."""
    space = label_space(overview["label_space"].item())
    test = scenes[scenes["role"] == "test"]
    instances = find_instances(folder.path, test, space)
    return Domain(folder.path, scenes, masks, space, instances)


def train_road_model(
    idd: Domain,
    cityscapes: Domain,
    store: TrainingStore,
    model_options: RoadModelOptions,
    training: RoadTrainingOptions,
    compute: ComputeOptions,
) -> tuple[Checkpoint, pd.DataFrame, pd.DataFrame]:
    """Train the segmenter, or take the checkpoint as it is; give checkpoint, history and facts."""
    domain = {"idd": idd, "cityscapes": cityscapes}[training.domain]
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
    summary = describe_segmenter(checkpoint, history, domain, training, recipe)
    return checkpoint, history, summary.assign(**provenance(checkpoint, device))


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


def plot_road_history(history: pd.DataFrame) -> RenderedFigure:
    """Draw the training of the segmenter by epoch."""
    return road.road_history(history)
