"""A segmenter to start from: a checkpoint, a pretrained backbone, or random weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wildroad.core.checkpoints import (
    Checkpoint,
    CheckpointFacts,
    WeightsError,
    initial_weights,
    load_strictly,
    read_checkpoint,
)
from wildroad.core.labels import road_classes
from wildroad.core.models.classifiers import Normalise
from wildroad.core.models.deeplab import (
    BackboneName,
    DeepLabV3Plus,
    OutputStride,
    check_output_stride,
    deeplab,
    load_public_checkpoint,
)
from wildroad.core.models.public_weights import ConvertedWeights, load_backbone_weights
from wildroad.core.models.segmenter import Segmenter
from wildroad.core.models.torchvision_segmenters import (
    NAMES,
    TorchvisionSegmenter,
    load_classifier_weights,
    published_weights,
    whole_model,
)

DEEPLAB = "deeplabv3plus"
ARCHITECTURES: tuple[str, ...] = (DEEPLAB, *NAMES)
CITYSCAPES_OUTPUTS = 19
T = TypeVar("T")


@dataclass(frozen=True)
class SegmenterForm:
    """Which segmenter.

    Attributes:
        backbone: Of DeepLabV3+.
        output_stride: Of DeepLabV3+: input pixels per deepest feature.
        architecture: "deeplabv3plus", or a segmentation model of torchvision, which has a backbone
            and a stride of its own.
    """

    backbone: BackboneName
    output_stride: OutputStride
    architecture: str = DEEPLAB

    @property
    def name(self) -> str:
        """What checkpoints call it: the backbone of DeepLabV3+, or the other architecture."""
        return self.backbone if self.architecture == DEEPLAB else self.architecture

    def build(self, classes: int) -> Segmenter:
        """Build it with random weights."""
        if self.architecture == DEEPLAB:
            return deeplab(self.backbone, classes=classes, output_stride=self.output_stride)
        return TorchvisionSegmenter(self.architecture, classes=classes)


@dataclass(frozen=True)
class NamedSegmenter:
    """A segmenter and the classes of its outputs, in their order; empty where they are unknown."""

    model: Segmenter
    outputs: tuple[str, ...]


def form_of(facts: CheckpointFacts) -> SegmenterForm:
    """Which segmenter a checkpoint is of."""
    if facts.architecture not in get_args(BackboneName):
        return SegmenterForm("resnet50", 16, facts.architecture)
    backbone: BackboneName = facts.architecture  # type: ignore[assignment]
    stride: OutputStride = facts.output_stride  # type: ignore[assignment]
    return SegmenterForm(backbone, stride)


def segmenter_title(name: str) -> str:
    """What people call the segmenter of a checkpoint.

    >>> segmenter_title("resnet50"), segmenter_title("fcn_resnet50")
    ('DeepLabV3+ resnet50', 'fcn_resnet50')
    """
    return f"DeepLabV3+ {name}" if name in get_args(BackboneName) else name


def public_classes() -> tuple[str, ...]:
    """Classes of a public Cityscapes checkpoint in the order of its outputs (train ids).

    >>> public_classes()[8:11]
    ('Vegetation', 'terrain', 'Sky')
    """
    table = road_classes()
    names = dict(zip(table["cityscapes_train_id"], table["class"], strict=True))
    return tuple(names.get(number, "terrain") for number in range(CITYSCAPES_OUTPUTS))


def pretrained_segmenter(
    checkpoint: str, form: SegmenterForm, converted: ConvertedWeights | None = None
) -> NamedSegmenter:
    """Load a checkpoint of this project (.safetensors) or a public one of the Cityscapes classes.

    Args:
        checkpoint: Path of the file.
        form: Which segmenter it is of.
        converted: Where the safetensors version of a public checkpoint is kept, if anywhere.

    Raises:
        WeightsError: It is missing, damaged, or of another model or output stride.
    """
    path = Path(checkpoint).expanduser()
    if path.suffix == ".safetensors":
        return own_segmenter(path, form)
    model = form.build(CITYSCAPES_OUTPUTS)
    if not isinstance(model, DeepLabV3Plus):
        raise WeightsError(
            f"{path} is taken for a public DeepLabV3+ checkpoint, and the model is"
            f" {form.architecture}: set params:road_model.weights to a file of its weights"
        )
    load_public_checkpoint(model, path, converted)
    return NamedSegmenter(model, public_classes())


def own_segmenter(path: Path, form: SegmenterForm) -> NamedSegmenter:
    """Load a segmenter that this project trained.

    Raises:
        WeightsError: It is missing, damaged, no segmenter, or of another model or output stride.
    """
    checkpoint = read_checkpoint(path)
    facts = checkpoint.facts
    if (facts.task, facts.architecture) != ("segmentation", form.name):
        raise WeightsError(
            f"{path} is of {facts.architecture} for {facts.task}, not of {form.name}: set"
            " params:road_model to what it was trained as"
        )
    model = restore_segmenter(checkpoint)
    check_output_stride(form.build(1), trained_at=model.output_stride)
    return NamedSegmenter(model, facts.classes)


def fresh_segmenter(
    weights: str, form: SegmenterForm, classes: Sequence[str], *, seed: int
) -> Segmenter:
    """Build a segmenter whose head is random, and its backbone only where "none" is asked for.

    Published weights of a whole torchvision model keep the outputs of classes that are the same.

    Args:
        weights: Of the backbone, or of a whole torchvision model: "none", a name of torchvision's,
            or the path of a file.
        form: Which segmenter.
        classes: Its outputs.
        seed: Of the random weights.

    Raises:
        WeightsError: The weights can't be had or are of another network.
    """
    model = seeded(lambda: form.build(len(classes)), seed)
    if isinstance(model, TorchvisionSegmenter):
        return started_segmenter(model, weights, form, classes)
    state = initial_weights(form.backbone, weights)
    if state is not None:
        load_backbone_weights(model, state)
    return model


def started_segmenter(
    model: TorchvisionSegmenter, weights: str, form: SegmenterForm, classes: Sequence[str]
) -> Segmenter:
    """Load what there is for a random torchvision segmenter: all of it or its backbone."""
    state, outputs = published_weights(form.architecture, weights)
    whole = None if state is None else whole_model(state)
    if whole is not None:
        adapt_classes(model, whole, outputs, classes)
    elif state is not None:
        load_classifier_weights(model, state)
    return model


def with_classes(
    known: NamedSegmenter, form: SegmenterForm, classes: Sequence[str], *, seed: int
) -> Segmenter:
    """Give a segmenter other outputs: those it has are kept, the others start from random weights.

    Args:
        known: The segmenter.
        form: Which one it is.
        classes: The outputs, in their order.
        seed: Of the random weights.
    """
    model = seeded(lambda: form.build(len(classes)), seed)
    adapt_classes(model, known.model.state_dict(), known.outputs, classes)
    return model


def adapt_classes(
    model: Segmenter, state: dict[str, Tensor], outputs: Sequence[str], classes: Sequence[str]
) -> None:
    """Load a state with other outputs strictly: rows of the same class, else the model's own.

    Raises:
        WeightsError: The state is of another model.
    """
    rows = {name.casefold(): row for row, name in enumerate(outputs)}
    taken = [rows.get(name.casefold()) for name in classes]
    own = model.state_dict()
    adapted = {
        key: class_rows(value, own[key], taken)
        if key.startswith(model.class_layers) and key in own
        else value
        for key, value in state.items()
    }
    load_strictly(model, adapted, source="the checkpoint")


def class_rows(old: Tensor, own: Tensor, taken: Sequence[int | None]) -> Tensor:
    """Rows of ``old`` where one is named, else those of ``own``."""
    return torch.stack(
        [own[row] if source is None else old[source] for row, source in enumerate(taken)]
    )


def seeded(build: Callable[[], T], seed: int) -> T:
    """Build something from a seed; torch's global generator stays as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def restore_segmenter(checkpoint: Checkpoint) -> Segmenter:
    """Build the segmenter of a checkpoint with its weights, in eval mode."""
    facts = checkpoint.facts
    model = form_of(facts).build(len(facts.classes))
    check_output_stride(model, trained_at=facts.output_stride)
    load_strictly(model, checkpoint.state, source="the checkpoint")
    return model.eval()


class SegmenterInput(nn.Module):
    """A segmenter that takes uint8 images: normalises, then gives each pixel its logits."""

    def __init__(self, model: Segmenter, facts: CheckpointFacts) -> None:
        """Put the normalisation the weights were trained with before the model."""
        super().__init__()
        self.normalise = Normalise(facts.mean, facts.std)
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        """uint8 (N, 3, H, W) -> (N, K, H, W) logits."""
        logits: Tensor = self.model(self.normalise(images))
        return logits


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
