"""Evaluation nodes from the files of a data set to the tables of scores."""

import shutil

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from wildroad.core.domains import Domain
from wildroad.core.evaluation import is_benchmark
from wildroad.core.labels import cityscapes_labels, label_space
from wildroad.datasets.folder import Folder
from wildroad.options import EvaluationOptions, RoadEvaluationOptions, RoleOptions
from wildroad.pipelines.data_processing import nodes as data_nodes
from wildroad.pipelines.segmentation import evaluation_nodes, nodes

SPACE = label_space("cityscapes_id")
OPTIONS = EvaluationOptions(resamples=100)
ROAD = RoadEvaluationOptions()
TERRAIN = 22
LABELS = cityscapes_labels()
ID_OF_CLASS = {label.class_index: label.id for label in SPACE.labels}


def blocky(rng, values, shape):
    mask = np.full(shape, rng.choice(values))
    for _ in range(40):
        top, left = rng.integers(0, shape[0]), rng.integers(0, shape[1])
        height, width = rng.integers(1, 40, size=2)
        mask[top : top + height, left : left + width] = rng.choice(values)
    return mask


def write_scene(root, name, target, instances):
    """One scene in the layout of Cityscapes; its photo is black."""
    place = f"val/frankfurt/frankfurt_{name}"
    for folder in ("leftImg8bit", "gtFine"):
        (root / folder / "val" / "frankfurt").mkdir(parents=True, exist_ok=True)
    photo = np.zeros((*target.shape, 3), np.uint8)
    Image.fromarray(photo).save(root / f"leftImg8bit/{place}_leftImg8bit.png")
    Image.fromarray(target).save(root / f"gtFine/{place}_gtFine_labelIds.png")
    Image.fromarray(instances.astype(np.uint16)).save(
        root / f"gtFine/{place}_gtFine_instanceIds.png"
    )


def open_folder(root):
    """The domain of a folder, by the nodes of data_processing and segmentation."""
    folder = Folder(root, "made up")
    scenes, _, _, labels = data_nodes.index_scenes(folder, None, RoleOptions(test_share=1.0))
    masks = data_nodes.draw_masks(folder, scenes, labels)
    return nodes.open_domain(folder, scenes, masks, labels)


def assert_chain_agrees_with_script(script, root, predicted_ids, folder):
    """Run every node on a folder, run the Cityscapes script on the same files, compare."""
    domain = open_folder(root)
    assert domain.ids("test") == sorted(predicted_ids)
    to_class = np.append(SPACE.class_table()[:34], np.uint8(18))
    to_class[to_class == 255] = 18
    predicted = {name: to_class[ids] for name, ids in predicted_ids.items()}
    confusions, instances = evaluation_nodes.count_pixels(domain, predicted)
    by_class, overall, confusion, _ = evaluation_nodes.score_domain(
        domain, confusions, instances, OPTIONS, RoadEvaluationOptions(instance_sizes="cityscapes")
    )
    files = {"predicted": [], "target": []}
    for number, (name, ids) in enumerate(sorted(predicted_ids.items())):
        files["predicted"].append(str(folder / f"{number}.png"))
        Image.fromarray(ids).save(files["predicted"][-1])
        files["target"].append(str(root / f"gtFine/{name}_gtFine_labelIds.png"))
    expected = script.evaluateImgLists(files["predicted"], files["target"], script.args)
    matrix = np.array(expected["confMatrix"])

    names = dict(zip(LABELS["id"], LABELS["name"], strict=True))
    wide = confusions.pivot_table(index="label", columns="predicted", values="pixels",
                                  aggfunc="sum", fill_value=0)  # fmt: skip
    wide = wide.reindex(
        index=[names[one] for one in range(34)], columns=list(SPACE.classes), fill_value=0
    )
    columns = [ID_OF_CLASS[index] for index in range(18)]
    assert_array_equal(wide.to_numpy(), matrix[:34, columns])
    square = confusion.pivot(index="target", columns="predicted", values="pixels")
    rows = square.loc[list(SPACE.classes), list(SPACE.classes)].to_numpy()
    assert_array_equal(rows, matrix[np.ix_(columns, columns)])
    theirs = [names[one] for one in columns]
    for column, scores in (("iou", "classScores"), ("iiou", "classInstScores")):
        found = [expected[scores][name] for name in theirs]
        assert_allclose(by_class[column], found, rtol=0, atol=1e-12)
    mean = overall.set_index("metric")["value"]
    assert mean["mean_iiou"] == pytest.approx(expected["averageScoreInstClasses"], abs=1e-12)
    return domain


@pytest.mark.parity
def test_made_up_scenes_score_as_in_the_cityscapes_script(cityscapes_script, tmp_path):
    rng = np.random.default_rng(1)
    countable = LABELS.loc[LABELS["has_instances"] == 1, "id"]
    ids = np.setdiff1d(np.arange(34, dtype=np.uint8), [TERRAIN])
    predicted = {}
    for number in range(4):
        target = blocky(rng, ids, (90, 120))
        count = blocky(rng, np.arange(4), target.shape)
        single = np.isin(target, countable) & (count > 0)
        write_scene(tmp_path / "set", f"00000{number}_000000", target,
                    np.where(single, 1000 * target.astype(int) + count, target))  # fmt: skip
        wrong = blocky(rng, np.arange(34, dtype=np.uint8), target.shape)
        keep = rng.random(target.shape) < 0.7
        predicted[f"val/frankfurt/frankfurt_00000{number}_000000"] = np.where(keep, target, wrong)
    domain = assert_chain_agrees_with_script(
        cityscapes_script, tmp_path / "set", predicted, tmp_path
    )
    assert not is_benchmark(domain)


def real_scene(root, mask):
    """Copy a real target without terrain, which the script evaluates and this project doesn't."""
    target = np.array(Image.open(mask))
    target[target == TERRAIN] = 0
    instances = np.array(Image.open(str(mask).replace("labelIds", "instanceIds")))
    name = mask.name.removeprefix("frankfurt_").removesuffix("_gtFine_labelIds.png")
    write_scene(root, name, target, instances)
    rng = np.random.default_rng(int(name[-4:]))
    predicted = np.roll(target, (4, 9), axis=(0, 1))
    wrong = rng.random(target.shape) < 0.01
    predicted[wrong] = rng.integers(0, 34, np.count_nonzero(wrong))
    return f"val/frankfurt/frankfurt_{name}", predicted


@pytest.mark.parity
@pytest.mark.parametrize(
    ("place", "every"), [("fixtures/cityscapes_gt", 7), ("data/cityscapes/gtFine/val", 1)]
)
def test_real_targets_score_as_in_the_cityscapes_script(
    cityscapes_script, shared, tmp_path, place, every
):
    masks = sorted((shared / place).rglob("*_labelIds.png"))[::every]
    if not masks:
        pytest.skip(f"{place} is not there")
    predicted = dict(real_scene(tmp_path / "set", mask) for mask in masks)
    domain = assert_chain_agrees_with_script(
        cityscapes_script, tmp_path / "set", predicted, tmp_path
    )
    assert is_benchmark(domain)


@pytest.mark.known_bug(3)
def test_masks_in_level_three_ids_are_scored_in_the_rows_of_their_classes(tmp_path):
    """A perfect prediction of a copy with level-3 masks gets IoU 1, and Train n/a."""
    space = label_space("idd_level3")
    ids = [label.id for label in space.labels]
    for folder in ("image_archive", "mask_archive"):
        (tmp_path / folder).mkdir()
    target = np.repeat(np.array(ids, np.uint8), 12).reshape(len(ids), 12)
    for number in range(3):
        Image.fromarray(np.zeros((*target.shape, 3), np.uint8)).save(
            tmp_path / f"image_archive/image_{number}.png"
        )
        Image.fromarray(target).save(tmp_path / f"mask_archive/mask_{number}.png")
    domain = open_folder(tmp_path)
    classes = domain.target(domain.ids("test")[0])
    perfect = np.where(classes == 255, 18, classes).astype(np.uint8)
    predicted = dict.fromkeys(domain.ids("test"), perfect)
    confusions, instances = evaluation_nodes.count_pixels(domain, predicted)
    assert instances.empty
    by_class, overall, _, ignored = evaluation_nodes.score_domain(
        domain, confusions, instances, OPTIONS, ROAD
    )
    scores = by_class.set_index("class_name")
    assert scores.loc["Train"].iloc[:18].isna().all()
    assert (scores.drop(index="Train")["iou"] == 1.0).all()
    assert by_class["iiou"].isna().all()
    mean = overall.set_index("metric").loc[["mean_iou", "map"]]
    assert mean["value"].tolist() == [1.0, 1.0]
    assert mean["classes"].tolist() == [17, 17]
    assert "Train" in ignored["predicted"].tolist()
    _, precision = evaluation_nodes.score_thresholds(domain, confusions, OPTIONS)
    assert np.isnan(precision.set_index("class_name").loc["Train", "ap"])


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Sixty scenes of road; the last one alone has a bus, and it is taken for a car."""
    root = tmp_path_factory.mktemp("many")
    space = label_space("road18")
    road, bus, car = (space.classes.index(name) for name in ("Road", "Bus", "Car"))
    names = [f"test/{number:02d}" for number in range(60)]
    masks = {name: np.full((8, 12), road, np.uint8) for name in names}
    predicted = {name: mask.copy() for name, mask in masks.items()}
    masks[names[-1]][:4] = bus
    predicted[names[-1]][:4] = car
    predicted[names[0]][:2] = bus
    for name in names:
        path = root / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.zeros((8, 12, 3), np.uint8)).save(path)
    scenes = pd.DataFrame(
        {"scene_id": names, "role": "test", "image_file": [f"{name}.png" for name in names],
         "height": 8, "width": 12}
    )  # fmt: skip
    domain = Domain(root, scenes, masks, space)
    return domain, predicted, evaluation_nodes.count_pixels(domain, predicted)


@pytest.mark.known_bug(7, 8)
def test_failures_are_found_in_the_last_scene_and_never_in_one_without_the_class(many):
    domain, _, (confusions, _) = many
    failures = evaluation_nodes.find_failures(domain, confusions, ROAD)
    assert failures["class_name"].tolist() == ["Bus"]
    row = failures.iloc[0]
    assert row["scene_id"] == "test/59"
    assert row["words"] == "Of 48 Bus pixels 0 % were found; 100 % were taken for Car."


@pytest.mark.known_bug(8)
def test_thresholds_and_average_precision_are_over_every_scene(many):
    domain, _, (confusions, _) = many
    thresholds, precision = evaluation_nodes.score_thresholds(domain, confusions, OPTIONS)
    roads = thresholds[thresholds["class_name"] == "Road"]
    assert (roads["true_positives"] + roads["false_negatives"] == 60).all()
    scenes = precision.set_index("class_name")["target_scenes"]
    assert scenes[["Road", "Bus"]].tolist() == [60, 1]


@pytest.mark.known_bug(15)
def test_recall_in_the_table_is_the_diagonal_of_the_confusion_matrix(many):
    domain, _, (confusions, instances) = many
    by_class, _, confusion, _ = evaluation_nodes.score_domain(
        domain, confusions, instances, OPTIONS, ROAD
    )
    diagonal = confusion[confusion["target"] == confusion["predicted"]]
    assert by_class["recall"].equals(diagonal["share"].reset_index(drop=True))


@pytest.mark.known_bug(16)
def test_ignored_pixels_change_no_table_but_that_of_ignored_labels(many):
    domain, predicted, _ = many
    masks = {name: mask.copy() for name, mask in domain.masks.items()}
    guesses = {name: mask.copy() for name, mask in predicted.items()}
    for name in masks:
        masks[name][:, :3], guesses[name][:, :3] = 255, domain.space.classes.index("Train")
    without = {name: mask[:, 3:] for name, mask in masks.items()}
    tables = []
    for targets, answers in (
        (masks, guesses),
        (without, {name: mask[:, 3:] for name, mask in guesses.items()}),
    ):
        one = Domain(domain.root, domain.scenes, targets, domain.space)
        confusions, instances = evaluation_nodes.count_pixels(one, answers)
        *scored, ignored = evaluation_nodes.score_domain(one, confusions, instances, OPTIONS, ROAD)
        scored += evaluation_nodes.score_thresholds(one, confusions, OPTIONS)
        scored += [evaluation_nodes.find_failures(one, confusions, ROAD)]
        tables.append(scored)
    for with_ignored, without_ignored in zip(*tables, strict=True):
        pd.testing.assert_frame_equal(with_ignored, without_ignored)
    assert ignored.empty


def test_every_failure_gets_three_pictures_and_a_place_in_the_gallery(many):
    domain, predicted, (confusions, _) = many
    failures = evaluation_nodes.find_failures(domain, confusions, ROAD)
    photos, masks = evaluation_nodes.picture_failures(domain, predicted, failures)
    assert list(photos) == ["Bus/1"]
    assert list(masks) == ["Bus/1/target", "Bus/1/predicted"]
    assert {picture.shape for picture in (photos | masks).values()} == {(8, 12, 3)}
    assert (
        "Bus in test/59"
        in evaluation_nodes.draw_failures(domain, predicted, failures).alternative_text
    )


def test_domains_of_different_classes_are_not_compared(many):
    domain, _, (confusions, _) = many
    coarse = Domain(domain.root, domain.scenes, domain.masks, label_space("idd_level1"))
    other, _ = evaluation_nodes.count_pixels(
        coarse, {name: np.zeros_like(mask) for name, mask in domain.masks.items()}
    )
    table, summary = evaluation_nodes.compare_domains(domain, coarse, confusions, other, OPTIONS)
    assert table.empty
    assert summary.empty
    assert {"iou_cityscapes", "iou_idd"} <= set(table)
    assert {"value_cityscapes", "value_idd"} <= set(summary)


def test_masks_of_a_missing_instance_map_are_named_before_anything_is_computed(tmp_path):
    target = np.full((8, 8), 7, np.uint8)
    for number in range(2):
        write_scene(tmp_path, f"00000{number}_000000", target, target)
    shutil.move(
        tmp_path / "gtFine/val/frankfurt/frankfurt_000001_000000_gtFine_instanceIds.png",
        tmp_path / "elsewhere.png",
    )
    with pytest.raises(ValueError, match=r"frankfurt_000001_000000_gtFine_instanceIds\.png"):
        open_folder(tmp_path)
