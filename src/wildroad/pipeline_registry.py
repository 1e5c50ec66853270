"""The pipelines of the project."""

from kedro.framework.project import find_pipelines
from kedro.pipeline import Pipeline

DEFAULT = ("data_processing", "classification", "segmentation", "reporting")
"""What ``kedro run`` runs; the other pipelines want a folder or an extra and are run by name."""


def register_pipelines() -> dict[str, Pipeline]:
    """Find the pipelines in ``wildroad.pipelines``; ``__default__`` is those of ``DEFAULT``."""
    pipelines = find_pipelines(raise_errors=True)
    found = [pipelines[name] for name in DEFAULT if name in pipelines]
    pipelines["__default__"] = sum(found, Pipeline([]))
    return pipelines
