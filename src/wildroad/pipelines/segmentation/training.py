"""The node of the segmentation pipeline that trains: from domains to a checkpoint."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from wildroad import core
from wildroad.core.checkpoint_facts import Checkpoint, CheckpointFacts, WeightsError
from wildroad.core.domains import Domain
from wildroad.core.stores import ConvertedWeights, TrainingStore
from wildroad.options import ComputeOptions, RoadModelOptions, RoadTrainingOptions

if TYPE_CHECKING:
    from wildroad.core.models.segmenters import NamedSegmenter
    from wildroad.core.recipes import Recipe


def train_road_model(
    store: TrainingStore,
    converted: ConvertedWeights,
    model_options: RoadModelOptions,
    training: RoadTrainingOptions,
    compute: ComputeOptions,
    **domains: Domain,
) -> tuple[Checkpoint, pd.DataFrame, pd.DataFrame]:
    """Train the segmenter, or take the checkpoint as it is; give checkpoint, history and facts."""
    domain = training_domain(domains, training.domain)
    launcher = compute.launcher
    recipe = training.recipe(bfloat16=launcher.place.bfloat16)
    started = starting_model(model_options, training, domain.space.classes, converted)
    facts = starting_facts(model_options, training, started)
    checkpoint, history = Checkpoint(facts, started.model.state_dict()), empty_history()
    if training.epochs:
        fit = partial(
            core.road_training.fit_segmenter,
            started.model,
            facts,
            domain,
            recipe=recipe,
            scenes=training.scene_recipe,
            device=launcher.device,
            store=store,
            title=f"Training {core.models.segmenters.segmenter_title(facts.architecture)}",
        )
        checkpoint, history = launcher.run(fit, watching=store)
    summary = describe_segmenter(checkpoint, history, domain, training, recipe)
    return (
        checkpoint,
        history,
        summary.assign(**core.provenance.provenance(checkpoint, launcher.place.name)),
    )


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
    options: RoadModelOptions, training: RoadTrainingOptions, started: "NamedSegmenter"
) -> CheckpointFacts:
    """What is known of the segmenter before it is trained."""
    return CheckpointFacts(
        task="segmentation",
        architecture=options.form.name,
        classes=started.outputs,
        height=training.view[0],
        width=training.view[1],
        output_stride=started.model.output_stride,
        initial_weights=Path(options.checkpoint or options.weights).name,
        initial_sha256=core.models.public_weights.sha256_of(options.checkpoint or options.weights),
    )


def describe_segmenter(
    checkpoint: Checkpoint,
    history: pd.DataFrame,
    domain: Domain,
    training: RoadTrainingOptions,
    recipe: "Recipe",
) -> pd.DataFrame:
    """One row of facts on the segmenter."""
    facts = checkpoint.facts
    row = {
        "architecture": core.models.segmenters.segmenter_title(facts.architecture),
        "output_stride": facts.output_stride,
        "initial_weights": facts.initial_weights,
        "initial_sha256": facts.initial_sha256,
        "trained_on": training.domain if training.epochs else "as published",
        "trainable_parameters": core.models.classifiers.trainable_parameters(
            core.models.segmenters.restore_segmenter(checkpoint)
        ),
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
    options: RoadModelOptions,
    training: RoadTrainingOptions,
    evaluated: tuple[str, ...],
    converted: ConvertedWeights | None = None,
) -> "NamedSegmenter":
    """Build the model that training starts from or that is used as it is, and name its outputs.

    Raises:
        WeightsError: Nothing to use: no checkpoint, and no training asked for.
    """
    form, seed = options.form, training.seed
    if options.checkpoint:
        known = core.models.segmenters.pretrained_segmenter(options.checkpoint, form, converted)
        if not training.epochs:
            return known
        return core.models.segmenters.NamedSegmenter(
            core.models.segmenters.with_classes(known, form, evaluated, seed=seed), evaluated
        )
    if not training.epochs:
        raise WeightsError(
            "there is no segmenter: set params:road_model.checkpoint to the path of a public"
            " DeepLabV3+ checkpoint, or params:road_training.epochs to more than 0"
        )
    fresh = core.models.segmenters.fresh_segmenter(options.weights, form, evaluated, seed=seed)
    return core.models.segmenters.NamedSegmenter(fresh, evaluated)


def empty_history() -> pd.DataFrame:
    """The history of a model that was not trained here."""
    columns = ["epoch", "learning_rate", "train_loss", "val_loss", "val_mean_iou"]
    return pd.DataFrame({name: pd.Series(dtype=float) for name in columns})
