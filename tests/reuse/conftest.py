"""Makes the drawn data sets and the second project importable to every test here."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
