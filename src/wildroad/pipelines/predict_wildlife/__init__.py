"""Predict a folder of new photos with a trained classifier."""

from wildroad.pipelines.predict_wildlife.pipeline import create_pipeline

__all__ = ["create_pipeline"]
