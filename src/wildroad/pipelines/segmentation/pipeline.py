"""The segmentation pipeline: one model, one template, a namespace per domain."""

from kedro.pipeline import Node, Pipeline

from wildroad.pipelines.segmentation import nodes, training

DOMAINS = ("idd", "cityscapes")
STACKED = {
    "class_scores": "segmentation_class_scores",
    "overall_scores": "segmentation_summary",
    "pixel_confusion": "segmentation_confusion",
    "ignored_labels": "ignored_labels",
}


def create_pipeline() -> Pipeline:
    """Train or load a segmenter, run it on every domain, compare the domains."""
    domains = [domain_pipeline(domain) for domain in DOMAINS]
    return sum([*domains, comparison_pipeline()], model_pipeline())


def model_pipeline() -> Pipeline:
    """From the scenes of the domains to one segmenter."""
    opened = [
        Node(
            nodes.open_domain,
            inputs=[f"{domain}_{name}" for name in ("folder", "scenes", "masks", "scene_overview")],
            outputs=f"{domain}_domain",
            name=f"open_{domain}",
        )
        for domain in DOMAINS
    ]
    trained = [
        Node(
            training.train_road_model,
            inputs=[
                "idd_domain",
                "cityscapes_domain",
                "road_training_store",
                "road_converted_weights",
                "params:road_model",
                "params:road_training",
                "params:compute",
            ],
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
    return Pipeline([*opened, *trained], tags=["road"])


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


def comparison_pipeline() -> Pipeline:
    """Put the scores of the domains side by side."""
    stacks = [
        Node(
            nodes.stack_domains,
            inputs={domain: f"{domain}_{name}" for domain in DOMAINS},
            outputs=together,
            name=f"stack_{together}",
        )
        for name, together in STACKED.items()
    ]
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
            nodes.plot_class_scores,
            inputs="segmentation_class_scores",
            outputs="class_scores_figure",
            name="plot_class_scores",
        ),
        Node(
            nodes.plot_cross_domain,
            inputs="cross_domain",
            outputs="cross_domain_figure",
            name="plot_cross_domain",
        ),
        Node(
            nodes.plot_ignored_labels,
            inputs="ignored_labels",
            outputs="ignored_labels_figure",
            name="plot_ignored_labels",
        ),
    ]
    return Pipeline([*stacks, *comparison], tags=["road"])
