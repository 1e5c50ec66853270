"""The site that ``kedro viz build`` makes, of any results, and a window onto it."""

import functools
import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec
import kedro_viz
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro_viz.api.rest.responses.save_responses import save_api_responses_to_fs
from kedro_viz.data_access import data_access_manager
from kedro_viz.server import populate_data
from playwright.sync_api import Page

PROJECT = Path(__file__).parents[2]
PAGES = Path(kedro_viz.__file__).parent / "html"

# What Kedro-Viz remembers of a visitor: no hints, no side bar, light, names as they are.
VISITOR = {
    "showFeatureHints": False,
    "theme": "light",
    "visible": {"graph": True, "sidebar": False, "miniMap": False, "code": False},
}


@dataclass(frozen=True)
class Site:
    """A folder with the site, and what its data files say."""

    folder: Path

    def answer(self, name: str) -> dict[str, Any]:
        """What Kedro-Viz answers to ``/api/NAME``."""
        return json.loads((self.folder / "api" / name).read_text(encoding="utf-8"))

    def elements(self, kind: str) -> dict[str, dict[str, Any]]:
        """Name -> element of the picture: of kind "task", "data" or "parameters"."""
        found = [
            one for name in self.pipelines() for one in self.answer(f"pipelines/{name}")["nodes"]
        ]
        return {one["name"]: one for one in found if one["type"] == kind}

    def pipelines(self) -> list[str]:
        """Names of the pipelines one can choose."""
        return [one["id"] for one in self.answer("main")["pipelines"]]

    def shown(self, element: dict[str, Any]) -> dict[str, Any]:
        """What the panel shows of an element."""
        return self.answer(f"nodes/{element['id']}")


def build_site(folder: Path, conf: Path | None = None) -> Site:
    """Do what ``kedro viz build --include-previews`` does, for any configuration."""
    bootstrap_project(PROJECT)
    source = str(conf) if conf else None
    with KedroSession.create(project_path=PROJECT, conf_source=source) as session:
        catalog = session.load_context().catalog
        data_access_manager.reset_fields()
        populate_data(data_access_manager, catalog, dict(pipelines), {})
        shutil.copytree(PAGES, folder, dirs_exist_ok=True)
        save_api_responses_to_fs(str(folder), fsspec.filesystem("file"), True)
    return Site(folder)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without telling of each."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(site: Site) -> Iterator[str]:
    """Serve a site on this machine; gives its address."""
    handler = functools.partial(Quiet, directory=str(site.folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def open_site(page: Page, address: str, question: str = "") -> None:
    """Open a view of a served site, and wait until its picture is drawn."""
    page.route("**/*", lambda route: keep_here(route, address))
    remembered = json.dumps(json.dumps(VISITOR))
    page.add_init_script(f"localStorage.setItem('KedroViz', {remembered})")
    page.goto(f"{address}/{question}")
    page.wait_for_selector(".pipeline-node")
    page.wait_for_timeout(1500)  # the picture slides into place


def keep_here(route: Any, address: str) -> None:
    """Let no request leave this machine (Kedro-Viz asks for a font)."""
    if route.request.url.startswith(address):
        route.continue_()
    else:
        route.abort()
