"""Which scenes show a class best."""

import pandas as pd

from wildroad.core.labels import LabelSpace


def class_pixels(counts: pd.DataFrame, space: LabelSpace) -> pd.DataFrame:
    """Sum the pixels of labels that are one class.

    Args:
        counts: scene_id, label, pixels, see ``core.masks.count_labels``.
        space: What the labels mean.

    Returns:
        scene_id, class_name, pixels; labels that are ignored as target are left out.
    """
    names = {
        label.name: space.classes[label.class_index]
        for label in space.labels
        if label.class_index is not None
    }
    named = counts.assign(class_name=counts["label"].map(names)).dropna(subset=["class_name"])
    sums = named.groupby(["scene_id", "class_name"], sort=False)["pixels"].sum()
    return sums.reset_index()


def best_examples(
    counts: pd.DataFrame, scenes: pd.DataFrame, space: LabelSpace, *, per_class: int
) -> pd.DataFrame:
    """Choose the scenes in which each class is largest, of different drives where there are some.

    Args:
        counts: scene_id, label, pixels.
        scenes: scene_id, drive.
        space: What the labels mean.
        per_class: Scenes a class.

    Returns:
        class_name, scene_id; at most ``per_class`` rows a class, in the order of the space's
        classes, the largest first. A class in no scene has no row.
    """
    table = class_pixels(counts, space).merge(scenes[["scene_id", "drive"]], on="scene_id")
    table["class_name"] = pd.Categorical(table["class_name"], space.classes, ordered=True)
    order = ["class_name", "pixels", "scene_id"]
    ranked = table.sort_values(order, ascending=[True, False, True], kind="stable")
    again = ranked.groupby(["class_name", "drive"], observed=True).cumcount()
    varied = ranked.assign(again=again).sort_values(["class_name", "again"], kind="stable")
    chosen = varied.groupby("class_name", observed=True).head(per_class)
    return chosen[["class_name", "scene_id"]].astype({"class_name": str}).reset_index(drop=True)
