"""Split the time of a run by node: python tests/benchmarks/nodes.py [ARGUMENTS OF KEDRO RUN ...].

Runs `kedro run` in this folder with a hook that times each node, loading and saving of its datasets
included, and writes tests/benchmarks/results/nodes.json and .md.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from kedro.framework.cli import main as kedro
from kedro.framework.hooks import hook_impl
from kedro.framework.session import KedroSession

RESULTS = Path(__file__).parent / "results" / "nodes.json"
SHOWN = 20


class NodeTimes:
    """Remembers when each node began; the runner loads its inputs just before."""

    def __init__(self) -> None:
        """Start with no node."""
        self.seconds: dict[str, float] = {}
        self._last = self._first = time.perf_counter()

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Begin the count."""
        self._last = self._first = time.perf_counter()

    @hook_impl(trylast=True)
    def after_dataset_saved(self, node: Any) -> None:
        """Give the time since the last saving to the node that saved."""
        now = time.perf_counter()
        self.seconds[node.name] = self.seconds.get(node.name, 0.0) + now - self._last
        self._last = now

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Write the table."""
        write_times(self.seconds, time.perf_counter() - self._first)


def write_times(seconds: dict[str, float], whole: float) -> None:
    """Write all nodes, the longest first, as JSON, and the first of them as Markdown."""
    ordered = dict(sorted(seconds.items(), key=lambda one: -one[1]))
    RESULTS.parent.mkdir(exist_ok=True)
    rounded = {name: round(value, 3) for name, value in ordered.items()}
    RESULTS.write_text(json.dumps({"seconds": round(whole, 1), "nodes": rounded}, indent=2) + "\n")
    lines = [f"# Time of a run by node: {whole:.0f} s", "", "| node | seconds | share |"]
    lines += ["|---|--:|--:|"]
    lines += [
        f"| {name} | {value:.1f} | {value / whole:.1%} |"
        for name, value in list(ordered.items())[:SHOWN]
    ]
    rest = sum(list(ordered.values())[SHOWN:])
    lines += [f"| {max(len(ordered) - SHOWN, 0)} others | {rest:.1f} | {rest / whole:.1%} |"]
    RESULTS.with_suffix(".md").write_text("\n".join(lines) + "\n")


def main() -> None:
    """Run Kedro with the hook beside the project's own."""
    create = KedroSession.create

    def with_times(*arguments: Any, **settings: Any) -> KedroSession:
        session = create(*arguments, **settings)
        session._hook_manager.register(NodeTimes())
        return session

    KedroSession.create = staticmethod(with_times)  # type: ignore[method-assign]
    sys.argv = ["kedro", "run", *sys.argv[1:]]
    kedro()


if __name__ == "__main__":
    main()
