"""Parameter files with something wrong in them, read as Kedro reads them."""

import typing
from copy import deepcopy
from pathlib import Path

import yaml
from kedro.config import OmegaConfigLoader
from pydantic import BaseModel, ValidationError

from wildroad.runs.failures import EXPECTED

PROJECT = Path(__file__).parents[2]
STRANGE = (
    None, True, False, -1, 0, 1, 7, 0.5, -0.25, 1e9, float("nan"), float("inf"), "", "none", "cuda",
    "resnet18", "2024-11-28", [], [1], [0.1, 0.2, 0.3], ["a", "b"], {}, {"epochs": 3}, "(", "1e-3",
)  # fmt: skip


def blocks_of_the_project():
    """All blocks of conf/base that nodes take; the tracker's names a folder of the globals."""
    blocks = {}
    for path in sorted((PROJECT / "conf" / "base").glob("parameters*.yml")):
        blocks |= yaml.safe_load(path.read_text())
    del blocks["tracking"]
    return blocks


def typed_parameters():
    """Name of a parameter, such as "convnet.training" -> the model that a node takes it as."""
    from kedro.framework.project import pipelines
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(PROJECT)
    found = {}
    for pipeline in pipelines.values():
        for node in pipeline.nodes:
            hints = typing.get_type_hints(node.func)
            given = node._inputs
        named = given.items() if isinstance(given, dict) else zip(hints, node.inputs, strict=False)
        for argument, name in named:
            if name.startswith("params:") and issubclass(hints[argument], BaseModel):
                found[name.removeprefix("params:")] = hints[argument]
    return found


def with_change(blocks, generator):
    """A copy of the blocks with one to three changes: a value, a key more, a key less."""
    changed = deepcopy(blocks)
    for _ in range(generator.integers(1, 4)):
        holder = changed
        while True:
            key = sorted(holder)[int(generator.integers(0, len(holder)))]
            if not isinstance(holder[key], dict) or not holder[key] or not generator.integers(0, 9):
                break
            holder = holder[key]
        strange = STRANGE[int(generator.integers(0, len(STRANGE)))]
        kind = generator.integers(0, 6)
        if kind == 0:
            holder[f"{key}_"] = strange
        elif kind == 1 and len(holder) > 1:
            del holder[key]
        else:
            holder[key] = strange
    return changed


def value_of(blocks, name):
    """The value of a dotted name; KeyError names what is missing."""
    for part in name.split("."):
        if not isinstance(blocks, dict) or part not in blocks:
            raise ValueError(f"{name} is not configured")
        blocks = blocks[part]
    return blocks


def read_settings(folder, models):
    """A word for what becomes of the file ``parameters.yml`` in a folder."""
    try:
        loader = OmegaConfigLoader(str(folder), base_env="", default_run_env="")
        blocks = loader["parameters"]
        given = {name: value_of(blocks, name) for name in models}
        made = {name: models[name].model_validate(value) for name, value in given.items()}
    except (ValidationError, *EXPECTED) as error:
        return "refused" if str(error) else "refused without a reason"
    wrong = [name for name, one in made.items() if not holds(one.model_dump(), given[name])]
    return f"accepted and other values in {wrong}" if wrong else "accepted"


def holds(made, given):
    """Whether all values that were given are there, as they were given."""
    if isinstance(given, dict):
        return all(name in made and holds(made[name], value) for name, value in given.items())
    if isinstance(given, list):
        return len(made) == len(given) and all(map(holds, made, given))
    return made == given or str(made) == str(given) or float(made) == float(given)
