"""Made-up tables in the shape of the real ones, seeded, for tests of figures and the report."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from wildroad.core.labels import ROAD_CLASSES
from wildroad.core.mistakes import confident_mistakes
from wildroad.core.stacking import stack_tables

PHOTO_CLASSES = (
    *("amur_leopard", "amur_tiger", "birds", "black_bear", "brown_bear"),
    *("dog", "roe_deer", "sika_deer", "wild_boar", "people"),
)
MODELS = ("convnet", "resnet18", "resnet18_augmented")
SKILL = {"convnet": 0.62, "resnet18": 0.84, "resnet18_augmented": 0.88}
EPOCHS = {"convnet": 15, "resnet18": 10, "resnet18_augmented": 10}
TEST_PHOTOS = (196, 210, 289, 195, 242, 243, 225, 308, 287, 24)
DOMAINS = ("cityscapes", "idd")
IGNORED_LABELS = ("autorickshaw", "billboard", "curb", "drivable fallback", "animal")


def class_distribution() -> pd.DataFrame:
    photos = np.array([978, 1049, 1446, 975, 1209, 1213, 1124, 1539, 1435, 120])
    test = np.array(TEST_PHOTOS)
    val = photos // 10
    train = photos - val - test
    table = pd.DataFrame(
        {
            "class_name": PHOTO_CLASSES,
            "photos": photos,
            "share": photos / photos.sum(),
            "train": train,
            "val": val,
            "test": test,
        }
    )
    for split in ("train", "val", "test"):
        table[f"{split}_share"] = table[split] / table[split].sum()
    return table


def classification_history() -> pd.DataFrame:
    frames = []
    for number, model in enumerate(MODELS):
        random = np.random.default_rng(number)
        epoch = np.arange(1, EPOCHS[model] + 1)
        train_loss = 2.2 * np.exp(-epoch / 5) + 0.05 + random.normal(0, 0.01, len(epoch))
        turn = 0.02 * np.clip(epoch - 6, 0, None) ** 1.5
        val_loss = 2.2 * np.exp(-epoch / 4) + 1.2 - SKILL[model] + turn
        frames.append(
            pd.DataFrame(
                {
                    "model": model,
                    "epoch": epoch,
                    "learning_rate": 0.001,
                    "train_loss": train_loss,
                    "train_accuracy": 1 - 0.8 * np.exp(-epoch / 4),
                    "val_loss": val_loss,
                    "val_accuracy": SKILL[model] - 0.4 * np.exp(-epoch / 2),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def classification_confusion(models: Sequence[str] = MODELS) -> pd.DataFrame:
    rows = []
    for model in models:
        random = np.random.default_rng(len(model))
        for row, (target, support) in enumerate(zip(PHOTO_CLASSES, TEST_PHOTOS, strict=True)):
            weights = random.dirichlet(np.full(len(PHOTO_CLASSES), 0.5)) * (1 - SKILL[model])
            weights[row] += SKILL[model]
            for predicted, photos in zip(
                PHOTO_CLASSES, random.multinomial(support, weights), strict=True
            ):
                rows.append((model, target, predicted, photos, photos / support))
    return pd.DataFrame(rows, columns=["model", "target", "predicted", "photos", "share"])


def classification_per_class() -> pd.DataFrame:
    rows = []
    for model, table in classification_confusion().groupby("model", sort=False):
        square = table.pivot(index="target", columns="predicted", values="photos")
        counts = square.loc[list(PHOTO_CLASSES), list(PHOTO_CLASSES)].to_numpy()
        for index, class_name in enumerate(PHOTO_CLASSES):
            hits, support, predicted = (
                counts[index, index],
                counts[index].sum(),
                counts[:, index].sum(),
            )
            precision, recall = hits / predicted, hits / support
            f1 = 2 * hits / (support + predicted)
            ovr = 1 - (support + predicted - 2 * hits) / counts.sum()
            rows.append((model, class_name, precision, recall, f1, ovr, support, predicted))
    columns = ["model", "class_name", "precision", "recall", "f1", "ovr_accuracy"]
    return pd.DataFrame(rows, columns=[*columns, "support", "predicted_photos"])


def classification_metrics() -> pd.DataFrame:
    per_class = classification_per_class()
    photos = sum(TEST_PHOTOS)
    rows = []
    for model, table in per_class.groupby("model", sort=False):
        top1 = float((table["recall"] * table["support"]).sum() / photos)
        values = {
            "top1": top1,
            **{
                f"macro_{name}": float(table[name].mean()) for name in ("precision", "recall", "f1")
            },
            **dict.fromkeys(("micro_precision", "micro_recall", "micro_f1"), top1),
            **dict.fromkeys(("weighted_precision", "weighted_recall", "weighted_f1"), top1 - 0.003),
            "mean_ovr_accuracy": 1 - 2 * (1 - top1) / len(PHOTO_CLASSES),
            "ece": 0.14 - 0.12 * top1,
            "temperature": 1.9 - top1,
            "ece_calibrated": 0.03,
            "majority_baseline": max(TEST_PHOTOS) / photos,
        }
        for metric, value in values.items():
            spread = 0.02 if metric in ("top1", "macro_f1") else np.nan
            rows.append((model, metric, value, value - spread, value + spread, photos))
    return pd.DataFrame(rows, columns=["model", "metric", "value", "low", "high", "photos"])


def classification_reliability() -> pd.DataFrame:
    frames = []
    for model in MODELS:
        low = np.arange(15) / 15
        confidence = low + 1 / 30
        photos = np.round(2219 * confidence**3 / (confidence**3).sum()).astype(int)
        photos[:2] = 0
        empty = photos == 0
        frames.append(
            pd.DataFrame(
                {
                    "model": model,
                    "bin_low": low,
                    "bin_high": low + 1 / 15,
                    "photos": photos,
                    "confidence": np.where(empty, np.nan, confidence),
                    "accuracy": np.where(empty, np.nan, confidence**1.2 * (0.7 + SKILL[model] / 4)),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def album_photos() -> pd.DataFrame:
    """Eighty test photos, then forty of train and val: photo_id, split, class_name."""
    names = np.random.default_rng(5).choice(PHOTO_CLASSES, 120)
    splits = np.where(
        np.arange(120) < 80, "test", np.where(np.arange(120) % 4 == 0, "val", "train")
    )
    ids = [f"{name}/{name}_{number:04d}.jpg" for number, name in enumerate(names)]
    return pd.DataFrame({"photo_id": ids, "split": splits, "class_name": names})


def classification_predictions() -> pd.DataFrame:
    rows = []
    for number, model in enumerate(MODELS):
        random = np.random.default_rng(6 + number)
        for photo_id, split, target in album_photos().to_numpy():
            others = [name for name in PHOTO_CLASSES if name != target]
            answer, runner_up = random.choice(others, 2, replace=False)
            wrong = random.random() > SKILL[model]
            confidence = random.uniform(0.5, 1)
            rows.append(
                (
                    *(model, photo_id, split, target, answer if wrong else target, confidence),
                    *(runner_up, (1 - confidence) / 2),
                )
            )
    columns = ["model", "photo_id", "split", "target", "predicted", "confidence", "runner_up"]
    return pd.DataFrame(rows, columns=[*columns, "runner_up_confidence"])


def classification_embedding_2d() -> pd.DataFrame:
    return _embeddings(2, album_photos().query("split != 'test'"))


def classification_embedding_3d() -> pd.DataFrame:
    return _embeddings(3, album_photos().query("split == 'val'"))


def _embeddings(dimensions: int, photos: pd.DataFrame) -> pd.DataFrame:
    tables = {}
    for number, model in enumerate(MODELS):
        places = np.random.default_rng(number).normal(0, 20, (len(photos), dimensions))
        axes = dict(zip("xyz", places.T, strict=False))
        tables[model] = photos.assign(
            **axes, perplexity=30.0, drawn_from=len(photos), kl_divergence=1.5
        )
    return stack_tables(tables, key="model")


def classification_comparison() -> pd.DataFrame:
    columns = ["model_a", "model_b", "photos", "only_a_right", "only_b_right", "method"]
    rows = [
        ("convnet", "resnet18", 2219, 180, 611, "chi-squared with continuity"),
        ("convnet", "resnet18_augmented", 2219, 150, 689, "chi-squared with continuity"),
        ("resnet18", "resnet18_augmented", 2219, 9, 13, "exact binomial"),
    ]
    return pd.DataFrame(rows, columns=columns).assign(
        groups=2219,
        groups_for_a=[180, 150, 9],
        groups_for_b=[611, 689, 13],
        p_value=[1e-50, 1e-60, 0.523],
        p_holm=[2e-50, 3e-60, 0.523],
        verdict=["resnet18", "resnet18_augmented", "undecided"],
    )


def classification_mistakes() -> pd.DataFrame:
    tables = {
        model: confident_mistakes(rows)
        for model, rows in classification_predictions().groupby("model", sort=False)
    }
    return stack_tables(tables, key="model")


def classification_centroids() -> pd.DataFrame:
    random = np.random.default_rng(8)
    mistakes = classification_mistakes().query("model == 'convnet'")
    rows = []
    for photo_id, target, predicted in mistakes[["photo_id", "target", "predicted"]].to_numpy():
        for number, model in enumerate(MODELS):
            wrong = number == 0 or random.random() > SKILL[model]
            near, far = random.uniform(5, 20, 2)
            rows.append(
                (
                    *(model, photo_id, target, predicted if wrong else target),
                    *(near, far if wrong else np.nan, near / far if wrong else np.nan),
                )
            )
    columns = ["model", "photo_id", "target", "predicted", "distance_target", "distance_predicted"]
    return pd.DataFrame(rows, columns=[*columns, "ratio"])


def classification_embedding(dimensions: int = 2, photos: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(12)
    numbers = random.integers(0, len(PHOTO_CLASSES), photos)
    centres = random.normal(0, 30, (len(PHOTO_CLASSES), dimensions))
    places = centres[numbers] + random.normal(0, 6, (photos, dimensions))
    table = pd.DataFrame(
        {
            "photo_id": [f"photo_{number}.jpg" for number in range(photos)],
            "split": np.where(np.arange(photos) % 8 == 0, "val", "train"),
            "class_name": np.array(PHOTO_CLASSES)[numbers],
        }
    )
    axes = dict(zip("xyz", places.T, strict=False))
    return table.assign(**axes, perplexity=30.0, drawn_from=len(table), kl_divergence=1.5)


def model_summary() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": MODELS,
            "architecture": ["convnet", "resnet18", "resnet18"],
            "initial_weights": ["random", "random", "imagenet"],
            "trainable_parameters": [134218, 11181642, 11181642],
            "image_size": [64, 224, 224],
            "epochs": [15, 10, 10],
            "best_epoch": [8, 6, 7],
            "train_photos": [8150, 8150, 8150],
            "extra_photos": [0, 0, 2000],
            "recipe": ["adam, learning rate 0.001, batch 256"] * 3,
            "device": ["cpu (x86_64, threads: 2)"] * 3,
            "versions": ["Python 3.12.1, torch 2.11.0"] * 3,
            "sha256": ["1" * 64, "2" * 64, "3" * 64],
        }
    )


def scene_overview() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "domain": ["idd", "cityscapes"],
            "folder": ["IDD20K_II", "cityscapes"],
            "layout": ["flat course copy", "cityscapes"],
            "label_space": ["idd_level3", "cityscapes_id"],
            "scenes": [7034, 3475],
            "train": [0, 2975],
            "val": [0, 500],
            "test": [2110, 0],
            "unused": [4924, 0],
            "quarantined": [2, 0],
        }
    )


def scene_quarantine() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "domain": ["idd", "idd"],
            "file": ["image_archive/image_17.png", "mask_archive/mask_9.png"],
            "reason": ["no mask of this name", "unknown id 77 in 12 pixels"],
        }
    )


def scene_distribution() -> pd.DataFrame:
    rows = []
    for number, domain in enumerate(DOMAINS):
        random = np.random.default_rng(number)
        labels = [(name.lower(), name) for name in ROAD_CLASSES]
        labels += [(label, "") for label in IGNORED_LABELS if domain == "idd"]
        shares = random.dirichlet(np.full(len(labels), 2.0)) * np.geomspace(8, 0.02, len(labels))
        shares /= shares.sum()
        for (label, class_name), share in zip(labels, shares, strict=True):
            scenes = int(np.ceil(500 * min(1, share * 30)))
            rows.append((domain, label, class_name, int(share * 1e9), share, scenes, scenes / 500))
    columns = ["domain", "label", "class_name", "pixels", "pixel_share", "scenes", "scene_share"]
    return pd.DataFrame(rows, columns=columns)


def segmentation_confusion() -> pd.DataFrame:
    rows = []
    for number, domain in enumerate(DOMAINS):
        random = np.random.default_rng(10 + number)
        names = [*ROAD_CLASSES, "other"]
        for row, target in enumerate(ROAD_CLASSES):
            if domain == "idd" and target == "Train":
                rows += [(domain, target, name, 0, np.nan) for name in names]
                continue
            weights = random.dirichlet(np.full(len(names), 0.15)) * (0.15 + 0.35 * number)
            weights[row] += 1 - weights.sum()
            total = int(10 ** random.uniform(5, 9))
            rows += [
                (domain, target, name, round(total * weight), weight)
                for name, weight in zip(names, weights, strict=True)
            ]
    return pd.DataFrame(rows, columns=["domain", "target", "predicted", "pixels", "share"])


def segmentation_class_scores() -> pd.DataFrame:
    rows = []
    for domain, table in segmentation_confusion().groupby("domain", sort=False):
        everything = table["pixels"].sum()
        for name in ROAD_CLASSES:
            target = table.loc[table["target"] == name, "pixels"].sum()
            predicted = table.loc[table["predicted"] == name, "pixels"].sum()
            both = table["target"].eq(name) & table["predicted"].eq(name)
            hits = table.loc[both, "pixels"].sum()
            union = target + predicted - hits
            iou = hits / union if target else np.nan
            recall = hits / target if target else np.nan
            precision = hits / predicted if predicted else np.nan
            correct = 1 - (union - hits) / everything
            scored = (iou, 2 * iou / (1 + iou), precision, recall, correct, np.nan)
            ends = [(one, max(one - 0.03, 0.0), min(one + 0.025, 1.0)) for one in scored]
            counts = (target, predicted, 400 if target else 0)
            rows.append((domain, name, *(value for three in ends for value in three), *counts))
    scores = ("iou", "dice", "precision", "recall", "ovr_accuracy", "iiou")
    columns = [f"{name}{end}" for name in scores for end in ("", "_low", "_high")]
    counts = ["target_pixels", "predicted_pixels", "scenes"]
    return pd.DataFrame(rows, columns=["domain", "class_name", *columns, *counts])


def segmentation_thresholds() -> pd.DataFrame:
    rows = []
    for domain in DOMAINS:
        for name in ROAD_CLASSES:
            for tenth in range(11):
                hits, wrong = 40 - 3 * tenth, 5 + 2 * tenth
                f1 = 2 * hits / (2 * hits + 2 * wrong)
                share = hits / (hits + wrong)
                if domain == "idd" and name == "Train":
                    hits, wrong, f1, share = 0, 0, np.nan, np.nan
                scores = (share, share, f1)
                rows.append((domain, name, tenth / 10, *scores, hits, wrong, wrong))
    counts = ["true_positives", "false_positives", "false_negatives"]
    columns = ["domain", "class_name", "threshold", "precision", "recall", "f1"]
    return pd.DataFrame(rows, columns=[*columns, *counts])


def segmentation_average_precision() -> pd.DataFrame:
    rows = []
    for domain in DOMAINS:
        for number, name in enumerate(ROAD_CLASSES):
            absent = domain == "idd" and name == "Train"
            ap = np.nan if absent else 0.9 - 0.04 * number
            ends = (ap, ap - 0.03, ap + 0.03)
            half = (ap / 2, ap / 2 - 0.05, ap / 2 + 0.05)
            rows.append((domain, name, *ends, *half, 0 if absent else 400))
    columns = [f"{name}{end}" for name in ("ap", "ap_from_half") for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["domain", "class_name", *columns, "target_scenes"])


def segmentation_failures() -> pd.DataFrame:
    rows = []
    for domain in DOMAINS:
        for name, taken_for in (("Rider", "Person"), ("Wall", "Fence"), ("Truck", "")):
            for rank in (1, 2, 3)[: 1 if taken_for == "" else 3]:
                missed = 0 if taken_for == "" else 600 // rank
                words = f"Of 1,000 {name} pixels {100 - missed / 10:.0f} % were found."
                facts = (0.1 * rank, 1000, missed, 900, taken_for, words)
                rows.append((domain, name, rank, f"drive/{rank}", *facts))
    columns = ["domain", "class_name", "rank", "scene_id", "iou", "target_pixels"]
    return pd.DataFrame(
        rows, columns=[*columns, "missed_pixels", "false_pixels", "taken_for", "words"]
    )


def segmentation_summary() -> pd.DataFrame:
    rows = []
    for domain, table in segmentation_class_scores().groupby("domain", sort=False):
        classes = int(table["iou"].notna().sum())
        values = {
            "pixel_accuracy": 0.93 if domain == "cityscapes" else 0.81,
            "mean_iou": table["iou"].mean(),
            "mean_dice": table["dice"].mean(),
            "mean_recall": table["recall"].mean(),
            "frequency_weighted_iou": 0.88 if domain == "cityscapes" else 0.70,
            "mean_iiou": np.nan,
            "map": 0.61 if domain == "cityscapes" else 0.42,
            "map_from_half": 0.48 if domain == "cityscapes" else 0.25,
        }
        for metric, value in values.items():
            rows.append((domain, metric, value, value - 0.012, value + 0.011, classes))
    return pd.DataFrame(rows, columns=["domain", "metric", "value", "low", "high", "classes"])


def ignored_labels() -> pd.DataFrame:
    rows = []
    for number, label in enumerate(IGNORED_LABELS):
        random = np.random.default_rng(40 + number)
        shares = random.dirichlet(np.full(len(ROAD_CLASSES) + 1, 0.2))
        for name, share in zip([*ROAD_CLASSES, "other"], shares, strict=True):
            rows.append(("idd", label, name, int(share * 2e6), share))
    return pd.DataFrame(rows, columns=["domain", "label", "predicted", "pixels", "share"])


def cross_domain() -> pd.DataFrame:
    scores = segmentation_class_scores().pivot(index="class_name", columns="domain", values="iou")
    scores = scores.loc[list(ROAD_CLASSES)]
    difference = scores["idd"] - scores["cityscapes"]
    return pd.DataFrame(
        {
            "class_name": ROAD_CLASSES,
            "iou_cityscapes": scores["cityscapes"].to_numpy(),
            "iou_idd": scores["idd"].to_numpy(),
            "difference": difference.to_numpy(),
            "low": difference.to_numpy() - 0.03,
            "high": difference.to_numpy() + 0.035,
        }
    )


def cross_domain_summary() -> pd.DataFrame:
    rows = [
        ("mean_iou", 0.71, 0.5, -0.21, -0.25, -0.18, 17),
        ("pixel_accuracy", 0.93, 0.81, -0.12, -0.14, -0.1, 17),
        ("frequency_weighted_iou", 0.88, 0.7, -0.18, -0.2, -0.15, 17),
    ]
    columns = ["metric", "value_cityscapes", "value_idd", "difference", "low", "high", "classes"]
    return pd.DataFrame(rows, columns=columns)


def road_history() -> pd.DataFrame:
    epoch = np.arange(1, 13)
    return pd.DataFrame(
        {
            "epoch": epoch,
            "learning_rate": 0.01 * (1 - epoch / 13) ** 0.9,
            "train_loss": 1.5 * np.exp(-epoch / 3) + 0.2,
            "val_loss": 1.4 * np.exp(-epoch / 3) + 0.35,
            "val_mean_iou": 0.7 - 0.5 * np.exp(-epoch / 3),
        }
    )


def road_model_summary() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "architecture": ["deeplabv3plus_mobilenet"],
            "output_stride": [16],
            "initial_weights": ["cityscapes"],
            "initial_sha256": [""],
            "trainable_parameters": [5222000],
            "epochs": [12],
            "best_epoch": [12],
            "trained_on": ["cityscapes"],
            "train_scenes": [2975],
            "height": [512],
            "width": [1024],
            "classes": [19],
            "recipe": ["sgd at 0.01, poly, batch 8"],
            "device": ["NVIDIA H100"],
            "versions": ["Python 3.12.1, torch 2.11.0"],
            "sha256": ["4" * 64],
        }
    )


def photos(number: int = 12, size: int = 64) -> np.ndarray:
    random = np.random.default_rng(3)
    rows, columns = np.mgrid[0:size, 0:size] / size
    waves = [
        np.sin(6 * rows * random.uniform(0.5, 2) + 5 * columns * random.uniform(0.2, 2) + phase)
        for phase in random.uniform(0, 6, number * 3)
    ]
    stacked = np.stack(waves).reshape(number, 3, size, size).transpose(0, 2, 3, 1)
    return ((stacked + 1) * 127).astype(np.uint8)
