"""Makes the made-up tables of the report's tests importable here."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "report"))
