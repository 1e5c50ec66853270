"""A headless Chromium, spoken to over plain WebDriver HTTP."""

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def chromium_found() -> bool:
    return bool(shutil.which("chromedriver") and _browser_path())


def _browser_path() -> str | None:
    return shutil.which("chromium") or shutil.which("google-chrome")


@dataclass(frozen=True)
class Browser:
    """One browser window."""

    session: str

    def open(self, path: Path) -> None:
        _call("POST", f"{self.session}/url", {"url": path.as_uri()})

    def run(self, script: str) -> Any:
        return _call("POST", f"{self.session}/execute/sync", {"script": script, "args": []})

    def command(self, name: str, **parameters: Any) -> Any:
        return _call(
            "POST", f"{self.session}/goog/cdp/execute", {"cmd": name, "params": parameters}
        )

    def resize(self, width: int, height: int) -> None:
        self.command(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def use_scheme(self, scheme: str) -> None:
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.command("Emulation.setEmulatedMedia", features=[feature])

    def press(self, key: str) -> None:
        keys = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": keys}]
        _call("POST", f"{self.session}/actions", {"actions": actions})

    def log(self, kind: str) -> list[dict[str, Any]]:
        return list(_call("POST", f"{self.session}/se/log", {"type": kind}))

    def screenshot(self, path: Path) -> None:
        image = self.command("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(image["data"]))


@contextmanager
def open_browser(profile: Path) -> Iterator[Browser]:
    """Start a driver and a browser with a profile folder of its own; both end with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    driver = subprocess.Popen(
        ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(address)
        session = f"{address}/session/{_new_session(address, profile)}"
        try:
            yield Browser(session)
        finally:
            _call("DELETE", session)
    finally:
        driver.terminate()
        driver.wait(timeout=10)


def _new_session(address: str, profile: Path) -> str:
    options = {
        "goog:chromeOptions": {
            "args": [*FLAGS, f"--user-data-dir={profile}"],
            "binary": _browser_path(),
        },
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
    }
    answer = _call("POST", f"{address}/session", {"capabilities": {"alwaysMatch": options}})
    return str(answer["sessionId"])


def _wait_until_ready(address: str) -> None:
    for _ in range(100):
        with suppress(urllib.error.URLError, ConnectionError):
            if _call("GET", f"{address}/status")["ready"]:
                return
        time.sleep(0.1)
    raise TimeoutError(f"the browser driver at {address} did not become ready in 10 s")


def _call(method: str, address: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    request.method = method
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        return json.loads(answer.read())["value"]
