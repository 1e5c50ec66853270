"""Measure how time and memory grow with the work: python tests/benchmarks/growth.py [STAGE ...].

Each stage runs on once, four times and sixteen times as many made-up photos or scenes, each time in
a process of its own. "growth" is the factor by which the seconds grow from four to sixteen times
the work: 4 is linear. "memory" is what the stage adds to the peak of the process. Results are kept
in tests/benchmarks/results/growth.json and .md after each stage.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

Work = Callable[[], object]

RESULTS = Path(__file__).parent / "results" / "growth.json"
SCALES = (1, 4, 16)
SIDE = 96
SCENE = (256, 512)
CLASSES = tuple("abcdefghij")
WIDTH = 128


def photo_names(count: int) -> list[str]:
    """Names of photos below their classes."""
    return [f"{CLASSES[number % len(CLASSES)]}/{number:06d}.jpg" for number in range(count)]


def draw_photos(folder: Path, count: int) -> None:
    """Small JPEGs of noise, larger than the array's side."""
    random = np.random.default_rng(0)
    for name in photo_names(count):
        path = folder / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cells = random.integers(0, 256, (12, 12, 3), np.uint8)
        Image.fromarray(cells).resize((2 * SIDE, 2 * SIDE)).save(path, quality=85)


def draw_scenes(folder: Path, count: int) -> None:
    """Scenes in the layout of Cityscapes: noise, and targets of blocks with instances."""
    random = np.random.default_rng(0)
    for number in range(count):
        name = f"val/frankfurt/frankfurt_{number:06d}_000000"
        blocks = random.integers(7, 34, (8, 16), np.uint8)
        target = np.kron(blocks, np.ones((SCENE[0] // 8, SCENE[1] // 16), np.uint8))
        things = np.where(target >= 24, target.astype(np.uint16) * 1000 + 1, target)
        pictures = {
            f"leftImg8bit/{name}_leftImg8bit.png": random.integers(0, 256, (*SCENE, 3), np.uint8),
            f"gtFine/{name}_gtFine_labelIds.png": target,
            f"gtFine/{name}_gtFine_instanceIds.png": things.astype(np.uint16),
        }
        for place, pixels in pictures.items():
            path = folder / "scenes" / place
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path, compress_level=1)


def photo_table(count: int) -> pd.DataFrame:
    """Photos with class, group and split."""
    names = photo_names(count)
    split = np.array(["train"] * 7 + ["val"] + ["test"] * 2)[np.arange(count) % 10]
    classes = [CLASSES[number // 10 % len(CLASSES)] for number in range(count)]
    return pd.DataFrame(
        {"photo_id": names, "class_name": classes, "group_id": names, "split": split}
    )


def index_photos(folder: Path, count: int) -> Work:
    from wildroad.core import images

    return lambda: images.index_photos(folder / "photos")


def build_array(folder: Path, count: int) -> Work:
    from wildroad.core.images import resized_photos
    from wildroad.datasets.image_array import ImageArrayDataset

    names = photo_names(count)
    photos = resized_photos(folder / "photos", names, size=SIDE, sha256=dict.fromkeys(names, None))
    return lambda: ImageArrayDataset(filepath=str(folder / "array")).save(photos)


def predict_photos(folder: Path, count: int) -> Work:
    import torch

    from wildroad.core import classification, prediction
    from wildroad.core.checkpoints import CheckpointFacts
    from wildroad.core.models.classifiers import build_classifier
    from wildroad.datasets.image_array import ImageArrayDataset

    facts = CheckpointFacts("classification", "convnet", CLASSES, SIDE, SIDE)
    model = build_classifier("convnet", classes=10, image_size=SIDE, weights=None, seed=0)
    images = ImageArrayDataset(filepath=str(folder / "array")).load()
    return lambda: prediction.predict_outputs(
        classification.ClassifierInput(model, facts).eval(),
        images,
        photo_table(count),
        CLASSES,
        batch_size=64,
        device=torch.device("cpu"),
    )


def group_photos(folder: Path, count: int) -> Work:
    from wildroad.core.curation import curate

    random = np.random.default_rng(0)
    index = photo_table(count).assign(
        perceptual_hash=[random.bytes(32).hex() for _ in range(count)],
        sha256=[random.bytes(8).hex() for _ in range(count)],
    )
    nothing = pd.DataFrame({"file": [], "reason": []})
    return lambda: curate(index, nothing, max_distance=24, links=[], splits=3, classes=None)


def made_up_outputs(count: int) -> Any:
    from wildroad.core.photo_outputs import PhotoOutputs

    random = np.random.default_rng(0)
    table = photo_table(count)
    centres = random.normal(0, 1, (len(CLASSES), WIDTH))
    kinds = np.searchsorted(CLASSES, table["class_name"])
    features = (centres[kinds] + random.normal(0, 1, (count, WIDTH))).astype(np.float32)
    probabilities = random.dirichlet(np.ones(len(CLASSES)), count)
    return table, PhotoOutputs(tuple(table["photo_id"]), probabilities, features)


def embed_of(count: int, *, most: int) -> Work:
    from wildroad.core.embedding import choose_photos, embedding_table

    table, outputs = made_up_outputs(count)
    choose = {"most": most, "seed": 0}
    embed = {"dimensions": 2, "perplexity": 30.0, "seed": 0}
    return lambda: embedding_table(
        outputs, choose_photos(table, "train", "val", "test", **choose), **embed
    )


def embed_draw(folder: Path, count: int) -> Work:
    return embed_of(count, most=1000)


def embed_all(folder: Path, count: int) -> Work:
    return embed_of(count, most=count)


def score_photos(folder: Path, count: int) -> Work:
    from wildroad.core.metrics import classification as metrics
    from wildroad.core.prediction import outputs_table

    table, outputs = made_up_outputs(count)
    return lambda: metrics.score_overall(outputs_table(outputs, table, CLASSES), CLASSES)


def open_domain(folder: Path) -> Any:
    from wildroad.datasets.folder import Folder
    from wildroad.options import RoleOptions
    from wildroad.pipelines.data_processing import nodes as data_nodes
    from wildroad.pipelines.segmentation import nodes

    opened = Folder(folder / "scenes", "made up")
    scenes, _, _, labels = data_nodes.index_scenes(opened, None, RoleOptions(test_share=1.0))
    masks = data_nodes.draw_masks(opened, scenes, labels)
    return nodes.open_domain(opened, scenes, masks, labels)


def index_scenes(folder: Path, count: int) -> Work:
    return lambda: open_domain(folder)


def predict_scenes(folder: Path, count: int) -> Work:
    import torch

    from wildroad.core.domain_masks import scenes_of
    from wildroad.core.mask_prediction import predict_masks
    from wildroad.core.models.deeplab import deeplab

    domain = open_domain(folder)
    model = deeplab("mobilenet_v2", classes=19, output_stride=16).eval()
    masks = predict_masks(
        model,
        scenes_of(domain, domain.ids("test")),
        size=(SCENE[0] // 2, SCENE[1] // 2),
        batch_size=4,
        device=torch.device("cpu"),
        class_lookup=np.arange(19, dtype=np.uint8),
    )
    return lambda: sum(mask.size for _, mask in masks)


def shifted_targets(domain: Any) -> Any:
    """Masks that are right but for their borders, each made when it is asked for."""
    from wildroad.core.lazy import LazyMapping

    last = len(domain.space.classes)
    return LazyMapping(
        domain.ids("test"),
        lambda one: np.minimum(np.roll(domain.target(one), 3, axis=1), last).astype(np.uint8),
    )


def count_scenes(folder: Path, count: int) -> Work:
    from wildroad.core import evaluation

    domain = open_domain(folder)
    return lambda: evaluation.count_scenes(domain, shifted_targets(domain))


def score_scenes(folder: Path, count: int) -> Work:
    from wildroad.core import evaluation
    from wildroad.core.metrics.intervals import Bootstrap

    domain = open_domain(folder)
    found = evaluation.count_scenes(domain, shifted_targets(domain))
    return lambda: evaluation.score_scenes(domain, found, Bootstrap(), sizes="scenes")


STAGES: dict[str, tuple[Callable[[Path, int], Work], str, int]] = {
    "index_photos": (index_photos, "photos", 500),
    "build_array": (build_array, "photos", 500),
    "predict_photos": (predict_photos, "photos", 500),
    "group_photos": (group_photos, "hashes", 3125),
    "embed_draw": (embed_draw, "features", 1000),
    "embed_all": (embed_all, "features", 1000),
    "score_photos": (score_photos, "features", 3000),
    "index_scenes": (index_scenes, "scenes", 8),
    "predict_scenes": (predict_scenes, "scenes", 8),
    "count_scenes": (count_scenes, "scenes", 8),
    "score_scenes": (score_scenes, "scenes", 8),
}
"""Stage -> how it is prepared, what there are more of, and how many at once the work."""

REASONS = {
    "build_array": "what is written stays in the page cache; the array is memory-mapped",
    "predict_photos": "grows by the outputs and the pages of the mapped array that were read",
    "group_photos": "all pairs are compared, without holding them",
    "embed_draw": "a seeded draw of 1,000 photos, as `embedding.most_photos` sets",
    "embed_all": "exact forces between all pairs",
    "score_photos": "1,000 resamples of sums",
}
DRAWN = {"photos": draw_photos, "scenes": draw_scenes}


def peak() -> float:
    """Greatest resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_stage(stage: str, folder: Path, count: int) -> dict[str, float]:
    """Run one stage in this process, after it was run once on little where it compiles loops."""
    prepare = STAGES[stage][0]
    if STAGES[stage][1] in ("hashes", "features"):
        prepare(folder, 100)()
    work = prepare(folder, count)
    before, start = peak(), time.perf_counter()
    work()
    return {"count": count, "seconds": time.perf_counter() - start, "memory": peak() - before}


def in_new_process(stage: str, folder: Path, count: int) -> dict[str, float]:
    """Run one stage in a process of its own."""
    command = [sys.executable, __file__, "--folder", str(folder), "--count", str(count), stage]
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(finished.stdout.splitlines()[-1]))


def markdown(results: dict[str, list[dict[str, float]]]) -> str:
    """A row a stage."""
    lines = [
        "# How time and memory grow",
        "",
        "Made by `python tests/benchmarks/growth.py`. Growth is that of the seconds from 4 to 16"
        " times the work: 4 is linear, 16 quadratic. Memory is what the stage adds to the peak of"
        " its process.",
        "",
        "| stage | of | seconds at 1, 4, 16 | growth | MB at 1, 4, 16 | |",
        "|---|---|---|--:|---|---|",
    ]
    for stage, rows in results.items():
        counts, seconds, memory = (
            ", ".join(format(row[key], form) for row in rows)
            for key, form in (("count", ",.0f"), ("seconds", ".2f"), ("memory", ".0f"))
        )
        growth = rows[-1]["seconds"] / rows[-2]["seconds"]
        of = f"{counts} {STAGES[stage][1]}"
        lines.append(
            f"| {stage} | {of} | {seconds} | {growth:.1f} | {memory} | {REASONS.get(stage, '')} |"
        )
    return "\n".join(lines) + "\n"


def measure_all(stages: list[str]) -> None:
    """Measure stages and keep the results after each."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    with tempfile.TemporaryDirectory(prefix="wildroad-growth-") as top:
        folders = {scale: Path(top, str(scale)) for scale in SCALES}
        for kind in {STAGES[stage][1] for stage in stages} & set(DRAWN):
            base = next(least for _, of, least in STAGES.values() if of == kind)
            for scale, folder in folders.items():
                DRAWN[kind](folder, base * scale)
        for stage in stages:
            least = STAGES[stage][2]
            results[stage] = [
                in_new_process(stage, folder, least * scale) for scale, folder in folders.items()
            ]
            told = ", ".join(f"{row['seconds']:.2f} s" for row in results[stage])
            print(f"{stage}: {told}", flush=True)
            ordered = {name: results[name] for name in STAGES if name in results}
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(json.dumps(ordered, indent=2) + "\n")
            RESULTS.with_suffix(".md").write_text(markdown(ordered))


def main() -> None:
    """Measure all stages, or those named; with --count, one stage in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where made-up pictures lie")
    parser.add_argument("--count", type=int, help="how many of them there are")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=", ".join(STAGES))
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.stages) - set(STAGES)):
        parser.error(f"no stage {unknown}; there are {list(STAGES)}")
    if arguments.count:
        print(json.dumps(run_stage(arguments.stages[0], arguments.folder, arguments.count)))
        return
    stages = arguments.stages or list(STAGES)
    if "predict_photos" in stages and "build_array" not in stages:
        stages = ["build_array", *stages]
    measure_all(stages)


if __name__ == "__main__":
    main()
