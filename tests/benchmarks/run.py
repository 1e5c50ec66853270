"""Measure wildroad against alternatives: python tests/benchmarks/run.py [NAME ...].

Every figure is a ratio: seconds of the alternative over seconds of wildroad, measured in turn
(A B A B ...) in one process. 2.0 means twice as fast. Results are kept after each comparison, in
tests/benchmarks/results and in the table of the README, or in a file named by --out; other rows
stay as they were measured before.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parent))

import comparisons
from table import AIMS, README, RESULTS, read_results, write_tables


@dataclass(frozen=True)
class Comparison:
    """Two ways to do the same work.

    Attributes:
        ours: Does it as wildroad does.
        theirs: Does it as the alternative does.
        against: What the alternative is.
        rounds: How often both are timed.
        warm_up: Whether both are called once before, untimed.
        note: Says after it what else is to be known.
    """

    ours: Callable[[], object]
    theirs: Callable[[], object]
    against: str
    rounds: int = 5
    warm_up: bool = True
    note: Callable[[], str] = str


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(comparison: Comparison) -> dict[str, Any]:
    """Time both in turn."""
    if comparison.warm_up:
        comparison.ours()
        comparison.theirs()
    runs = [
        {"ours": seconds(comparison.ours), "theirs": seconds(comparison.theirs)}
        for _ in range(comparison.rounds)
    ]
    ratio = statistics.median(run["theirs"] for run in runs) / statistics.median(
        run["ours"] for run in runs
    )
    row = {"ratio": round(ratio, 3), "against": comparison.against, "runs": runs}
    note = comparison.note()
    return {**row, "machine": machine(), **({"note": note} if note else {})}


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "date": date.today().isoformat(),
        "processor": processor(),
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 1),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def processor() -> str:
    """The name of the processor, with what makes it fast."""
    capabilities = getattr(torch.cpu, "get_capabilities", dict[str, object])()
    fast = [name for name in ("avx512_bf16", "amx_bf16") if capabilities.get(name)]
    return " ".join([platform.processor() or platform.machine(), *fast])


def keep(path: Path, name: str, row: dict[str, Any]) -> None:
    """Put a row among those measured before, whole or not at all, and the tables beside."""
    path.parent.mkdir(parents=True, exist_ok=True)
    results = read_results(path) | {name: row}
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(dict(sorted(results.items())), indent=2) + "\n")
    fresh.replace(path)
    write_tables(path, README if path == RESULTS else None)


def main() -> None:
    """Measure all comparisons, or those named, and keep each result at once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS, help="the JSON file to keep them in")
    parser.add_argument("--missing", action="store_true", help="only what was not measured yet")
    parser.add_argument("names", nargs="*", help="comparisons to make; all without a name")
    arguments = parser.parse_args()
    known = comparisons.ALL
    if unknown := sorted(set(arguments.names) - set(known)):
        parser.error(f"no comparison {unknown}; there are {sorted(known)}")
    if unlisted := sorted(set(known) - set(AIMS)):
        parser.error(f"table.py has no line for {unlisted}")
    there = set(read_results(arguments.out)) if arguments.missing else set()
    names = [name for name in arguments.names or known if name not in there]
    print(machine(), flush=True)
    for number, name in enumerate(names, start=1):
        print(f"{number} of {len(names)}: {name} ...", flush=True)
        row = measure(Comparison(*known[name]()))
        keep(arguments.out, name, row)
        told = "; ".join(filter(None, (str(row["against"]), row.get("note"))))
        print(f"    {row['ratio']} times as fast as {told}", flush=True)


if __name__ == "__main__":
    main()
