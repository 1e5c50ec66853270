"""Where a Kedro run meets its tracker."""

from functools import partial
from pathlib import Path
from typing import Any, get_args

import pandas as pd
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro.validation import ParameterValidationError
from pydantic import ValidationError

from wildroad.datasets.checkpoint import CheckpointDataset
from wildroad.datasets.figure import FigureDataset
from wildroad.datasets.table import TableDataset
from wildroad.datasets.training_store import TrainingFile
from wildroad.tracking.contents import Tracked, flattened
from wildroad.tracking.messages import Parameters, Start
from wildroad.tracking.options import TrackingOptions
from wildroad.tracking.tracker import Tracker

SMALL = (TableDataset, FigureDataset, CheckpointDataset)


class TrackingHooks:
    """Tell the tracker that ``params:tracking`` names what a run is made of and what it makes."""

    def __init__(self) -> None:
        """Track nothing until a run says where."""
        self.tracker: Tracker | None = None
        self.told: set[str] = set()

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], catalog: DataCatalog) -> None:
        """Start the tracker, if there is to be one, and tell it the parameters."""
        parameters = catalog["parameters"].load() if "parameters" in catalog else {}
        options = checked(parameters.get("tracking", {}))
        self.tracker, self.told = None, set()
        if options.backend != "none":
            self.tracker = Tracker(start_of(options, run_params["run_id"]))
            self.tracker.track("parameters", Parameters(flattened(parameters)))

    @hook_impl
    def after_dataset_loaded(self, dataset_name: str, data: object) -> None:
        """Have a training tell its epochs while it goes on."""
        if self.tracker is not None and isinstance(data, TrainingFile):
            data.on_save = partial(self.tell_history, dataset_name)

    def tell_history(self, name: str, rows: tuple[dict[str, float], ...]) -> None:
        """Hand over the epochs that are done."""
        if self.tracker is not None:
            self.tracker.track(name, pd.DataFrame(rows))

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: object) -> None:
        """Hand over what a node returned, if it is for a tracker."""
        if self.tracker is not None and isinstance(data, get_args(Tracked)):
            self.told.add(dataset_name)
            self.tracker.track(dataset_name, data)

    @hook_impl
    def after_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Close the tracked run."""
        if self.tracker is not None:
            if "Parallel" in str(run_params["runner"]):
                self.catch_up(pipeline, catalog)
            self.tracker.end(failed=False)

    def catch_up(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Hand over what was saved in other processes, where hooks reach no tracker."""
        for name in sorted(pipeline.all_outputs() - self.told):
            if isinstance(catalog.get(name), SMALL):
                self.after_dataset_saved(name, catalog.load(name))

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Close the tracked run as failed."""
        if self.tracker is not None:
            self.tracker.end(failed=True)


def checked(values: object) -> TrackingOptions:
    """Check the block of parameters.

    Raises:
        ParameterValidationError: Naming what is wrong in it.
    """
    try:
        return TrackingOptions.model_validate(values)
    except ValidationError as error:
        raise ParameterValidationError(f"params:tracking is wrong: {error}") from error


def start_of(options: TrackingOptions, run_id: str) -> Start:
    """What the tracker's process has to know; a run without a name is called by its time."""
    values = options.model_dump() | {"run_name": options.run_name or run_id}
    return Start(**values | {"folder": Path(options.folder).resolve()})
