"""Put every known bug back, one at a time, and see that one of its tests fails.

Run as ``python tests/known_bugs/check.py [BUG ...]``; it ends with 1 where a bug is not noticed.
Each mutation goes into a copy of the project, so the checkout stays as it is. First the tests run
on an unchanged copy, where they have to pass.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from mutation import PROJECT, Mutation, marked_tests
from mutations import MUTATIONS

COPIED = ("src", "tests", "conf", "notebooks", "pyproject.toml", "README.md", ".gitignore")
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".hypothesis", "*.egg-info", "local")
FAILED = re.compile(r"^FAILED \S+::(\w+)", re.MULTILINE)


@contextmanager
def copied_project() -> Iterator[Path]:
    """A copy of the project in a temporary folder."""
    with tempfile.TemporaryDirectory() as parent:
        copy = Path(parent) / "project"
        copy.mkdir()
        for name in COPIED:
            source = PROJECT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=LEFT_OUT)
            else:
                shutil.copy(source, copy / name)
        yield copy


def run_python(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy, whose package wins over an installed one."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(copy / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "300",
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def run_tests(copy: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    """Run tests in the copy, up to the first that fails."""
    options = ("-x", "-q", "-p", "no:cacheprovider", "--no-header")
    return run_python(copy, "-m", "pytest", *options, *tests)


def node_ids(mutations: Iterable[Mutation]) -> list[str]:
    """Tests that have to notice the mutations, each once."""
    found = [
        f"{file}::{name}"
        for one in mutations
        for file in one.tests
        for name in marked_tests(file, one.bug)
    ]
    return list(dict.fromkeys(found))


def noticed_by(mutation: Mutation) -> str:
    """Put a bug back and name the test that fails; "" where none does.

    Raises:
        RuntimeError: The tests could not be run, so nothing is known.
    """
    with copied_project() as copy:
        (copy / mutation.file).write_text(mutation.applied(), encoding="utf-8")
        finished = run_tests(copy, node_ids([mutation]))
    if finished.returncode not in (0, 1):
        raise RuntimeError(
            f"bug {mutation.bug} ({mutation.what}): pytest ended with {finished.returncode}:\n"
            f"{finished.stdout[-2000:]}{finished.stderr[-2000:]}"
        )
    failed = FAILED.search(finished.stdout)
    return failed[1] if failed else ""


def check_unchanged(mutations: Sequence[Mutation]) -> None:
    """Run the tests without a bug.

    Raises:
        RuntimeError: The copy is not what runs, or a test fails without a bug.
    """
    with copied_project() as copy:
        used = run_python(copy, "-c", "import wildroad; print(wildroad.__file__)").stdout.strip()
        if not Path(used).is_relative_to(copy):
            raise RuntimeError(f"the tests would run {used} and not the copy in {copy}")
        finished = run_tests(copy, node_ids(mutations))
    if finished.returncode != 0:
        raise RuntimeError(f"a test fails without a bug:\n{finished.stdout[-4000:]}")
    print(f"Without a bug: {finished.stdout.splitlines()[-1]}\n", flush=True)


def main(bugs: Sequence[int], *, jobs: int) -> int:
    """Print a row a mutation; give the number of those that nothing noticed."""
    chosen = [one for one in MUTATIONS if not bugs or one.bug in bugs]
    check_unchanged(chosen)
    survivors = 0
    print(f"{'bug':>3} | {'mutation':<72} | caught by")
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for one, test in zip(chosen, pool.map(noticed_by, chosen), strict=True):
            survivors += not test
            print(f"{one.bug:>3} | {one.what:<72} | {test or 'NOTHING'}", flush=True)
    print(f"\n{len(chosen) - survivors} of {len(chosen)} mutations are caught.")
    return survivors


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bugs", nargs="*", type=int, help="numbers of bugs; all if none is named")
    parser.add_argument("--jobs", type=int, default=2, help="mutations tried at once")
    options = parser.parse_args()
    sys.exit(1 if main(options.bugs, jobs=options.jobs) else 0)
