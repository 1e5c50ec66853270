"""Run the packaged project: ``python -m wildroad`` or ``wildroad``."""

import sys
from pathlib import Path

from kedro.framework.cli.utils import find_run_command
from kedro.framework.project import configure_project


def main(*args: str) -> object:
    """Run the project as ``kedro run`` does, with the same options."""
    package_name = Path(__file__).parent.name
    configure_project(package_name)
    interactive = hasattr(sys, "ps1")
    run = find_run_command(package_name)
    return run(*args, standalone_mode=not interactive)


if __name__ == "__main__":
    main()
