"""Measure the report of a full-size run, made up: python tests/benchmarks/report_full_size.py.

Prints its size, how long it takes to write and how long Chromium takes to open it, and fails where
one of them is beyond its limit. On a busy machine, the seconds of the processor say more: those of
the browser are of all its processes and threads. --page FILE keeps the page.
"""

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import astuple, dataclass
from pathlib import Path

from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from chromium import open_browser, opened
from made_up_run import FULL, run_content

from wildroad.report.page import render_report

MOST_BYTES = 30_000_000
MOST_SECONDS_TO_WRITE = 60.0
MOST_SECONDS_TO_OPEN = 3.0
ROUNDS = 5


@dataclass(frozen=True)
class Opening:
    """Seconds until all of the page stands, until its first paint, and of the processor."""

    whole: float
    paint: float
    processor: float


def open_once(browser: Browser, page: Path) -> Opening:
    """Open the page in a new window, and refuse one that complains or asks the network."""
    before, start = processor_seconds(browser), time.perf_counter()
    with opened(browser, page) as report:
        whole = time.perf_counter() - start
        used = processor_seconds(browser) - before
        paint = report.page.evaluate(
            "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
        )
        if report.complaints or report.foreign_requests():
            raise SystemExit(f"{report.complaints} {report.foreign_requests()}")
    return Opening(whole, paint / 1000, used)


def processor_seconds(browser: Browser) -> float:
    """What all living processes of the browser have used."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return sum(process["cpuTime"] for process in processes)


def median_opening(page: Path) -> Opening:
    """Medians over some openings in one browser."""
    with open_browser() as browser:
        rounds = [open_once(browser, page) for _ in range(ROUNDS)]
    return Opening(
        *(statistics.median(values) for values in zip(*map(astuple, rounds), strict=True))
    )


def main() -> None:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", type=Path, help="where the page is kept")
    folder = Path(tempfile.mkdtemp(prefix="wildroad-report-"))
    page = parser.parse_args().page or folder / "report.html"
    content = run_content(FULL)
    start, used = time.perf_counter(), time.process_time()
    page.write_text(render_report(content), encoding="utf-8")
    writing, used = time.perf_counter() - start, time.process_time() - used
    size, opening = page.stat().st_size, median_opening(page)
    print(f"{size / 1e6:.1f} MB for {len(content.album.pictures):,} photos")
    print(f"written in {writing:.1f} s, {used:.1f} s of the processor")
    print(f"opened in {opening.whole:.2f} s, {opening.processor:.2f} s of the processor")
    print(f"first paint after {opening.paint:.2f} s")
    limits = {"bytes": (size, MOST_BYTES), "s to write": (writing, MOST_SECONDS_TO_WRITE),
              "s to open": (opening.whole, MOST_SECONDS_TO_OPEN)}  # fmt: skip
    broken = [f"{seen:,.1f} {unit}, allowed {most:,}" for unit, (seen, most) in limits.items()
              if seen >= most]  # fmt: skip
    if broken:
        raise SystemExit("; ".join(broken))


if __name__ == "__main__":
    main()
