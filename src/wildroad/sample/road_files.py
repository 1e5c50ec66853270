"""Writes drawn scenes where Cityscapes and IDD part II keep theirs.

Legend: H, W size of the image.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from wildroad.core.labels import cityscapes_labels, label_space
from wildroad.core.polygons import draw_polygons
from wildroad.sample.road_render import labelled_polygons, render_photo
from wildroad.sample.road_scene import Scene

_JPEG_QUALITY = 92
_PNG_LEVEL = 1


def write_cityscapes(scene: Scene, folder: Path, split: str, stem: str, *, annotated: bool) -> None:
    """Write one scene as Cityscapes does.

    Args:
        scene: What to draw.
        folder: Folder that holds `leftImg8bit` and `gtFine`.
        split: "train", "val" or "test".
        stem: City, sequence and frame joined by "_".
        annotated: Whether to write the annotation beside the photo.
    """
    city = stem.partition("_")[0]
    photo = _folder(folder, "leftImg8bit", split, city) / f"{stem}_leftImg8bit.png"
    Image.fromarray(render_photo(scene)).save(photo, compress_level=_PNG_LEVEL)
    if annotated:
        _write_masks(scene, _folder(folder, "gtFine", split, city) / f"{stem}_gtFine")


def write_idd(scene: Scene, folder: Path, split: str, stem: str, *, annotated: bool) -> None:
    """Write one scene as IDD part II does.

    Args:
        scene: What to draw.
        folder: Folder that holds `idd20kII`.
        split: "train", "val" or "test".
        stem: Drive and frame joined by "/".
        annotated: Whether to write the annotation beside the photo.
    """
    drive, _, frame = stem.partition("/")
    root = folder / "idd20kII"
    photo = _folder(root, "leftImg8bit", split, drive) / f"{frame}_leftImg8bit.jpg"
    Image.fromarray(render_photo(scene)).save(photo, quality=_JPEG_QUALITY)
    if annotated:
        path = _folder(root, "gtFine", split, drive) / f"{frame}_gtFine_polygons.json"
        _write_json(path, idd_annotation(scene))


def cityscapes_annotation(scene: Scene) -> dict[str, Any]:
    """Return the polygons of a scene as Cityscapes writes them; deleted objects are left out."""
    objects = [
        {"label": thing.label, "polygon": [list(point) for point in polygon]}
        for thing, polygon in labelled_polygons(scene)
        if not thing.deleted
    ]
    return {**_size(scene), "objects": objects}


def idd_annotation(scene: Scene) -> dict[str, Any]:
    """Return the polygons of a scene as IDD writes them, deleted objects among them."""
    objects = [
        {
            "deleted": int(thing.deleted),
            "draw": True,
            "id": number,
            "label": thing.label,
            "polygon": [[float(x), float(y)] for x, y in polygon],
        }
        for number, (thing, polygon) in enumerate(labelled_polygons(scene))
    ]
    return {**_size(scene), "objects": objects}


def instance_ids(annotation: dict[str, Any]) -> NDArray[np.uint16]:
    """Return Cityscapes' instance map, uint16 H x W.

    Labels with instances are drawn as id * 1000 + a count from 0, everything else, groups of
    them included, as the plain id (cityscapesScripts, preparation/json2instanceImg.py).
    """
    table = cityscapes_labels()
    ids = dict(zip(table["name"], table["id"].astype(int), strict=True))
    countable = set(table.loc[table["has_instances"] == 1, "name"])
    image = Image.new("I", (annotation["imgWidth"], annotation["imgHeight"]))
    pen, seen = ImageDraw.Draw(image), dict.fromkeys(countable, 0)
    for entry in annotation["objects"]:
        name = entry["label"] if entry["label"] in ids else ""
        value = ids[name or entry["label"].removesuffix("group")]
        if name in countable:
            value, seen[name] = value * 1000 + seen[name], seen[name] + 1
        if value >= 0:
            pen.polygon([tuple(point) for point in entry["polygon"]], fill=value)
    return np.asarray(image).astype(np.uint16)


def _write_masks(scene: Scene, prefix: Path) -> None:
    annotation = cityscapes_annotation(scene)
    space = label_space("cityscapes_id")
    ids = draw_polygons(annotation, space=space)
    masks: dict[str, NDArray[np.generic]] = {
        "labelIds": ids,
        "labelTrainIds": draw_polygons(annotation, space=label_space("cityscapes_trainid")),
        "instanceIds": instance_ids(annotation),
        "color": space.palette()[ids],
    }
    for name, mask in masks.items():
        Image.fromarray(mask).save(f"{prefix}_{name}.png", compress_level=_PNG_LEVEL)
    _write_json(Path(f"{prefix}_polygons.json"), annotation)


def _size(scene: Scene) -> dict[str, int]:
    camera = scene.view.camera
    return {"imgHeight": camera.height, "imgWidth": camera.width}


def _write_json(path: Path, annotation: dict[str, Any]) -> None:
    path.write_text(json.dumps(annotation), encoding="utf-8")


def _folder(*parts: Path | str) -> Path:
    folder = Path(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
