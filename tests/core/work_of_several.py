"""What the processes of a test do; they find it as a module, wherever it is called from."""

import os
import signal
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn

from wildroad.core.checkpoints import CheckpointFacts
from wildroad.core.classification import LabelledPhotos, fit_classifier
from wildroad.core.domains import Domain
from wildroad.core.labels import label_space
from wildroad.core.models.classifiers import build_classifier
from wildroad.core.models.segmenters import SegmenterForm, fresh_segmenter
from wildroad.core.ranks import Ranks
from wildroad.core.recipes import Recipe
from wildroad.core.road_training import SceneRecipe, fit_segmenter
from wildroad.core.segmentation_training import Augmentation
from wildroad.core.shared_norms import SharedBatchNorm
from wildroad.datasets.training_store import TrainingFile

CPU = torch.device("cpu")
CLASSES = ("fox", "owl", "lynx")
PHOTOS, VAL, SIZE, BATCH = 42, 11, 32, 10
SPACE = label_space("road18")
# With small batches, batch normalisation makes much of rounding: more steps would drift apart.
ONE_STEP = {"count": 9, "epochs": 1, "learning_rate": 1e-3}
RECIPE = Recipe(epochs=3, learning_rate=0.02, optimizer="sgd", schedule="cosine")


@dataclass(frozen=True)
class SeenPhotos(LabelledPhotos):
    """Photos that write down which of them this process asked for, into a file of its own.

    Attributes:
        folder: Where the file lies; None for none.
        deadly: Photos asked for after which rank 1 is killed, once; 0 for never.
    """

    folder: Path | None = None
    deadly: int = 0

    def gather(self, chosen):
        if self.folder is not None:
            with (self.folder / f"seen{Ranks.current().rank}").open("a") as file:
                file.write("".join(f"{photo}\n" for photo in chosen))
            self.die_once()
        return super().gather(chosen)

    def die_once(self):
        seen = (self.folder / f"seen{Ranks.current().rank}").read_text().count("\n")
        if Ranks.current().rank == 1 and 0 < self.deadly <= seen and not self.died.exists():
            self.died.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    @property
    def died(self):
        return self.folder / "died"


def photos(count, seed, folder=None, deadly=0):
    """Random photos of three classes."""
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 256, (count, SIZE, SIZE, 3), np.uint8)
    places = np.stack([np.zeros(count, np.int64), np.arange(count)], axis=1)
    targets = torch.from_numpy(generator.integers(0, len(CLASSES), count))
    return SeenPhotos((pixels,), places, targets, folder, deadly)


def train_classifier(
    architecture="convnet", folder=None, store=None, deadly=0, count=PHOTOS, **recipe
):
    """Checkpoint and history of a short training."""
    return fit_classifier(
        build_classifier(architecture, classes=len(CLASSES), image_size=SIZE, weights=None, seed=0),
        CheckpointFacts("classification", architecture, CLASSES, SIZE, SIZE),
        train_photos=photos(count, 0, folder, deadly),
        val_photos=photos(VAL, 1),
        recipe=replace(RECIPE, **recipe),
        batch_size=BATCH,
        label_smoothing=0.1,
        rarity=0.5,
        device=CPU,
        store=store,
    )


def train_and_die(folder, deadly):
    """Train with a store; one of the processes is killed in the second epoch, the first time."""
    return train_classifier(folder=folder, store=TrainingFile(folder / "state"), deadly=deadly)


def scenes(folder):
    """A domain of random scenes: five to train, three for val, four to test."""
    roles = ["train"] * 5 + ["val"] * 3 + ["test"] * 4
    names = [f"{role}{number}" for number, role in enumerate(roles)]
    generator = np.random.default_rng(0)
    for name in names:
        pixels = generator.integers(0, 256, (40, 48, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    table = {"scene_id": names, "role": roles, "image_file": [f"{name}.png" for name in names]}
    masks = {name: generator.integers(0, 18, (40, 48), np.uint8) for name in names}
    return Domain(folder, pd.DataFrame(table), masks, SPACE)


def without_dropout(model):
    """A model that draws nothing, as what is drawn differs from process to process."""
    for one in model.modules():
        if isinstance(one, nn.Dropout):
            one.p = 0.0
    return model


def train_segmenter(domain):
    """Checkpoint and history of a training of one epoch."""
    model = fresh_segmenter("none", SegmenterForm("mobilenet_v2", 16), SPACE.classes, seed=0)
    return fit_segmenter(
        without_dropout(model),
        CheckpointFacts("segmentation", "mobilenet_v2", SPACE.classes, 64, 64, output_stride=16),
        domain,
        recipe=Recipe(epochs=1, learning_rate=1e-3, optimizer="sgd"),
        scenes=SceneRecipe(
            (64, 64), (64, 64), batch_size=4, rarity=0.25, augmentation=Augmentation()
        ),
        device=CPU,
    )


def normalise(norm=nn.BatchNorm2d):
    """Output, gradients and running statistics of a batch normalisation of seven inputs."""
    ranks, generator = Ranks.current(), torch.Generator().manual_seed(0)
    inputs = 3 + torch.randn(7, 4, 5, 6, generator=generator)
    wanted = torch.randn(7, 4, 5, 6, generator=generator)
    own = list(range(ranks.rank, len(inputs), ranks.size))
    layer, mine = norm(4), inputs[own].requires_grad_()
    output = layer(mine)
    (output * wanted[own]).sum().backward()
    summed = [ranks.total(one.grad) for one in (layer.weight, layer.bias)]
    rows = [torch.zeros_like(inputs) for _ in range(2)]
    for all_rows, here in zip(rows, (output.detach(), mine.grad), strict=True):
        all_rows[own] = here
    return [ranks.total(one) for one in rows] + summed + [layer.running_mean, layer.running_var]


def shared_norm(channels):
    """The layer for several processes, from a usual one."""
    return SharedBatchNorm.like(nn.BatchNorm2d(channels))


def train_all(folder, domain):
    """All kinds of training, one after the other."""
    ranks = Ranks.current()
    return {
        "ranks": ranks.gathered(ranks.rank),
        "convnet": train_classifier(folder=folder),
        "resnet18": train_classifier("resnet18", **ONE_STEP),
        "in parts": train_classifier("resnet18", accumulate=2, **ONE_STEP),
        "segmenter": train_segmenter(domain),
        "norm": normalise(nn.BatchNorm2d if ranks.alone else shared_norm),
    }


def tell_and_wait(folder):
    """Write down which process this is, and wait for what never comes."""
    (folder / f"pid{Ranks.current().rank}").write_text(str(os.getpid()))
    time.sleep(600)


def half_of(number):
    """Fail for odd numbers."""
    if number % 2:
        raise ArithmeticError(f"{number} has no half")
    return number // 2


def named(ids, *, fail=""):
    """Give each id in capitals; fail at one of them."""
    for one in ids:
        if one == fail:
            raise ArithmeticError(f"{one} has no capitals")
        yield one, one.upper()


def wait_for(condition, seconds=120.0):
    """Wait until something holds; whether it did in time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


if __name__ == "__main__":  # python work_of_several.py FOLDER: starts two that wait
    import sys

    from wildroad.core.launching import find_launcher

    launcher = find_launcher("cpu", "float32", workers=2, shared_folder=Path(sys.argv[1], "jobs"))
    launcher.run(partial(tell_and_wait, Path(sys.argv[1])))
