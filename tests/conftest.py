"""Fixtures that every test may use."""

import socket
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import settings

# No test may hang on the speed of the machine.
settings.register_profile("any machine", deadline=None, max_examples=60)
settings.load_profile("any machine")

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real data beside the checkout; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the folder 'shared' with real data does not lie beside this checkout")
    return SHARED


@pytest.fixture
def cityscapes_script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The Cityscapes evaluation script, quiet; np.in1d has left NumPy since it was written."""
    monkeypatch.setattr(np, "in1d", np.isin, raising=False)
    evaluation = pytest.importorskip("cityscapesscripts.evaluation.evalPixelLevelSemanticLabeling")
    monkeypatch.setattr(evaluation.args, "quiet", True)
    monkeypatch.setattr(evaluation.args, "JSONOutput", False)
    return evaluation


LOCAL = ("127.", "::1", "localhost", "0.0.0.0")


@pytest.fixture(scope="session", autouse=True)
def no_network():
    """Refuse every connection to another machine: no test may need one."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded(self, address):
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOCAL):
            raise OSError(f"the tests have no network; something wanted {address}")
        return connect(self, address)

    def guarded_look_up(host, *arguments, **keywords):
        if host and not str(host).startswith(LOCAL):
            raise socket.gaierror(f"the tests have no network; something wanted {host}")
        return look_up(host, *arguments, **keywords)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield
