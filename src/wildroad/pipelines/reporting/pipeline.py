"""The reporting pipeline: reads saved tables and figures only, so it runs alone."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from wildroad.pipelines.reporting import nodes

MODELS = ("convnet", "resnet18", "resnet18_augmented")
TABLES = (
    "photo_exclusions",
    "label_conflicts",
    "label_suspects",
    "label_audit",
    "photo_quality",
    "split_audit",
    "class_distribution",
    "scene_quarantine",
    "scene_distribution",
    "classification_history",
    "classification_metrics",
    "classification_per_class",
    "classification_confusion",
    "classification_reliability",
    "classification_predictions",
    "classification_comparison",
    "classification_mistakes",
    "classification_centroids",
    "classification_embedding_2d",
    "classification_embedding_3d",
    "model_summary",
    "road_history",
    "road_model_summary",
    "segmentation_class_scores",
    "segmentation_summary",
    "segmentation_confusion",
    "segmentation_thresholds",
    "segmentation_average_precision",
    "segmentation_failures",
    "ignored_labels",
    "cross_domain",
    "cross_domain_summary",
)
FIGURES = {
    "class_distribution_figure": "class_distribution_figure",
    "photo_sheet_figure": "photo_sheet_figure",
    "history_curves_figure": "classification_history_figure",
    "model_comparison_figure": "classification_metrics_figure",
    "reliability_diagram_figure": "classification_reliability_figure",
    "scene_distribution_figure": "scene_distribution_figure",
    "class_scores_figure": "class_scores_figure",
    "cross_domain_figure": "cross_domain_figure",
    "ignored_labels_figure": "ignored_labels_figure",
    "road_history_figure": "road_history_figure",
    "photo_quality_figure": "photo_quality_figure",
    "class_gallery__idd_figure": "idd_class_gallery_figure",
    "class_gallery__cityscapes_figure": "cityscapes_class_gallery_figure",
    "scene_gallery__idd_figure": "idd_gallery_figure",
    "scene_gallery__cityscapes_figure": "cityscapes_gallery_figure",
    "road_counts__idd_figure": "idd_pixel_counts_figure",
    "road_counts__cityscapes_figure": "cityscapes_pixel_counts_figure",
    "threshold_curves__idd_figure": "idd_thresholds_figure",
    "threshold_curves__cityscapes_figure": "cityscapes_thresholds_figure",
    "failure_gallery__idd_figure": "idd_failures_figure",
    "failure_gallery__cityscapes_figure": "cityscapes_failures_figure",
}
PICTURES = ("photo_thumbnails",)
MODEL_PICTURES = ("mistake_pictures",)
MODEL_FIGURES = {
    "mistake_gallery": "mistakes_figure",
    "embedding_2d": "embedding_2d_figure",
    "embedding_3d": "embedding_3d_figure",
}


def create_pipeline(models: Sequence[str] = MODELS) -> Pipeline:
    """Write one page on what the other pipelines left; what is missing is named as not run.

    Args:
        models: Photo models whose own figures and pictures are shown.
    """
    figures = FIGURES | {
        f"{shown}__{model}_figure": f"{model}_{name}"
        for shown, name in MODEL_FIGURES.items()
        for model in models
    }
    pictures = {
        f"{shown}__{model}": f"{model}_{shown}" for shown in MODEL_PICTURES for model in models
    }
    overviews = ("photo_overview", "scene_overview")
    inputs = {name: name for name in ("parameters", *overviews, *TABLES, *PICTURES)}
    return Pipeline(
        [
            Node(
                nodes.write_report,
                inputs=inputs | figures | pictures,
                outputs=["report", "report_values"],
                name="write_report",
                tags=["wildlife", "road"],
            )
        ]
    )
