from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from PIL import Image

from wildroad.core.labels import cityscapes_labels
from wildroad.core.metrics.confusion import class_confusion, count_confusion
from wildroad.core.metrics.instances import (
    CITYSCAPES_SIZES,
    count_instances,
    instance_iou,
    mean_instance_sizes,
    score_instances,
)
from wildroad.core.metrics.intervals import Bootstrap
from wildroad.core.metrics.segmentation import class_scores, overall_scores

LABELS = cityscapes_labels()
EVALUATED = LABELS[LABELS["ignore_in_eval"] == 0]
CITYSCAPES_CLASSES = EVALUATED["name"].tolist()
CLASS_OF_ID = np.full(256, len(EVALUATED), np.uint8)
CLASS_OF_ID[EVALUATED["id"]] = np.arange(len(EVALUATED))
ROW_CLASS = [int(c) if c < len(EVALUATED) else None for c in CLASS_OF_ID[:34]]


def blocky_mask(rng: np.random.Generator, *, values: NDArray, shape: tuple[int, int]) -> NDArray:
    """A made-up mask: rectangles of random values, as smooth as real masks are."""
    mask = np.full(shape, rng.choice(values))
    for _ in range(40):
        top, left = rng.integers(0, shape[0]), rng.integers(0, shape[1])
        height, width = rng.integers(1, 40, size=2)
        mask[top : top + height, left : left + width] = rng.choice(values)
    return mask


def test_instance_iou_of_two_cars_done_by_hand() -> None:
    instances = np.array([[26001, 26002, 26002, 26002, 26, 7, 7]])
    predicted = np.array([[1, 1, 0, 0, 1, 0, 1]])
    target = np.array([[1, 1, 1, 1, 1, 0, 0]])
    counted = count_instances(instances, predicted, {26: 1})
    assert counted.to_numpy().tolist() == [[26001, 1, 1, 1], [26002, 1, 3, 1]]
    sizes = mean_instance_sizes(counted, classes=2)
    assert_array_equal(sizes, [np.nan, 2.0])
    confusion = count_confusion(target, predicted, rows=2, columns=3)
    # Weights 2 and 2/3: found 2 + 2/3, of 4; one false positive; the group counts nowhere.
    assert_allclose(instance_iou(counted, confusion, sizes), [np.nan, (8 / 3) / (4 + 1)])


def test_scene_without_instances_has_no_instance_iou() -> None:
    plain = np.full((2, 2), 7)
    counted = count_instances(plain, np.zeros((2, 2), int), {26: 1})
    assert counted.empty
    confusion = np.array([[4, 0, 0], [0, 0, 0]])
    assert np.isnan(instance_iou(counted, confusion, mean_instance_sizes(counted, classes=2))).all()


def assert_agrees_with_script(
    script: ModuleType, folder: Path, scenes: list[tuple[NDArray, NDArray, NDArray]]
) -> None:
    """Score (label ids, instance ids, predicted ids) with both, and compare."""
    files: dict[str, list[str]] = {"labelIds": [], "instanceIds": [], "predicted": []}
    for number, masks in enumerate(scenes):
        for (kind, paths), mask in zip(files.items(), masks, strict=True):
            paths.append(str(folder / f"a_{number:06d}_000000_gtFine_{kind}.png"))
            Image.fromarray(mask).save(paths[-1])
    expected = script.evaluateImgLists(files["predicted"], files["labelIds"], script.args)
    id_counts = np.stack([count_confusion(t, p, rows=34, columns=34) for t, _, p in scenes])
    assert_array_equal(id_counts.sum(0), expected["confMatrix"])

    k = len(CITYSCAPES_CLASSES)
    counts = [count_confusion(t, CLASS_OF_ID[p], rows=34, columns=k + 1) for t, _, p in scenes]
    confusion = class_confusion(np.sum(counts, axis=0), ROW_CLASS, classes=k)
    scores = class_scores(confusion, CITYSCAPES_CLASSES)["iou"]
    their_scores = [expected["classScores"][name] for name in CITYSCAPES_CLASSES]
    assert_allclose(scores, their_scores, rtol=0, atol=1e-12)
    mean = overall_scores(confusion).set_index("metric").loc["mean_iou", "value"]
    assert mean == pytest.approx(expected["averageScoreClasses"], abs=1e-12)

    label_class = {label: index for label, index in enumerate(ROW_CLASS) if index is not None}
    instances = [count_instances(i, CLASS_OF_ID[p], label_class) for _, i, p in scenes]
    sizes = np.array([script.args.avgClassSize.get(name, np.nan) for name in CITYSCAPES_CLASSES])
    found = instance_iou(pd.concat(instances), confusion, sizes)
    their_instance_scores = [expected["classInstScores"][name] for name in CITYSCAPES_CLASSES]
    assert_allclose(found, their_instance_scores, rtol=0, atol=1e-12)


@pytest.mark.parity
def test_made_up_scenes_score_as_in_the_cityscapes_script(cityscapes_script, tmp_path) -> None:
    rng = np.random.default_rng(7)
    scenes = []
    for _ in range(6):
        target = blocky_mask(rng, values=np.arange(34, dtype=np.uint8), shape=(90, 120))
        number = blocky_mask(rng, values=np.arange(4), shape=target.shape)
        has_instances = np.isin(target, LABELS.loc[LABELS["has_instances"] == 1, "id"])
        instances = np.where(
            has_instances & (number > 0), 1000 * target.astype(int) + number, target
        )
        noise = blocky_mask(rng, values=np.arange(34, dtype=np.uint8), shape=target.shape)
        predicted = np.where(rng.random(target.shape) < 0.7, target, noise)
        scenes.append((target, instances.astype(np.uint16), predicted))
    assert_agrees_with_script(cityscapes_script, tmp_path, scenes)


@pytest.mark.parity
def test_real_targets_score_as_in_the_cityscapes_script(
    cityscapes_script, shared, tmp_path
) -> None:
    folder = shared / "fixtures" / "cityscapes_gt"
    paths = sorted(folder.glob("*_labelIds.png"))[::5]
    if not paths:
        pytest.skip("the Cityscapes targets are not there")
    rng = np.random.default_rng(0)
    scenes = []
    for path in paths:
        target = np.asarray(Image.open(path))
        instances = np.asarray(Image.open(str(path).replace("labelIds", "instanceIds")))
        predicted = np.roll(target, (4, 9), axis=(0, 1))
        wrong = rng.random(target.shape) < 0.01
        predicted[wrong] = rng.integers(0, 34, np.count_nonzero(wrong))
        scenes.append((target, instances.astype(np.uint16), predicted))
    assert_agrees_with_script(cityscapes_script, tmp_path, scenes)


def slow_counts(
    instances: NDArray, predicted: NDArray, label_class: dict[int, int]
) -> list[tuple[int, int, int, int]]:
    """One instance after the other, as the Cityscapes script does."""
    rows = []
    for one in np.unique(instances[instances > 1000]):
        index = label_class.get(int(one) // 1000)
        if index is not None:
            mask = instances == one
            found = int((predicted[mask] == index).sum())
            rows.append((int(one), index, int(mask.sum()), found))
    return rows


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.int64])
def test_instances_are_counted_as_one_after_the_other_would_be(dtype) -> None:
    rng = np.random.default_rng(0)
    values = np.array([0, 7, 26, 1000, 24000, 24001, 26000, 26007, 33012, 31999])
    for _ in range(20):
        instances = blocky_mask(rng, values=values, shape=(60, 80)).astype(dtype)
        predicted = blocky_mask(rng, values=np.arange(4, dtype=np.uint8), shape=(60, 80))
        counted = count_instances(instances, predicted, {24: 0, 26: 1, 31: 2, 1: 3})
        assert [tuple(row) for row in counted.to_numpy().tolist()] == slow_counts(
            instances, predicted, {24: 0, 26: 1, 31: 2, 1: 3}
        )


def many_instances(*, scenes: int) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    rng = np.random.default_rng(4)
    rows = []
    counts = rng.integers(1, 500, (scenes, 3, 4))
    for scene in range(scenes):
        for number in range(int(rng.integers(1, 5))):
            pixels = int(rng.integers(1, 90))
            index = int(rng.integers(0, 2))
            rows.append((f"s{scene}", number, index, pixels, int(rng.integers(0, pixels + 1))))
    columns = ["scene_id", "instance", "class_index", "pixels", "found_pixels"]
    return pd.DataFrame(rows, columns=columns), counts


def test_scores_over_scenes_are_those_of_all_instances_together_with_intervals() -> None:
    instances, counts = many_instances(scenes=12)
    sizes = mean_instance_sizes(instances, classes=3)
    scene_ids = [f"s{number}" for number in range(12)]
    by_class, mean = score_instances(instances, scene_ids, counts, sizes, Bootstrap(seed=1))
    whole = instance_iou(instances, counts.sum(0), sizes)
    assert_allclose(by_class["iiou"], whole, rtol=1e-12)
    assert by_class["iiou"].isna().tolist() == [False, False, True]
    assert mean.iloc[0][["metric", "classes"]].tolist() == ["mean_iiou", 2]
    assert mean["value"].item() == pytest.approx(whole[:2].mean(), abs=1e-12)
    scored = by_class.iloc[:2]
    assert ((scored["iiou_low"] < scored["iiou"]) & (scored["iiou"] < scored["iiou_high"])).all()


def test_instance_intervals_equal_resampling_scene_by_scene() -> None:
    instances, counts = many_instances(scenes=6)
    sizes = mean_instance_sizes(instances, classes=3)
    scene_ids = [f"s{number}" for number in range(6)]
    bootstrap = Bootstrap(resamples=40, seed=2)
    by_class, _ = score_instances(instances, scene_ids, counts, sizes, bootstrap)
    times = np.random.default_rng([2]).multinomial(6, np.full(6, 1 / 6), size=40)
    slow = []
    for weights in times:
        drawn = [
            instances[instances["scene_id"] == scene_id]
            for scene_id, times_drawn in zip(scene_ids, weights, strict=True)
            for _ in range(times_drawn)
        ]
        confusion = np.einsum("n,nij->ij", weights, counts)
        slow.append(instance_iou(pd.concat(drawn), confusion, sizes))
    expected = np.quantile(slow, [0.025, 0.975], axis=0)[:, :2]
    assert_allclose(by_class[["iiou_low", "iiou_high"]].to_numpy()[:2].T, expected, rtol=1e-12)


def test_no_instance_at_all_gives_nan_over_no_class() -> None:
    instances, counts = many_instances(scenes=3)
    by_class, mean = score_instances(
        instances.head(0), ["s0", "s1", "s2"], counts, np.full(3, np.nan), Bootstrap()
    )
    assert by_class.isna().all(axis=None)
    assert mean[["value", "low", "high"]].isna().all(axis=None)
    assert mean["classes"].item() == 0


@pytest.mark.parity
def test_sizes_of_the_benchmark_are_those_of_the_cityscapes_script(cityscapes_script) -> None:
    names = {name.lower(): name for name in CITYSCAPES_SIZES} | {"motorcycle": "Motorbike"}
    theirs = cityscapes_script.args.avgClassSize
    assert {names[name]: size for name, size in theirs.items() if name in names} == CITYSCAPES_SIZES
