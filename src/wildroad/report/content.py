"""From the tables and figures of a run to the content of its report."""

from collections.abc import Mapping

import pandas as pd

from wildroad.report import cautions, road, wildlife
from wildroad.report.album import choose_album
from wildroad.report.formats import ABSENT, bounds, domain_title, readable, score
from wildroad.report.parts import Headline, Picture, ReportContent, Section
from wildroad.report.road_verdicts import mean_iou
from wildroad.report.selection import part, table_of
from wildroad.report.tables import ReportTables, present
from wildroad.report.verdicts import all_verdicts
from wildroad.report.wildlife_verdicts import metric_row, ranked_models

NOT_RUN = "not run"


def assemble(
    tables: ReportTables,
    figures: Mapping[str, Picture],
    *,
    pictures: Mapping[str, Mapping[str, bytes]] | None = None,
    title: str = "Wildlife photos and road scenes",
    facts: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
    sample: bool = False,
) -> ReportContent:
    """Put a report together; any part whose tables and figures are missing says "not run".

    Args:
        tables: tables of the run.
        figures: drawn figures by the name of the function that drew them, or by that name, a dot
            and a model, class or domain: "class_distribution", "confusion_heatmap.resnet18",
            "scene_gallery.idd".
        pictures: sets of encoded pictures by name: "photo_thumbnails" (photo_id -> picture) and
            "mistake_pictures.resnet18" (photo_id -> photo and heat map side by side),
            "failure_photos.idd" ("CLASS/RANK" -> photo) and "failure_masks.idd"
            ("CLASS/RANK/target" and "CLASS/RANK/predicted" -> mask in colours).
        title: heading of the page.
        facts: what was run on which data, in the order in which it is shown.
        settings: every parameter of the run, for the last chapter.
        sample: whether the data are the built-in sample.
    """
    shown = pictures or {}
    return ReportContent(
        title=title,
        facts=tuple((facts or {}).items()),
        warnings=_warnings(tables, sample=sample),
        headlines=(*_wildlife_headlines(tables), *_road_headlines(tables)),
        verdicts=all_verdicts(tables),
        summary=(*wildlife.summary(tables), *road.summary(tables)),
        sections=(
            wildlife.data_section(tables, figures),
            wildlife.models_section(tables, figures, shown),
            road.data_section(tables, figures),
            road.scenes_section(tables, figures, shown, settings),
            _making(tables, settings or {}),
        ),
        album=choose_album(tables, shown.get("photo_thumbnails")),
    )


def _warnings(tables: ReportTables, *, sample: bool) -> tuple[str, ...]:
    summaries = [present(table) for table in (tables.model_summary, tables.road_model_summary)]
    per_class, overview = present(tables.classification_per_class), present(tables.scene_overview)
    audit = present(tables.split_audit)
    found = [
        cautions.SAMPLE if sample else "",
        *(cautions.random_initialisation(table) for table in summaries if table is not None),
        "" if audit is None else cautions.failed_checks(audit),
        "" if per_class is None else cautions.few_photos(per_class),
        *(() if overview is None else cautions.contamination(overview)),
    ]
    return tuple(warning for warning in found if warning)


def _wildlife_headlines(tables: ReportTables) -> tuple[Headline, ...]:
    metrics = present(tables.classification_metrics)
    ranked = [] if metrics is None else ranked_models(metrics)
    if metrics is None or not ranked:
        return (Headline("wildlife", "Photos told apart", NOT_RUN, ""),)
    best = ranked[0]
    baseline = score(metric_row(metrics, best, "majority_baseline")[0])
    return tuple(
        Headline("wildlife", name, score(value), _detail(low, high, against))
        for name, metric, against in (
            ("Top-1", "top1", f"{readable(best)} · majority baseline {baseline}"),
            ("Macro F1", "macro_f1", readable(best)),
        )
        for value, low, high in [metric_row(metrics, best, metric)]
    )


def _road_headlines(tables: ReportTables) -> tuple[Headline, ...]:
    summary = present(tables.segmentation_summary)
    if summary is None:
        return (Headline("road", "Mean IoU", NOT_RUN, ""),)
    return tuple(
        Headline(
            "road",
            f"Mean IoU, {domain_title(domain)}",
            score(value),
            _detail(low, high, f"over {classes} classes"),
        )
        for domain in dict.fromkeys(map(str, summary["domain"]))
        for value, low, high, classes in [mean_iou(summary, domain)]
    )


def _detail(low: float, high: float, against: str) -> str:
    span = "" if pd.isna(low) or pd.isna(high) else f"95 %: {bounds(low, high)} · "
    return f"{span}{against}"


def _making(tables: ReportTables, settings: Mapping[str, str]) -> Section:
    chosen = pd.DataFrame(
        [(name, str(value) or ABSENT) for name, value in settings.items()],
        columns=["setting", "value"],
    )
    parts = (
        *part(
            "Models",
            tables=(
                *table_of(tables.model_summary, "model_summary", "Photo models"),
                *table_of(tables.road_model_summary, "road_model_summary", "Road model"),
            ),
        ),
        *part("Settings", tables=table_of(chosen, "settings", "Every parameter", folded=True)),
    )
    lead = (
        "Counts are summed as whole numbers and divided once, last. An empty denominator is n/a, "
        "never zero."
    )
    return Section("making", "How it was made", lead if parts else "", parts)
