"""The predict_road pipeline: a folder of images or a video in; overlays, masks and shares out.

kedro run --pipelines predict_road --params new_scenes=/my/folder

Another model than that of the parameters: ",predict_road.model=NAME" behind it. A video needs the
optional extra: wildroad[video].
"""

from kedro.pipeline import Node, Pipeline

from wildroad.pipelines.grouping import tagged_by_device
from wildroad.pipelines.predict_road import nodes

MODEL = ("trained_models", "params:predict_road")


def create_pipeline() -> Pipeline:
    """Check the scenes, predict them, then show and count what was predicted."""
    template = Pipeline(
        [
            Node(
                nodes.check_new_scenes,
                inputs="new_scenes",
                outputs=["new_scene_index", "new_scene_quarantine"],
                name="check_new_scenes",
            ),
            Node(
                nodes.predict_new_scenes,
                inputs=[
                    "new_scenes",
                    "new_scene_index",
                    *MODEL,
                    "params:inference",
                    "params:compute",
                ],
                outputs="new_scene_masks",
                name="predict_new_scenes",
            ),
            Node(
                nodes.measure_shares,
                inputs=["new_scene_index", "new_scene_masks", *MODEL],
                outputs="new_scene_shares",
                name="measure_shares",
            ),
            Node(
                nodes.draw_overlays,
                inputs=["new_scenes", "new_scene_masks", *MODEL],
                outputs="new_scene_overlays",
                name="draw_overlays",
            ),
            Node(
                nodes.draw_scene_gallery,
                inputs=["new_scenes", "new_scene_masks", *MODEL],
                outputs="new_scene_gallery_figure",
                name="draw_scene_gallery",
            ),
        ],
        tags=["road"],
    )
    return tagged_by_device(template)
