"""Nodes of the reporting pipeline."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

import pandas as pd
from pydantic import BaseModel

from wildroad.core.lazy import LazyMapping
from wildroad.figures import road
from wildroad.figures.rendered import RenderedFigure
from wildroad.report.classifier_card import classifier_card
from wildroad.report.content import assemble
from wildroad.report.formats import domain_title
from wildroad.report.model_card import missing_card, render_card
from wildroad.report.page import render_report
from wildroad.report.plain import plain_values
from wildroad.report.segmenter_card import segmenter_card
from wildroad.report.tables import ReportTables

T = TypeVar("T")

SAMPLE = "the embedded sample"
CARD = "card__"
SEGMENTER = "road"
"""Name of the segmenter: that of its checkpoint file."""


def write_report(
    parameters: Mapping[str, object],
    photo_overview: pd.DataFrame | None,
    scene_overview: pd.DataFrame | None,
    **results: pd.DataFrame | RenderedFigure | Mapping[str, bytes] | None,
) -> tuple[str, dict[str, Any]]:
    """Write the report on whatever has been run: the page, and all it says as plain values.

    Each keyword is a table, a figure or a set of pictures; "__" in a name stands for ".".
    """
    tables = ReportTables(scene_overview=scene_overview, **_of_kind(results, pd.DataFrame))
    facts = describe_data(photo_overview, scene_overview)
    content = assemble(
        tables,
        _of_kind(results, RenderedFigure) | confusion_figures(tables),
        pictures=_of_kind(results, LazyMapping),
        facts=facts,
        settings=flatten(settings_of(parameters)),
        sample=any(SAMPLE in fact for fact in facts.values()),
    )
    return render_report(content), plain_values(content)


def _of_kind(results: Mapping[str, object], kind: type[T]) -> dict[str, T]:
    return {
        name.removesuffix("_figure").replace("__", "."): value
        for name, value in results.items()
        if isinstance(value, kind)
    }


def write_classifier_cards(
    parameters: Mapping[str, object],
    photo_overview: pd.DataFrame | None,
    **results: pd.DataFrame | None,
) -> dict[str, str]:
    """Write the card of each classifier; a keyword is a table, or "card__" and a model's name."""
    summaries = {
        name.removeprefix(CARD): table for name, table in results.items() if name.startswith(CARD)
    }
    tables = tables_of(results)
    settings, sample = flatten(settings_of(parameters)), is_sample(photo_overview)
    return {
        model: missing_card(model)
        if summary is None
        else render_card(
            classifier_card(
                model, summary, tables, photo_overview, settings=settings, sample=sample
            )
        )
        for model, summary in summaries.items()
    }


def write_segmenter_card(parameters: Mapping[str, object], **results: pd.DataFrame | None) -> str:
    """Write the card of the segmenter; each keyword is a table."""
    tables = tables_of(results)
    if tables.road_model_summary is None:
        return missing_card(SEGMENTER)
    return render_card(
        segmenter_card(
            SEGMENTER,
            tables.road_model_summary,
            tables,
            settings=flatten(settings_of(parameters)),
            sample=is_sample(tables.scene_overview),
        )
    )


def tables_of(results: Mapping[str, object]) -> ReportTables:
    """The tables among the results that a report knows."""
    known = {field.name for field in fields(ReportTables)}
    return ReportTables(
        **{
            name: value
            for name, value in results.items()
            if name in known and isinstance(value, pd.DataFrame)
        }
    )


def is_sample(overview: pd.DataFrame | None) -> bool:
    """Whether any of the data are the embedded sample."""
    return overview is not None and bool((overview["folder"] == SAMPLE).any())


def describe_data(photos: pd.DataFrame | None, scenes: pd.DataFrame | None) -> dict[str, str]:
    """Say on which data the run was made: name -> one line."""
    facts = {"Wildlife photos": "not run", "Road scenes": "not run"}
    if photos is not None:
        row = photos.iloc[0]
        facts["Wildlife photos"] = (
            f"{row['folder']}: {row['photos']:,} photos of {row['classes']} classes in"
            f" {row['groups']:,} groups, {row['train']:,} / {row['val']:,} / {row['test']:,} for"
            f" train, val and test, at {row['image_size']} px"
        )
    if scenes is not None:
        del facts["Road scenes"]
        for _, row in scenes.iterrows():
            facts[f"Road scenes, {domain_title(row['domain'])}"] = (
                f"{row['folder']}: {row['scenes']:,} scenes ({row['layout']}, ids of"
                f" {row['label_space']}), {row['test']:,} of them for the test"
            )
    return facts


def confusion_figures(tables: ReportTables) -> dict[str, RenderedFigure]:
    """Draw the confusion matrix of every domain there is."""
    if tables.segmentation_confusion is None:
        return {}
    return {
        f"road_confusion.{domain}": road.road_confusion(rows)
        for domain, rows in tables.segmentation_confusion.groupby("domain", sort=False)
    }


def settings_of(parameters: Mapping[str, object]) -> dict[str, object]:
    """The parameters that results depend on: all but those of the tracker, which only watches."""
    return {name: value for name, value in parameters.items() if name != "tracking"}


def flatten(values: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Write parameters as they were configured in sorted lines, "a.b" -> value as in YAML.

    The same whether Kedro has checked them or not (it checks those of the pipelines in a run), and
    in whatever order configuration files were read.

    >>> flatten({"split": {"train": 0.7, "seed": 42}, "classes": None})
    {'classes': 'null', 'split.seed': '42', 'split.train': '0.7'}
    """
    lines: dict[str, str] = {}
    for name, value in sorted(values.items()):
        inner = value.model_dump(exclude_unset=True) if isinstance(value, BaseModel) else value
        if isinstance(inner, Mapping):
            lines |= flatten(inner, f"{prefix}{name}.")
        else:
            lines[f"{prefix}{name}"] = as_yaml(inner)
    return lines


def as_yaml(value: object) -> str:
    """Write a value as in YAML; whole numbers without a point.

    >>> as_yaml([15.0, True, None, "sgd"])
    '[15, true, null, sgd]'
    """
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_yaml, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value:.12g}" if isinstance(value, int | float) else str(value)
