"""Arrays as .npy files, written as a stream that fails with a word when the disk is full.

Writing through a memory map, as ``numpy.lib.format.open_memmap`` offers it, kills the program
there; ``numpy.save`` raises an error without a number.
"""

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray


def write_header(file: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Write what stands before the values of an array."""
    description = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(file, description)


def write_values(file: BinaryIO, values: NDArray[Any]) -> None:
    """Write values in the order of their indices."""
    file.write(np.ascontiguousarray(values).data)


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write a whole array."""
    with path.open("wb") as file:
        write_header(file, array.shape, array.dtype)
        write_values(file, array)
