"""From raw photos and scenes to what models read: index, audit, split, pixels, masks."""

from wildroad.pipelines.data_processing.pipeline import (
    create_pipeline,
    photos_pipeline,
    scenes_pipeline,
)

__all__ = ["create_pipeline", "photos_pipeline", "scenes_pipeline"]
