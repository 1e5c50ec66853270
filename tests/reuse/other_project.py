"""A second Kedro project with wildroad installed from its wheel, without a download."""

import os
import re
import shutil
import site
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[2]
SOURCES = ("src", "conf", "pyproject.toml", "README.md", ".telemetry")


def clean_environment(**more):
    """The environment without what would let Python find the sources of this checkout."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return kept | {"COLUMNS": "200", "KEDRO_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"} | more


def call(*command, folder, code=0, **environment):
    """Run a command and give what it printed; its exit code has to be as expected."""
    finished = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    printed = finished.stdout + finished.stderr
    assert finished.returncode == code, printed[-4000:]
    return printed


def copy_sources(folder):
    """A copy of what a package is built from, so that nothing is written into the checkout."""
    folder.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "local")
    for name in SOURCES:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    (folder / "conf" / "local").mkdir(exist_ok=True)
    return folder


def wheel_of_installed(name, folder):
    """Pack an installed package as the wheel it came from, for a build that may not download."""
    distribution = metadata.distribution(name)
    path = folder / f"{name}-{distribution.version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file in distribution.files or []:
            if ".." not in file.parts and file.suffix != ".pyc" and file.locate().is_file():
                wheel.write(file.locate(), file.as_posix())
    return path


def package(folder):
    """What ``kedro package`` makes of a copy of the sources: the wheel and the configuration."""
    (folder / "wheels").mkdir(parents=True)
    wheel_of_installed("setuptools", folder / "wheels")
    sources = copy_sources(folder / "sources")
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder / "wheels")}
    call(sys.executable, "-m", "kedro", "package", folder=sources, **offline)
    dist = sources / "dist"
    return next(dist.glob("*.whl")), dist / "conf-wildroad.tar.gz"


def make_python(folder, wheel):
    """A virtual environment with a wheel, which sees the packages of the running one, too."""
    call(sys.executable, "-m", "venv", "--without-pip", folder, folder=folder.parent)
    python = folder / "bin" / "python"
    packages = Path(call(python, "-c", "import site; print(site.getsitepackages()[0])",
                         folder=folder).strip())  # fmt: skip
    (packages / "running.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    install = ("install", "--quiet", "--no-deps", "--no-index", "--force-reinstall")
    call(sys.executable, "-m", "pip", "--python", python, *install, wheel, folder=folder)
    return python


@dataclass(frozen=True)
class OtherProject:
    """A Kedro project that isn't wildroad."""

    folder: Path
    python: Path

    @property
    def package(self):
        return self.folder / "src" / "other"

    def wildroad(self, *arguments, code=0):
        return call(self.python.parent / "wildroad", *arguments, folder=self.folder, code=code)

    def kedro(self, *arguments, code=0):
        return call(self.python, "-m", "kedro", *arguments, folder=self.folder, code=code)

    def edit_registry(self, old, new):
        path = self.package / "pipeline_registry.py"
        text = path.read_text()
        assert text.count(old) == 1, text
        path.write_text(text.replace(old, new))

    def register(self, lines):
        """Put lines into the registry, before the default pipeline is made."""
        imports = [line for line in lines if line.startswith("from ")]
        others = [f"    {line}" for line in lines if line not in imports]
        default = '    pipelines["__default__"]'
        self.edit_registry(default, "\n".join([*others, default]))
        kedro = "from kedro.pipeline import Pipeline\n"
        self.edit_registry(kedro, "\n".join([*imports, kedro]))

    def merge_softly(self):
        """Let the local environment change single keys, as ``wildroad add`` says."""
        path = self.package / "settings.py"
        strategy = '"merge_strategy": {"parameters": "soft"},'
        text = path.read_text()
        path.write_text(text.replace('"base_env": "base",', f'"base_env": "base", {strategy}'))

    def set_local(self, parameters):
        path = self.folder / "conf" / "local" / "parameters.yml"
        path.write_text(yaml.safe_dump(parameters, allow_unicode=True))

    def tables(self, namespace):
        folder = self.folder / "data" / "08_reporting" / namespace / "tables"
        return {path.stem: path for path in folder.glob("*.csv")}


def new_project(folder, python):
    """What ``kedro new`` makes."""
    options = ("--name", "other", "--tools", "none", "--example", "n", "--telemetry", "no")
    call(python, "-m", "kedro", "new", *options, folder=folder)
    return OtherProject(folder / "other", python)


def registry_lines(printed):
    """The lines for the registry that ``wildroad add`` printed."""
    return re.findall(r"^(?:from wildroad|pipelines\[).*$", printed, flags=re.MULTILINE)
