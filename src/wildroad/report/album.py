"""The photos behind the numbers: which of them a report shows, and as what data for its script."""

import base64
from collections.abc import Mapping
from typing import Any

import pandas as pd

from wildroad.report.parts import Album, FeatureSpace
from wildroad.report.tables import ReportTables, present

SPLITS = ("train", "val", "test")
COLUMNS = ["model", "photo_id", "split", "target", "predicted", "confidence"]


def choose_album(tables: ReportTables, thumbnails: Mapping[str, bytes] | None) -> Album | None:
    """Take the test photos and every other one that a dot or a row of the report stands for.

    None where no model has predicted any photo.
    """
    predictions = present(tables.classification_predictions)
    if predictions is None:
        return None
    wanted = _named_photos(tables) | set(
        predictions.loc[predictions["split"] == "test", "photo_id"]
    )
    answers = predictions.loc[predictions["photo_id"].isin(list(wanted)), COLUMNS]
    known = thumbnails or {}
    pictures = {one: known[one] for one in sorted(wanted) if one in known}
    return Album(pictures, answers.reset_index(drop=True))


def _named_photos(tables: ReportTables) -> set[str]:
    named = (
        tables.classification_embedding_2d,
        tables.classification_embedding_3d,
        tables.classification_mistakes,
        tables.label_suspects,
        tables.label_conflicts,
    )
    return {
        str(photo)
        for table in map(present, named)
        if table is not None
        for column in ("photo_id", "other_photo_id")
        if column in table
        for photo in table[column]
    }


def album_data(album: Album) -> dict[str, Any]:
    """Photos and answers as lists of equal lengths, classes and splits as positions in theirs.

    Returns:
        ids, classes, splits; target and split of each photo; per model, predicted (-1 for none)
        and confidence of each photo.
    """
    photos = album.answers.drop_duplicates("photo_id").sort_values("photo_id")
    classes = sorted(set(album.answers["target"]) | set(album.answers["predicted"]))
    ids = list(photos["photo_id"])
    return {
        "ids": ids,
        "classes": classes,
        "splits": SPLITS,
        "target": _positions(photos["target"], classes),
        "split": _positions(photos["split"], SPLITS),
        "answers": {
            str(model): _answers(rows, ids, classes)
            for model, rows in album.answers.groupby("model", sort=False)
        },
    }


def _answers(rows: pd.DataFrame, ids: list[str], classes: list[str]) -> dict[str, Any]:
    ordered = rows.set_index("photo_id").reindex(ids)
    confidence = ordered["confidence"].astype(float)
    return {
        "predicted": _positions(ordered["predicted"], classes),
        "confidence": [None if value != value else round(value, 4) for value in confidence],
    }


def _positions(values: "pd.Series[Any]", names: "list[str] | tuple[str, ...]") -> list[int]:
    return pd.Categorical(values, categories=list(names)).codes.tolist()


def album_pictures(album: Album) -> list[str]:
    """Pictures in base 64, in the order of the ids of ``album_data``; "" for none."""
    ids = sorted(set(album.answers["photo_id"]))
    return [base64.b64encode(album.pictures.get(one, b"")).decode() for one in ids]


def feature_data(space: FeatureSpace) -> dict[str, Any]:
    """Dots per model and number of dimensions, and the colour of each class."""
    models: dict[str, dict[str, Any]] = {}
    for (model, dimensions), table in space.embeddings.items():
        models.setdefault(model, {})[str(dimensions)] = _dots(table)
    return {"colors": dict(space.colors), "models": models}


def _dots(table: pd.DataFrame) -> dict[str, Any]:
    names = {"photo_id": "photo", "class_name": "class", "split": "split"}
    words = {short: list(table[name]) for name, short in names.items()}
    axes = {axis: table[axis].round(3).tolist() for axis in ("x", "y", "z") if axis in table}
    return words | axes
