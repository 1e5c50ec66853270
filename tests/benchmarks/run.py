"""Measure wildroad against alternatives: python tests/benchmarks/run.py --out FILE [NAME ...].

Every figure is a ratio: seconds of the alternative over seconds of wildroad, measured in turn
(A B A B ...) in one process. 2.0 means twice as fast.
"""

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))

import comparisons


@dataclass(frozen=True)
class Comparison:
    """Two ways to do the same work.

    Attributes:
        ours: Does it as wildroad does.
        theirs: Does it as the alternative does.
        against: What the alternative is.
        rounds: How often both are timed.
    """

    ours: Callable[[], object]
    theirs: Callable[[], object]
    against: str
    rounds: int = 5


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(comparison: Comparison) -> dict[str, object]:
    """Time both in turn, after one untimed call of each."""
    comparison.ours()
    comparison.theirs()
    runs = [
        {"ours": seconds(comparison.ours), "theirs": seconds(comparison.theirs)}
        for _ in range(comparison.rounds)
    ]
    ratio = statistics.median(run["theirs"] for run in runs) / statistics.median(
        run["ours"] for run in runs
    )
    return {"ratio": round(ratio, 3), "against": comparison.against, "runs": runs}


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return {
        "date": date.today().isoformat(),
        "processor": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "gpu": gpu,
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def main() -> None:
    """Measure all comparisons, or those named, and write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    parser.add_argument("names", nargs="*", help="comparisons to make; all without a name")
    arguments = parser.parse_args()
    known = comparisons.ALL
    if unknown := sorted(set(arguments.names) - set(known)):
        parser.error(f"no comparison {unknown}; there are {sorted(known)}")
    print(machine())
    results = {}
    for name in arguments.names or known:
        results[name] = measure(Comparison(*known[name]()))
        print(f"{name}: {results[name]['ratio']} times as fast as {results[name]['against']}")
    arguments.out.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
