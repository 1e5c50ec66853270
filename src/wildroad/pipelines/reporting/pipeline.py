"""The reporting pipeline: reads saved tables and figures only, so it runs alone."""

from collections.abc import Mapping, Sequence

from kedro.pipeline import Node, Pipeline

from wildroad.options import DOMAINS, MODELS
from wildroad.pipelines.grouping import tagged_by_device
from wildroad.pipelines.namespaces import in_namespace
from wildroad.pipelines.reporting import nodes

TABLES = (
    "photo_exclusions",
    "label_conflicts",
    "label_suspects",
    "label_audit",
    "photo_quality",
    "split_audit",
    "class_distribution",
    "label_spaces",
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
}
DOMAIN_FIGURES = {
    "class_gallery": "class_gallery_figure",
    "scene_gallery": "gallery_figure",
    "road_counts": "pixel_counts_figure",
    "threshold_curves": "thresholds_figure",
    "failure_gallery": "failures_figure",
}
PICTURES = ("photo_thumbnails",)
DOMAIN_PICTURES = ("failure_photos", "failure_masks")
MODEL_PICTURES = ("mistake_pictures",)
MODEL_FIGURES = {
    "mistake_gallery": "mistakes_figure",
    "embedding_2d": "embedding_2d_figure",
    "embedding_3d": "embedding_3d_figure",
}


CLASSIFIER_TABLES = (
    "split_audit",
    "classification_history",
    "classification_metrics",
    "classification_per_class",
    "classification_confusion",
    "classification_comparison",
)
SEGMENTER_TABLES = (
    "scene_overview",
    "road_model_summary",
    "segmentation_summary",
    "segmentation_class_scores",
    "segmentation_confusion",
    "ignored_labels",
    "cross_domain",
)


def create_pipeline(
    namespace: str | None = None,
    models: Sequence[str] = MODELS,
    domains: Sequence[str] = DOMAINS,
) -> Pipeline:
    """Write one page and the model cards on what the other pipelines left.

    What is missing is named as not run.

    Args:
        namespace: Put before the name of every dataset; of the parameters its block is shown.
        models: Photo models that have a card, and whose own figures and pictures are shown.
        domains: Sets of scenes whose own figures and pictures are shown.
    """
    figures = FIGURES | of_each(domains, DOMAIN_FIGURES) | of_each(models, MODEL_FIGURES)
    pictures = {
        f"{one}__{domain}": f"{domain}_{one}" for one in DOMAIN_PICTURES for domain in domains
    }
    pictures |= {
        f"{shown}__{model}": f"{model}_{shown}" for shown in MODEL_PICTURES for model in models
    }
    summaries = {f"card__{model}": f"{model}_summary" for model in models}
    overviews = ("photo_overview", "scene_overview")
    settings = f"params:{namespace}" if namespace else "parameters"
    told = {"parameters": settings}
    template = Pipeline(
        [
            Node(
                nodes.write_report,
                inputs=told | named(*overviews, *TABLES, *PICTURES) | figures | pictures,
                outputs=["report", "report_values"],
                name="write_report",
                tags=["wildlife", "road"],
            ),
            Node(
                nodes.write_classifier_cards,
                inputs=told | named("photo_overview", *CLASSIFIER_TABLES) | summaries,
                outputs={model: f"{model}_card" for model in models},
                name="write_classifier_cards",
                tags=["wildlife"],
            ),
            Node(
                nodes.write_segmenter_card,
                inputs=told | named(*SEGMENTER_TABLES),
                outputs="road_card",
                name="write_segmenter_card",
                tags=["road"],
            ),
        ]
    )
    return in_namespace(tagged_by_device(template), namespace, shared={settings} - {"parameters"})


def named(*datasets: str) -> dict[str, str]:
    """Inputs of a node that calls them as the catalog does."""
    return {name: name for name in datasets}


def of_each(names: Sequence[str], figures: Mapping[str, str]) -> dict[str, str]:
    """What the page calls the figures of each model or domain -> the dataset."""
    return {
        f"{shown}__{name}_figure": f"{name}_{figure}"
        for shown, figure in figures.items()
        for name in names
    }
