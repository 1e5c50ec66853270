"""A DeepLabV3+ to start from: a public checkpoint, a pretrained backbone, or random weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from wildroad.core.checkpoints import Checkpoint, WeightsError, initial_weights, load_strictly
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
    select_classes,
)

CITYSCAPES_OUTPUTS = 19


@dataclass(frozen=True)
class SegmenterForm:
    """Which DeepLabV3+: its backbone, and its output stride (input pixels per deepest feature)."""

    backbone: BackboneName
    output_stride: OutputStride

    def build(self, classes: int) -> DeepLabV3Plus:
        """Build it with random weights."""
        return deeplab(self.backbone, classes=classes, output_stride=self.output_stride)


def public_classes() -> tuple[str, ...]:
    """Classes of a public Cityscapes checkpoint in the order of its outputs (train ids).

    >>> public_classes()[8:11]
    ('Vegetation', 'terrain', 'Sky')
    """
    table = road_classes()
    names = dict(zip(table["cityscapes_train_id"], table["class"], strict=True))
    return tuple(names.get(number, "terrain") for number in range(CITYSCAPES_OUTPUTS))


def pretrained_segmenter(checkpoint: str, form: SegmenterForm) -> DeepLabV3Plus:
    """Load a public checkpoint of the nineteen Cityscapes classes.

    Raises:
        WeightsError: It is missing, damaged, or of another model or output stride.
    """
    model = form.build(CITYSCAPES_OUTPUTS)
    load_public_checkpoint(model, Path(checkpoint).expanduser())
    return model


def fresh_segmenter(
    weights: str, form: SegmenterForm, classes: Sequence[str], *, seed: int
) -> DeepLabV3Plus:
    """Build a segmenter whose decoder is random, and its backbone only where "none" is asked for.

    Args:
        weights: Of the backbone: "none", a name of torchvision's, or the path of a file.
        form: Which DeepLabV3+.
        classes: Its outputs.
        seed: Of the random weights.

    Raises:
        WeightsError: The weights can't be had or are of another network.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = form.build(len(classes))
    state = initial_weights(form.backbone, weights)
    if state is not None:
        load_backbone_weights(model, state)
    return model


def with_classes(model: nn.Module, form: SegmenterForm, classes: Sequence[str]) -> DeepLabV3Plus:
    """Keep those outputs of a public checkpoint that are among ``classes``, in their order.

    Raises:
        WeightsError: A class is not among the nineteen.
    """
    known = public_classes()
    if missing := [name for name in classes if name not in known]:
        raise WeightsError(f"the public checkpoint has no output for {missing}, only {known}")
    state = select_classes(model.state_dict(), [known.index(name) for name in classes])
    kept = form.build(len(classes))
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
