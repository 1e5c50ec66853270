"""Nodes of the classification pipeline."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import nn

from wildroad.core.augmentation import choose_parents as draw_parents
from wildroad.core.augmentation import extra_photos
from wildroad.core.checkpoints import Checkpoint, CheckpointFacts, initial_weights
from wildroad.core.classification import (
    ClassifierInput,
    fit_classifier,
    labelled_photos,
    predict_logits,
    prediction_table,
)
from wildroad.core.devices import choose_device, uses_bfloat16
from wildroad.core.image_array import ImageArray
from wildroad.core.lazy import LazyMapping
from wildroad.core.metrics import classification as metrics
from wildroad.core.models.classifiers import (
    build_classifier,
    restore_classifier,
    trainable_parameters,
)
from wildroad.core.stacking import stack_tables
from wildroad.core.training_store import TrainingStore
from wildroad.figures import wildlife
from wildroad.figures.rendered import RenderedFigure
from wildroad.options import (
    AugmentationOptions,
    ComputeOptions,
    EvaluationOptions,
    ModelOptions,
    PhotoOptions,
    TrainingOptions,
)


def choose_parents(split: pd.DataFrame, options: AugmentationOptions) -> pd.DataFrame:
    """Draw which training photos the extra photos are made from."""
    return draw_parents(split, count=options.extra_photos, seed=options.seed)


def make_extra_photos(
    images: ImageArray, parents: pd.DataFrame, options: AugmentationOptions
) -> LazyMapping[NDArray[np.uint8]]:
    """Distort the parents into extra photos, when they are written."""
    return extra_photos(images, parents, distortion=options.distortion, seed=options.seed)


def class_names(split: pd.DataFrame, photos: PhotoOptions) -> tuple[str, ...]:
    """Classes in the order of the outputs: as configured, else sorted."""
    return photos.classes or tuple(sorted(split["class_name"].unique()))


def train_classifier(
    images: ImageArray,
    split: pd.DataFrame,
    extra_images: ImageArray,
    extra: pd.DataFrame,
    store: TrainingStore,
    photos: PhotoOptions,
    model_options: ModelOptions,
    training: TrainingOptions,
    compute: ComputeOptions,
) -> tuple[Checkpoint, pd.DataFrame, pd.DataFrame]:
    """Train one classifier; give checkpoint, history and a row of facts."""
    device = choose_device(compute.device)
    recipe = training.recipe(bfloat16=uses_bfloat16(compute.precision, device))
    facts = starting_facts(split, photos, model_options)
    train, val = (split[split["split"] == part] for part in ("train", "val"))
    checkpoint, history = fit_classifier(
        starting_model(facts, model_options, training),
        facts,
        train_photos=labelled_photos([(images, train), (extra_images, extra)], facts.classes),
        val_photos=labelled_photos([(images, val)], facts.classes),
        recipe=recipe,
        batch_size=training.batch_size,
        label_smoothing=training.label_smoothing,
        rarity=training.rarity,
        device=device,
        store=store,
        title=f"Training {model_options.architecture}",
    )
    summary = describe_classifier(checkpoint).assign(
        epochs=len(history),
        best_epoch=checkpoint.facts.best_epoch,
        train_photos=len(train),
        extra_photos=len(extra),
        recipe=training.in_words(bfloat16=recipe.bfloat16),
    )
    return checkpoint, history, summary


def starting_facts(
    split: pd.DataFrame, photos: PhotoOptions, options: ModelOptions
) -> CheckpointFacts:
    """What is known of a classifier before it is trained."""
    return CheckpointFacts(
        task="classification",
        architecture=options.architecture,
        classes=class_names(split, photos),
        height=photos.image_size,
        width=photos.image_size,
        mean=options.mean,
        std=options.std,
        initial_weights=file_name(options.weights),
    )


def starting_model(
    facts: CheckpointFacts, options: ModelOptions, training: TrainingOptions
) -> nn.Module:
    """The classifier that training starts from."""
    return build_classifier(
        facts.architecture,
        classes=len(facts.classes),
        image_size=facts.height,
        weights=initial_weights(options.architecture, options.weights),
        seed=training.seed,
    )


def describe_classifier(checkpoint: Checkpoint) -> pd.DataFrame:
    """One row of facts on a classifier."""
    facts = checkpoint.facts
    row = {
        "architecture": facts.architecture,
        "initial_weights": facts.initial_weights,
        "trainable_parameters": trainable_parameters(restore_classifier(checkpoint)),
        "image_size": facts.height,
    }
    return pd.DataFrame([row])


def file_name(weights: str) -> str:
    """Name of the initial weights for tables: a file by its name, without the folder it is in."""
    return Path(weights).name


def predict_photos(
    images: ImageArray,
    split: pd.DataFrame,
    checkpoint: Checkpoint,
    training: TrainingOptions,
    compute: ComputeOptions,
) -> pd.DataFrame:
    """Predict every photo of every split once, with its id."""
    device = choose_device(compute.device)
    classes = checkpoint.facts.classes
    model = ClassifierInput(restore_classifier(checkpoint), checkpoint.facts).to(device).eval()
    photos = labelled_photos([(images, split)], classes)
    logits = predict_logits(
        model, photos, batch_size=training.batch_size, device=device, title="Predicting photos"
    )
    return prediction_table(logits, split, classes)


def score_predictions(
    predictions: pd.DataFrame, checkpoint: Checkpoint, options: EvaluationOptions
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Score the test photos: overall figures, per class, confusion, reliability."""
    classes = checkpoint.facts.classes
    test = predictions[predictions["split"] == "test"]
    confusion = metrics.count_confusion(test["target"], test["predicted"], classes)
    return (
        metrics.score_overall(test, classes, resamples=options.resamples, seed=options.seed),
        metrics.score_classes(confusion, classes),
        metrics.confusion_table(confusion, classes),
        metrics.reliability(test),
    )


def plot_confusion(confusion: pd.DataFrame) -> RenderedFigure:
    """Draw the confusion matrix of one model."""
    return wildlife.confusion_heatmap(confusion)


def stack_models(**tables: pd.DataFrame) -> pd.DataFrame:
    """Put the tables of all models below each other; each keyword names a model."""
    return stack_tables(tables, key="model")


def plot_history(history: pd.DataFrame) -> RenderedFigure:
    """Draw loss and accuracy of every model by epoch."""
    return wildlife.history_curves(history)


def plot_comparison(table: pd.DataFrame) -> RenderedFigure:
    """Draw top-1 and macro F1 of every model with intervals."""
    return wildlife.model_comparison(table)


def plot_reliability(table: pd.DataFrame) -> RenderedFigure:
    """Draw accuracy against confidence of every model."""
    return wildlife.reliability_diagram(table)
