"""Loops that NumPy has no operation for, compiled to machine code."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """Compile a function at its first call, free of the interpreter's lock while it runs.

    The machine code is kept beside the source, or in the user's cache, for the next process; where
    neither can be written, every process compiles for itself.
    """
    return _compiled(loop)


def compiled_in_any_order(loop: Loop) -> Loop:
    """Compile like ``compiled``, and let sums be taken in the order that is fastest.

    So that several terms are added at a time; the order is that of the machine code, the same at
    every call. A division by zero is infinite instead of an error.
    """
    return _compiled(loop, fastmath=True, error_model="numpy")


def _compiled(loop: Loop, **settings: Any) -> Loop:  # noqa: ANN401 - what numba takes
    try:
        return cast("Loop", njit(cache=True, nogil=True, **settings)(loop))
    except RuntimeError:
        return cast("Loop", njit(nogil=True, **settings)(loop))
