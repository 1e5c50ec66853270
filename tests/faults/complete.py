"""Run the faults in their complete form: python tests/faults/complete.py [pytest options].

The short form is part of the other tests. The complete one kills twenty times where the short one
kills eight times, and damages thousands of files where that damages hundreds. It prints what became
of them. With ``unshare`` from util-linux, and the right to use it, it has no network at all.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def without_network() -> list[str]:
    """What to put before a command to take the network from it; nothing where that is forbidden."""
    found = shutil.which("unshare")
    allowed = found and subprocess.run([found, "-n", "true"], check=False).returncode == 0
    return [str(found), "-n"] if allowed else []


def main(options: list[str]) -> int:
    """Run all tests marked as faults; their exit code."""
    command = [sys.executable, "-m", "pytest", "-m", "faults", "-rP", "--durations=15", *options]
    chosen = [] if any(Path(one).exists() for one in options) else [str(HERE.parent)]
    environment = os.environ | {"WILDROAD_FAULTS": "complete"}
    before = without_network()
    print("without a network" if before else "with a network: unshare -n is not allowed here")
    return subprocess.run([*before, *command, *chosen], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
