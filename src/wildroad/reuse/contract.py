"""What a pipeline reads, wants as parameters and makes, read from the pipeline itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from kedro.pipeline import Pipeline
from kedro.validation.type_extractor import TypeExtractor
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from wildroad import schemas
from wildroad.options import MODELS
from wildroad.pipelines import classification, data_processing, reporting, segmentation
from wildroad.reuse.fragments import catalog_entry, shipped

DOMAIN = "domain_"
"""Stands for any domain in the names of a contract."""


@dataclass(frozen=True)
class Line:
    """One line of a contract.

    Attributes:
        name: Name of a dataset or a parameter, with "{model}" or "{domain}" for any.
        kind: What it is: the class of the dataset, or of the options.
        content: Columns of a table, or names and defaults of options.
    """

    name: str
    kind: str
    content: str


@dataclass(frozen=True)
class Contract:
    """What a pipeline needs and gives.

    Attributes:
        reads: Datasets that another pipeline or the catalog has to give.
        parameters: Blocks of parameters.
        makes: Datasets that it makes.
    """

    reads: Sequence[Line]
    parameters: Sequence[Line]
    makes: Sequence[Line]


PIPELINES: dict[str, Callable[[], Pipeline]] = {
    "data_processing.photos_pipeline": data_processing.photos_pipeline,
    "data_processing.scenes_pipeline": lambda: data_processing.scenes_pipeline(domains=[DOMAIN]),
    "classification.create_pipeline": classification.create_pipeline,
    "segmentation.create_pipeline": lambda: segmentation.create_pipeline(domains=[DOMAIN]),
    "reporting.create_pipeline": lambda: reporting.create_pipeline(domains=[DOMAIN]),
}
"""The pipelines that other projects can have, by their names in ``wildroad.pipelines``."""


def contract_of(pipeline: Pipeline) -> Contract:
    """Read the contract of a pipeline whose only domain, if any, is ``DOMAIN``."""
    catalog = yaml.safe_load(shipped("catalog"))
    kinds = TypeExtractor({"": pipeline}).extract_types_from_pipelines()
    reads = {name for name in pipeline.inputs() if not name.startswith("param")}
    return Contract(
        reads=dataset_lines(reads, catalog),
        parameters=parameter_lines(kinds),
        makes=dataset_lines(pipeline.all_outputs(), catalog),
    )


def dataset_lines(names: set[str], catalog: dict[str, Any]) -> list[Line]:
    """One line for each entry of the catalog that the datasets are in."""
    lines = {name: dataset_line(name, catalog) for name in sorted(names)}
    return list({line.name: line for line in lines.values()}.values())


def dataset_line(name: str, catalog: dict[str, Any]) -> Line:
    """Say what a dataset is; "" where the catalog doesn't know it."""
    entry = catalog_entry(name, catalog)
    given = catalog[entry] if entry else {"type": "not in the catalog"}
    validator = given.get("validator", "")
    path = validator["class"] if isinstance(validator, dict) else validator
    kind = given["type"].rpartition(".")[2].removesuffix("Dataset")
    return Line(entry or name, kind, columns(path.rpartition(".")[2]))


def columns(schema: str) -> str:
    """The columns of a table; "" where it has no schema."""
    return ", ".join(getattr(schemas, schema).columns) if schema else ""


def parameter_lines(kinds: dict[str, type]) -> list[Line]:
    """One line for each block of parameters, models and domains taken together."""
    lines = {}
    for name, kind in sorted(kinds.items()):
        first, dot, rest = name.partition(".")
        anyone = "{model}" if first in MODELS else "{domain}" if first == DOMAIN else first
        lines[anyone + dot + rest] = kind
    return [Line(name, kind_name(kind), fields(kind)) for name, kind in lines.items()]


def kind_name(kind: Any) -> str:  # noqa: ANN401
    """Name of a class of options, whether or not null may stand for it."""
    return " or null".join(one.__name__ for one in options_of(kind)) + _null(kind)


def options_of(kind: Any) -> list[type[BaseModel]]:  # noqa: ANN401
    """The classes of options that an annotation allows."""
    allowed = getattr(kind, "__args__", (kind,))
    return [one for one in allowed if isinstance(one, type) and issubclass(one, BaseModel)]


def _null(kind: Any) -> str:  # noqa: ANN401
    return " or null" if type(None) in getattr(kind, "__args__", ()) else ""


def fields(kind: Any) -> str:  # noqa: ANN401
    """Names and defaults of options."""
    given = [field for one in options_of(kind) for field in one.model_fields.items()]
    return ", ".join(f"{name}{default(field)}" for name, field in given)


def default(field: FieldInfo) -> str:
    """The default of a field; "" where it has to be given."""
    if field.is_required():
        return ""
    return f"={'null' if field.default is None else field.default or repr(field.default)}"
