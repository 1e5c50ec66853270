"""Run the packaged project, or use it elsewhere: ``python -m wildroad`` or ``wildroad``."""

import sys
from pathlib import Path

from kedro.framework.cli.utils import find_run_command
from kedro.framework.project import configure_project

ELSEWHERE = ("add", "contract")
"""Commands for other projects; without one of them the project itself is run."""


def main(*args: str) -> object:
    """Run the project as ``kedro run`` does, with the same options, or do what is asked for.

    Args:
        args: The command line; that of the process where none are given.
    """
    given = args or tuple(sys.argv[1:])
    if given and given[0] in ELSEWHERE:
        from wildroad.reuse.commands import commands

        return commands(given, prog_name="wildroad")
    package_name = Path(__file__).parent.name
    configure_project(package_name)
    interactive = hasattr(sys, "ps1")
    run = find_run_command(package_name)
    return run(*args, standalone_mode=not interactive)


if __name__ == "__main__":
    main()
