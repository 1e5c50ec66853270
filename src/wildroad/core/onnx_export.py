"""Models as ONNX files that take raw images, and the check that they compute the same.

Works for any model from uint8 (N, 3, H, W) to logits (N, K, ...), such as
``classification.ClassifierInput``: what prepares the pixels is part of the graph. A file is used
without this project:

    session = onnxruntime.InferenceSession("resnet18.onnx")
    logits, probabilities = session.run(None, {"images": images})

Legend: N images, K classes, H and W pixels.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from types import ModuleType

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wildroad.core.checkpoints import Checkpoint, encode_checkpoint

INPUT = "images"
LOGITS = "logits"
OPSET = 20
TRACED_IMAGES = 2


class ExportError(ValueError):
    """A model can't be exported, or its export computes something else."""


@dataclass(frozen=True)
class Parity:
    """How an exported model compares with the one it was made from, on the same images.

    Attributes:
        images: N.
        largest_difference: Greatest absolute difference of two logits.
        other_classes: Images (or pixels) whose greatest logit is of another class.
    """

    images: int
    largest_difference: float
    other_classes: int


class WithProbabilities(nn.Module):
    """A model that gives probabilities beside its logits."""

    outputs = (LOGITS, "probabilities")

    def __init__(self, model: nn.Module) -> None:
        """Keep the model."""
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """uint8 (N, 3, H, W) -> logits and probabilities, both (N, K, ...)."""
        logits = self.model(images)
        return logits, torch.softmax(logits, dim=1)


class WithClasses(nn.Module):
    """A model that gives the classes of the greatest logits beside them."""

    outputs = (LOGITS, "classes")

    def __init__(self, model: nn.Module) -> None:
        """Keep the model."""
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """uint8 (N, 3, H, W) -> logits (N, K, ...) and uint8 classes (N, ...)."""
        logits = self.model(images)
        return logits, logits.argmax(1).to(torch.uint8)


def needed(name: str) -> ModuleType:
    """Import a module of the optional extra.

    Raises:
        ExportError: It is not installed.
    """
    try:
        return import_module(name)
    except ImportError:
        raise ExportError(
            f'the Python module {name} is not installed: pip install "wildroad[onnx]"'
        ) from None


def export_onnx(
    model: nn.Module,
    *,
    height: int,
    width: int,
    metadata: Mapping[str, str],
    outputs: type[WithProbabilities] | type[WithClasses] = WithProbabilities,
) -> bytes:
    """Write a model as ONNX, for any number of images at a time; the same model, the same bytes.

    Args:
        model: In eval mode, on the CPU; uint8 (N, 3, height, width) -> (N, K, ...) logits.
        height: Rows of the images.
        width: Columns of the images.
        metadata: Written into the file.
        outputs: What the file gives beside the logits.

    Returns:
        The file: input ``images``, outputs ``logits`` and ``probabilities`` or ``classes``.

    Raises:
        ExportError: The optional extra is not installed.
    """
    for name in ("onnx", "onnxscript"):
        needed(name)
    example = torch.zeros(TRACED_IMAGES, 3, height, width, dtype=torch.uint8)
    program = torch.onnx.export(
        outputs(model).eval(),
        (example,),
        dynamo=True,
        opset_version=OPSET,
        input_names=[INPUT],
        output_names=outputs.outputs,
        dynamic_shapes=({0: torch.export.Dim("N")},),
        verbose=False,
    )
    if program is None:
        raise ExportError("torch.onnx.export gave no program")
    return encode(program, metadata)


def encode(program: torch.onnx.ONNXProgram, metadata: Mapping[str, str]) -> bytes:
    """Put in our metadata and leave out the notes of the exporter on how it came to each node."""
    proto = program.model_proto
    graph = proto.graph
    for part in (*graph.node, *graph.input, *graph.output, *graph.initializer, *graph.value_info):
        part.ClearField("metadata_props")
    graph.ClearField("metadata_props")
    proto.ClearField("metadata_props")
    for key, value in sorted(metadata.items()):
        proto.metadata_props.add(key=key, value=value)
    content: bytes = proto.SerializeToString(deterministic=True)
    return content


def describe_checkpoint(checkpoint: Checkpoint) -> dict[str, str]:
    """What a user of the exported model has to know: facts as JSON, sha256 of the checkpoint."""
    facts = asdict(checkpoint.facts)
    values = {name: json.dumps(value, ensure_ascii=False) for name, value in facts.items()}
    sha256 = hashlib.sha256(encode_checkpoint(checkpoint)).hexdigest()
    return values | {"checkpoint_sha256": sha256}


def run_onnx(content: bytes, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, K, ...) logits of images (N, 3, H, W), computed by ONNX Runtime on the CPU.

    Raises:
        ExportError: The optional extra is not installed.
    """
    session = needed("onnxruntime").InferenceSession(content, providers=["CPUExecutionProvider"])
    logits: NDArray[np.float32] = session.run([LOGITS], {INPUT: images})[0]
    return logits


@torch.inference_mode()
def compare_onnx(content: bytes, model: nn.Module, images: NDArray[np.uint8]) -> Parity:
    """Compare an exported model with its original.

    Args:
        content: The ONNX file.
        model: The original, in eval mode, on the CPU.
        images: uint8 (N, 3, H, W).
    """
    expected = model(torch.from_numpy(images)).numpy()
    found = run_onnx(content, images)
    return Parity(
        images=len(images),
        largest_difference=float(np.abs(expected - found).max()),
        other_classes=int((expected.argmax(1) != found.argmax(1)).sum()),
    )


def together(parities: Sequence[Parity]) -> Parity:
    """Comparisons on some images each as one on all of them.

    >>> together([Parity(1, 0.5, 0), Parity(2, 0.25, 3)])
    Parity(images=3, largest_difference=0.5, other_classes=3)
    """
    return Parity(
        images=sum(one.images for one in parities),
        largest_difference=float(np.max([one.largest_difference for one in parities])),
        other_classes=sum(one.other_classes for one in parities),
    )


def require_parity(parity: Parity, *, tolerance: float, others_allowed: int = 0) -> None:
    """Refuse an exported model that computes something else.

    Args:
        parity: The comparison.
        tolerance: Greatest difference of two logits.
        others_allowed: Images or pixels that may get another class, as where two logits are equal
            but for rounding.

    Raises:
        ExportError: A logit or more classes differ.
    """
    if not parity.largest_difference <= tolerance or parity.other_classes > others_allowed:
        raise ExportError(
            f"the exported model is not the trained one: over {parity.images} images its logits"
            f" differ by up to {parity.largest_difference:.3g} (allowed {tolerance:g}) and"
            f" {parity.other_classes} get another class (allowed {others_allowed});"
            " nothing was written"
        )


def parity_table(parity: Parity, *, tolerance: float, content: bytes) -> pd.DataFrame:
    """One row: the comparison, what was allowed, and the file: opset, bytes, sha256."""
    row = asdict(parity) | {
        "tolerance": tolerance,
        "opset": OPSET,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return pd.DataFrame([row])
