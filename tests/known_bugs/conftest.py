"""Makes the list of mutations importable."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
