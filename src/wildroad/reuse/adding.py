"""Add a template to another Kedro project: its share of catalog and parameters as two files."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from kedro.pipeline import Pipeline

from wildroad.reuse.fragments import (
    catalog_entry,
    entries,
    namespaced_catalog,
    nested_parameters,
    shipped,
    with_anchors,
)
from wildroad.reuse.templates import TEMPLATES

MODEL_DOMAIN = "idd"
"""Domain of ``conf/base`` whose block of parameters a new domain starts from."""


class AddingError(ValueError):
    """A template can't be added to a project; nothing was written."""


@dataclass(frozen=True)
class Wish:
    """What to add.

    Attributes:
        template: Name of a template.
        namespace: Put before the names of its datasets and parameters.
        folder: Raw data: one folder a class, or scenes and masks.
        domain: What a set of scenes is called.
        labels: CSV that says what the ids of the masks mean, see ``OwnScenesOptions``; "" where
            they are those of IDD or Cityscapes.
    """

    template: str
    namespace: str
    folder: str
    domain: str
    labels: str = ""

    def __post_init__(self) -> None:
        """Refuse names that can't be used.

        Raises:
            AddingError: A name is none.
        """
        for name in (self.namespace, self.domain):
            if not re.fullmatch("[a-z][a-z0-9_]*", name):
                raise AddingError(f"{name!r} is no name of small letters, digits and _")
        if self.template not in TEMPLATES:
            raise AddingError(f"there is no template {self.template!r}, only {list(TEMPLATES)}")

    def pipeline(self) -> Pipeline:
        """The pipelines of the template, in no namespace."""
        return TEMPLATES[self.template].pipeline([self.domain])

    def registry_lines(self) -> list[str]:
        """The lines that the project's registry needs."""
        return TEMPLATES[self.template].registry_lines(self.namespace, self.domain)


def files_of(wish: Wish) -> dict[str, str]:
    """Write the share of catalog and parameters: file name -> text."""
    title = f"# {wish.template.capitalize()} of wildroad in the namespace {wish.namespace}."
    return {
        f"catalog_{wish.namespace}.yml": f"{title}\n\n{catalog_of(wish)}",
        f"parameters_{wish.namespace}.yml": f"{title}\n\n{parameters_of(wish)}",
    }


def catalog_of(wish: Wish) -> str:
    """Those entries of the catalog that the template needs, in its namespace."""
    found = dict(entries(shipped("catalog")))
    folder = TEMPLATES[wish.template].folder.format(domain=wish.domain)
    raw = catalog_entry(folder, found)
    needed = {catalog_entry(name, found) for name in _datasets(wish.pipeline())} - {raw}
    texts = [raw_folder(folder, wish.folder)]
    texts += [text for name, text in found.items() if name in needed]
    folders = {"photo_metadata": f"{wish.folder.rstrip('/')}_metadata.csv"}
    return namespaced_catalog("".join(texts), wish.namespace, folders)


def raw_folder(name: str, folder: str) -> str:
    """The entry of the raw data."""
    entry = {
        "type": "wildroad.datasets.folder.FolderDataset",
        "filepath": folder,
        "metadata": {"kedro-viz": {"layer": "raw"}},
    }
    return yaml.safe_dump({name: entry}, allow_unicode=True, sort_keys=False) + "\n"


def parameters_of(wish: Wish) -> str:
    """Those blocks of parameters that the template needs, below its namespace."""
    blocks = dict(entries(shipped("parameters")))
    wanted = {name.removeprefix("params:").split(".")[0] for name in _parameters(wish.pipeline())}
    blocks[wish.domain] = domain_block(blocks[MODEL_DOMAIN], wish)
    needed = with_anchors(wanted & blocks.keys(), blocks)
    texts = [text.rstrip() + "\n" for name, text in blocks.items() if name in needed]
    text = re.sub(r"(?m)^  domain: \w+", f"  domain: {wish.domain}", "\n".join(texts))
    return nested_parameters(text, wish.namespace)


def domain_block(text: str, wish: Wish) -> str:
    """The block of a domain, with what its ids mean."""
    text = re.sub(rf"(?m)^{MODEL_DOMAIN}:", f"{wish.domain}:", text)
    if not wish.labels:
        return text
    rows = "".join(f"      {line}\n" for line in wish.labels.strip().splitlines())
    data_set = f"  data_set:\n    name: {wish.domain}\n    photos: images\n    masks: masks\n"
    return re.sub(r"(?m)^  data_set:.*\n", lambda _: f"{data_set}    labels: |\n{rows}", text)


def _datasets(pipeline: Pipeline) -> set[str]:
    return {name for name in pipeline.datasets() if not _is_parameter(name)}


def _parameters(pipeline: Pipeline) -> set[str]:
    return {name for name in pipeline.inputs() if name.startswith("params:")}


def _is_parameter(name: str) -> bool:
    return name == "parameters" or name.startswith("params:")


def add(wish: Wish, conf: Path) -> list[Path]:
    """Write the files of a template into a folder of configuration, all or none.

    Args:
        wish: What to add.
        conf: An environment of a Kedro project, such as conf/base.

    Returns:
        The files written.

    Raises:
        AddingError: The folder is not there, a file of the name is, or a name is taken.
    """
    if not conf.is_dir():
        raise AddingError(f"there is no folder {conf}: give the project with --project")
    texts = {conf / name: text for name, text in files_of(wish).items()}
    if there := [str(path) for path in texts if path.exists()]:
        raise AddingError(
            f"{' and '.join(there)} would be overwritten: choose another namespace, or move it"
        )
    for path, names in names_in(conf).items():
        if taken := [name for name in names if _belongs(name, wish.namespace)]:
            raise AddingError(f"{path} has {taken[0]!r} already: choose another namespace")
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return list(texts)


def names_in(conf: Path) -> Mapping[Path, Iterable[str]]:
    """Top-level names of the catalog and parameter files of an environment.

    Raises:
        AddingError: One of them is no YAML.
    """
    files = [path for kind in ("catalog", "parameters") for path in conf.rglob(f"{kind}*.y*ml")]
    return {path: _names(path) for path in sorted(files)}


def _names(path: Path) -> list[str]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise AddingError(f"{path} is no YAML: {error}") from error
    return [str(name) for name in content or {}]


def _belongs(name: str, namespace: str) -> bool:
    return name == namespace or name.startswith(f"{namespace}.")
