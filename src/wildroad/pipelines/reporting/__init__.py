"""One HTML report from the tables and figures of the other pipelines."""

from wildroad.pipelines.reporting.pipeline import create_pipeline

__all__ = ["create_pipeline"]
