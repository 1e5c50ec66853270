"""Export the trained segmenter of road scenes as an ONNX file."""

from wildroad.pipelines.export_road.pipeline import create_pipeline

__all__ = ["create_pipeline"]
