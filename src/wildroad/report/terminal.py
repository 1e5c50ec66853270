"""The last lines of a run on the terminal: what came out, and where it lies."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table as TerminalTable
from rich.text import Text

from wildroad.report.formats import domain_title, interval, readable, score
from wildroad.report.road_verdicts import mean_iou
from wildroad.report.tables import ReportTables, present
from wildroad.report.wildlife_verdicts import metric_row

NOT_RUN = "not run"


def summary_table(tables: ReportTables) -> TerminalTable:
    """One row per photo model and per road domain: its score, and what to hold that against."""
    table = TerminalTable(box=None, pad_edge=False, header_style="bold")
    for heading in ("test data", "score", "beside it"):
        table.add_column(heading)
    for row in (*_wildlife_rows(tables), *_road_rows(tables)):
        table.add_row(*row)
    return table


def print_results(console: Console, tables: ReportTables, *, report: Path) -> None:
    """Print the table of results and the path of the report, which is never broken in two."""
    console.print()
    console.print(summary_table(tables))
    console.print()
    console.print(Text.assemble("Report: ", (str(report), "underline")), soft_wrap=True)


def print_predictions(
    console: Console, predictions: pd.DataFrame, *, unread: int, places: Mapping[str, Path]
) -> None:
    """Print how many new photos are of each class, and where the results lie.

    Args:
        console: Where to print.
        predictions: One row a photo: predicted, confidence.
        unread: Files that could not be read.
        places: What lies where.
    """
    table = TerminalTable(box=None, pad_edge=False, header_style="bold")
    for heading in ("predicted class", "photos", "mean confidence"):
        table.add_column(heading)
    classes = predictions.groupby("predicted")["confidence"].agg(["size", "mean"])
    ordered = classes.sort_values("size", ascending=False, kind="stable").reset_index()
    for name, photos, confidence in ordered.to_numpy().tolist():
        table.add_row(readable(name), f"{photos:,}", score(confidence))
    console.print()
    console.print(table)
    console.print(f"\n{len(predictions):,} photos predicted, {unread:,} files could not be read")
    for name, path in places.items():
        console.print(Text.assemble(f"{name}: ", (str(path), "underline")), soft_wrap=True)


def print_scene_predictions(
    console: Console, shares: pd.DataFrame, *, unread: int, places: Mapping[str, Path]
) -> None:
    """Print how much of the new scenes is of each class, and where the results lie.

    Args:
        console: Where to print.
        shares: One row a scene: width, height and "share_NAME" of each class.
        unread: Files that could not be read.
        places: What lies where.
    """
    table = TerminalTable(box=None, pad_edge=False, header_style="bold")
    for heading in ("predicted class", "share of the pixels", "scenes with it"):
        table.add_column(heading)
    columns = shares.filter(regex="^share_")
    pixels = columns.mul(shares["width"] * shares["height"], axis=0).sum()
    for name in pixels[pixels > 0].sort_values(ascending=False, kind="stable").index:
        scenes = int((columns[name] > 0).sum())
        share = f"{pixels[name] / pixels.sum():.1%}"
        table.add_row(readable(name.removeprefix("share_")), share, f"{scenes:,}")
    console.print()
    console.print(table)
    console.print(f"\n{len(shares):,} scenes predicted, {unread:,} files could not be read")
    for name, path in places.items():
        console.print(Text.assemble(f"{name}: ", (str(path), "underline")), soft_wrap=True)


def _wildlife_rows(tables: ReportTables) -> list[tuple[str, str, str]]:
    metrics = present(tables.classification_metrics)
    if metrics is None:
        return [("Wildlife photos", NOT_RUN, "")]
    rows = []
    for model in dict.fromkeys(map(str, metrics["model"])):
        top1, macro_f1, baseline = (
            metric_row(metrics, model, name) for name in ("top1", "macro_f1", "majority_baseline")
        )
        against = f"macro F1 {score(macro_f1[0])}, baseline {score(baseline[0])}"
        rows.append((readable(model), f"top-1 {interval(*top1)}", against))
    return rows


def _road_rows(tables: ReportTables) -> list[tuple[str, str, str]]:
    summary = present(tables.segmentation_summary)
    if summary is None:
        return [("Road scenes", NOT_RUN, "")]
    rows = []
    for domain in dict.fromkeys(map(str, summary["domain"])):
        value, low, high, classes = mean_iou(summary, domain)
        scored = f"mean IoU {interval(value, low, high)}"
        rows.append((f"{domain_title(domain)} roads", scored, f"over {classes} classes"))
    return rows
