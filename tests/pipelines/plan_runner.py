"""A runner that goes through a run without computing it."""

from concurrent.futures import Executor
from typing import Any, ClassVar

from kedro.runner import AbstractRunner


class PlanRunner(AbstractRunner):
    """Look up every dataset of every node in the catalog, in the order of the run."""

    planned: ClassVar[list[str]] = []

    def _get_executor(self, max_workers: int) -> Executor | None:
        return None

    def _run(self, pipeline: Any, catalog: Any, *arguments: Any, **options: Any) -> None:
        PlanRunner.planned = [node.name for node in pipeline.nodes]
        for node in pipeline.nodes:
            for name in [*node.inputs, *node.outputs]:
                assert catalog.get(name) is not None, name
