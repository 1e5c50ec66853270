"""The commands ``wildroad add`` and ``wildroad contract``."""

from collections.abc import Sequence
from pathlib import Path

import click
from kedro.framework.startup import bootstrap_project
from kedro.utils import find_kedro_project
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from wildroad.reuse.adding import AddingError, Wish, add
from wildroad.reuse.contract import PIPELINES, Line, contract_of
from wildroad.reuse.templates import TEMPLATES

STRATEGY = 'CONFIG_LOADER_ARGS = {..., "merge_strategy": {"parameters": "soft"}}'


@click.group()
def commands() -> None:
    """Use the pipelines of wildroad in another Kedro project."""


@commands.command("add")
@click.argument("template", type=click.Choice(list(TEMPLATES)))
@click.option("--namespace", required=True, help="Put before the names of datasets and parameters.")
@click.option("--folder", required=True, help="Your data: one folder a class, or scenes and masks.")
@click.option("--domain", default="", help="Name of your scenes; the namespace if not given.")
@click.option(
    "--labels",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV of what the ids of your masks mean: id,label,class_name,red,green,blue.",
)
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of the project; the working folder if not given.",
)
@click.option("--env", default="base", show_default=True, help="Environment of the configuration.")
def add_command(
    template: str,
    namespace: str,
    folder: str,
    domain: str,
    labels: Path | None,
    project: Path | None,
    env: str,
) -> None:
    """Write the catalog and the parameters of a template into this project."""
    try:
        text = labels.read_text(encoding="utf-8") if labels else ""
        wish = Wish(template, namespace, folder, domain or namespace, text)
        files = add(wish, configuration_of(project or Path.cwd()) / env)
    except AddingError as error:
        raise click.ClickException(str(error)) from error
    click.echo("Written:")
    for path in files:
        click.echo(f"  {path}")
    click.echo("\nFor register_pipelines in your pipeline_registry.py:\n")
    for line in wish.registry_lines():
        click.echo(line)
    click.echo(f"\nThen: kedro run --pipelines {namespace}")
    click.echo(f"If another environment is to change single keys, in settings.py: {STRATEGY}")


def configuration_of(folder: Path) -> Path:
    """The folder of configuration of the Kedro project that a folder is in.

    Raises:
        AddingError: It is in none.
    """
    project = find_kedro_project(folder.resolve())
    if project is None:
        raise AddingError(f"{folder} is in no Kedro project: give one with --project")
    bootstrap_project(project)
    from kedro.framework.project import settings

    return Path(project) / str(settings.CONF_SOURCE)


@commands.command("contract")
@click.argument("pipeline", type=click.Choice(list(PIPELINES)), required=False)
def contract_command(pipeline: str | None) -> None:
    """Show what a pipeline, or each of them, reads, has as parameters, and makes."""
    console = Console()
    for name in [pipeline] if pipeline else PIPELINES:
        console.print(f"\n[bold]wildroad.pipelines.{name}[/bold]")
        for title, lines in vars(contract_of(PIPELINES[name]())).items():
            console.print(contract_table(title, lines))


def contract_table(title: str, lines: Sequence[Line]) -> Table:
    """One part of a contract as a table."""
    table = Table(title, "what", "columns, or options and defaults", title_justify="left")
    for line in lines:
        table.add_row(*map(escape, (line.name, line.kind, line.content)))
    return table
