"""Write what was measured as a table: python tests/benchmarks/table.py (also done by run.py).

Rows keep the date and the machine they were measured on, so that results of several runs stand in
one table. The README holds the same table between two markers.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

RESULTS = Path(__file__).parent / "results" / "comparisons.json"
README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- performance: made by tests/benchmarks/table.py -->", "<!-- /performance -->"

Results = Mapping[str, Mapping[str, Any]]


class Aim(NamedTuple):
    """What a comparison is of, and how many times as fast it ought to be; None where unsaid."""

    what: str
    target: float | None = None


AIMS = {
    "image_array_build": Aim("Photos of 2 MP to an image array", 2),
    "image_array_epoch": Aim("Reading an epoch of photos", 30),
    "train_step_cpu": Aim("Training step, ResNet-18", 2),
    "train_step_cpu_float32": Aim("Training step, ResNet-18, float32", 1),
    "convnet_step_cpu": Aim("Training step, ConvNet", 4),
    "convnet_step_cpu_float32": Aim("Training step, ConvNet, float32", 2),
    "deeplab_resnet101_cpu": Aim("DeepLabV3+ ResNet-101, 512 x 1024", 2.7),
    "deeplab_resnet101_cpu_float32": Aim("DeepLabV3+ ResNet-101, float32", 1.4),
    "deeplab_mobilenet_cpu": Aim("DeepLabV3+ MobileNetV2, 512 x 1024", 4),
    "deeplab_mobilenet_cpu_float32": Aim("DeepLabV3+ MobileNetV2, float32", 1.8),
    "upsample_argmax": Aim("Logits to a full-size mask", 10),
    "upsample_argmax_noise": Aim("Logits to a full-size mask, noise"),
    "confusion_vs_sklearn": Aim("Counting a pair of masks", 25),
    "confusion_vs_cityscapes": Aim("Counting a pair of masks", 1),
    "evaluation_vs_cityscapes": Aim("Evaluating 100 scenes, instances too", 3),
    "evaluation_vs_cityscapes_iou": Aim("Evaluating 100 scenes, IoU only"),
    "tsne_12k": Aim("t-SNE of 12,000 photos in 2-D", 3),
    "tsne_12k_3d": Aim("t-SNE of 12,000 photos in 3-D"),
    "tsne_12k_gpu": Aim("t-SNE of 12,000 photos in 2-D, GPU"),
}


def read_results(path: Path) -> dict[str, dict[str, Any]]:
    """Rows by name; none where there is no file yet."""
    return json.loads(path.read_text()) if path.exists() else {}


def markdown(results: Results) -> str:
    """The table, in the order of ``AIMS``, and the machines below it."""
    machines = list(dict.fromkeys(machine_of(results[name]) for name in AIMS if name in results))
    lines = ["| work | times as fast as | ratio | aim | measured |", "|---|---|--:|--:|---|"]
    for name in AIMS:
        if name in results:
            row, aim = results[name], AIMS[name]
            mark = f"{row['machine']['date']} ({machines.index(machine_of(row)) + 1})"
            against = "; ".join(filter(None, (row["against"], row.get("note"))))
            target = f"{aim.target:g}" if aim.target else ""
            lines.append(f"| {aim.what} | {against} | {row['ratio']:.3g} | {target} | {mark} |")
    told = [f"({number}) {machine}" for number, machine in enumerate(machines, start=1)]
    return "\n".join([*lines, "", f"Measured on {'; '.join(told) or 'no machine yet'}."])


def machine_of(row: Mapping[str, Any]) -> str:
    """What a row was measured on, in words."""
    machine = row["machine"]
    gpu = "no GPU" if machine["gpu"] == "none" else machine["gpu"]
    return (
        f"{machine['processor']}, {machine['threads']} threads, {gpu},"
        f" PyTorch {machine['torch']}, Python {machine['python']}"
    )


def with_table(readme: str, table: str) -> str:
    """Put a table between the markers of a text.

    Raises:
        ValueError: A marker is missing.
    """
    for marker in (BEGIN, END):
        if marker not in readme:
            raise ValueError(f"there is no line {marker!r} to put the table between")
    before, after = readme.split(BEGIN)[0], readme.split(END)[1]
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def write_tables(results_path: Path, readme: Path | None) -> None:
    """Write the table beside the results, and into the README."""
    table = markdown(read_results(results_path))
    results_path.with_suffix(".md").write_text(f"# Measured ratios\n\n{table}\n")
    if readme is not None:
        readme.write_text(with_table(readme.read_text(), table))


if __name__ == "__main__":
    write_tables(RESULTS, README)
