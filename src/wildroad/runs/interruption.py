"""The first Ctrl-C or SIGTERM ends a run in order, a second one at once.

Python acts on a signal only between two of its own instructions, which a long computation may be
seconds away from. So a thread of its own watches for the second signal.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

STOPPING = (signal.SIGINT, signal.SIGTERM)
SIGNAL_EXIT = 128


class Interrupted(KeyboardInterrupt):
    """A signal asked the run to stop.

    Attributes:
        number: The signal.
    """

    def __init__(self, number: int) -> None:
        """Remember the signal."""
        super().__init__()
        self.number = number

    @property
    def name(self) -> str:
        """Its name, such as "SIGTERM"."""
        return signal.Signals(self.number).name

    @property
    def exit_code(self) -> int:
        """What a shell expects of a program that a signal ended."""
        return SIGNAL_EXIT + self.number


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Raise ``Interrupted`` wherever the program is."""
    raise Interrupted(number)


@contextmanager
def ends_in_order() -> Iterator[None]:
    """Inside the block, raise ``Interrupted`` at the first signal and end at once at the second.

    Outside of the main thread, where Python allows no handlers, it changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    before = {number: signal.signal(number, interrupt) for number in STOPPING}
    threading.Thread(target=watch, args=(reading,), daemon=True).start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        os.close(writing)


def watch(reading: int) -> None:
    """Say at the first signal what is happening, and end the program at the second."""
    with os.fdopen(reading, "rb", buffering=0) as arrived:
        if stopping_signal(arrived.read(1)):
            print("\nStopping; once more to stop at once.", file=sys.stderr, flush=True)
        if number := stopping_signal(arrived.read(1)):
            os._exit(SIGNAL_EXIT + number)


def stopping_signal(byte: bytes | None) -> int:
    """The signal a byte tells of, 0 where the pipe was closed."""
    return byte[0] if byte else 0
