"""Compare training recipes on a folder of photos: python tests/benchmarks/recipes.py --help.

Every recipe is trained on the same splits: seed s divides the photos and trains with seed s. The
answers of all seeds are scored together, with intervals over groups of photos.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from torch import nn

from wildroad.core.augmentation import Distortion, choose_parents, extra_photos
from wildroad.core.checkpoints import CheckpointFacts, initial_weights
from wildroad.core.classification import ClassifierInput, fit_classifier, labelled_photos
from wildroad.core.curation import curate
from wildroad.core.devices import choose_device, uses_bfloat16
from wildroad.core.image_array import ImageArray
from wildroad.core.images import index_photos, resized_photos
from wildroad.core.metrics.classification import score_overall
from wildroad.core.models.classifiers import build_classifier, restore_classifier
from wildroad.core.prediction import outputs_table, predict_outputs, published_features
from wildroad.core.recipes import Recipe
from wildroad.core.splits import split_groups
from wildroad.datasets.image_array import ImageArrayDataset

SHARES = {"train": 0.7, "val": 0.1, "test": 0.2}


@dataclass(frozen=True)
class Variant:
    """One way to train one model.

    ``from_probe`` starts with a linear probe of the published features as the head, and keeps the
    statistics of BatchNorm as they were published: what is answered changes by training alone.
    """

    architecture: str
    recipe: Recipe
    label_smoothing: float = 0.0
    distortion: Distortion | None = None
    extra: int = 0
    batch_size: int = 32
    from_probe: bool = False


ADAM = Recipe(epochs=10, learning_rate=1e-3)
MODERN = Recipe(
    epochs=10,
    learning_rate=1e-3,
    optimizer="adamw",
    weight_decay=0.05,
    schedule="cosine",
    warmup=0.1,
    backbone_rate=0.1,
)
VARIANTS: dict[str, Variant] = {
    "resnet18/adam": Variant("resnet18", ADAM),
    "resnet18/modern": Variant("resnet18", MODERN, 0.1),
    "resnet18/modern, on the fly": Variant("resnet18", MODERN, 0.1, Distortion()),
    "resnet18/modern, 2000 extra, 3 epochs": Variant(
        "resnet18", replace(MODERN, epochs=3), 0.1, extra=2000
    ),
    "resnet18/adam, 2000 extra, 3 epochs": Variant("resnet18", replace(ADAM, epochs=3), extra=2000),
    "mobilenet_v2/adam": Variant("mobilenet_v2", replace(ADAM, epochs=4)),
    "mobilenet_v2/modern": Variant("mobilenet_v2", replace(MODERN, epochs=4), 0.1),
    "mobilenet_v2/modern, backbone later": Variant(
        "mobilenet_v2", replace(MODERN, epochs=4, backbone_start=0.3), 0.1
    ),
    "mobilenet_v2/modern, backbone later, on the fly": Variant(
        "mobilenet_v2", replace(MODERN, epochs=4, backbone_start=0.3), 0.1, Distortion()
    ),
    "mobilenet_v2/from its probe": Variant(
        "mobilenet_v2",
        replace(MODERN, epochs=4, learning_rate=1e-4, backbone_rate=1.0),
        0.1,
        from_probe=True,
    ),
}
"""Three epochs of 2,840 photos make as many steps as ten epochs of 840."""


@dataclass(frozen=True)
class Photos:
    """What every variant shares."""

    table: pd.DataFrame
    images: ImageArray
    classes: tuple[str, ...]

    def split(self, seed: int) -> pd.DataFrame:
        """The photos divided by a seed."""
        columns = self.table["class_name"], self.table["group_id"]
        return self.table.assign(split=split_groups(*columns, shares=SHARES, seed=seed))


def read_photos(folder: Path, cache: Path, size: int) -> Photos:
    """Index and group the photos of a folder, and decode them once."""
    found = index_photos(folder, classes=None)
    curated = curate(
        found.photos, found.quarantine, max_distance=24, links=[], splits=3, classes=None
    ).photos
    sha256 = dict(zip(found.photos["photo_id"], found.photos["sha256"], strict=True))
    dataset = ImageArrayDataset(filepath=str(cache / f"photos{size}"))
    dataset.save(resized_photos(folder, list(curated["photo_id"]), size=size, sha256=sha256))
    return Photos(curated, dataset.load(), tuple(sorted(curated["class_name"].unique())))


def answers(
    variant: Variant, photos: Photos, weights: str, seed: int, precision: str = "auto"
) -> pd.DataFrame:
    """Train once; give the answers on the test photos."""
    device = choose_device("auto")
    split, size = photos.split(seed), photos.images.pixels.shape[1]
    facts = CheckpointFacts("classification", variant.architecture, photos.classes, size, size)
    recipe = replace(variant.recipe, seed=seed, bfloat16=uses_bfloat16(precision, device))
    parents = choose_parents(split, count=variant.extra, seed=seed)
    made = extra_photos(photos.images, parents, distortion=Distortion(), seed=seed)
    pixels = np.stack([made[one] for one in made]) if len(made) else photos.images.pixels[:0]
    extra = ImageArray(list(parents["photo_id"]), pixels)
    train, val, test = (split[split["split"] == part] for part in SHARES)
    start = initial_weights(variant.architecture, weights)
    model = build_classifier(
        variant.architecture,
        classes=len(photos.classes),
        image_size=size,
        weights=start,
        seed=seed,
    )
    if variant.from_probe:
        features = published_features(
            photos.images, split, facts, weights=start, seed=seed, device=device
        )
        put_probe(model, *fit_probe(features, split))
    checkpoint, history = fit_classifier(
        model,
        facts,
        train_photos=labelled_photos([(photos.images, train), (extra, parents)], photos.classes),
        val_photos=labelled_photos([(photos.images, val)], photos.classes),
        recipe=recipe,
        batch_size=variant.batch_size,
        label_smoothing=variant.label_smoothing,
        distortion=variant.distortion,
        device=device,
    )
    print(history.round(3).to_string(index=False), flush=True)
    trained = ClassifierInput(restore_classifier(checkpoint), facts).to(device).eval()
    outputs = predict_outputs(
        trained, photos.images, test, photos.classes, batch_size=64, device=device
    )
    return outputs_table(outputs, test, photos.classes)


def fit_probe(
    features: NDArray[np.float32], split: pd.DataFrame
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights (K, D) and bias (K,) of the logistic regression that is best on the val photos."""
    train, val = (split["split"].eq(part).to_numpy() for part in ("train", "val"))
    mean, spread = features[train].mean(0), features[train].std(0) + 1e-6
    scaled, names = (features - mean) / spread, split["class_name"].to_numpy()
    fits = [
        LogisticRegression(C=strength, max_iter=500).fit(scaled[train], names[train])
        for strength in (1e-3, 1e-2, 1e-1, 1)
    ]
    best = max(fits, key=lambda fit: probe_score(fit, scaled[val], names[val]))
    weights = best.coef_ / spread
    return weights, best.intercept_ - weights @ mean


def probe_score(
    fit: LogisticRegression, features: NDArray[np.float32], names: NDArray[np.object_]
) -> tuple[float, float]:
    """Accuracy, and what decides between equal ones."""
    return fit.score(features, names), -log_loss(names, fit.predict_proba(features))


def put_probe(model: nn.Module, weights: NDArray[np.float64], bias: NDArray[np.float64]) -> None:
    """Make a probe the model's head, and keep its BatchNorm as in evaluation for good."""
    head = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(weights))
        head.bias.copy_(torch.from_numpy(bias))
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            vars(module.eval())["train"] = lambda mode=True, kept=module: kept


def once(path: Path, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Read a table, made and written first where it is not there."""
    if not path.is_file():
        start = time.perf_counter()
        table = make()
        table.assign(seconds=time.perf_counter() - start).to_csv(path, index=False)
    return pd.read_csv(path)


def score(answered: dict[tuple[str, int], pd.DataFrame], classes: tuple[str, ...]) -> pd.DataFrame:
    """One row a variant: the seeds' top-1, and top-1 and macro F1 of all with intervals."""
    rows = []
    for name in dict.fromkeys(name for name, _ in answered):
        own = {seed: table for (other, seed), table in answered.items() if other == name}
        top1 = {s: float((t["target"] == t["predicted"]).mean()) for s, t in own.items()}
        pooled = pd.concat(own.values(), ignore_index=True)
        scores = score_overall(pooled, classes).set_index("metric")
        right = pooled.assign(top1=pooled["target"] == pooled["predicted"])
        low, high = group_interval(right)
        f1 = scores.loc["macro_f1"]
        rows.append(
            {
                "variant": name,
                "seeds": len(own),
                "top1": scores.loc["top1", "value"],
                "low": low,
                "high": high,
                "each": " ".join(f"{value:.3f}" for value in top1.values()),
                "macro_f1": f"{f1['value']:.3f} ({f1['low']:.3f}-{f1['high']:.3f})",
                "seconds": pooled.groupby("split")["seconds"].mean().iloc[0],
            }
        )
    return pd.DataFrame(rows)


def group_interval(right: pd.DataFrame) -> tuple[float, float]:
    """95 % interval of top-1 by bootstrap over groups: a photo answered twice counts as one."""
    groups = right.groupby("group_id")["top1"].agg(["sum", "count"]).to_numpy()
    weights = np.random.default_rng(0).multinomial(
        len(groups), np.full(len(groups), 1 / len(groups)), 2000
    )
    hits, photos = (weights @ groups).T
    low, high = np.percentile(hits / photos, [2.5, 97.5])
    return float(low), float(high)


def main() -> None:
    """Train every variant named with every seed, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="a folder of class folders")
    parser.add_argument("--out", type=Path, required=True, help="a folder for what was answered")
    parser.add_argument("--weights", action="append", default=[], metavar="MODEL=FILE")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--precision", choices=["auto", "float32", "bfloat16"], default="auto")
    parser.add_argument("variants", nargs="*", help=f"all, or of {', '.join(VARIANTS)}")
    chosen = parser.parse_args()
    if unknown := sorted(set(chosen.variants) - set(VARIANTS)):
        parser.error(f"no variant {unknown}; there are {sorted(VARIANTS)}")
    weights = dict(one.split("=", 1) for one in chosen.weights)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)))
    chosen.out.mkdir(parents=True, exist_ok=True)
    photos = read_photos(chosen.photos, chosen.out, chosen.size)
    answered = {}
    for seed in chosen.seeds:
        for name in chosen.variants or VARIANTS:
            variant = VARIANTS[name]
            file = chosen.out / f"{re.sub('[^a-z0-9]+', '_', name)}_{seed}.csv"
            print(f"{name}, seed {seed}", file=sys.stderr)
            answered[name, seed] = once(
                file,
                lambda variant=variant, seed=seed: answers(
                    variant, photos, weights[variant.architecture], seed, chosen.precision
                ),
            )
            print(score(answered, photos.classes).round(3).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
