"""Kills the writing of photos or masks: python killed_saving.py WHAT KILLS SEED FOLDER.

WHAT is photos or masks. Every writing runs in a forked process. Half of the kills come at seeded
moments, the others at seeded steps of putting files in place. Prints one JSON list: what was seen
after each kill, before and after the next run.
"""

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
from kedro.io import DatasetError

from wildroad.core.lazy import LazyMapping, Restartable
from wildroad.core.mask_prediction import predict_masks
from wildroad.core.models.segmenters import SegmenterForm, fresh_segmenter
from wildroad.datasets.atomic import tidy_up
from wildroad.datasets.image_array import ImageArrayDataset
from wildroad.datasets.mask_folder import MaskFolderDataset

COUNT, SIDE = 30, 48
STEPS = {"flushing": (os, "fsync"), "putting in place": (Path, "replace"),
         "removing": (shutil, "rmtree")}  # fmt: skip


def photo(version, name):
    """Some work and a result that differs between versions."""
    generator = np.random.default_rng([version, int(name)])
    pixels = generator.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    for _ in range(20):
        pixels = np.sort(pixels, axis=0)
    return np.roll(pixels, int(name), axis=0)


def photos(version):
    names = [str(number) for number in range(COUNT)]
    origins = {name: f"version {version}, photo {name}" for name in names}
    return LazyMapping(names, lambda name: photo(version, name), origins=origins)


CLASSES = ("road", "car", "sky")
FORM = SegmenterForm("mobilenet_v2", 16)
MODELS = {}


def masks(version):
    """Inference of a small, random segmenter, as a stream."""
    if version not in MODELS:
        MODELS[version] = fresh_segmenter("none", FORM, CLASSES, seed=version).eval()
    names = [f"drive/{number}" for number in range(COUNT // 3)]
    generator = np.random.default_rng(0)
    images = {name: generator.integers(0, 256, (64, 64, 3), np.uint8) for name in names}

    def stream(wanted):
        return predict_masks(
            MODELS[version],
            [(name, images[name], (64, 64)) for name in wanted],
            size=(64, 64),
            batch_size=2,
            device=torch.device("cpu"),
            class_lookup=np.arange(3, dtype=np.uint8),
        )

    return Restartable(names, stream, origins={one: f"{one} of {version}" for one in names})


KINDS = {"photos": (ImageArrayDataset, photos), "masks": (MaskFolderDataset, masks)}


class Writing:
    """One dataset that is written again and again."""

    def __init__(self, kind, folder):
        self.dataset_class, self.make = KINDS[kind]
        self.folder = folder

    @property
    def dataset(self):
        return self.dataset_class(filepath=str(self.folder / "result"))

    def content(self):
        """What is there, to the last bit; None where nothing is accepted."""
        try:
            loaded = self.dataset.load()
            return {name: loaded[name].tobytes() for name in loaded}
        except DatasetError as error:
            if "run the pipeline that makes" not in str(error):
                raise
            return None

    def start(self, version, before=int):
        if child := os.fork():
            return child
        for descriptor in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
        before()
        self.dataset.save(self.make(version))
        os._exit(0)

    def finish(self, version):
        _, status = os.waitpid(self.start(version), 0)
        if status:
            raise ChildProcessError(f"the writing ended with {status}")

    def kill_at_moment(self, version, delay):
        child = self.start(version)
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        if os.waitpid(child, 0)[1] != signal.SIGKILL:
            return "it had ended"
        return f"after {delay:.3f} s"

    def kill_at_step(self, version, step, occurrence):
        child = self.start(version, before=lambda: die_at(*STEPS[step], occurrence))
        killed = os.waitpid(child, 0)[1] == signal.SIGKILL
        return f"{step} {occurrence}" if killed else "it had ended"


def die_at(owner, name, countdown):
    """Arrange for SIGKILL at a call of a function."""
    original = getattr(owner, name)

    def call(*arguments, **keywords):
        nonlocal countdown
        countdown -= 1
        if countdown == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **keywords)

    setattr(owner, name, call)


def accepted(content, versions):
    """Which version is there; "corrupt" where it is none of them."""
    names = [str(version) for version, whole in versions.items() if whole == content]
    return "nothing" if content is None else (names or ["corrupt"])[0]


def main(kind, kills, seed, folder):
    torch.set_num_threads(1)
    generator = np.random.default_rng(seed)
    writing = Writing(kind, folder)
    versions = {}
    start = time.perf_counter()
    for version in (1, 0):
        writing.finish(version)
        versions[version] = writing.content()
    duration = (time.perf_counter() - start) / 2
    seen, version, killed = [], 0, 0
    while killed < kills:
        if killed % 2:
            step = list(STEPS)[killed // 2 % len(STEPS)]
            moment = writing.kill_at_step(1 - version, step, int(generator.integers(1, 3)))
        else:
            moment = writing.kill_at_moment(1 - version, duration * generator.uniform(0.05, 0.9))
        if moment == "it had ended":
            version, duration = 1 - version, 0.8 * duration
            continue
        killed += 1
        found = accepted(writing.content(), versions)
        tidy_up(folder)
        tidied = accepted(writing.content(), versions)
        waiting = len([*(folder / ".result.to-go-on").rglob("*.png")])
        writing.finish(1 - version)
        version = 1 - version
        resumed = accepted(writing.content(), versions)
        rest = sorted(path.name for path in folder.iterdir())
        seen.append({"moment": moment, "before": str(1 - version), "found": found,
                     "tidied": tidied, "wanted": str(version), "resumed": resumed,
                     "waiting": waiting,
                     "rest": rest})  # fmt: skip
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
