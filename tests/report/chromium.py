"""The Chromium of this machine, headless, through Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--enable-unsafe-swiftshader",  # WebGL without a graphics card, for spaces one can turn
)
PATIENCE = 180_000  # milliseconds; a busy machine without a graphics card needs a while
WIDTHS = {390: 844, 1440: 900}


def chromium_path() -> str | None:
    return shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start a browser with a new profile; it ends with the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True)
class OpenedReport:
    """A report in a window, with all that went wrong and all that it asked for since it opened."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def foreign_requests(self) -> list[str]:
        own = ("file:", "data:", "blob:")
        return [address for address in self.requests if not address.startswith(own)]


@contextmanager
def opened(
    browser: Browser, path: Path, *, width: int = 1440, scheme: str = "light"
) -> Iterator[OpenedReport]:
    """Open a page from disk in a window of its own."""
    size = {"width": width, "height": WIDTHS[width]}
    context = browser.new_context(
        viewport=size, color_scheme=scheme, reduced_motion="reduce", has_touch=width < 500
    )
    context.set_default_timeout(PATIENCE)
    report = OpenedReport(context.new_page())
    report.page.on("console", lambda message: note(report, message.type, message.text))
    report.page.on("pageerror", lambda error: report.complaints.append(str(error)))
    report.page.on("request", lambda request: report.requests.append(request.url))
    report.page.goto(path.resolve().as_uri())
    try:
        yield report
    finally:
        context.close()


def note(report: OpenedReport, kind: str, text: str) -> None:
    # Hints on the speed of reading pixels back, which a machine without a graphics card is slow at.
    hint = "GPU stall" in text or "willReadFrequently" in text
    if kind in ("error", "warning") and not hint:
        report.complaints.append(f"{kind}: {text}")
