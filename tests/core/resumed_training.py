"""Kills a training again and again and lets it go on: python resumed_training.py FOLDER KILLS SEED.

Every training runs in a forked process of one thread. Half of the kills come at seeded moments, the
others at seeded steps of saving. Prints one JSON list: what was seen at each kill.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from wildroad.core.checkpoints import CheckpointFacts, encode_checkpoint
from wildroad.core.classification import LabelledPhotos, fit_classifier
from wildroad.core.models.classifiers import build_classifier
from wildroad.core.recipes import Recipe
from wildroad.core.training_store import decode_state
from wildroad.datasets.training_store import TrainingFile

EPOCHS = 6
RECIPE = Recipe(
    epochs=EPOCHS,
    learning_rate=3e-3,
    optimizer="adamw",
    weight_decay=0.01,
    schedule="cosine",
    warmup=0.2,
    accumulate=2,
)
FACTS = CheckpointFacts("classification", "convnet", ("dark", "light"), 16, 16)
SAVING = {
    "written by half": (os, "fdopen"),
    "before the flush": (os, "fsync"),
    "before the renaming": (Path, "replace"),
    "before tidying up": (Path, "unlink"),
}


def photos(seed: int, count: int) -> LabelledPhotos:
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 256, (count, 16, 16, 3), np.uint8)
    places = np.stack([np.zeros(count, np.int64), np.arange(count)], axis=1)
    return LabelledPhotos((pixels,), places, torch.from_numpy(generator.integers(0, 2, count)))


def fit(folder: Path, store: TrainingFile | None) -> None:
    """Train; write the checkpoint and the history as bytes to "result"."""
    checkpoint, history = fit_classifier(
        build_classifier("convnet", classes=2, image_size=16, weights=None, seed=0),
        FACTS,
        train_photos=photos(0, 96),
        val_photos=photos(1, 24),
        recipe=RECIPE,
        batch_size=16,
        label_smoothing=0.1,
        rarity=0.5,
        device=torch.device("cpu"),
        store=store,
    )
    figures = history.to_csv(float_format="%.17g").encode()
    (folder / "result").write_bytes(encode_checkpoint(checkpoint) + figures)


def started(folder: Path, *, stored: bool = True, before: Callable[[], object] = int) -> int:
    """Start a training in a process of its own, which tells into the file "told"; its id."""
    if child := os.fork():
        return child
    os.dup2(os.open(folder / "told", os.O_CREAT | os.O_TRUNC | os.O_WRONLY), 1)
    before()
    fit(folder, TrainingFile(folder / "state") if stored else None)
    sys.stdout.flush()
    os._exit(0)


def finished(folder: Path, *, stored: bool = True) -> bytes:
    """Train to the end; the result."""
    _, status = os.waitpid(started(folder, stored=stored), 0)
    if status:
        raise ChildProcessError(f"the training ended with {status}")
    return (folder / "result").read_bytes()


def die_at(owner: object, name: str, countdown: int) -> None:
    """Arrange for SIGKILL at a call of a function, after half a write where it opens a file."""
    original = getattr(owner, name)

    def call(*arguments: object, **keywords: object) -> object:
        nonlocal countdown
        countdown -= 1
        if countdown == 0:
            if name == "fdopen":
                os.write(arguments[0], b"wildroad training 1\nhalf of it")
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **keywords)

    setattr(owner, name, call)


def kill_at_moment(folder: Path, delay: float) -> str:
    """Kill a training after some seconds; sooner where it had ended by then."""
    child = started(folder)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    if os.waitpid(child, 0)[1] != signal.SIGKILL:
        return kill_at_moment(folder, 0.7 * delay)
    return f"after {delay:.3f} s"


def kill_in_saving(folder: Path, step: str, occurrence: int) -> str:
    """Kill a training in the middle of saving."""
    child = started(folder, before=lambda: die_at(*SAVING[step], occurrence))
    if os.waitpid(child, 0)[1] != signal.SIGKILL:
        raise ChildProcessError(f"there was no saving number {occurrence}: {step}")
    return f"saving {occurrence}, {step}"


def main(folder: Path, kills: int, seed: int) -> None:
    torch.set_num_threads(1)
    generator = np.random.default_rng(seed)
    expected = finished(folder, stored=False)
    start = time.perf_counter()
    seen = [{"moment": "never", "epoch": 0, "told": "", "equal": finished(folder) == expected}]
    duration = time.perf_counter() - start
    for number in range(kills):
        if number % 2:
            step = list(SAVING)[number // 2 % len(SAVING)]
            moment = kill_in_saving(folder, step, int(generator.integers(1, EPOCHS)))
        else:
            moment = kill_at_moment(folder, duration * generator.uniform(0.05, 0.95))
        state = folder / "state"
        epoch = decode_state(state.read_bytes()).epoch if state.exists() else 0
        equal = finished(folder) == expected
        told = (folder / "told").read_text()
        rest = sorted(path.name for path in folder.iterdir())
        seen.append({"moment": moment, "epoch": epoch, "told": told, "equal": equal, "rest": rest})
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
