"""Predict new road scenes with a trained segmenter."""

from wildroad.pipelines.predict_road.pipeline import create_pipeline

__all__ = ["create_pipeline"]
