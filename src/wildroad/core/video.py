"""Videos as streams of frames, read and written by PyAV (FFmpeg's libraries).

Shapes: H x W pixels of a frame.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

USUAL_RATE = Fraction(25)
CODEC, PIXEL_FORMAT = "h264", "yuv420p"


class VideoError(ValueError):
    """A video can't be read or written; the message is the reason."""


def pyav() -> Any:  # noqa: ANN401
    """Import PyAV.

    Raises:
        VideoError: The optional extra is not installed.
    """
    try:
        return import_module("av")
    except ImportError:
        raise VideoError(
            'videos need the Python module av: pip install "wildroad[video]"'
        ) from None


def frame_rate(path: Path) -> Fraction:
    """Frames a second that a video states, 25 where it states none.

    Raises:
        VideoError: It is missing, damaged or no video, or the extra is not installed.
    """
    av = pyav()
    try:
        with av.open(str(path)) as container:
            return container.streams.video[0].average_rate or USUAL_RATE
    except (av.FFmpegError, IndexError) as error:
        raise VideoError(f"{path} can't be read as a video: {error}") from error


def read_frames(path: Path) -> Iterator[Pixels]:
    """Yield the frames of a video (H, W, 3), turned as the video asks for.

    Only the frames that its decoder holds are in memory at a time.

    Raises:
        VideoError: It is missing or no video, or damaged from some frame on.
    """
    av = pyav()
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                pixels = frame.to_ndarray(format="rgb24")
                yield np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90)))
    except (av.FFmpegError, IndexError) as error:
        raise VideoError(f"{path} can't be read as a video: {error}") from error


def write_frames(path: Path, frames: Iterable[Pixels], *, rate: Fraction) -> None:
    """Write frames (H, W, 3) of one size as H.264, one at a time.

    Each side is made even, as the format wants it, by repeating the last row or column.

    Args:
        path: The file; its suffix says which container.
        frames: At least one.
        rate: Frames a second.

    Raises:
        VideoError: There is no frame, one is of another size, or the extra is not installed.
    """
    av = pyav()
    remaining = iter(frames)
    first = next(remaining, None)
    if first is None:
        raise VideoError(f"there is no frame to write to {path}")
    with av.open(str(path), mode="w") as container:
        stream = container.add_stream(CODEC, rate=rate)
        stream.height, stream.width = even_sides(first).shape[:2]
        stream.pix_fmt = PIXEL_FORMAT
        for frame in chain([first], remaining):
            if frame.shape != first.shape:
                raise VideoError(f"a frame is {frame.shape} and the first one {first.shape}")
            picture = av.VideoFrame.from_ndarray(even_sides(frame), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def even_sides(frame: Pixels) -> Pixels:
    """Repeat the last row and column of (H, W, 3) where their number is odd."""
    height, width = frame.shape[:2]
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
