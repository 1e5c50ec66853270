"""Train classifiers of wildlife photos, predict once, score and compare."""

from wildroad.pipelines.classification.pipeline import create_pipeline

__all__ = ["create_pipeline"]
