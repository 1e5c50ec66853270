"""The segmentation pipeline: one model, one template, a namespace per domain."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from wildroad.options import DOMAINS
from wildroad.pipelines.grouping import group, tagged_by_device
from wildroad.pipelines.namespaces import in_namespace
from wildroad.pipelines.segmentation import evaluation_nodes, nodes, training

COMPARED = {"idd", "cityscapes"}
"""The two domains whose scores are compared class by class."""

STACKED = {
    "class_scores": "segmentation_class_scores",
    "overall_scores": "segmentation_summary",
    "pixel_confusion": "segmentation_confusion",
    "ignored_labels": "ignored_labels",
    "thresholds": "segmentation_thresholds",
    "average_precision": "segmentation_average_precision",
    "failures": "segmentation_failures",
}
"""Tables of each domain -> the table of all of them."""
FIGURES = ("failures_figure", "gallery_figure")
PICTURES = ("failure_photos", "failure_masks")


def create_pipeline(namespace: str | None = None, domains: Sequence[str] = DOMAINS) -> Pipeline:
    """Train or load a segmenter, run it on every domain, compare the domains.

    Reads: {domain}_folder, {domain}_label_space, {domain}_masks, {domain}_scenes, label_spaces,
    road_converted_weights, road_training_store.

    Parameters: compute, evaluation, inference, road_evaluation, road_model, road_training.

    Makes what ``wildroad contract segmentation.create_pipeline`` shows with its columns, above all
    road_checkpoint, {domain}_predicted_masks and segmentation_class_scores.

    Args:
        namespace: Put before the name of every dataset and parameter.
        domains: Sets of scenes; each needs a block of parameters of its name.
    """
    pipelines = [one(domain) for domain in domains for one in (opening_pipeline, domain_pipeline)]
    pipelines += [model_pipeline(domains), stacked_pipeline(domains)]
    if set(domains) >= COMPARED:
        pipelines.append(comparison_pipeline())
    return in_namespace(tagged_by_device(sum(pipelines, Pipeline([]))), namespace)


def model_pipeline(domains: Sequence[str]) -> Pipeline:
    """From the scenes of the domains to one segmenter."""
    trained = [
        Node(
            training.train_road_model,
            inputs={
                "store": "road_training_store",
                "converted": "road_converted_weights",
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
    return group("segmenter", trained, tags=["road"])


def opening_pipeline(domain: str) -> Pipeline:
    """Bring together what belongs to a domain, in the box that its scenes come from."""
    parts = [f"{domain}_{name}" for name in ("folder", "scenes", "masks", "label_space")]
    opening = Node(
        nodes.open_domain, inputs=parts, outputs=f"{domain}_domain", name=f"open_{domain}"
    )
    return group(domain, [opening], tags=["road"])


def domain_pipeline(domain: str) -> Pipeline:
    """From a segmenter to the scores and failures of one domain, in its namespace."""
    template = prediction_nodes() + scoring_nodes() + failure_nodes()
    outputs = ("predicted_masks", "confusions", "instances", *PICTURES, *STACKED, *FIGURES)
    options = ("inference", "compute", "evaluation", "road_evaluation")
    return Pipeline(
        template,
        namespace=f"{domain}_evaluation",
        inputs={"domain": f"{domain}_domain", "road_checkpoint": "road_checkpoint"},
        outputs={name: f"{domain}_{name}" for name in outputs},
        parameters={f"params:{name}" for name in options},
        tags=["road"],
    )


def prediction_nodes() -> list[Node]:
    """Predict masks, count their pixels, show some."""
    return [
        Node(
            nodes.predict_scenes,
            inputs=["domain", "road_checkpoint", "params:inference", "params:compute"],
            outputs="predicted_masks",
            name="predict_scenes",
        ),
        Node(
            evaluation_nodes.count_pixels,
            inputs=["domain", "predicted_masks"],
            outputs=["confusions", "instances"],
            name="count_pixels",
        ),
        Node(
            evaluation_nodes.draw_gallery,
            inputs=["domain", "predicted_masks"],
            outputs="gallery_figure",
            name="draw_gallery",
        ),
    ]


def scoring_nodes() -> list[Node]:
    """Score from the counts alone."""
    return [
        Node(
            evaluation_nodes.score_domain,
            inputs=[
                "domain",
                "confusions",
                "instances",
                "params:evaluation",
                "params:road_evaluation",
            ],
            outputs=["class_scores", "overall_scores", "pixel_confusion", "ignored_labels"],
            name="score_domain",
        ),
        Node(
            evaluation_nodes.score_thresholds,
            inputs=["domain", "confusions", "params:evaluation"],
            outputs=["thresholds", "average_precision"],
            name="score_thresholds",
        ),
    ]


def failure_nodes() -> list[Node]:
    """Find where classes went wrong, and show it."""
    return [
        Node(
            evaluation_nodes.find_failures,
            inputs=["domain", "confusions", "params:road_evaluation"],
            outputs="failures",
            name="find_failures",
        ),
        Node(
            evaluation_nodes.draw_failures,
            inputs=["domain", "predicted_masks", "failures"],
            outputs="failures_figure",
            name="draw_failures",
        ),
        Node(
            evaluation_nodes.picture_failures,
            inputs=["domain", "predicted_masks", "failures"],
            outputs=list(PICTURES),
            name="picture_failures",
        ),
    ]


def stacked_pipeline(domains: Sequence[str]) -> Pipeline:
    """Put the scores of the domains side by side, and draw them."""
    compared = [*stacking_nodes(domains), *drawing_nodes(domains)]
    return group("road_comparison", compared, tags=["road"])


def stacking_nodes(domains: Sequence[str]) -> list[Node]:
    """One table of all domains for each table of one."""
    return [
        Node(
            evaluation_nodes.stack_domains,
            inputs={domain: f"{domain}_{name}" for domain in domains},
            outputs=together,
            name=f"stack_{together}",
        )
        for name, together in STACKED.items()
    ]


def comparison_pipeline() -> Pipeline:
    """Compare the scores in one country with those in the other."""
    compared = [
        Node(
            evaluation_nodes.compare_domains,
            inputs=[
                "idd_domain",
                "cityscapes_domain",
                "idd_confusions",
                "cityscapes_confusions",
                "params:evaluation",
            ],
            outputs=["cross_domain", "cross_domain_summary"],
            name="compare_domains",
        ),
        Node(
            evaluation_nodes.plot_cross_domain,
            inputs="cross_domain",
            outputs="cross_domain_figure",
            name="plot_cross_domain",
        ),
    ]
    return group("road_comparison", compared, tags=["road"])


def drawing_nodes(domains: Sequence[str]) -> list[Node]:
    """Figures of all domains together, and one of each kind for each of them."""
    together = [
        Node(
            evaluation_nodes.plot_class_scores,
            inputs={
                "table": "segmentation_class_scores",
                **{domain: f"{domain}_domain" for domain in domains},
            },
            outputs="class_scores_figure",
            name="plot_class_scores",
        ),
        Node(
            evaluation_nodes.plot_ignored_labels,
            inputs=["ignored_labels", "label_spaces"],
            outputs="ignored_labels_figure",
            name="plot_ignored_labels",
        ),
    ]
    drawn = {
        "pixel_confusion": (evaluation_nodes.plot_confusions, "segmentation_confusion"),
        "pixel_counts": (evaluation_nodes.plot_pixel_counts, "segmentation_confusion"),
        "thresholds": (evaluation_nodes.plot_thresholds, "segmentation_thresholds"),
    }
    apart = [
        Node(
            draw,
            inputs=table,
            outputs=[f"{domain}_{figure}_figure" for domain in domains],
            name=draw.__name__,
        )
        for figure, (draw, table) in drawn.items()
    ]
    return [*together, *apart]
