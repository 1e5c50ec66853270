"""The model card of the segmenter of road scenes, from the tables of a run."""

from collections.abc import Hashable, Mapping

import pandas as pd

from wildroad.report import cautions, road_verdicts
from wildroad.report.columns import METRICS
from wildroad.report.formats import (
    count,
    domain_title,
    interval,
    readable,
    score,
    sentence_list,
)
from wildroad.report.model_card import CardTable, ModelCard, Score, model_index
from wildroad.report.tables import ReportTables, present
from wildroad.report.verdicts import road_sentences

TASK = ("image-segmentation", "Image Segmentation")
INDEXED = {"mean_iou": "mean_iou", "pixel_accuracy": "accuracy", "mean_dice": "f1"}
"""Metric -> its identifier on the Hub."""

SHOWN = ("mean_iou", "pixel_accuracy", "frequency_weighted_iou", "mean_dice", "mean_recall")
SETTINGS = ("road_", "inference.")
WORST = 3
FEW_SCENES = 10
"""Below this many test scenes with a class, its IoU hangs on single scenes."""


def segmenter_card(
    name: str,
    summary: pd.DataFrame,
    tables: ReportTables,
    *,
    settings: Mapping[str, str],
    sample: bool,
) -> ModelCard:
    """Tell all that the tables know of the segmenter.

    Args:
        name: The model's: that of its checkpoint file.
        summary: The one row of facts on its training.
        tables: Tables of the run.
        settings: Every parameter of the run, "a.b" -> value.
        sample: Whether the data are the built-in sample.
    """
    facts, scores = summary.iloc[0], present(tables.segmentation_class_scores)
    classes = () if scores is None else tuple(map(str, dict.fromkeys(scores["class_name"])))
    return ModelCard(
        name=name,
        task="segmenter",
        metadata=metadata(name, facts, tables),
        summary=_summary(facts, tables),
        caution=cautions.SAMPLE if sample else "",
        details=_details(facts, classes),
        training_data=_training_data(facts, present(tables.scene_overview)),
        procedure=_procedure(facts),
        settings=tuple(one for one in settings.items() if one[0].startswith(SETTINGS)),
        tables=(*_overall_tables(tables), *_class_table(scores)),
        findings=tuple(sentence for sentence in road_sentences(tables) if sentence),
        limitations=_limitations(summary, scores, tables),
        compute=_compute(facts),
        sha256=facts["sha256"],
        classes=classes,
    )  # fmt: skip


def metadata(name: str, facts: "pd.Series[str]", tables: ReportTables) -> dict[str, object]:
    """The YAML block: what the Hub sorts and filters by."""
    summary = present(tables.segmentation_summary)
    results = {} if summary is None else _results(summary)
    backbone = str(facts["architecture"]).split()[-1]
    return {
        "library_name": "wildroad",
        "pipeline_tag": TASK[0],
        "tags": [TASK[0], "pytorch", "safetensors", "kedro", "deeplabv3plus", backbone],
        "metrics": list(INDEXED.values()),
        "model-index": model_index(name, task=TASK, results=results),
    }


def _results(summary: pd.DataFrame) -> dict[tuple[str, str], tuple[Score, ...]]:
    return {
        (str(domain), domain_title(str(domain))): tuple(
            Score(kind, METRICS.get(name, readable(name)), *metric_of(rows, name))
            for name, kind in INDEXED.items()
        )
        for domain, rows in summary.groupby("domain", sort=False)
    }


def metric_of(rows: pd.DataFrame, metric: str) -> tuple[float, float, float]:
    """Value, low and high of one metric of one domain; NaN where it is missing."""
    found = rows.loc[rows["metric"] == metric, ["value", "low", "high"]].to_numpy(dtype=float)
    value, low, high = found[0] if len(found) else (float("nan"),) * 3
    return float(value), float(low), float(high)


def _summary(facts: "pd.Series[str]", tables: ReportTables) -> str:
    what = f"A {facts['architecture']} that finds the class of each pixel of a street scene"
    summary = present(tables.segmentation_summary)
    if summary is None:
        return f"{what}. It has not been scored in this run."
    scored = [
        f"{interval(value, low, high)} in {domain_title(domain)} (over {classes} classes)"
        for domain in map(str, dict.fromkeys(summary["domain"]))
        for value, low, high, classes in [road_verdicts.mean_iou(summary, domain)]
    ]
    return f"{what}: mean IoU {sentence_list(scored)}."


def _details(facts: "pd.Series[str]", classes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return (
        ("Architecture", f"{facts['architecture']}, output stride {facts['output_stride']}"),
        ("Trainable parameters", count(float(facts["trainable_parameters"]))),
        ("Started from", f"weights {facts['initial_weights']!r}"),
        ("Input", "RGB scene of any size"),
        ("Output", f"logits of {facts['classes']} classes at a quarter of the input's size"),
        ("Evaluated classes", sentence_list(list(classes)) or "not known"),
        ("License", "none stated: ask the owners of the code, the scenes and the first weights"),
    )


def _training_data(facts: "pd.Series[str]", overview: pd.DataFrame | None) -> tuple[str, ...]:
    own = "Not trained in this run: the weights are used as they were published."
    if int(facts["epochs"]):
        own = (
            f"Trained on {count(float(facts['train_scenes']))} scenes of"
            f" {domain_title(str(facts['trained_on']))}, resized to {facts['height']} x"
            f" {facts['width']} px."
        )
    return (own, *(() if overview is None else map(_scenes, overview.to_dict("records"))))


def _scenes(row: Mapping[Hashable, object]) -> str:
    return (
        f"{domain_title(str(row['domain']))}: {row['scenes']} scenes from {row['folder']}"
        f" ({row['layout']}, ids of {row['label_space']}): {row['train']} for training,"
        f" {row['val']} to choose the epoch by, {row['test']} for the test, {row['unused']} without"
        f" use, {row['quarantined']} set aside. Scenes of one drive stay together."
    )


def _procedure(facts: "pd.Series[str]") -> tuple[tuple[str, str], ...]:
    if not int(facts["epochs"]):
        return (("Recipe", facts["recipe"]),)
    return (
        ("Recipe", facts["recipe"]),
        ("Loss", "cross-entropy over the pixels that are not ignored"),
        ("Epochs", f"{facts['epochs']}; the weights are those of epoch {facts['best_epoch']},"
                   " the best on the validation scenes"),
    )  # fmt: skip


def _compute(facts: "pd.Series[str]") -> tuple[tuple[str, str], ...]:
    seen = int(facts["epochs"]) * int(facts["train_scenes"])
    return (
        ("Device", facts["device"]),
        ("Versions", facts["versions"]),
        ("Scenes seen in training", count(seen)),
    )


def _overall_tables(tables: ReportTables) -> tuple[CardTable, ...]:
    summary, scores = (
        present(tables.segmentation_summary),
        present(tables.segmentation_class_scores),
    )
    if summary is None:
        return ()
    domains = list(map(str, dict.fromkeys(summary["domain"])))
    parts = {domain: summary[summary["domain"] == domain] for domain in domains}
    rows = [
        (METRICS.get(name, readable(name)),
         *(interval(*metric_of(parts[domain], name)) for domain in domains))
        for name in SHOWN
    ]  # fmt: skip
    if scores is not None:
        rows += [("baseline", *(baseline(scores, domain) for domain in domains))]
    headings = ("metric (95 %)", *map(domain_title, domains))
    return (CardTable("All classes, test scenes", headings, tuple(rows)),)


def baseline(scores: pd.DataFrame, domain: str) -> str:
    """What always answering the most frequent class would score: pixel accuracy and mean IoU."""
    pixels = scores.loc[scores["domain"] == domain].set_index("class_name")["target_pixels"]
    if not pixels.sum():
        return score(float("nan"))
    share = float(pixels.max()) / float(pixels.sum())
    return (
        f"always {pixels.idxmax()}: pixel accuracy {score(share)}, mean IoU"
        f" {score(share / int((pixels > 0).sum()))}"
    )


def _class_table(scores: pd.DataFrame | None) -> tuple[CardTable, ...]:
    if scores is None:
        return ()
    domains = list(map(str, dict.fromkeys(scores["domain"])))
    cells = {
        (str(row["domain"]), str(row["class_name"])): (
            interval(row["iou"], row["iou_low"], row["iou_high"]),
            count(row["scenes"]),
        )
        for row in scores.to_dict("records")
    }
    rows = tuple(
        (name, *(cell for domain in domains for cell in cells[domain, name]))
        for name in map(str, dict.fromkeys(scores["class_name"]))
        if all((domain, name) in cells for domain in domains)
    )
    pairs = [(f"IoU {domain_title(one)}", "scenes") for one in domains]
    headings = ("class", *(heading for pair in pairs for heading in pair))
    return (CardTable("IoU by class (95 %), and test scenes with the class", headings, rows),)


def _limitations(
    summary: pd.DataFrame, scores: pd.DataFrame | None, tables: ReportTables
) -> tuple[str, ...]:
    overview = present(tables.scene_overview)
    found = (
        cautions.random_initialisation(summary),
        *(() if scores is None else map(worst_classes, *by_domain(scores))),
        *(() if scores is None else map(rare_classes, *by_domain(scores))),
        *(() if overview is None else cautions.contamination(overview)),
    )
    return tuple(sentence for sentence in found if sentence)


def by_domain(scores: pd.DataFrame) -> tuple[list[str], list[pd.DataFrame]]:
    """Names of the domains, and the rows of each."""
    groups = {str(domain): rows for domain, rows in scores.groupby("domain", sort=False)}
    return list(groups), list(groups.values())


def worst_classes(domain: str, rows: pd.DataFrame) -> str:
    """Name the classes with the lowest IoU."""
    worst = rows.dropna(subset=["iou"]).sort_values("iou", kind="stable").head(WORST)
    if worst.empty:
        return ""
    told = [
        f"{row['class_name']} {interval(row['iou'], row['iou_low'], row['iou_high'])}"
        for row in worst.to_dict("records")
    ]
    return f"Worst classes in {domain_title(domain)}, by IoU: {sentence_list(told)}."


def rare_classes(domain: str, rows: pd.DataFrame) -> str:
    """Name the classes that few test scenes hold, or none."""
    rare = rows[rows["scenes"] < FEW_SCENES]
    if rare.empty:
        return ""
    told = [f"{row['class_name']} ({count(row['scenes'])})" for row in rare.to_dict("records")]
    return (
        f"Few scenes in {domain_title(domain)}: fewer than {FEW_SCENES} test scenes hold"
        f" {sentence_list(told)}."
    )
