"""Training a segmenter on the scenes of a domain."""

from dataclasses import dataclass, replace

import pandas as pd
import torch
from torch import nn

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts
from wildroad.core.domains import Domain, Pixels
from wildroad.core.segmentation import (
    Augmentation,
    SegmentationBatches,
    measure_segmentation,
    rarity_weights,
    segmentation_loss,
    stack_scenes,
)
from wildroad.core.training import Recipe, Selection, train


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
    title: str | None = None,
) -> tuple[Checkpoint, pd.DataFrame]:
    """Train on the domain's train scenes and keep the epoch of the best mean IoU on its val scenes.

    Returns:
        The checkpoint, and the history: epoch, learning_rate, train_loss, val_loss, val_mean_iou.

    Raises:
        ValueError: The domain has no train or no val scenes.
        DivergedError: The loss is no longer finite.
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
        loss=lambda logits, target: segmentation_loss(logits, target, class_weights=weights),
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
        title=title,
    )
    return Checkpoint(replace(facts, best_epoch=result.best_epoch), result.state), result.history


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
