"""Wildlife photo classification and road-scene segmentation as reusable Kedro pipelines."""

__version__ = "0.1.0"
