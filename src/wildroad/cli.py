"""What Kedro's command line has in this project beyond the usual: a ``run`` that fails in one line.

``kedro verify`` holds the results against the manifests of the runs that made them.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import click
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.session import KedroSession

from wildroad.runs.failures import told_in_one_line
from wildroad.runs.hooks import results_folder
from wildroad.runs.interruption import ends_in_order
from wildroad.runs.verification import verify_results

RUN: Callable[..., object] = vars(kedro_run)["callback"]
TRACEBACK = click.Option(
    ["--traceback"],
    is_flag=True,
    envvar="WILDROAD_TRACEBACK",
    help="Show where in the code an error arose; also by WILDROAD_TRACEBACK=1.",
)


@click.group(name="wildroad")
def cli() -> None:
    """Commands of the project."""


@cli.command(name="run", params=[*kedro_run.params, TRACEBACK], help=kedro_run.help)
def run(*, traceback: bool, **options: object) -> object:
    """Run as Kedro does, and say in one line why, where that fails."""
    with told_in_one_line(with_traceback=traceback), ends_in_order():
        return RUN(**options)


@cli.command(name="verify")
@click.option("--env", "-e", default=None, help="Configuration environment of the results.")
@click.option("--conf-source", default=None, help="Folder of the configuration.")
def verify(env: str | None, conf_source: str | None) -> None:
    """Compare the results with what the manifests of their runs say of them."""
    with told_in_one_line(with_traceback=False):
        context = KedroSession.create(env=env, conf_source=conf_source).load_context()
        checked, different = verify_results(results_folder(context), Path(context.project_path))
    for line in different:
        click.echo(line)
    click.echo(f"{checked - len(different)} of {checked} results are as their run left them.")
    sys.exit(bool(different))
