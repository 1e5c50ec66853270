"""Fixtures that every test may use."""

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
