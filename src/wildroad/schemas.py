"""Schemas of the tables that pipelines hand on; the catalog's ``validator`` key names them.

Each is checked whenever its table is saved or loaded: no column more or less, none empty where it
must not be, ranges, closed choices. A name means the same in every table it stands in.
"""

import pandera.pandas as pa

ROLES = ["train", "val", "test", "unused"]
SPLITS = ["train", "val", "test"]

TEXT_COLUMNS = frozenset(
    {
        "allowed", "annotation_file", "architecture", "check", "class_name", "device", "domain",
        "drive", "file", "folder", "format", "group_id", "image_file", "initial_sha256",
        "initial_weights", "issue", "label", "label_space", "layout", "members", "merged", "method",
        "metric", "mode",
        "model", "model_a", "model_b", "other_class_name", "other_photo_id", "parent_id",
        "perceptual_hash", "photo_id",
        "predicted", "reason", "recipe", "role", "runner_up", "scene_id", "sha256", "split",
        "suggested_class", "taken_for", "target", "trained_on", "verdict", "versions", "words",
    }
)  # fmt: skip
"""Columns that hold text in every table; all others hold numbers or truth values."""


def _text(*, empty: bool = False) -> pa.Column:
    """A column of text, without empty cells unless allowed."""
    return pa.Column(str, [] if empty else [pa.Check.str_length(min_value=1)], coerce=True)


def _choice(*allowed: str) -> pa.Column:
    """A column of text from a closed choice."""
    return pa.Column(str, pa.Check.isin(allowed), coerce=True)


def _count(minimum: int = 0) -> pa.Column:
    """A column of whole numbers."""
    return pa.Column("int64", pa.Check.ge(minimum), coerce=True)


def _byte() -> pa.Column:
    """A column of whole numbers from 0 to 255."""
    return pa.Column("int64", pa.Check.in_range(0, 255), coerce=True)


def _number(low: float | None = None, high: float | None = None, *, gaps: bool = True) -> pa.Column:
    """A column of numbers; NaN, where allowed, means an empty denominator."""
    checks = [] if low is None else [pa.Check.ge(low)]
    checks += [] if high is None else [pa.Check.le(high)]
    return pa.Column("float64", checks, nullable=gaps, coerce=True)


def _share() -> pa.Column:
    """A column of numbers from 0 to 1, NaN where the denominator is empty."""
    return _number(0, 1)


def _table(columns: dict[str, pa.Column], unique: list[str] | None = None) -> pa.DataFrameSchema:
    """A table with these columns in this order and no other."""
    return pa.DataFrameSchema(columns, strict=True, ordered=True, unique=unique)


def _many(column: pa.Column, names: str) -> dict[str, pa.Column]:
    """The same kind of column under several names."""
    return dict.fromkeys(names.split(), column)


# Photos -------------------------------------------------------------------------------------------

PhotoIndex = _table(
    {
        **_many(_text(), "photo_id class_name format mode"),
        **_many(_count(1), "width height bytes"),
        **_many(_text(), "sha256 perceptual_hash"),
    },
    unique=["photo_id"],
)
Quarantine = _table(_many(_text(), "file reason"), unique=["file"])
PhotoSplit = _table(
    {**_many(_text(), "photo_id class_name group_id"), "split": _choice(*SPLITS)},
    unique=["photo_id"],
)
CuratedPhotos = _table(_many(_text(), "photo_id class_name group_id"), unique=["photo_id"])
LabelConflicts = _table(
    {
        **_many(_text(), "photo_id class_name other_photo_id other_class_name"),
        "bits": _count(),
        "same_file": pa.Column(bool, coerce=True),
    },
    unique=["photo_id"],
)
LabelSuspects = _table(
    {**_many(_text(), "photo_id class_name suggested_class"), "label_quality": _share()},
    unique=["photo_id"],
)
LabelAudit = _table(
    {
        **_many(_text(), "architecture initial_weights"),
        "photos": _count(1),
        **_many(_share(), "accuracy fewest_right"),
        "suspects": _count(),
    }
)
PhotoQuality = _table(
    {**_many(_text(), "photo_id class_name issue"), "score": _number(0, 1, gaps=False)},
    unique=["photo_id", "issue"],
)
SplitAudit = _table(
    {"check": _text(), "observed": _number(), "allowed": _text(), "passed": pa.Column(bool)}
)
ClassDistribution = _table(
    {
        "class_name": _text(),
        "photos": _count(),
        "share": _share(),
        **_many(_count(), "train val test"),
        **_many(_share(), "train_share val_share test_share"),
    },
    unique=["class_name"],
)
PhotoOverview = _table(
    {
        "folder": _text(),
        **_many(_count(), "photos excluded conflicts classes groups largest_group image_size"),
        **_many(_count(), "train val test"),
    }
)
ExtraPhotos = _table(_many(_text(), "photo_id parent_id class_name"), unique=["photo_id"])

# Road scenes --------------------------------------------------------------------------------------

Scenes = _table(
    {
        **_many(_text(), "scene_id drive split"),
        "role": _choice(*ROLES),
        "image_file": _text(),
        "annotation_file": _text(empty=True),
        **_many(_count(1), "width height"),
    },
    unique=["scene_id"],
)
SceneLabels = _table(
    {**_many(_text(), "scene_id label"), "pixels": _count(1)}, unique=["scene_id", "label"]
)
_BY_DOMAIN = {"domain": _text()}
_LabelSpace = {
    **_many(_text(), "label_space label"),
    "id": _byte(),
    "class_name": _text(empty=True),
    "class_index": pa.Column("Int64", pa.Check.ge(0), nullable=True, coerce=True),
    **_many(_byte(), "red green blue"),
    "has_instances": pa.Column(bool, coerce=True),
    **_many(_text(empty=True), "members merged"),
}
DomainLabelSpace = _table(_LabelSpace, unique=["id"])
LabelSpaces = _table(_BY_DOMAIN | _LabelSpace, unique=["domain", "id"])
_Overview = {
    **_many(_text(), "folder layout label_space"),
    **_many(_count(), "scenes train val test unused quarantined"),
}
DomainOverview = _table(_Overview)
SceneOverview = _table(_BY_DOMAIN | _Overview)
SceneQuarantine = _table(_many(_text(), "domain file reason"))
_Distribution = {
    "label": _text(),
    "class_name": _text(empty=True),
    "pixels": _count(),
    "pixel_share": _share(),
    "scenes": _count(),
    "scene_share": _share(),
}
DomainDistribution = _table(_Distribution)
SceneDistribution = _table(_BY_DOMAIN | _Distribution)

# Classification -----------------------------------------------------------------------------------

History = {
    "epoch": _count(1),
    "learning_rate": _number(0, gaps=False),
    "train_loss": _number(gaps=False),
    "train_accuracy": _share(),
    "val_loss": _number(),
    "val_accuracy": _share(),
}
Metrics = {
    "metric": _text(),
    **_many(_number(), "value low high"),
    "photos": _count(),
}
PerClass = {
    "class_name": _text(),
    **_many(_share(), "precision recall f1 ovr_accuracy"),
    **_many(_count(), "support predicted_photos"),
}
Confusion = {
    **_many(_text(), "target predicted"),
    "photos": _count(),
    "share": _share(),
}
Reliability = {
    **_many(_share(), "bin_low bin_high"),
    "photos": _count(),
    **_many(_share(), "confidence accuracy"),
}
Predictions = {
    "photo_id": _text(),
    "split": _choice(*SPLITS),
    "group_id": _text(),
    **_many(_text(), "target predicted"),
    "confidence": _share(),
    "runner_up": _text(),
    "runner_up_confidence": _share(),
}
ModelFacts = {
    **_many(_text(), "architecture initial_weights"),
    **_many(
        _count(), "trainable_parameters image_size epochs best_epoch train_photos extra_photos"
    ),
    **_many(_text(), "recipe device versions sha256"),
}
Mistakes = {
    **_many(_text(), "photo_id target"),
    "rank": _count(1),
    "predicted": _text(),
    "confidence": _share(),
    "runner_up": _text(),
    "runner_up_confidence": _share(),
}
Embedding2d = {
    "photo_id": _text(),
    "split": _choice(*SPLITS),
    "class_name": _text(),
    "drawn_from": _count(1),
    **_many(_number(gaps=False), "x y"),
    "perplexity": _number(0, gaps=False),
    "kl_divergence": _number(gaps=False),
}
Embedding3d = {
    **{name: Embedding2d[name] for name in ("photo_id", "split", "class_name", "drawn_from")},
    **_many(_number(gaps=False), "x y z"),
    **{name: Embedding2d[name] for name in ("perplexity", "kl_divergence")},
}
_BY_MODEL = {"model": _text()}
ModelHistory = _table(History)
ModelMetrics = _table(Metrics)
ModelPerClass = _table(PerClass)
ModelConfusion = _table(Confusion)
ModelReliability = _table(Reliability)
ModelPredictions = _table(Predictions, unique=["photo_id"])
ModelSummary = _table(ModelFacts)
ModelMistakes = _table(Mistakes, unique=["photo_id"])
ModelEmbedding2d = _table(Embedding2d, unique=["photo_id"])
ModelEmbedding3d = _table(Embedding3d, unique=["photo_id"])
ClassificationHistory = _table(_BY_MODEL | History)
ClassificationMetrics = _table(_BY_MODEL | Metrics)
ClassificationPerClass = _table(_BY_MODEL | PerClass)
ClassificationConfusion = _table(_BY_MODEL | Confusion)
ClassificationReliability = _table(_BY_MODEL | Reliability)
ClassificationModels = _table(_BY_MODEL | ModelFacts)
ClassificationPredictions = _table(_BY_MODEL | Predictions, unique=["model", "photo_id"])
NewPhotoPredictions = _table(
    {
        **_many(_text(), "file predicted"),
        "confidence": _share(),
        "runner_up": _text(),
        "runner_up_confidence": _share(),
    },
    unique=["file"],
)
_NewScene = {
    "file": _text(),
    "seconds": _number(0),
    **_many(_count(1), "width height"),
}
NewSceneIndex = _table(_NewScene, unique=["file"])
NewSceneShares = _table(
    {**_NewScene, "^share_.+": pa.Column("float64", pa.Check.in_range(0, 1), regex=True)},
    unique=["file"],
)
OnnxCheck = _table(
    {
        "images": _count(1),
        "largest_difference": _number(0, gaps=False),
        "other_classes": _count(),
        "tolerance": _number(0, gaps=False),
        **_many(_count(1), "opset bytes"),
        "sha256": _text(),
    }
)

ClassificationMistakes = _table(_BY_MODEL | Mistakes, unique=["model", "photo_id"])
ClassificationEmbedding2d = _table(_BY_MODEL | Embedding2d, unique=["model", "photo_id"])
ClassificationEmbedding3d = _table(_BY_MODEL | Embedding3d, unique=["model", "photo_id"])
ClassificationCentroids = _table(
    {
        **_many(_text(), "model photo_id target predicted"),
        "distance_target": _number(0),
        "distance_predicted": _number(0),
        "ratio": _number(0),
    },
    unique=["model", "photo_id"],
)
ClassificationComparison = _table(
    {
        **_many(_text(), "model_a model_b"),
        **_many(_count(), "photos groups only_a_right only_b_right groups_for_a groups_for_b"),
        "method": _text(),
        **_many(_number(0, 1, gaps=False), "p_value p_holm"),
        "verdict": _text(),
    },
    unique=["model_a", "model_b"],
)

# Segmentation -------------------------------------------------------------------------------------

RoadHistory = _table(
    {
        "epoch": _count(1),
        "learning_rate": _number(0, gaps=False),
        **_many(_number(), "train_loss val_loss val_mean_iou"),
    }
)
RoadModelSummary = _table(
    {
        "architecture": _text(),
        "output_stride": _count(8),
        "initial_weights": _text(),
        "initial_sha256": _text(empty=True),
        "trained_on": _text(),
        **_many(
            _count(), "trainable_parameters epochs best_epoch train_scenes height width classes"
        ),
        **_many(_text(), "recipe device versions sha256"),
    }
)
SceneConfusions = _table(
    {
        **_many(_text(), "scene_id label"),
        "class_name": _text(empty=True),
        "predicted": _text(),
        "pixels": _count(1),
    },
    unique=["scene_id", "label", "predicted"],
)
SceneInstances = _table(
    {
        **_many(_text(), "scene_id class_name"),
        "instance": _count(),
        "pixels": _count(1),
        "found_pixels": _count(),
    },
    unique=["scene_id", "instance"],
)
_ClassScores = {
    "class_name": _text(),
    **_many(_share(), "iou iou_low iou_high dice dice_low dice_high"),
    **_many(_share(), "precision precision_low precision_high recall recall_low recall_high"),
    **_many(_share(), "ovr_accuracy ovr_accuracy_low ovr_accuracy_high iiou iiou_low iiou_high"),
    **_many(_count(), "target_pixels predicted_pixels scenes"),
}
_Thresholds = {
    "class_name": _text(),
    "threshold": _number(0, 1, gaps=False),
    **_many(_share(), "precision recall f1"),
    **_many(_count(), "true_positives false_positives false_negatives"),
}
_AveragePrecision = {
    "class_name": _text(),
    **_many(_share(), "ap ap_low ap_high ap_from_half ap_from_half_low ap_from_half_high"),
    "target_scenes": _count(),
}
_Failures = {
    "class_name": _text(),
    "rank": _count(1),
    "scene_id": _text(),
    "iou": _number(0, 1, gaps=False),
    "target_pixels": _count(1),
    **_many(_count(), "missed_pixels false_pixels"),
    "taken_for": _text(empty=True),
    "words": _text(),
}
_SegmentationMetrics = {
    "metric": _text(),
    **_many(_share(), "value low high"),
    "classes": _count(),
}
_PixelConfusion = {
    **_many(_text(), "target predicted"),
    "pixels": _count(),
    "share": _share(),
}
_IgnoredLabels = {
    **_many(_text(), "label predicted"),
    "pixels": _count(),
    "share": _share(),
}
DomainClassScores = _table(_ClassScores)
DomainSummary = _table(_SegmentationMetrics)
DomainConfusion = _table(_PixelConfusion)
DomainIgnoredLabels = _table(_IgnoredLabels)
DomainThresholds = _table(_Thresholds, unique=["class_name", "threshold"])
DomainAveragePrecision = _table(_AveragePrecision, unique=["class_name"])
DomainFailures = _table(_Failures, unique=["class_name", "rank"])
SegmentationClassScores = _table(_BY_DOMAIN | _ClassScores)
SegmentationSummary = _table(_BY_DOMAIN | _SegmentationMetrics)
SegmentationConfusion = _table(_BY_DOMAIN | _PixelConfusion)
IgnoredLabels = _table(_BY_DOMAIN | _IgnoredLabels)
SegmentationThresholds = _table(
    _BY_DOMAIN | _Thresholds, unique=["domain", "class_name", "threshold"]
)
SegmentationAveragePrecision = _table(
    _BY_DOMAIN | _AveragePrecision, unique=["domain", "class_name"]
)
SegmentationFailures = _table(_BY_DOMAIN | _Failures, unique=["domain", "class_name", "rank"])
CrossDomain = _table(
    {"class_name": _text(), **_many(_number(-1, 1), "iou_cityscapes iou_idd difference low high")}
)
CrossDomainSummary = _table(
    {
        "metric": _text(),
        **_many(_number(-1, 1), "value_cityscapes value_idd difference low high"),
        "classes": _count(),
    },
    unique=["metric"],
)
