"""Before a run: lock its folder of results. After it: write the manifest."""

import logging
from datetime import UTC, datetime
from pathlib import Path
from platform import python_version
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from wildroad.datasets.atomic import StorageError, tidy_up
from wildroad.datasets.figure import FigureDataset
from wildroad.runs.digests import Content, describe, shown_path
from wildroad.runs.lock import FolderLock
from wildroad.runs.manifest import (
    Manifest,
    Status,
    find_commit,
    hash_parameters,
    own_version,
    package_versions,
    write_manifest,
)


class RunHooks:
    """Keeps a second run out of the folder of results, and records each run in it."""

    def __init__(self) -> None:
        """Start without a lock."""
        self._lock: FolderLock | None = None

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Remember where the results go and the settings."""
        self._context = context

    @hook_impl(tryfirst=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Lock the folder, tidy up after killed runs, and begin the record."""
        self._release()
        results = results_folder(self._context)
        lock = FolderLock(results)
        lock.acquire(run_params["run_id"])
        self._lock = lock
        tidy_up(results)
        self._wanted = {name for name in pipeline.inputs() if not is_parameter(name)}
        self._inputs: dict[str, Content | None] = {}
        self._saved: set[str] = set()
        self._catalog = catalog

    @hook_impl
    def after_dataset_loaded(self, dataset_name: str) -> None:
        """Hash what comes from outside when it is first read."""
        if dataset_name in self._wanted and dataset_name not in self._inputs:
            self._inputs[dataset_name] = self._content(dataset_name)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str) -> None:
        """Remember what was made."""
        self._saved.add(dataset_name)

    @hook_impl(trylast=True)
    def after_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Write the manifest and let others in."""
        try:
            write_manifest(self._results, self._manifest(run_params, "finished"))
        finally:
            self._release()

    @hook_impl(trylast=True)
    def on_pipeline_error(self, run_params: dict[str, Any]) -> None:
        """Write the manifest of what was made, where there is room for it, and let others in."""
        try:
            write_manifest(self._results, self._manifest(run_params, "failed"))
        except StorageError as error:
            logging.getLogger(__name__).warning("no manifest of this run: %s", error)
        finally:
            self._release()

    @property
    def _results(self) -> Path:
        return results_folder(self._context)

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
        self._lock = None

    def _content(self, name: str) -> Content | None:
        paths = paths_of(self._catalog, name)
        roots = (self._results, Path(self._context.project_path))
        return describe(paths, shown_path(paths[0], *roots)) if paths else None

    def _manifest(self, run_params: dict[str, Any], status: Status) -> Manifest:
        outputs = {name: self._content(name) for name in sorted(self._saved)}
        return Manifest(
            run_id=run_params["run_id"],
            status=status,
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            pipelines=tuple(sorted(run_params.get("pipeline_names") or ("__default__",))),
            environment=environment_of(self._context),
            wildroad=own_version(),
            commit=find_commit(Path(__file__)),
            python=python_version(),
            packages=package_versions(),
            parameters=hash_parameters(self._context.params),
            inputs=dict(sorted(self._inputs.items())),
            outputs={name: one for name, one in outputs.items() if one is not None},
        )


def is_parameter(name: str) -> bool:
    """Whether a dataset is one of Kedro's parameters."""
    return name == "parameters" or name.startswith("params:")


def results_folder(context: KedroContext) -> Path:
    """The folder of results that ``globals.yml`` names, below the project unless it is absolute."""
    named = context.config_loader["globals"].get("results", "data")
    return Path(context.project_path) / str(named)


def environment_of(context: KedroContext) -> str:
    """The configuration environment of a run."""
    return context.env or str(getattr(context.config_loader, "default_run_env", ""))


def paths_of(catalog: DataCatalog, name: str) -> list[Path]:
    """Files or folder of a dataset; none of one that lives in memory."""
    dataset = catalog.get(name)
    place = getattr(dataset, "_filepath", None)
    if place is None:
        return []
    endings = (".png", ".svg", ".txt") if isinstance(dataset, FigureDataset) else ()
    return [Path(place).with_suffix(ending) for ending in endings] or [Path(place)]
