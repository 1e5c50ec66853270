"""Measure the report of a full-size run, made up: python tests/benchmarks/report_full_size.py.

Prints its size, how long it takes to write and how long Chromium takes to open it, and fails where
one of them is beyond its limit. --page FILE keeps the page.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from chromium import open_browser, opened
from made_up_run import FULL, run_content

from wildroad.report.page import render_report

MOST_BYTES = 30_000_000
MOST_SECONDS_TO_WRITE = 60.0
MOST_SECONDS_TO_OPEN = 3.0
ROUNDS = 5


def seconds_to_open(page: Path) -> tuple[float, float]:
    """Median seconds from asking for the page until all of it stands, and until its first paint."""
    took = []
    with open_browser() as browser:
        for _ in range(ROUNDS):
            start = time.perf_counter()
            with opened(browser, page) as report:
                whole = time.perf_counter() - start
                paint = report.page.evaluate(
                    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
                )
                took.append((whole, (paint or 0) / 1000))
                if report.complaints or report.foreign_requests():
                    raise SystemExit(f"{report.complaints} {report.foreign_requests()}")
    whole, painted = zip(*took, strict=True)
    return statistics.median(whole), statistics.median(painted)


def main() -> None:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", type=Path, help="where the page is kept")
    folder = Path(tempfile.mkdtemp(prefix="wildroad-report-"))
    page = parser.parse_args().page or folder / "report.html"
    content = run_content(FULL)
    start = time.perf_counter()
    page.write_text(render_report(content), encoding="utf-8")
    writing, size = time.perf_counter() - start, page.stat().st_size
    opening, painting = seconds_to_open(page)
    print(f"{size / 1e6:.1f} MB for {len(content.album.pictures):,} photos")
    print(f"written in {writing:.1f} s, opened in {opening:.2f} s, first paint {painting:.2f} s")
    limits = {"bytes": (size, MOST_BYTES), "s to write": (writing, MOST_SECONDS_TO_WRITE),
              "s to open": (opening, MOST_SECONDS_TO_OPEN)}  # fmt: skip
    broken = [f"{seen:,.1f} {unit}, allowed {most:,}" for unit, (seen, most) in limits.items()
              if seen >= most]  # fmt: skip
    if broken:
        raise SystemExit("; ".join(broken))


if __name__ == "__main__":
    main()
