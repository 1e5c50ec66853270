"""The run's end of the line to a tracker: a bounded queue, and a thread that empties it."""

import logging
import os
import pickle
import signal
import subprocess
import sys
import time
from queue import Full, Queue
from threading import RLock, Thread

from wildroad.tracking.contents import Tracked, messages_of
from wildroad.tracking.messages import Answer, End, Epoch, Message, Parameters, Start

LOGGER = logging.getLogger(__name__)
LONGEST_QUEUE = 500
"""Datasets that wait for a tracker at most, which bounds the memory they take."""

Handed = Tracked | Parameters | End


class Tracker:
    """Hands datasets to a tracker in another process, and never waits for it before the run ends.

    What goes wrong is said once, in one line; after that the tracker gets nothing any more.

    Args:
        start: Which tracker, and where it keeps things.
    """

    def __init__(self, start: Start) -> None:
        """Start the process and the thread."""
        self.start, self.owner = start, os.getpid()
        self._queue: Queue[tuple[str, Handed]] = Queue(LONGEST_QUEUE)
        self._epochs: set[tuple[str, int]] = set()
        self._gave_up, self._lock = False, RLock()
        self._at, self._since = "its start", time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "wildroad.tracking.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            start_new_session=True,  # Ctrl-C is for the run
        )
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def track(self, name: str, data: Handed) -> None:
        """Hand something over, at once and whatever the tracker is doing."""
        if self._gave_up or os.getpid() != self.owner:
            return
        if self._waited() > self.start.patience:
            self._give_up(f"no answer for {self._waited():.0f} s")
            return
        try:
            self._queue.put_nowait((name, data))
        except Full:
            self._give_up(f"it is too slow, {LONGEST_QUEUE} datasets wait for it")

    def end(self, *, failed: bool) -> None:
        """Wait until everything is handed over, for as long as the patience lasts."""
        self.track("the end of the run", End(failed))
        if not self._gave_up:
            self._thread.join(self.start.patience)
        if self._thread.is_alive():
            self._give_up(f"not done {self.start.patience:g} s after the end of the run")
        self._stop()

    def _waited(self) -> float:
        """Seconds since the message that is not answered yet; 0 where all are."""
        return time.monotonic() - self._since if self._at else 0.0

    def _serve(self) -> None:
        """Send the start and then what comes, one after another, until the end or a failure."""
        going = self._ask(self.start, "its start")
        while going:
            name, data = self._queue.get()
            parts = [data] if isinstance(data, Parameters | End) else messages_of(name, data)
            going = all(self._ask(one, name) for one in parts if self._is_new(one))
            going = going and not isinstance(data, End)

    def _is_new(self, message: Message) -> bool:
        """False for an epoch that was told before: while training, then with the whole table."""
        if not isinstance(message, Epoch):
            return True
        before = len(self._epochs)
        self._epochs.add((message.name, message.epoch))
        return len(self._epochs) > before

    def _ask(self, message: Message, name: str) -> bool:
        """Send a message and wait for its answer; whether it is good."""
        self._since, self._at = time.monotonic(), name
        answer = self._answer(message)
        if answer.error:
            self._give_up(answer.error)
            return False
        if answer.look:
            LOGGER.info("The run is tracked; to look at it: %s", answer.look)
        self._at = ""
        return True

    def _answer(self, message: Message) -> Answer:
        """Send a message and read the answer, which is an error where the process has ended."""
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            raise RuntimeError("the tracker's process was started without pipes")
        try:
            pickle.dump(message, requests)
            requests.flush()
            answer: Answer = pickle.load(answers)
        except (OSError, EOFError):
            return Answer(error=f"its process ended with exit status {self._stop()}")
        return answer

    def _give_up(self, why: str) -> None:
        """Say why nothing is tracked from here on, once, and end the process."""
        with self._lock:
            if self._gave_up:
                return
            LOGGER.warning(
                "Tracking with %s (%s) stopped at %s: %s. The run goes on without it.",
                self.start.backend,
                self.start.place,
                self._at or "an idle moment",
                why,
            )
            self._gave_up = True
            self._stop()

    def _stop(self) -> int:
        """End the process, if it is there, and what the tracker started from it."""
        with self._lock:
            if self._process.returncode is None and os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            elif self._process.returncode is None:
                self._process.kill()
            return self._process.wait()
