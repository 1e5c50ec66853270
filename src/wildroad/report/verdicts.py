"""Verdicts of both tasks for the first screen, in the order in which they are read."""

from wildroad.report import domain_verdicts as domains
from wildroad.report import road_verdicts as road
from wildroad.report import wildlife_verdicts as wildlife
from wildroad.report.parts import Task, Verdict
from wildroad.report.tables import ReportTables, present

TOLD_LABEL = "autorickshaw"
"""The ignored label whose naming says most about a model that has never seen one."""


def all_verdicts(tables: ReportTables) -> tuple[Verdict, ...]:
    """Every sentence that the tables support."""
    return (
        *_verdicts("wildlife", wildlife_sentences(tables)),
        *_verdicts("road", road_sentences(tables)),
    )


def _verdicts(task: Task, sentences: list[str]) -> tuple[Verdict, ...]:
    return tuple(Verdict(task, sentence) for sentence in sentences if sentence)


def wildlife_sentences(tables: ReportTables) -> list[str]:
    """Sentences on the photo classifiers; "" for those without support."""
    metrics, confusion, history, comparison = (
        present(table)
        for table in (
            tables.classification_metrics,
            tables.classification_confusion,
            tables.classification_history,
            tables.classification_comparison,
        )
    )
    sentences: list[str] = []
    if metrics is not None:
        sentences += [wildlife.best_model(metrics, comparison), wildlife.one_vs_rest(metrics)]
    if metrics is not None and confusion is not None:
        ranked = wildlife.ranked_models(metrics)
        sentences += [wildlife.biggest_confusion(confusion, model) for model in ranked[:1]]
    if history is not None:
        sentences += wildlife.overfitting(history)
    return sentences


def road_sentences(tables: ReportTables) -> list[str]:
    """Sentences on the road scenes; "" for those without support."""
    gap, confusion = present(tables.cross_domain), present(tables.segmentation_confusion)
    summary = present(tables.cross_domain_summary)
    models = present(tables.road_model_summary)
    return [
        *_extreme_classes(tables),
        "" if summary is None else domains.home_and_away(summary, models),
        "" if gap is None else road.cross_domain_gap(gap),
        "" if summary is None or confusion is None else domains.wrong_pixels(confusion),
        *_told_label(tables),
    ]


def _extreme_classes(tables: ReportTables) -> list[str]:
    scores = present(tables.segmentation_class_scores)
    if scores is None:
        return []
    confusion = present(tables.segmentation_confusion)
    return [
        road.best_and_worst_class(scores, confusion, str(domain))
        for domain in dict.fromkeys(scores["domain"])
    ]


def _told_label(tables: ReportTables) -> list[str]:
    ignored = present(tables.ignored_labels)
    if ignored is None:
        return []
    return [
        domains.called_instead(ignored, TOLD_LABEL, str(domain))
        for domain in dict.fromkeys(ignored["domain"])
    ]
