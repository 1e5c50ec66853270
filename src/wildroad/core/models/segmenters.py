"""A DeepLabV3+ to start from: a public checkpoint, a pretrained backbone, or random weights."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from wildroad.core.checkpoints import Checkpoint, WeightsError, initial_weights
from wildroad.core.labels import road_classes
from wildroad.core.models.deeplab import (
    BackboneName,
    DeepLabV3Plus,
    OutputStride,
    check_output_stride,
    deeplab,
    load_public_checkpoint,
)
from wildroad.core.models.public_weights import (
    load_backbone_weights,
    load_strictly,
    select_classes,
)

CITYSCAPES_OUTPUTS = 19


def public_classes() -> tuple[str, ...]:
    """Classes of a public Cityscapes checkpoint in the order of its outputs (train ids).

    >>> public_classes()[8:11]
    ('Vegetation', 'terrain', 'Sky')
    """
    table = road_classes()
    names = dict(zip(table["cityscapes_train_id"], table["class"], strict=True))
    return tuple(names.get(number, "terrain") for number in range(CITYSCAPES_OUTPUTS))


def pretrained_segmenter(
    checkpoint: str, *, backbone: BackboneName, output_stride: OutputStride
) -> DeepLabV3Plus:
    """Load a public checkpoint of the nineteen Cityscapes classes.

    Raises:
        WeightsError: It is missing, damaged, or of another model or output stride.
    """
    model = deeplab(backbone, classes=CITYSCAPES_OUTPUTS, output_stride=output_stride)
    load_public_checkpoint(model, Path(checkpoint).expanduser())
    return model


def fresh_segmenter(
    weights: str,
    *,
    backbone: BackboneName,
    output_stride: OutputStride,
    classes: Sequence[str],
    seed: int,
) -> DeepLabV3Plus:
    """Build a segmenter whose decoder is random, and its backbone only where "none" is asked for.

    Args:
        weights: Of the backbone: "none", a name of torchvision's, or the path of a file.
        backbone: Its backbone.
        output_stride: 8 or 16.
        classes: Its outputs.
        seed: Of the random weights.

    Raises:
        WeightsError: The weights can't be had or are of another network.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = deeplab(backbone, classes=len(classes), output_stride=output_stride)
    state = initial_weights(backbone, weights)
    if state is not None:
        load_backbone_weights(model, state)
    return model


def with_classes(model: DeepLabV3Plus, backbone: BackboneName, classes: Sequence[str]) -> nn.Module:
    """Keep those outputs of a public checkpoint that are among ``classes``, in their order.

    Raises:
        WeightsError: A class is not among the nineteen.
    """
    known = public_classes()
    if missing := [name for name in classes if name not in known]:
        raise WeightsError(f"the public checkpoint has no output for {missing}, only {known}")
    state = select_classes(model.state_dict(), [known.index(name) for name in classes])
    kept = deeplab(backbone, classes=len(classes), output_stride=model.output_stride)
    load_strictly(kept, state, source="the checkpoint")
    return kept


def restore_segmenter(checkpoint: Checkpoint) -> DeepLabV3Plus:
    """Build the segmenter of a checkpoint with its weights, in eval mode."""
    facts = checkpoint.facts
    backbone: BackboneName = facts.architecture  # type: ignore[assignment]
    stride: OutputStride = facts.output_stride  # type: ignore[assignment]
    model = deeplab(backbone, classes=len(facts.classes), output_stride=stride)
    check_output_stride(model, trained_at=facts.output_stride)
    load_strictly(model, checkpoint.state, source="the checkpoint")
    return model.eval()


def class_lookup(outputs: Sequence[str], evaluated: Sequence[str]) -> NDArray[np.uint8]:
    """Evaluated class of each output, or K ("other") where it is none of them.

    >>> class_lookup(["Road", "terrain", "Sky"], ["Sky", "Road"]).tolist()
    [1, 2, 0]

    Raises:
        WeightsError: No output is evaluated: model and data set have nothing in common.
    """
    index = {name: number for number, name in enumerate(evaluated)}
    lookup = np.array([index.get(name, len(evaluated)) for name in outputs], np.uint8)
    if (lookup == len(evaluated)).all():
        raise WeightsError(
            f"the model knows {list(outputs)} and the data set is evaluated on {list(evaluated)}:"
            " no class in common"
        )
    return lookup
