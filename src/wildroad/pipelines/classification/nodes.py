"""Nodes of the classification pipeline."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
    photos: PhotoOptions,
    model_options: ModelOptions,
    training: TrainingOptions,
    compute: ComputeOptions,
) -> tuple[Checkpoint, pd.DataFrame, pd.DataFrame]:
    """Train one classifier; give checkpoint, history and a row of facts."""
    classes, size = class_names(split, photos), photos.image_size
    device = choose_device(compute.device)
    bfloat16 = uses_bfloat16(compute.precision, device)
    model = build_classifier(
        model_options.architecture,
        classes=len(classes),
        image_size=size,
        weights=initial_weights(model_options.architecture, model_options.weights),
        seed=training.seed,
    )
    facts = CheckpointFacts(
        task="classification",
        architecture=model_options.architecture,
        classes=classes,
        height=size,
        width=size,
        mean=model_options.mean,
        std=model_options.std,
        initial_weights=weights_name(model_options.weights),
    )
    train = split[split["split"] == "train"]
    checkpoint, history = fit_classifier(
        model,
        facts,
        train_photos=labelled_photos([(images, train), (extra_images, extra)], classes),
        val_photos=labelled_photos([(images, split[split["split"] == "val"])], classes),
        recipe=training.recipe(bfloat16=bfloat16),
        batch_size=training.batch_size,
        label_smoothing=training.label_smoothing,
        device=device,
        title=f"Training {model_options.architecture}",
    )
    row = {
        "architecture": facts.architecture,
        "initial_weights": facts.initial_weights,
        "trainable_parameters": trainable_parameters(model),
        "image_size": size,
        "epochs": training.epochs,
        "best_epoch": checkpoint.facts.best_epoch,
        "train_photos": len(train),
        "extra_photos": len(extra),
        "recipe": training.in_words(bfloat16=bfloat16),
    }
    return checkpoint, history, pd.DataFrame([row])


def weights_name(weights: str) -> str:
    """Name of the initial weights for tables: a file by its name, without the folder it is in."""
    return weights.rsplit("/", 1)[-1]


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
    logits = predict_logits(model, photos, batch_size=training.batch_size, device=device)
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
