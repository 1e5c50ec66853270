"""Segment road scenes of two domains with one model, and score them."""

from wildroad.pipelines.segmentation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
