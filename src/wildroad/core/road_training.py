"""Training a segmenter on the scenes of a domain."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts
from wildroad.core.domains import Domain, Pixels
from wildroad.core.labels import IGNORED
from wildroad.core.recipes import Recipe
from wildroad.core.segmentation import (
    Augmentation,
    SegmentationBatches,
    measure_segmentation,
    rarity_weights,
    segmentation_loss,
    stack_scenes,
)
from wildroad.core.training import Selection, train
from wildroad.core.training_store import TrainingStore

SMALLEST = 2
"""Fewest scenes a micro-batch may have: batch normalisation can't learn of one."""


@dataclass(frozen=True)
class SceneRecipe:
    """What training on scenes adds to a recipe.

    Attributes:
        height: Rows the scenes are resized to, in pixels.
        width: Columns.
        batch_size: Scenes a step.
        rarity: Power of the inverse class frequency that weighs the classes, 0 for none.
        augmentation: Random changes of the scenes.
    """

    height: int
    width: int
    batch_size: int
    rarity: float
    augmentation: Augmentation


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
        The checkpoint, and the history: epoch, learning_rate, train_loss, val_loss, val_mean_iou.

    Raises:
        ValueError: The domain has no train or no val scenes.
        DivergedError: The loss is no longer finite.
        MemoryExhaustedError: The device has too little memory for two scenes at a time.
    """
    learned, validated = (stack_role(domain, role, scenes) for role in ("train", "val"))
    weights = rarity_weights(learned[1], classes=len(facts.classes), power=scenes.rarity)
    weights = weights.to(device)
    batches = SegmentationBatches(
        *learned,
        batch_size=scenes.batch_size,
        seed=recipe.seed,
        device=device,
        augmentation=scenes.augmentation,
    )
    result = train(
        model.to(memory_format=torch.channels_last).to(device),
        batches=batches,
        steps_per_epoch=len(batches),
        loss=partial(segmentation_loss, class_weights=weights),
        weigh=partial(target_weight, class_weights=weights),
        smallest=SMALLEST,
        measure=partial(
            validate, pixels=validated, recipe=recipe, batch_size=scenes.batch_size, weights=weights
        ),
        recipe=recipe,
        select=Selection("val_mean_iou", greatest=True),
        device=device,
        head=("classifier.",),
        store=store,
        settings=lambda: scene_settings(facts, scenes, [*learned, *validated]),
        title=title,
    )
    return Checkpoint(replace(facts, best_epoch=result.best_epoch), result.state), result.history


def validate(
    model: nn.Module,
    *,
    pixels: tuple[Pixels, Pixels],
    recipe: Recipe,
    batch_size: int,
    weights: Tensor,
) -> dict[str, float]:
    """Validation figures on images and masks, in the precision and with the weights of training."""
    return measure_segmentation(
        model,
        *pixels,
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


def scene_settings(
    facts: CheckpointFacts, scenes: SceneRecipe, arrays: Sequence[Pixels]
) -> dict[str, object]:
    """What tells a training on scenes from another: facts, recipe, and hashes of the pixels."""
    digests = [sha256(np.ascontiguousarray(one).data).hexdigest() for one in arrays]
    return {"facts": asdict(facts), "scenes": asdict(scenes), "arrays": digests}


def stack_role(domain: Domain, role: str, scenes: SceneRecipe) -> tuple[Pixels, Pixels]:
    """Images (N, 3, H, W) and class masks (N, H, W) of a role at the size of training.

    Raises:
        ValueError: The domain has no scene of the role.
    """
    if not domain.ids(role):
        raise ValueError(
            f"there are no {role} scenes in {domain.root.name} to train with:"
            " change the roles in parameters_data_processing.yml"
        )
    return stack_scenes(domain.pairs(role), height=scenes.height, width=scenes.width)
