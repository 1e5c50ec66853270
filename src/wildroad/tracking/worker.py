"""The process a tracker lives in: ``python -m wildroad.tracking.worker``.

It reads pickled messages from its standard input and answers each with what came of it. An error
ends it; the run hears of it and goes on.
"""

import faulthandler
import os
import pickle
import sys
from types import TracebackType
from typing import BinaryIO

from wildroad.tracking.backends import BACKENDS
from wildroad.tracking.messages import Answer, End, Message, Start

NICENESS = 5
"""The run goes first where both want a processor."""


def main() -> None:
    """Serve one run."""
    requests, answers = take_pipes()
    sys.excepthook = lambda kind, error, traceback: fail(answers, kind, error, traceback)
    start: Start = pickle.load(requests)
    watch(start.patience)
    backend = BACKENDS[start.backend](start)
    answer = Answer()
    while not answer.look:
        send(answers, answer)
        faulthandler.cancel_dump_traceback_later()
        message = next_message(requests)
        watch(start.patience)
        if isinstance(message, End):
            answer = Answer(look=backend.end(failed=message.failed))
        else:
            backend.receive(message)
    send(answers, answer)


def take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes to the run from the tracker, which may print to them or ask something."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    return requests, answers


def watch(patience: float) -> None:
    """End this process where it gets stuck and the run is no longer there to end it."""
    faulthandler.dump_traceback_later(2 * patience + 1, exit=True)


def next_message(requests: BinaryIO) -> Message:
    """Wait for a message; a run that was killed has failed."""
    try:
        message: Message = pickle.load(requests)
    except EOFError:
        return End(failed=True)
    return message


def send(answers: BinaryIO, answer: Answer) -> None:
    """Answer the run, if it is still there."""
    try:
        pickle.dump(answer, answers)
        answers.flush()
    except BrokenPipeError:
        os._exit(0)


def fail(
    answers: BinaryIO,
    kind: type[BaseException],
    error: BaseException,
    traceback: TracebackType | None,
) -> None:
    """Tell the run in one line what went wrong, and end without the tracker's own last words."""
    told = (str(error).strip() or "no message").splitlines()[0]
    if isinstance(error, ModuleNotFoundError) and error.name in BACKENDS:
        told += f'; pip install "wildroad[{error.name}]"'
    send(answers, Answer(error=f"{kind.__name__}: {told}"))
    os._exit(1)


if __name__ == "__main__":
    main()
