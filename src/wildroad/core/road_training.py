"""Training a segmenter on the scenes of a domain."""

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
from wildroad.core.segmentation import (
    Augmentation,
    SegmentationBatches,
    measure_segmentation,
    rarity_weights,
    segmentation_loss,
    stack_scenes,
)
from wildroad.core.training import Recipe, Selection, train
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
    images, masks = stack_role(domain, "train", scenes)
    val_images, val_masks = stack_role(domain, "val", scenes)
    weights = rarity_weights(masks, classes=len(facts.classes), power=scenes.rarity).to(device)
    batches = SegmentationBatches(
        images,
        masks,
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
        measure=lambda current: measure_segmentation(
            current,
            val_images,
            val_masks,
            classes=len(facts.classes),
            batch_size=scenes.batch_size,
            device=device,
            bfloat16=recipe.bfloat16,
            class_weights=weights,
        ),
        recipe=recipe,
        select=Selection("val_mean_iou", greatest=True),
        device=device,
        head=("classifier.",),
        store=store,
        settings=lambda: {
            "facts": asdict(facts),
            "scenes": asdict(scenes),
            "arrays": [array_digest(one) for one in (images, masks, val_images, val_masks)],
        },
        title=title,
    )
    return Checkpoint(replace(facts, best_epoch=result.best_epoch), result.state), result.history


def target_weight(target: Tensor, *, class_weights: Tensor) -> Tensor:
    """Sum of the weights of the pixels that aren't ignored; next to nothing where all are."""
    weight = class_weights[target[target != IGNORED]].sum()
    return weight.clamp(min=torch.finfo(weight.dtype).tiny)


def array_digest(array: Pixels) -> str:
    """Hash of an array's bytes."""
    return sha256(np.ascontiguousarray(array).data).hexdigest()


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
