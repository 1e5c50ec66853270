"""Counting and evaluation against the Cityscapes script."""

import atexit
import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
from PIL import Image

from wildroad.core.labels import cityscapes_labels
from wildroad.core.metrics.confusion import class_confusion, count_confusion
from wildroad.core.metrics.instances import count_instances, instance_iou
from wildroad.core.metrics.segmentation import class_scores

Work = Callable[[], object]
Prepared = tuple[Work, Work, str]
KINDS = ("labelIds", "instanceIds")


def blocky_mask(seed: int, classes: int) -> np.ndarray:
    """A 1024 x 2048 mask of blocks, as runs of labels as long as in street scenes."""
    cells = np.random.default_rng(seed).integers(0, classes, (32, 64), np.uint8)
    return np.kron(cells, np.ones((32, 32), np.uint8))


@cache
def cityscapes_script() -> tuple[ModuleType, str]:
    """The Cityscapes evaluation script, quiet, and how it counts.

    Its compiled counter is in no published package. Build it from a checkout of the scripts
    (CYTHONIZE_EVAL= python setup.py build_ext --inplace) and name the folder of the built
    addToConfusionMatrix in CITYSCAPES_COUNTER; else the script counts as it is installed.
    """
    vars(np)["in1d"] = np.isin  # which has left NumPy since the script was written
    folder = os.environ.get("CITYSCAPES_COUNTER")
    if folder:
        sys.path.append(folder)
        counter = importlib.import_module("addToConfusionMatrix")
        package = importlib.import_module("cityscapesscripts.evaluation")
        sys.modules[f"{package.__name__}.addToConfusionMatrix"] = counter
        package.addToConfusionMatrix = counter
    script = importlib.import_module("cityscapesscripts.evaluation.evalPixelLevelSemanticLabeling")
    script.args.quiet, script.args.JSONOutput = True, False
    return script, "with its compiled counter" if script.CSUPPORT else "as installed"


def confusion_vs_cityscapes() -> Prepared:
    script, how = cityscapes_script()
    target = blocky_mask(0, 34)
    predicted = np.roll(target, (3, 5), axis=(0, 1))

    def theirs() -> object:
        counts = script.generateMatrix(script.args)
        if script.CSUPPORT:
            counter = script.addToConfusionMatrix
            return counter.cEvaluatePair(predicted, target, counts, script.args.evalLabels)
        # What the script does where it has no counter.
        encoded = target.astype(np.int32) * (int(max(target.max(), predicted.max())) + 1)
        values, pixels = np.unique(encoded + predicted, return_counts=True)
        for value, count in zip(values, pixels, strict=True):
            counts[divmod(value, int(max(target.max(), predicted.max())) + 1)] += count
        return counts

    return (
        lambda: count_confusion(target, predicted, rows=34, columns=34),
        theirs,
        f"the Cityscapes script {how}, 34 labels, 2048 x 1024",
    )


def street_targets() -> list[tuple[np.ndarray, np.ndarray]]:
    """Label and instance maps: the real ones where they are, else made-up ones; 100 of them."""
    folder = Path(__file__).parents[3] / "shared" / "fixtures" / "cityscapes_gt"
    files = sorted(folder.glob("*_labelIds.png"))
    maps = [
        tuple(np.array(Image.open(str(file).replace("labelIds", kind))) for kind in KINDS)
        for file in files
    ] or [(mask := blocky_mask(seed, 34), mask.astype(np.uint16) * 1000 + 1) for seed in range(10)]
    return [maps[number % len(maps)] for number in range(100)]


@cache
def evaluated_files() -> dict[str, list[str]]:
    """A hundred full-size label and instance maps and predictions as PNGs, by what they are.

    Predictions are there in label ids, as the script reads them, and in classes, as wildroad writes
    them.
    """
    folder = Path(tempfile.mkdtemp(prefix="wildroad-benchmark-"))
    atexit.register(shutil.rmtree, folder)
    files: dict[str, list[str]] = {}
    for number, (labels, instances) in enumerate(street_targets()):
        predicted = np.roll(labels, (3, 5), axis=(0, 1))
        masks = {"labelIds": labels, "instanceIds": instances, "predictedIds": predicted}
        for kind, mask in (masks | {"predictedClasses": class_of_label()[predicted]}).items():
            path = folder / f"a_{number:06d}_000000_gtFine_{kind}.png"
            Image.fromarray(mask).save(path)
            files.setdefault(kind, []).append(str(path))
    return files


@cache
def class_of_label() -> np.ndarray:
    """Class of each label id, 19 for those that aren't evaluated."""
    evaluated = cityscapes_labels().query("ignore_in_eval == 0")
    class_of = np.full(256, len(evaluated), np.uint8)
    class_of[evaluated["id"]] = np.arange(len(evaluated))
    return class_of


def evaluation_of(*, instances: bool) -> Prepared:
    """From the PNGs of a hundred scenes to the scores of the nineteen classes."""
    script, how = cityscapes_script()
    files = evaluated_files()
    names = cityscapes_labels().query("ignore_in_eval == 0")["name"].tolist()
    class_of, k = class_of_label(), len(names)
    row_class = [int(index) if index < k else None for index in class_of[:34]]
    label_class = {label: index for label, index in enumerate(row_class) if index is not None}

    def of_scene(number: int) -> tuple[np.ndarray, pd.DataFrame | None]:
        predicted = np.array(Image.open(files["predictedClasses"][number]))
        target = np.array(Image.open(files["labelIds"][number]))
        counts = count_confusion(target, predicted, rows=34, columns=k + 1)
        if not instances:
            return counts, None
        ids = np.array(Image.open(files["instanceIds"][number]))
        return counts, count_instances(ids, predicted, label_class)

    def ours() -> object:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            counted = list(pool.map(of_scene, range(len(files["labelIds"]))))
        confusion = class_confusion(sum(one for one, _ in counted), row_class, classes=k)
        scores = class_scores(confusion, names)
        if not instances:
            return scores
        table = pd.concat([one for _, one in counted])
        sizes = [script.args.avgClassSize.get(name, np.nan) for name in names]
        return scores, instance_iou(table, confusion, np.array(sizes))

    def theirs() -> object:
        script.args.evalInstLevelScore = instances
        return script.evaluateImgLists(files["predictedIds"], files["labelIds"], script.args)

    scored = "IoU and iIoU" if instances else "IoU alone"
    return ours, theirs, f"the Cityscapes script {how}, 100 pairs of 2048 x 1024 PNGs, {scored}"


def evaluation_vs_cityscapes() -> Prepared:
    return evaluation_of(instances=True)


def evaluation_vs_cityscapes_iou() -> Prepared:
    return evaluation_of(instances=False)
