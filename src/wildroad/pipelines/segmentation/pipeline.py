"""The segmentation pipeline: one model, one template, a namespace per domain."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from wildroad.options import DOMAINS
from wildroad.pipelines.namespaces import in_namespace
from wildroad.pipelines.segmentation import nodes

COMPARED = {"idd", "cityscapes"}
"""The two domains whose scores are compared class by class."""

STACKED = {
    "class_scores": "segmentation_class_scores",
    "overall_scores": "segmentation_summary",
    "pixel_confusion": "segmentation_confusion",
    "ignored_labels": "ignored_labels",
}


def create_pipeline(namespace: str | None = None, domains: Sequence[str] = DOMAINS) -> Pipeline:
    """Train or load a segmenter, run it on every domain, compare the domains.

    Reads: {domain}_folder, {domain}_label_space, {domain}_masks, {domain}_scenes, label_spaces,
    road_training_store.

    Parameters: compute, evaluation, inference, road_model, road_training.

    Makes what ``wildroad contract segmentation.create_pipeline`` shows with its columns, above all
    road_checkpoint, {domain}_predicted_masks and segmentation_class_scores.

    Args:
        namespace: Put before the name of every dataset and parameter.
        domains: Sets of scenes; each needs a block of parameters of its name.
    """
    pipelines = [domain_pipeline(domain) for domain in domains]
    pipelines += [model_pipeline(domains), stacked_pipeline(domains)]
    if set(domains) >= COMPARED:
        pipelines.append(comparison_pipeline())
    return in_namespace(sum(pipelines, Pipeline([])), namespace)


def model_pipeline(domains: Sequence[str]) -> Pipeline:
    """From the scenes of the domains to one segmenter."""
    opened = [
        Node(
            nodes.open_domain,
            inputs=[f"{domain}_{name}" for name in ("folder", "scenes", "masks", "label_space")],
            outputs=f"{domain}_domain",
            name=f"open_{domain}",
        )
        for domain in domains
    ]
    training = [
        Node(
            nodes.train_road_model,
            inputs={
                "store": "road_training_store",
                "model_options": "params:road_model",
                "training": "params:road_training",
                "compute": "params:compute",
                **{domain: f"{domain}_domain" for domain in domains},
            },
            outputs=["road_checkpoint", "road_history", "road_model_summary"],
            name="train_road_model",
        ),
        Node(
            nodes.plot_road_history,
            inputs="road_history",
            outputs="road_history_figure",
            name="plot_road_history",
        ),
    ]
    return Pipeline([*opened, *training], tags=["road"])


def domain_pipeline(domain: str) -> Pipeline:
    """From a segmenter to the scores of one domain, in its namespace."""
    template = Pipeline(
        [
            Node(
                nodes.predict_scenes,
                inputs=["domain", "road_checkpoint", "params:inference", "params:compute"],
                outputs="predicted_masks",
                name="predict_scenes",
            ),
            Node(
                nodes.count_confusions,
                inputs=["domain", "predicted_masks"],
                outputs="confusions",
                name="count_confusions",
            ),
            Node(
                nodes.score_domain,
                inputs=["domain", "confusions", "params:evaluation"],
                outputs=list(STACKED),
                name="score_domain",
            ),
            Node(
                nodes.plot_pixel_confusion,
                inputs="pixel_confusion",
                outputs="pixel_confusion_figure",
                name="plot_pixel_confusion",
            ),
            Node(
                nodes.draw_gallery,
                inputs=["domain", "predicted_masks"],
                outputs="gallery_figure",
                name="draw_gallery",
            ),
        ]
    )
    figures = ("pixel_confusion_figure", "gallery_figure")
    outputs = ("predicted_masks", "confusions", *STACKED, *figures)
    return Pipeline(
        template,
        namespace=f"{domain}_evaluation",
        inputs={"domain": f"{domain}_domain", "road_checkpoint": "road_checkpoint"},
        outputs={name: f"{domain}_{name}" for name in outputs},
        parameters={"params:inference", "params:compute", "params:evaluation"},
        tags=["road"],
    )


def stacked_pipeline(domains: Sequence[str]) -> Pipeline:
    """Put the scores of the domains side by side."""
    stacks = [
        Node(
            nodes.stack_domains,
            inputs={domain: f"{domain}_{name}" for domain in domains},
            outputs=together,
            name=f"stack_{together}",
        )
        for name, together in STACKED.items()
    ]
    figures = [
        Node(
            nodes.plot_class_scores,
            inputs="segmentation_class_scores",
            outputs="class_scores_figure",
            name="plot_class_scores",
        ),
        Node(
            nodes.plot_ignored_labels,
            inputs=["ignored_labels", "label_spaces"],
            outputs="ignored_labels_figure",
            name="plot_ignored_labels",
        ),
    ]
    return Pipeline([*stacks, *figures], tags=["road"])


def comparison_pipeline() -> Pipeline:
    """Compare the scores in one country with those in another."""
    comparison = [
        Node(
            nodes.compare_domains,
            inputs=[
                "idd_domain",
                "cityscapes_domain",
                "idd_confusions",
                "cityscapes_confusions",
                "params:evaluation",
            ],
            outputs="cross_domain",
            name="compare_domains",
        ),
        Node(
            nodes.plot_cross_domain,
            inputs="cross_domain",
            outputs="cross_domain_figure",
            name="plot_cross_domain",
        ),
    ]
    return Pipeline(comparison, tags=["road"])
