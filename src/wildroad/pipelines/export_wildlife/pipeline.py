"""The export_wildlife pipeline: the classification pipeline's models as ONNX files.

kedro run --pipelines export_wildlife

One of them alone: "--namespaces resnet18" behind it. Needs the optional extra: wildroad[onnx].
"""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from wildroad.options import MODELS
from wildroad.pipelines.export_wildlife import nodes
from wildroad.pipelines.grouping import tagged_by_device


def create_pipeline(models: Sequence[str] = MODELS) -> Pipeline:
    """Export each model and compare the export with the original.

    Args:
        models: Namespaces of the classification pipeline.
    """
    return tagged_by_device(sum([model_pipeline(model) for model in models], Pipeline([])))


def model_pipeline(model: str) -> Pipeline:
    """The template in the namespace of one model."""
    template = Pipeline(
        [
            Node(
                nodes.export_classifier,
                inputs=["checkpoint", "photo_array", "params:export_wildlife"],
                outputs=["onnx", "onnx_check"],
                name="export_classifier",
            )
        ]
    )
    return Pipeline(
        template,
        namespace=model,
        inputs={"photo_array": "photo_array", "checkpoint": f"{model}_checkpoint"},
        outputs={name: f"{model}_{name}" for name in ("onnx", "onnx_check")},
        parameters={"params:export_wildlife"},
        tags=["wildlife"],
    )
