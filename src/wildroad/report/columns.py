"""What each column is called on the page, how its numbers are written, and what it means.

A value and its two interval bounds become one column.
"""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from wildroad.report import formats

Kind = Literal["text", "name", "score", "count", "rate", "plain"]

COUNTS = frozenset(
    [
        *("photos", "train", "val", "test", "unused", "quarantined", "scenes", "pixels", "support"),
        *("predicted_photos", "target_pixels", "predicted_pixels", "classes", "epoch", "epochs"),
        *("best_epoch", "trainable_parameters", "image_size", "train_photos", "extra_photos"),
        *("train_scenes", "output_stride", "bytes", "width", "height", "bits", "rank", "lowest_at"),
        *("groups", "only_a_right", "only_b_right", "groups_for_a", "groups_for_b"),
        *("target_scenes", "missed_pixels", "false_pixels"),
        *("true_positives", "false_positives", "false_negatives"),
    ]
)
NAMES = frozenset(
    [
        *("class_name", "target", "predicted", "runner_up", "model", "label", "metric"),
        *("model_a", "model_b", "verdict", "taken_for"),
    ]
)

HEADINGS = {
    "class_name": "class",
    "other_class_name": "other class",
    "suggested_class": "looks like",
    "bits": "differing bits",
    "same_file": "same file",
    "iou": "IoU",
    "dice": "Dice = F1",
    "f1": "F1",
    "ovr_accuracy": "(TP + TN) / N",
    "mean_ovr_accuracy": "mean one-vs-rest accuracy",
    "mean_iou": "mean IoU",
    "mean_dice": "mean Dice",
    "frequency_weighted_iou": "frequency-weighted IoU",
    "label_space": "id space",
    "iou_cityscapes": "IoU Cityscapes",
    "iou_idd": "IoU IDD",
    "val_mean_iou": "val mean IoU",
    "value_cityscapes": "Cityscapes",
    "value_idd": "IDD",
    "iiou": "iIoU",
    "ap": "AP",
    "ap_from_half": "AP@[.5:1]",
    "target_scenes": "scenes with it",
    "taken_for": "most taken for",
    "words": "in words",
    "ece": "ECE",
    "top1": "top-1",
    "macro_f1": "macro F1",
    "model_a": "model A",
    "model_b": "model B",
    "only_a_right": "only A right",
    "only_b_right": "only B right",
    "groups_for_a": "groups for A",
    "groups_for_b": "groups for B",
    "p_value": "p",
    "p_holm": "p, Holm",
    "lowest_at": "lowest val loss at epoch",
    "distance_target": "to the target’s centroid",
    "distance_predicted": "to the predicted one’s",
    "ratio": "target / predicted",
}

EXPLANATIONS = {
    "iou": "TP / (TP + FP + FN) over all pixels whose target is not ignored; 95 % interval over "
    "scenes",
    "dice": "2 IoU / (1 + IoU)",
    "iiou": "IoU in which every instance weighs the same, however small; n/a for classes without "
    "instances and for masks that tell none apart",
    "threshold": "IoU that a class has to reach in a scene",
    "true_positives": "scenes where it does",
    "false_positives": "scenes where the class was predicted and does not",
    "false_negatives": "scenes that have the class and where it does not",
    "ap": "TP / (TP + FP + FN) of scenes, mean over the thresholds 0.0 to 1.0",
    "ap_from_half": "the same over 0.5 to 1.0, as every touch passes a threshold of 0",
    "missed_pixels": "pixels of the class that were called something else",
    "false_pixels": "pixels of other classes that were called this one",
    "taken_for": "what most of its missed pixels were called",
    "precision": "of what was predicted as the class, the share that is",
    "recall": "of what is the class, the share predicted as it; the class's pixel accuracy",
    "f1": "2 TP / (2 TP + FP + FN)",
    "ovr_accuracy": "counts every correct rejection as a hit; near 1 for any rare class",
    "mean_ovr_accuracy": "mean of (TP + TN) / N over the classes = 1 − 2 (1 − top-1) / K; not "
    "accuracy",
    "support": "photos of the class",
    "bits": "bits of 256 by which the perceptual hashes differ; 0 for a copy",
    "label_quality": "probability of the label as given, from photos of other groups; low is bad",
    "predicted_photos": "photos that were called the class",
    "predicted": "what the model said",
    "target": "what the label says",
    "share": "share of the row's target",
    "pixel_share": "share of all pixels of the domain",
    "scene_share": "share of the scenes in which it occurs",
    "difference": "IDD minus Cityscapes, with its 95 % interval",
    "ece": "expected calibration error: mean distance between confidence and accuracy, 15 bins",
    "top1": "share of photos whose most probable class is the target; 95 % Wilson interval",
    "macro_f1": "F1 averaged over the classes, each weighing the same",
    "majority_baseline": "what always answering the most frequent class would score",
    "value": "with its 95 % interval where there is one",
    "classes": "over how many classes the mean is",
    "best_epoch": "the epoch whose weights were kept",
    "only_a_right": "test photos that model A alone got right",
    "only_b_right": "test photos that model B alone got right",
    "groups_for_a": "groups of near-duplicates of which model A got more photos right",
    "groups_for_b": "groups of near-duplicates of which model B got more photos right",
    "p_value": "McNemar over groups: how often equal models would differ by as much",
    "p_holm": "corrected for testing several pairs",
    "verdict": "the better model where the corrected p is below 0.05",
    "gap": "train minus val accuracy after the last epoch",
    "distance_target": "Euclidean, in the model’s own features, to the mean of the train photos of "
    "the target class",
    "distance_predicted": "the same to the class this model answered; NA where it was right",
    "ratio": "above 1 the photo lies nearer to the wrong class; unlike the distances, it can be "
    "compared between models",
}

METRICS = {
    "top1": "top-1",
    "macro_f1": "macro F1",
    "micro_f1": "micro F1",
    "weighted_f1": "weighted F1",
    "mean_ovr_accuracy": "mean one-vs-rest accuracy, (TP + TN) / N",
    "ece": "ECE",
    "ece_calibrated": "ECE after temperature",
    "nll": "negative log-likelihood, nats",
    "nll_calibrated": "negative log-likelihood after temperature",
    "brier": "Brier score",
    "brier_calibrated": "Brier score after temperature",
    "temperature": "temperature, fitted on val photos",
    "mean_iou": "mean IoU",
    "mean_dice": "mean Dice",
    "frequency_weighted_iou": "frequency-weighted IoU",
    "mean_recall": "mean recall",
    "mean_iiou": "mean iIoU",
    "map": "mAP over the IoU thresholds 0.0 to 1.0",
    "map_from_half": "mAP@[.5:1]",
}


@dataclass(frozen=True)
class Column:
    """A column as the page shows it.

    Attributes:
        name: of the frame's column.
        heading: above it.
        kind: how its cells are written; all but text and names sort as numbers.
        explanation: what it means; empty where the heading says it.
        low: column of the interval's lower end, or "".
        high: column of the interval's upper end, or "".
    """

    name: str
    heading: str
    kind: Kind
    explanation: str = ""
    low: str = ""
    high: str = ""

    @property
    def numeric(self) -> bool:
        """Whether the cells are numbers."""
        return self.kind not in ("text", "name")


def columns_of(frame: pd.DataFrame) -> tuple[Column, ...]:
    """Columns of a frame as the page shows them.

    Interval bounds go with their value. The label or class comes first, as the first column stays
    in sight when the others are scrolled away.
    """
    joined = {
        str(name): bounds for name in frame if set(bounds := _bounds_of(str(name))) <= set(frame)
    }
    hidden = {bound for bounds in joined.values() for bound in bounds}
    first = next((name for name in ("label", "class_name") if name in frame), "")
    shown = sorted(
        (name for name in map(str, frame.columns) if name not in hidden),
        key=lambda name: name != first,
    )
    return tuple(_column(frame[name], name, joined.get(name, ("", ""))) for name in shown)


def _bounds_of(name: str) -> tuple[str, str]:
    if name in ("value", "difference"):
        return "low", "high"
    return f"{name}_low", f"{name}_high"


def _column(values: "pd.Series[float]", name: str, bounds: tuple[str, str]) -> Column:
    kind = _kind(values, name)
    explanation = EXPLANATIONS.get(name, "")
    heading = HEADINGS.get(name, formats.readable(name))
    return Column(name, heading, kind, explanation, *bounds)


def _kind(values: "pd.Series[float]", name: str) -> Kind:
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return "name" if name in NAMES else "text"
    if name in ("learning_rate", "threshold"):
        return "rate"
    if name == "observed":
        return "plain"
    return "count" if name in COUNTS else "score"


def cell_text(row: Mapping[Hashable, object], column: Column) -> str:
    """Write one cell."""
    value = row[column.name]
    if not column.numeric:
        return _words(value, column)
    number = _number(value)
    if column.low:
        return formats.interval(number, _number(row[column.low]), _number(row[column.high]))
    writers = {
        "score": formats.score,
        "count": formats.count,
        "rate": formats.rate,
        "plain": formats.plain,
    }
    return writers[column.kind](number)


def sort_key(row: Mapping[Hashable, object], column: Column) -> str:
    """What a cell is sorted by: the unrounded number, or the text; empty for nothing."""
    value = row[column.name]
    if not column.numeric:
        return _words(value, column)
    number = _number(value)
    return "" if math.isnan(number) else repr(number)


def _number(value: object) -> float:
    return math.nan if value is None or value is pd.NA else float(str(value))


def _words(value: object, column: Column) -> str:
    if value is None or value is pd.NA or value != value:
        return formats.ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column.name == "metric":
        return METRICS.get(str(value), formats.readable(str(value)))
    if column.name == "domain":
        return formats.domain_title(str(value))
    return formats.readable(str(value)) if column.kind == "name" else str(value)
