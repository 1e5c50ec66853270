"""The record of a run: with what it was computed, from what, and what came out.

Manifests are numbered, as a clock may go backwards, and are never overwritten.
"""

import hashlib
import json
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from wildroad.datasets.atomic import write_file
from wildroad.runs.digests import Content

FOLDER = "08_reporting/manifests"
PACKAGES = ("kedro", "numpy", "pandas", "pillow", "scikit-learn", "scipy", "torch", "torchvision")


Status = Literal["finished", "failed"]


class Commit(BaseModel):
    """The state of the source.

    Attributes:
        id: Commit that is checked out.
        changed: Whether files that git knows differ from it.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    changed: bool


class Manifest(BaseModel):
    """What is recorded of a run.

    Attributes:
        run_id: Kedro's name of the run, its start by the clock.
        status: Whether it ended well.
        finished: When it ended, in UTC, ISO 8601.
        pipelines: Names of what was run; "__default__" where none was named.
        environment: Configuration environment.
        wildroad: Version of the package.
        commit: State of its source, None where it is not in a git repository.
        python: Version of Python.
        packages: Versions of the packages that results depend on.
        parameters: Block of parameters -> SHA-256 of its values.
        inputs: Dataset -> what was read; None where an optional one was not there.
        outputs: Dataset -> what was written.
    """

    model_config = ConfigDict(frozen=True)

    run_id: str
    status: Status
    finished: str
    pipelines: tuple[str, ...]
    environment: str
    wildroad: str
    commit: Commit | None
    python: str
    packages: dict[str, str]
    parameters: dict[str, str]
    inputs: dict[str, Content | None]
    outputs: dict[str, Content]


def write_manifest(results: Path, manifest: Manifest) -> Path:
    """Write a manifest under the next number; give its place."""
    number = 1 + max((number_of(path) for path in manifest_files(results)), default=0)
    path = results / FOLDER / f"{number:04d}_{manifest.run_id}.json"
    write_file(path, f"{manifest.model_dump_json(indent=2)}\n".encode())
    return path


def manifest_files(results: Path) -> list[Path]:
    """The manifests in a folder of results, the latest first."""
    found = [path for path in (results / FOLDER).glob("*_*.json") if number_of(path)]
    return sorted(found, key=number_of, reverse=True)


def number_of(path: Path) -> int:
    """The number a manifest is named by, 0 where it is none."""
    digits = path.name.split("_", 1)[0]
    return int(digits) if digits.isdecimal() else 0


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        ValueError: It is damaged.
    """
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]["msg"]
        raise ValueError(f"{path} is no manifest of a run: {first}; remove it") from None


def hash_parameters(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Hash each block of parameters, whatever the order of its keys.

    >>> blocks = hash_parameters({"split": {"train": 0.7, "val": 0.3}})
    >>> blocks == hash_parameters({"split": {"val": 0.3, "train": 0.7}})
    True
    """
    return {
        name: hashlib.sha256(json.dumps(block, sort_keys=True, default=str).encode()).hexdigest()
        for name, block in sorted(parameters.items())
    }


def package_versions() -> dict[str, str]:
    """Versions of the packages that results depend on, without importing them."""
    return {name: version(name) for name in PACKAGES}


def own_version() -> str:
    """Version of wildroad, "unknown" where it is not installed but only on the path."""
    try:
        return version("wildroad")
    except PackageNotFoundError:
        return "unknown"


def find_commit(source: Path) -> Commit | None:
    """The commit of a source file, None where git is missing or does not know the file."""
    known, _ = git(source.parent, "ls-files", "--error-unmatch", source.name)
    found, told = git(source.parent, "rev-parse", "HEAD")
    if not (known and found):
        return None
    _, changes = git(source.parent, "status", "--porcelain", "--untracked-files=no")
    return Commit(id=told.strip(), changed=bool(changes.strip()))


def git(folder: Path, *arguments: str) -> tuple[bool, str]:
    """Whether git did what it was asked for in a folder, and what it printed."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False
        )
    except OSError:
        return False, ""
    return done.returncode == 0, done.stdout
