from io import StringIO
from pathlib import Path

import pandas as pd
from rich.console import Console

from wildroad.report.tables import ReportTables
from wildroad.report.terminal import print_predictions, print_results


def printed(tables: ReportTables, *, width: int = 110) -> str:
    console = Console(width=width, record=True, file=StringIO())
    print_results(console, tables, report=Path("data/08_reporting/report.html"))
    return console.export_text()


def test_results_of_both_tasks_and_the_path_of_the_report_are_printed(tables):
    text = printed(tables)
    assert "top-1 0.886 (0.87–0.91)" in text
    assert "baseline 0.139" in text
    assert "over 17 classes" in text
    assert text.rstrip().endswith("Report: data/08_reporting/report.html")


def test_parts_that_were_not_run_are_printed_as_such():
    assert printed(ReportTables()).count("not run") == 2


def test_no_row_is_broken_on_a_terminal_of_eighty_columns(tables):
    rows = printed(tables, width=80).split("Report:")[0].strip().splitlines()
    metrics, summary = tables.classification_metrics, tables.segmentation_summary
    assert len(rows) == 1 + metrics["model"].nunique() + summary["domain"].nunique()


def test_path_of_the_report_is_never_broken(tables):
    assert "Report: data/08_reporting/report.html" in printed(tables, width=30)


def test_new_photos_are_counted_by_class_and_the_places_of_their_tables_printed():
    console = Console(width=40, record=True, file=StringIO())
    predictions = pd.DataFrame(
        {"predicted": ["owl", "wild_boar", "wild_boar"], "confidence": [0.5, 0.75, 0.25]}
    )
    place = Path("data/07_model_output/new_photo_predictions.csv")
    print_predictions(console, predictions, unread=2, places={"Predictions": place})
    lines = [" ".join(line.split()) for line in console.export_text().strip().splitlines()]
    assert lines == [
        "predicted class photos mean confidence",
        "wild boar 2 0.500",
        "owl 1 0.500",
        "",
        "3 photos predicted, 2 files could not be",
        "read",
        f"Predictions: {place}",
    ]
