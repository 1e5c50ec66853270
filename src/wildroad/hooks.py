"""A short summary at the end of a run."""

from pathlib import Path
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from rich.console import Console


class SummaryHooks:
    """Show the results and where the report lies."""

    @hook_impl
    def after_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Print a short table when the run wrote the report, or predicted new photos."""
        if "report" in pipeline.outputs():
            show_results(catalog)
        if "new_photo_predictions" in pipeline.all_outputs():
            show_predictions(catalog)
        if "new_scene_shares" in pipeline.all_outputs():
            show_scene_predictions(catalog)


def show_results(catalog: DataCatalog) -> None:
    """Print the scores, and where the report lies."""
    from wildroad.datasets.html_page import HtmlPageDataset
    from wildroad.report.tables import ReportTables
    from wildroad.report.terminal import print_results

    names = ("classification_metrics", "segmentation_summary")
    tables = ReportTables(**{name: catalog.load(name) for name in names})
    report = catalog["report"]
    if isinstance(report, HtmlPageDataset):
        print_results(Console(), tables, report=relative_to_here(report.filepath.resolve()))


def show_predictions(catalog: DataCatalog) -> None:
    """Print how many new photos are of each class, and where the tables lie."""
    from wildroad.datasets.table import TableDataset
    from wildroad.report.terminal import print_predictions

    names = {"Predictions": "new_photo_predictions", "Not read": "new_photo_quarantine"}
    tables = {word: catalog[name] for word, name in names.items()}
    places = {
        word: relative_to_here(one.filepath.resolve())
        for word, one in tables.items()
        if isinstance(one, TableDataset)
    }
    predictions, unread = (catalog.load(name) for name in names.values())
    print_predictions(Console(), predictions, unread=len(unread), places=places)


def show_scene_predictions(catalog: DataCatalog) -> None:
    """Print the share of each class over the new scenes, and where the results lie."""
    from wildroad.report.terminal import print_scene_predictions

    names = {
        "Shares": "new_scene_shares",
        "Masks": "new_scene_masks",
        "Overlays": "new_scene_overlays",
        "Not read": "new_scene_quarantine",
    }
    found = {word: getattr(catalog[name], "filepath", None) for word, name in names.items()}
    places = {word: relative_to_here(path.resolve()) for word, path in found.items() if path}
    shares, unread = (catalog.load(names[word]) for word in ("Shares", "Not read"))
    print_scene_predictions(Console(), shares, unread=len(unread), places=places)


def relative_to_here(path: Path) -> Path:
    """Shorten a path that lies below the working folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
