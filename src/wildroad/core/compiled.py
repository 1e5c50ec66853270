"""Loops over pixels that NumPy has no operation for, compiled to machine code."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """Compile a function at its first call, free of the interpreter's lock while it runs.

    The machine code is kept beside the source, or in the user's cache, for the next process; where
    neither can be written, every process compiles for itself.
    """
    try:
        return cast("Loop", njit(cache=True, nogil=True)(loop))
    except RuntimeError:
        return cast("Loop", njit(nogil=True)(loop))
