"""The predict_wildlife pipeline: a folder of new photos in, a table and a gallery out.

kedro run --pipelines predict_wildlife --params new_photos_folder=/my/photos

Another model than that of the parameters: ",predict_wildlife.model=convnet" behind it.
"""

from kedro.pipeline import Node, Pipeline

from wildroad.pipelines.grouping import tagged_by_device
from wildroad.pipelines.predict_wildlife import nodes


def create_pipeline() -> Pipeline:
    """Predict the photos, then show those the model is least sure of."""
    template = Pipeline(
        [
            Node(
                nodes.predict_photos,
                inputs=[
                    "new_photos",
                    "trained_models",
                    "params:predict_wildlife",
                    "params:compute",
                ],
                outputs=["new_photo_predictions", "new_photo_quarantine"],
                name="predict_new_photos",
            ),
            Node(
                nodes.draw_unsure_photos,
                inputs=["new_photos", "new_photo_predictions", "params:predict_wildlife"],
                outputs="unsure_photos_figure",
                name="draw_unsure_photos",
            ),
        ],
        tags=["wildlife"],
    )
    return tagged_by_device(template)
