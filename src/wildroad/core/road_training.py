"""Training a segmenter on the scenes of a domain."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

import pandas as pd
import torch
from torch import Tensor, nn

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts
from wildroad.core.domains import Domain
from wildroad.core.labels import IGNORED
from wildroad.core.ranks import Ranks
from wildroad.core.recipes import Recipe
from wildroad.core.segmentation_training import (
    Augmentation,
    SegmentationBatches,
    measure_segmentation,
    rarity_weights,
    segmentation_loss,
)
from wildroad.core.training import Selection, train
from wildroad.core.training_scenes import TrainingScenes
from wildroad.core.training_store import TrainingStore

SMALLEST = 2
"""Fewest scenes a micro-batch may have: batch normalisation can't learn of one."""


GIB = 2**30


@dataclass(frozen=True)
class SceneRecipe:
    """What training on scenes adds to a recipe.

    Attributes:
        size: Rows and columns that the scenes are resized to, in pixels; None for their own.
        crop: Rows and columns of the random views that the network sees.
        batch_size: Scenes a step.
        rarity: Power of the inverse class frequency that weighs the classes, 0 for none.
        augmentation: Random changes of the scenes.
        validate: Whether to choose the epoch by val scenes; else the last one is kept.
        held_gib: Memory for decoded scenes, in GiB; more scenes are decoded again in each epoch.
    """

    size: tuple[int, int] | None
    crop: tuple[int, int]
    batch_size: int
    rarity: float
    augmentation: Augmentation
    validate: bool = True
    held_gib: float = 2.0

    def open(self, domain: Domain, role: str) -> TrainingScenes:
        """Open the scenes of a role.

        Raises:
            ValueError: The domain has no scene of the role.
        """
        if not domain.ids(role):
            without = ", or set params:road_training.validate_epochs to false"
            raise ValueError(
                f"there are no {role} scenes in {domain.root.name} to train with: change the roles"
                f" in parameters_data_processing.yml{without if role == 'val' else ''}"
            )
        held = int(self.held_gib * GIB / 2) // Ranks.current().size
        return TrainingScenes(domain, role, size=self.size, held_bytes=held)

    @property
    def selection(self) -> Selection:
        """How the epoch is chosen."""
        return Selection("val_mean_iou" if self.validate else "epoch", greatest=True)

    @property
    def settings(self) -> dict[str, object]:
        """What decides the training: all but the memory."""
        return {name: value for name, value in asdict(self).items() if name != "held_gib"}


def fit_segmenter(
    model: nn.Module,
    facts: CheckpointFacts,
    domain: Domain,
    *,
    recipe: Recipe,
    scenes: SceneRecipe,
    device: torch.device,
    store: TrainingStore | None = None,
    title: str | None = None,
) -> tuple[Checkpoint, pd.DataFrame]:
    """Train on the domain's train scenes and keep the epoch of the best mean IoU on its val scenes.

    Processes that are joined in a group divide each batch and the validation among them.

    Args:
        model: Trained in place.
        facts: What is known of it.
        domain: Whose scenes.
        recipe: How to train.
        scenes: What training on scenes adds to it.
        device: Where to train.
        store: Keeps the state of the training between epochs.
        title: What the progress bar says; None shows no bar.

    Returns:
        The checkpoint, and the history: epoch, learning_rate, train_loss, val_loss, val_mean_iou
        (the last two are NaN without validation).

    Raises:
        ValueError: The domain has no train or no val scenes, or a scene can't be read.
        DivergedError: The loss is no longer finite.
        MemoryExhaustedError: The device has too little memory for two scenes at a time.
    """
    roles = ("train", "val") if scenes.validate else ("train",)
    opened = [scenes.open(domain, role) for role in roles]
    classes = len(facts.classes)
    surveys = [
        one.survey(classes=classes, title=title and f"Reading the {role} scenes")
        for role, one in zip(roles, opened, strict=True)
    ]
    weights = rarity_weights(surveys[0].class_pixels, power=scenes.rarity).to(device)
    batches = SegmentationBatches(
        opened[0],
        size=scenes.crop,
        batch_size=scenes.batch_size,
        seed=recipe.seed,
        device=device,
        augmentation=scenes.augmentation,
    )
    settings = {
        "facts": asdict(facts),
        "scenes": scenes.settings,
        "pixels": [survey.digest for survey in surveys],
    }
    result = train(
        model.to(memory_format=torch.channels_last).to(device),
        batches=batches,
        steps_per_epoch=len(batches),
        loss=partial(segmentation_loss, class_weights=weights),
        weigh=partial(target_weight, class_weights=weights),
        smallest=SMALLEST,
        measure=partial(
            validate,
            val_scenes=opened[1:],
            recipe=recipe,
            batch_size=scenes.batch_size,
            weights=weights,
        ),
        recipe=recipe,
        select=scenes.selection,
        device=device,
        head=("classifier.",),
        store=store,
        settings=lambda: settings,
        title=title,
    )
    return Checkpoint(replace(facts, best_epoch=result.best_epoch), result.state), result.history


def validate(
    model: nn.Module,
    *,
    val_scenes: Sequence[TrainingScenes],
    recipe: Recipe,
    batch_size: int,
    weights: Tensor,
) -> dict[str, float]:
    """Validation figures in the precision and with the weights of training; NaN without scenes."""
    if not val_scenes:
        return {"val_loss": math.nan, "val_mean_iou": math.nan}
    return measure_segmentation(
        model,
        val_scenes[0],
        classes=len(weights),
        batch_size=batch_size,
        device=weights.device,
        bfloat16=recipe.bfloat16,
        class_weights=weights,
    )


def target_weight(target: Tensor, *, class_weights: Tensor) -> Tensor:
    """Sum of the weights of the pixels that aren't ignored; next to nothing where all are."""
    weight = class_weights[target[target != IGNORED]].sum()
    return weight.clamp(min=torch.finfo(weight.dtype).tiny)
