"""Export the trained classifiers of photos as ONNX files."""

from wildroad.pipelines.export_wildlife.pipeline import create_pipeline

__all__ = ["create_pipeline"]
