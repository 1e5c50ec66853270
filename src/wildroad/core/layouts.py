"""How the road data sets lie on disk: names, pairs and label spaces of each layout.

A *frame* is one photo; its key is (split, drive, frame name). Paths are posix and relative to the
folder of the set.
"""

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Key = tuple[str, str, str]

_PHOTO = r"\.(?i:png|jpg|jpeg)"
_SYSTEM_FILES = frozenset({"Thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Annotations:
    """One kind of annotation file.

    Attributes:
        layout: What a set annotated so is called in the tables.
        space: Label space of the files.
        name: Pattern of the path below the annotation folder, with the group frame, and with
            split and drive where the folder has them.
    """

    layout: str
    space: str
    name: re.Pattern[str]


@dataclass(frozen=True)
class Layout:
    """Where one family of data sets keeps its files.

    Attributes:
        family: "idd", "idd_flat", "idd_lite", "cityscapes", or "folders" of one's own.
        photo_folder: Folder of the photos.
        annotation_folder: Folder of the annotations.
        depth: Folder levels from there to the files, plus one.
        photo_form: How a photo is named, in words.
        photo: Pattern of a photo's path below its folder.
        annotations: Kinds of annotation, the preferred one first.
    """

    family: str
    photo_folder: str
    annotation_folder: str
    depth: int
    photo_form: str
    photo: re.Pattern[str]
    annotations: tuple[Annotations, ...]


def _nested(ending: str, *, frame: str = "[^/]+") -> re.Pattern[str]:
    return re.compile(f"(?P<split>[^/]+)/(?P<drive>[^/]+)/(?P<frame>{frame}){ending}")


def _idd_kind(layout: str, space: str, ending: str) -> Annotations:
    return Annotations(layout, space, _nested(rf"_gtFine_{ending}"))


_IDD = Layout(
    family="idd",
    photo_folder="leftImg8bit",
    annotation_folder="gtFine",
    depth=3,
    photo_form="{split}/{drive}/{frame}_leftImg8bit.png or .jpg",
    photo=_nested("_leftImg8bit" + _PHOTO),
    annotations=(
        _idd_kind("idd_polygons", "idd_id", r"polygons\.json"),
        _idd_kind("idd_masks", "idd_id", r"labelids\.png"),
        _idd_kind("idd_masks", "idd_cstrainid", r"labelcsTrainIds\.png"),
        _idd_kind("idd_masks", "idd_csid", r"labelcsIds\.png"),
        _idd_kind("idd_masks", "idd_level4", r"labellevel4Ids\.png"),
        _idd_kind("idd_masks", "idd_level3", r"labellevel3Ids\.png"),
        _idd_kind("idd_masks", "idd_level2", r"labellevel2Ids\.png"),
        _idd_kind("idd_masks", "idd_level1", r"labellevel1Ids\.png"),
    ),
)
_CITYSCAPES = Layout(
    family="cityscapes",
    photo_folder="leftImg8bit",
    annotation_folder="gtFine",
    depth=3,
    photo_form="{split}/{city}/{city}_{sequence}_{frame}_leftImg8bit.png",
    photo=_nested("_leftImg8bit" + _PHOTO, frame=r"(?P=drive)_\d+_\d+"),
    annotations=(
        Annotations("cityscapes", "cityscapes_id", _nested(r"_gtFine_labelIds\.png")),
        Annotations("cityscapes", "cityscapes_id", _nested(r"_gtFine_polygons\.json")),
        Annotations("cityscapes", "cityscapes_trainid", _nested(r"_gtFine_labelTrainIds\.png")),
    ),
)
_LITE = Layout(
    family="idd_lite",
    photo_folder="leftImg8bit",
    annotation_folder="gtFine",
    depth=3,
    photo_form="{split}/{drive}/{frame}_image.jpg",
    photo=_nested("_image" + _PHOTO),
    annotations=(Annotations("idd_lite", "idd_level1", _nested(r"(?<!_inst)_label\.png")),),
)
_FLAT = Layout(
    family="idd_flat",
    photo_folder="image_archive",
    annotation_folder="mask_archive",
    depth=1,
    photo_form="image_{number}.png or .jpg",
    photo=re.compile(r"image_(?P<frame>[^/]+)" + _PHOTO),
    annotations=(Annotations("idd_flat", "idd_level3", re.compile(r"mask_(?P<frame>[^/]+)\.png")),),
)

FOLDERS = "folders"
"""Family of a data set of one's own."""

DEEPEST = 12
"""Folder levels that a data set of one's own may have, plus one."""

LAYOUTS: tuple[Layout, ...] = (_CITYSCAPES, _IDD, _LITE, _FLAT)
"""The layouts that are found by themselves; the stricter pattern stands first."""


def folder_layout(
    photo_folder: str, mask_folder: str, *, photo_ending: str, mask_ending: str, space: str
) -> Layout:
    """Describe a data set of one's own: a folder of photos, and one of masks with the same names.

    Folders below them are drives, and the first may be train, val or test, the split.

    Args:
        photo_folder: Folder of the photos (PNG or JPEG).
        mask_folder: Folder of the masks (PNG).
        photo_ending: What the name of a photo has after the name of its frame, such as "_rgb".
        mask_ending: What the name of a mask has there, such as "_mask".
        space: Name of the label space of the masks.

    >>> layout = folder_layout("a", "b", photo_ending="", mask_ending="_m", space="own")
    >>> frame_key(layout.annotations[0].name.fullmatch("val/1/morning/7_m.png"))
    ('val', '1/morning', '7')
    """
    path = "(?:(?P<split>train|val|test)/)?(?:(?P<drive>.+)/)?(?P<frame>[^/]+)"
    mask = re.compile(path + re.escape(mask_ending) + r"\.(?i:png)")
    return Layout(
        family=FOLDERS,
        photo_folder=photo_folder,
        annotation_folder=mask_folder,
        depth=DEEPEST,
        photo_form=f"{{any folders}}/{{frame}}{photo_ending}.png or .jpg",
        photo=re.compile(path + re.escape(photo_ending) + _PHOTO),
        annotations=(Annotations(FOLDERS, space, mask),),
    )


def list_files(folder: Path, *, depth: int) -> list[str]:
    """List what lies ``depth`` levels below a folder, and files above; hidden ones are left out.

    Returns:
        Sorted posix paths relative to ``folder``; none where the folder is absent.
    """
    if not folder.is_dir():
        return []
    names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    files: list[str] = []
    for name in (name for name in names if name not in _SYSTEM_FILES):
        if depth > 1 and (folder / name).is_dir():
            files += [f"{name}/{below}" for below in list_files(folder / name, depth=depth - 1)]
        else:
            files.append(name)
    return files


def _count_photos(folder: Path, layout: Layout) -> int:
    photos = list_files(folder / layout.photo_folder, depth=layout.depth)
    return sum(1 for photo in photos if layout.photo.fullmatch(photo))


def find_layout(folder: Path, layouts: Sequence[Layout] = LAYOUTS) -> Layout | None:
    """Tell which layout a folder has: the one that names most of its photos, None without any."""
    counts = {layout: _count_photos(folder, layout) for layout in layouts}
    best = max(layouts, key=counts.__getitem__)
    return best if counts[best] else None


def frame_key(match: re.Match[str]) -> Key:
    """Read split, drive and frame from a path; a copy without splits has one drive a frame."""
    parts = match.groupdict()
    frame = parts["frame"]
    return (parts.get("split") or "all", parts.get("drive") or f"image_{frame}", frame)


def match_frames(files: list[str], pattern: re.Pattern[str]) -> list[tuple[Key, str]]:
    """Pair each file that a pattern names with its key, in the order of the files."""
    matches = ((pattern.fullmatch(file), file) for file in files)
    return [(frame_key(match), file) for match, file in matches if match]


def choose_annotations(layout: Layout, files: list[str]) -> Annotations:
    """Choose the kind of annotation to use: the preferred one that covers about all frames.

    A kind that covers less than half of the frames another one covers is taken for a stray.
    """
    counts = {kind: len(match_frames(files, kind.name)) for kind in layout.annotations}
    most = max(counts.values())
    return next(kind for kind in layout.annotations if 2 * counts[kind] >= most)


def _folded(key: Key) -> str:
    return unicodedata.normalize("NFC", "/".join(key)).casefold()


def near_names(keys: Mapping[Key, str]) -> dict[str, str]:
    """Index files by their key without case and Unicode form, to explain a missing pair."""
    return {_folded(key): file for key, file in keys.items()}


def find_near_name(key: Key, near: Mapping[str, str]) -> str:
    """Give the file whose name differs from a key in case or Unicode form only, "" if none."""
    return near.get(_folded(key), "")
