import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def golden_folder(shared: Path) -> Path:
    folder = shared / "fixtures" / "deeplabv3plus"
    if not folder.is_dir():
        pytest.skip("the golden outputs of DeepLabV3+ are not there")
    return folder
