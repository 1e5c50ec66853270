"""The export_road pipeline: the segmentation pipeline's model as an ONNX file.

kedro run --pipelines export_road

Needs the optional extra: wildroad[onnx].
"""

from kedro.pipeline import Node, Pipeline

from wildroad.pipelines.export_road import nodes
from wildroad.pipelines.grouping import tagged_by_device


def create_pipeline() -> Pipeline:
    """Export the model and compare the export with the original on test scenes."""
    template = Pipeline(
        [
            Node(
                nodes.export_segmenter,
                inputs=["road_checkpoint", "idd_folder", "idd_scenes", "params:export_road"],
                outputs=["road_onnx", "road_onnx_check"],
                name="export_segmenter",
            )
        ],
        tags=["road"],
    )
    return tagged_by_device(template)
