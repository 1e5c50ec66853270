"""The data_processing pipeline."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from wildroad.options import DOMAINS
from wildroad.pipelines.data_processing import nodes
from wildroad.pipelines.grouping import group, tagged_by_device
from wildroad.pipelines.namespaces import in_namespace


def create_pipeline(namespace: str | None = None, domains: Sequence[str] = DOMAINS) -> Pipeline:
    """Index, audit and prepare photos and scenes.

    Args:
        namespace: See ``photos_pipeline``.
        domains: See ``scenes_pipeline``.
    """
    return photos_pipeline(namespace) + scenes_pipeline(namespace, domains)


def photos_pipeline(namespace: str | None = None) -> Pipeline:
    """From a folder of photos to a split table and one array of pixels.

    Reads: photo_metadata, wildlife_photos.

    Parameters: compute, label_audit, photos, split.

    Makes what ``wildroad contract data_processing.photos_pipeline`` shows with its columns, above
    all photo_split and photo_array.

    Args:
        namespace: Put before the name of every dataset and parameter.
    """
    template = group(
        "photos",
        [
            Node(
                nodes.index_photos,
                inputs=["wildlife_photos", "params:photos"],
                outputs=["photo_index", "photo_quarantine"],
                name="index_photos",
            ),
            Node(
                nodes.curate_photos,
                inputs=[
                    "photo_index",
                    "photo_quarantine",
                    "photo_metadata",
                    "params:photos",
                    "params:split",
                ],
                outputs=["curated_photos", "photo_exclusions", "label_conflicts"],
                name="curate_photos",
            ),
            Node(
                nodes.split_photos,
                inputs=["curated_photos", "params:split"],
                outputs="photo_split",
                name="split_photos",
            ),
            Node(
                nodes.audit_photo_split,
                inputs=["photo_split", "photo_index", "photo_exclusions", "params:split"],
                outputs="split_audit",
                name="audit_photo_split",
            ),
            Node(
                nodes.count_classes,
                inputs="photo_split",
                outputs="class_distribution",
                name="count_classes",
            ),
            Node(
                nodes.decode_photos,
                inputs=[
                    "wildlife_photos",
                    "photo_index",
                    "photo_split",
                    "params:photos",
                    "params:compute",
                ],
                outputs="photo_array",
                name="decode_photos",
                tags="cpu",
            ),
            Node(
                nodes.describe_photos,
                inputs=[
                    "wildlife_photos",
                    "photo_split",
                    "photo_exclusions",
                    "label_conflicts",
                    "params:photos",
                ],
                outputs="photo_overview",
                name="describe_photos",
            ),
            Node(
                nodes.plot_class_distribution,
                inputs="class_distribution",
                outputs="class_distribution_figure",
                name="plot_class_distribution",
            ),
            Node(
                nodes.draw_photo_sheet,
                inputs=["photo_array", "photo_split"],
                outputs="photo_sheet_figure",
                name="draw_photo_sheet",
            ),
            Node(
                nodes.make_thumbnails,
                inputs="photo_array",
                outputs="photo_thumbnails",
                name="make_thumbnails",
            ),
            Node(
                nodes.doubt_labels,
                inputs=["photo_array", "photo_split", "params:label_audit", "params:compute"],
                outputs=["label_suspects", "label_audit"],
                name="doubt_labels",
            ),
            Node(
                nodes.find_quality_issues,
                inputs=["photo_array", "photo_index"],
                outputs="photo_quality",
                name="find_quality_issues",
            ),
            Node(
                nodes.draw_quality_sheet,
                inputs=["photo_array", "photo_quality"],
                outputs="photo_quality_figure",
                name="draw_quality_sheet",
            ),
        ],
        tags=["wildlife"],
    )
    return in_namespace(tagged_by_device(template), namespace)


def scenes_pipeline(namespace: str | None = None, domains: Sequence[str] = DOMAINS) -> Pipeline:
    """From folders of scenes to roles and masks, and what is known of them side by side.

    Reads: {domain}_folder.

    Parameters: {domain}.data_set, {domain}.roles.

    Makes what ``wildroad contract data_processing.scenes_pipeline`` shows with its columns, above
    all {domain}_scenes, {domain}_masks and {domain}_label_space.

    Args:
        namespace: Put before the name of every dataset and parameter.
        domains: Sets of scenes; each needs a block of parameters of its name.
    """
    roads = [domain_pipeline(domain) for domain in domains]
    return in_namespace(tagged_by_device(sum(roads, domains_pipeline(domains))), namespace)


def domain_pipeline(domain: str) -> Pipeline:
    """From a folder of scenes to roles and masks, in the namespace of a domain."""
    template = Pipeline(
        [
            Node(
                nodes.index_scenes,
                inputs=["folder", "params:data_set", "params:roles"],
                outputs=["scenes", "scene_quarantine", "scene_overview", "label_space"],
                name="index_scenes",
            ),
            Node(
                nodes.draw_masks,
                inputs=["folder", "scenes", "label_space"],
                outputs="masks",
                name="draw_masks",
            ),
            Node(
                nodes.count_scene_labels,
                inputs=["masks", "label_space"],
                outputs="scene_labels",
                name="count_scene_labels",
            ),
            Node(
                nodes.sum_scene_labels,
                inputs=["scene_labels", "label_space"],
                outputs="label_distribution",
                name="sum_scene_labels",
            ),
            Node(
                nodes.draw_class_gallery,
                inputs=["folder", "scenes", "masks", "scene_labels", "label_space"],
                outputs="class_gallery_figure",
                name="draw_class_gallery",
            ),
        ]
    )
    outputs = {name for node in template.nodes for name in node.outputs}
    return Pipeline(
        template,
        namespace=domain,
        inputs={"folder": f"{domain}_folder"},
        outputs={name: f"{domain}_{name}" for name in outputs},
        tags=["road"],
    )


def domains_pipeline(domains: Sequence[str]) -> Pipeline:
    """Put what is known of the domains side by side."""

    def of_each(name: str) -> dict[str, str]:
        return {domain: f"{domain}_{name}" for domain in domains}

    return group(
        "scenes",
        [
            Node(
                nodes.stack_domains,
                inputs=of_each("scene_overview"),
                outputs="scene_overview",
                name="stack_scene_overviews",
            ),
            Node(
                nodes.stack_domains,
                inputs=of_each("scene_quarantine"),
                outputs="scene_quarantine",
                name="stack_scene_quarantines",
            ),
            Node(
                nodes.stack_domains,
                inputs=of_each("label_distribution"),
                outputs="scene_distribution",
                name="stack_label_distributions",
            ),
            Node(
                nodes.stack_domains,
                inputs=of_each("label_space"),
                outputs="label_spaces",
                name="stack_label_spaces",
            ),
            Node(
                nodes.plot_scene_distribution,
                inputs=["scene_distribution", "label_spaces"],
                outputs="scene_distribution_figure",
                name="plot_scene_distribution",
            ),
        ],
        tags=["road"],
    )
