"""The classification pipeline: one template, a namespace per model."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from wildroad.options import MODELS
from wildroad.pipelines.classification import nodes
from wildroad.pipelines.grouping import group, tagged_by_device
from wildroad.pipelines.namespaces import in_namespace

STACKED = {
    "history": "classification_history",
    "summary": "model_summary",
    "metrics": "classification_metrics",
    "per_class": "classification_per_class",
    "confusion": "classification_confusion",
    "reliability": "classification_reliability",
    "predictions": "classification_predictions",
    "mistakes": "classification_mistakes",
    "embedding_2d": "classification_embedding_2d",
    "embedding_3d": "classification_embedding_3d",
}
OUTPUTS = (
    *STACKED, "extra_photos", "extra_array", "checkpoint", "outputs", "heat_maps",
    "mistake_pictures", "confusion_figure", "mistakes_figure",
    "embedding_2d_figure", "embedding_3d_figure",
)  # fmt: skip


def create_pipeline(namespace: str | None = None, models: Sequence[str] = MODELS) -> Pipeline:
    """Train, predict and score each model, then compare them.

    Reads: {model}_training_store, photo_array, photo_split.

    Parameters: compute, embedding, evaluation, photos, {model}.augmentation, {model}.model,
    {model}.training.

    Makes what ``wildroad contract classification.create_pipeline`` shows with its columns, above
    all {model}_checkpoint and classification_metrics.

    Args:
        namespace: Put before the name of every dataset and parameter.
        models: Namespaces; each needs a block of parameters of its name.
    """
    trained = [model_pipeline(model) for model in models]
    return in_namespace(tagged_by_device(sum(trained, comparison_pipeline(models))), namespace)


def model_pipeline(model: str) -> Pipeline:
    """The template in the namespace of one model."""
    template = Pipeline(
        [
            Node(
                nodes.choose_parents,
                inputs=["photo_split", "params:augmentation"],
                outputs="extra_photos",
                name="choose_parents",
            ),
            Node(
                nodes.make_extra_photos,
                inputs=["photo_array", "extra_photos", "params:augmentation"],
                outputs="extra_array",
                name="make_extra_photos",
            ),
            Node(
                nodes.train_classifier,
                inputs=[
                    "photo_array",
                    "photo_split",
                    "extra_array",
                    "extra_photos",
                    "training_store",
                    "params:photos",
                    "params:model",
                    "params:training",
                    "params:augmentation",
                    "params:compute",
                ],
                outputs=["checkpoint", "history", "summary"],
                name="train_classifier",
            ),
            Node(
                nodes.predict_photos,
                inputs=[
                    "photo_array",
                    "photo_split",
                    "checkpoint",
                    "params:training",
                    "params:compute",
                ],
                outputs=["predictions", "outputs"],
                name="predict_photos",
            ),
            Node(
                nodes.score_predictions,
                inputs=["predictions", "outputs", "checkpoint", "params:evaluation"],
                outputs=["metrics", "per_class", "confusion", "reliability"],
                name="score_predictions",
            ),
            Node(
                nodes.plot_confusion,
                inputs="confusion",
                outputs="confusion_figure",
                name="plot_confusion",
            ),
            *explanation_nodes(),
            *feature_space_nodes(),
        ]
    )
    return Pipeline(
        template,
        namespace=model,
        inputs={
            "photo_array": "photo_array",
            "photo_split": "photo_split",
            "training_store": f"{model}_training_store",
        },
        outputs={name: f"{model}_{name}" for name in OUTPUTS},
        parameters={"params:photos", "params:compute", "params:evaluation", "params:embedding"},
        tags=["wildlife"],
    )


def explanation_nodes() -> list[Node]:
    """What one model was surest of and wrong about, and where it looked."""
    return [
        Node(
            nodes.find_mistakes,
            inputs="predictions",
            outputs="mistakes",
            name="find_mistakes",
        ),
        Node(
            nodes.explain_mistakes,
            inputs=["photo_array", "mistakes", "checkpoint", "params:compute"],
            outputs="heat_maps",
            name="explain_mistakes",
        ),
        Node(
            nodes.picture_mistakes,
            inputs=["photo_array", "mistakes", "heat_maps"],
            outputs="mistake_pictures",
            name="picture_mistakes",
        ),
        Node(
            nodes.plot_mistakes,
            inputs=["photo_array", "mistakes", "heat_maps"],
            outputs="mistakes_figure",
            name="plot_mistakes",
        ),
    ]


def feature_space_nodes() -> list[Node]:
    """The features of one model, laid out for looking at."""
    return [
        Node(
            nodes.embed_train_and_val,
            inputs=["outputs", "photo_split", "params:embedding", "params:compute"],
            outputs="embedding_2d",
            name="embed_train_and_val",
        ),
        Node(
            nodes.embed_val,
            inputs=["outputs", "photo_split", "params:embedding", "params:compute"],
            outputs="embedding_3d",
            name="embed_val",
        ),
        Node(
            nodes.plot_embedding_2d,
            inputs=["embedding_2d", "photo_split"],
            outputs="embedding_2d_figure",
            name="plot_embedding_2d",
        ),
        Node(
            nodes.plot_embedding_3d,
            inputs=["embedding_3d", "photo_split"],
            outputs="embedding_3d_figure",
            name="plot_embedding_3d",
        ),
    ]


def comparison_pipeline(models: Sequence[str]) -> Pipeline:
    """Put the tables of all models side by side and draw them."""
    stacks = [
        Node(
            nodes.stack_models,
            inputs={model: f"{model}_{name}" for model in models},
            outputs=together,
            name=f"stack_{together}",
        )
        for name, together in STACKED.items()
    ]
    comparisons = [
        Node(
            nodes.compare_models,
            inputs="classification_predictions",
            outputs="classification_comparison",
            name="compare_models",
        ),
        Node(
            nodes.measure_centroids,
            inputs={
                "predictions": "classification_predictions",
                "split": "photo_split",
                "mistakes": f"{models[0]}_mistakes",
                **{model: f"{model}_outputs" for model in models},
            },
            outputs="classification_centroids",
            name="measure_centroids",
        ),
    ]
    figures = [
        Node(
            nodes.plot_history,
            inputs="classification_history",
            outputs="classification_history_figure",
            name="plot_history",
        ),
        Node(
            nodes.plot_comparison,
            inputs="classification_metrics",
            outputs="classification_metrics_figure",
            name="plot_comparison",
        ),
        Node(
            nodes.plot_reliability,
            inputs="classification_reliability",
            outputs="classification_reliability_figure",
            name="plot_reliability",
        ),
    ]
    return group("model_comparison", [*stacks, *comparisons, *figures], tags=["wildlife"])
