"""What a user is told when a run fails: one line, and the traceback only where it is wanted."""

import os
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from kedro.config import MissingConfigException
from kedro.io import DatasetError
from kedro.validation import ParameterValidationError
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from wildroad.runs.interruption import Interrupted

EXPECTED = (
    DatasetError,
    ParameterValidationError,
    MissingConfigException,
    OmegaConfBaseException,
    YAMLError,
    ValueError,
    ArithmeticError,
    OSError,
    MemoryError,
)
"""Errors whose message says what is wrong and what to do; others are ours."""

SAMPLE_HINT = (
    "Folders are set in conf/local/globals.yml (kedro run --env local);"
    " to run on the embedded sample instead: kedro run"
)
FURTHER = "For further information visit"
GIVEN = re.compile(r"\[type=\w+, input_value=(.*), input_type=\w+\]")
ONCE_MORE = "What was finished is kept: the same command goes on from there."


@contextmanager
def told_in_one_line(*, with_traceback: bool) -> Iterator[None]:
    """End the program with a line that says why, where the block fails or is interrupted.

    Args:
        with_traceback: Print the traceback before that line.

    Raises:
        SystemExit: 1 for a failure, 128 and the number of the signal for an interruption.
    """
    try:
        yield
    except Interrupted as interruption:
        tell(f"The run was stopped by {interruption.name}. {ONCE_MORE}")
        sys.exit(interruption.exit_code)
    # The outermost edge of the program: any error ends it, told in a line and by the exit code.
    except Exception as error:
        if with_traceback:
            traceback.print_exc()
        tell(in_one_line(error))
        sys.exit(1)


def tell(line: str) -> None:
    """Print a line below whatever progress bar there is."""
    print(f"\n{line}", file=sys.stderr)


def in_one_line(error: BaseException) -> str:
    """Say what stopped the run: an expected error in its own words, another with its traceback."""
    if not isinstance(error, EXPECTED):
        return (
            f"The run stopped: an error of wildroad itself, {type(error).__name__}: {error}\n"
            f"The traceback is in {written_traceback(error)}"
        )
    innermost = innermost_cause(error)
    hint = f"\n{SAMPLE_HINT}" if isinstance(innermost, FileNotFoundError) else ""
    return f"The run stopped: {plain(str(innermost))}{hint}"


def plain(message: str) -> str:
    r"""A message without what only those who know pydantic can read.

    >>> plain("1 error\nsize\n  Too small [type=x, input_value=3, input_type=int]\n"
    ...       "    For further information visit https://errors.pydantic.dev")
    '1 error\nsize\n  Too small (given: 3)'
    """
    lines = [line for line in message.splitlines() if not line.lstrip().startswith(FURTHER)]
    return GIVEN.sub(r"(given: \1)", "\n".join(lines))


def innermost_cause(error: BaseException) -> BaseException:
    """What Kedro's errors of datasets were raised from, if anything."""
    while type(error) is DatasetError and error.__cause__ is not None:
        error = error.__cause__
    return error


def written_traceback(error: BaseException) -> str:
    """Write the traceback of an error to a file that stays; give its place."""
    handle, name = tempfile.mkstemp(".txt", "wildroad-traceback-")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(traceback.format_exception(error))
    return name
