"""Nodes of the classification pipeline."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wildroad import core
from wildroad.core.centroids import compare_distances
from wildroad.core.checkpoint_facts import Checkpoint, CheckpointFacts
from wildroad.core.devices import choose_device
from wildroad.core.image_array import ImageArray
from wildroad.core.lazy import LazyMapping
from wildroad.core.metrics import classification as metrics
from wildroad.core.metrics.calibration import score_calibration, with_targets
from wildroad.core.mistakes import confident_mistakes
from wildroad.core.photo_outputs import PhotoOutputs
from wildroad.core.stacking import stack_tables
from wildroad.core.stores import TrainingStore
from wildroad.figures import wildlife
from wildroad.figures.embedding import embedding_2d, embedding_3d
from wildroad.figures.mistakes import mistake_gallery, photo_and_heat
from wildroad.figures.rendered import RenderedFigure
from wildroad.options import (
    AugmentationOptions,
    ComputeOptions,
    EmbeddingOptions,
    EvaluationOptions,
    ModelOptions,
    PhotoOptions,
    TrainingOptions,
)

if TYPE_CHECKING:
    from torch import nn


def choose_parents(split: pd.DataFrame, options: AugmentationOptions) -> pd.DataFrame:
    """Draw which training photos the extra photos are made from."""
    return core.augmentation.choose_parents(split, count=options.extra_photos, seed=options.seed)


def make_extra_photos(
    images: ImageArray, parents: pd.DataFrame, options: AugmentationOptions
) -> LazyMapping[NDArray[np.uint8]]:
    """Distort the parents into extra photos, when they are written."""
    return core.augmentation.extra_photos(
        images, parents, distortion=options.distortion, seed=options.seed
    )


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
    augmentation: AugmentationOptions,
    compute: ComputeOptions,
) -> tuple[Checkpoint, pd.DataFrame, pd.DataFrame]:
    """Train one classifier; give checkpoint, history and a row of facts."""
    launcher = compute.launcher
    recipe = training.recipe(bfloat16=launcher.place.bfloat16)
    facts = starting_facts(split, photos, model_options)
    train, val = (split[split["split"] == part] for part in ("train", "val"))
    fit = partial(
        core.classification.fit_classifier,
        starting_model(facts, model_options, training),
        facts,
        train_photos=core.classification.labelled_photos(
            [(images, train), (extra_images, extra)], facts.classes
        ),
        val_photos=core.classification.labelled_photos([(images, val)], facts.classes),
        recipe=recipe,
        batch_size=training.batch_size,
        label_smoothing=training.label_smoothing,
        rarity=training.rarity,
        distortion=augmentation.in_training,
        device=launcher.device,
        store=store,
        title=f"Training {model_options.architecture}",
    )
    checkpoint, history = launcher.run(fit, watching=store)
    summary = describe_classifier(checkpoint).assign(
        epochs=len(history),
        best_epoch=checkpoint.facts.best_epoch,
        train_photos=len(train),
        extra_photos=len(extra),
        recipe=training.in_words(bfloat16=recipe.bfloat16) + augmentation.in_words(),
        **core.provenance.provenance(checkpoint, launcher.place.name),
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
) -> "nn.Module":
    """The classifier that training starts from."""
    return core.models.classifiers.build_classifier(
        facts.architecture,
        classes=len(facts.classes),
        image_size=facts.height,
        weights=core.checkpoints.initial_weights(options.architecture, options.weights),
        seed=training.seed,
    )


def describe_classifier(checkpoint: Checkpoint) -> pd.DataFrame:
    """One row of facts on a classifier."""
    facts = checkpoint.facts
    row = {
        "architecture": facts.architecture,
        "initial_weights": facts.initial_weights,
        "trainable_parameters": core.models.classifiers.trainable_parameters(
            core.models.classifiers.restore_classifier(checkpoint)
        ),
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
) -> tuple[pd.DataFrame, PhotoOutputs]:
    """Predict every photo of every split once: answers, and the outputs they come from."""
    classes = checkpoint.facts.classes
    model = core.models.classifiers.restore_classifier(checkpoint)
    outputs = core.prediction.predict_by_all(
        core.classification.ClassifierInput(model, checkpoint.facts).eval(),
        images,
        split,
        classes,
        batch_size=training.batch_size,
        launcher=compute.launcher,
        title="Predicting photos",
    )
    return core.prediction.outputs_table(outputs, split, classes), outputs


def score_predictions(
    predictions: pd.DataFrame,
    outputs: PhotoOutputs,
    checkpoint: Checkpoint,
    options: EvaluationOptions,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Score the test photos: overall figures, per class, confusion, reliability."""
    classes = checkpoint.facts.classes
    val, test = (predictions[predictions["split"] == part] for part in ("val", "test"))
    confusion = metrics.count_confusion(test["target"], test["predicted"], classes)
    overall = metrics.score_overall(test, classes, resamples=options.resamples, seed=options.seed)
    honesty = score_calibration(*(with_targets(outputs, one, classes) for one in (val, test)))
    return (
        pd.concat([overall, honesty], ignore_index=True),
        metrics.score_classes(confusion, classes),
        metrics.confusion_table(confusion, classes),
        metrics.reliability(test),
    )


def plot_confusion(confusion: pd.DataFrame) -> RenderedFigure:
    """Draw the confusion matrix of one model."""
    return wildlife.confusion_heatmap(confusion)


def find_mistakes(predictions: pd.DataFrame) -> pd.DataFrame:
    """List the wrong test photos that the model was surest of."""
    return confident_mistakes(predictions)


def explain_mistakes(
    images: ImageArray, mistakes: pd.DataFrame, checkpoint: Checkpoint, compute: ComputeOptions
) -> ImageArray:
    """Map where in each of these photos the model found what it answered."""
    return core.gradcam.heat_maps(
        checkpoint,
        images,
        list(mistakes["photo_id"]),
        list(mistakes["predicted"]),
        device=choose_device(compute.device),
    )


def picture_mistakes(
    images: ImageArray, mistakes: pd.DataFrame, heat: ImageArray
) -> LazyMapping[NDArray[np.uint8]]:
    """Put each of these photos and its heat map side by side, when they are written."""
    photo_ids = list(mistakes["photo_id"])
    return LazyMapping(photo_ids, lambda one: photo_and_heat(images[one], heat[one]))


def plot_mistakes(images: ImageArray, mistakes: pd.DataFrame, heat: ImageArray) -> RenderedFigure:
    """Show the photos of these mistakes, each with its heat map."""
    photo_ids = list(mistakes["photo_id"])
    photos, warmth = ([source[one] for one in photo_ids] for source in (images, heat))
    return mistake_gallery(mistakes, photos, warmth)


def embed_train_and_val(
    outputs: PhotoOutputs, split: pd.DataFrame, options: EmbeddingOptions, compute: ComputeOptions
) -> pd.DataFrame:
    """Lay train and val photos out in one plane by their features."""
    photos = core.embedding.choose_photos(
        split, "train", "val", most=options.most_photos, seed=options.seed
    )
    return embed(outputs, photos, options, compute, dimensions=2)


def embed_val(
    outputs: PhotoOutputs, split: pd.DataFrame, options: EmbeddingOptions, compute: ComputeOptions
) -> pd.DataFrame:
    """Lay val photos out in space by their features."""
    photos = core.embedding.choose_photos(split, "val", most=options.most_photos, seed=options.seed)
    return embed(outputs, photos, options, compute, dimensions=3)


def embed(
    outputs: PhotoOutputs,
    photos: pd.DataFrame,
    options: EmbeddingOptions,
    compute: ComputeOptions,
    *,
    dimensions: int,
) -> pd.DataFrame:
    """Lay chosen photos out by their features, on the device."""
    return core.embedding.embedding_table(
        outputs,
        photos,
        dimensions=dimensions,
        perplexity=options.perplexity,
        seed=options.seed,
        device=choose_device(compute.device),
    )


def plot_embedding_2d(embedding: pd.DataFrame, split: pd.DataFrame) -> RenderedFigure:
    """Draw the plane, after checking its classes against the stored ones."""
    core.embedding.check_labels(embedding, split)
    return embedding_2d(embedding)


def plot_embedding_3d(embedding: pd.DataFrame, split: pd.DataFrame) -> RenderedFigure:
    """Draw the space, after checking its classes against the stored ones."""
    core.embedding.check_labels(embedding, split)
    return embedding_3d(embedding)


def compare_models(predictions: pd.DataFrame) -> pd.DataFrame:
    """Test for each pair of models whether the test photos tell them apart."""
    return core.metrics.significance.compare_pairs(predictions, list(predictions["model"].unique()))


def measure_centroids(
    predictions: pd.DataFrame,
    split: pd.DataFrame,
    mistakes: pd.DataFrame,
    **outputs: PhotoOutputs,
) -> pd.DataFrame:
    """Measure how far the mistakes lie from class centroids in every model's feature space."""
    return compare_distances(outputs, predictions, split, list(mistakes["photo_id"]))


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
