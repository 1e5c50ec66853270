"""Index of road scenes: which layout a folder has, which frames pair up, and what is wrong."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from wildroad.core.labels import LabelSpace, label_space
from wildroad.core.layouts import (
    FOLDERS,
    Annotations,
    Key,
    Layout,
    choose_annotations,
    find_near_name,
    match_frames,
    near_names,
)
from wildroad.core.masks import SceneFileError, image_size, read_label_image
from wildroad.core.polygons import draw_polygons, read_polygons
from wildroad.core.scene_parts import MissingScenesError, Part, find_parts

__all__ = ["MissingScenesError", "OwnScenes", "SceneIndex", "index_scenes", "read_target"]

SCENE_COLUMNS = [
    "scene_id",
    "drive",
    "split",
    "image_file",
    "annotation_file",
    "width",
    "height",
]
QUARANTINE_COLUMNS = ["file", "reason"]
_ALWAYS_LABELLED = ("train", "val")


@dataclass(frozen=True)
class OwnScenes:
    """How a data set of one's own lies on disk, and what its masks mean.

    Attributes:
        layout: See ``core.layouts.folder_layout``.
        space: See ``core.own_labels.own_label_space``.
    """

    layout: Layout
    space: LabelSpace


@dataclass(frozen=True)
class SceneIndex:
    """The scenes of a folder.

    Attributes:
        layout: "idd_polygons", "idd_masks", "idd_flat", "idd_lite", "cityscapes" or "folders".
        space: The label space that the annotations are read in.
        scenes: One row a usable frame, sorted by scene_id: scene_id, drive, split (as on disk,
            "all" where there is none), image_file and annotation_file (posix, relative to the
            folder; "" where unlabelled), width and height in pixels.
        quarantine: One row a file that is left out: file, reason.
    """

    layout: str
    space: LabelSpace
    scenes: pd.DataFrame
    quarantine: pd.DataFrame

    @property
    def label_space(self) -> str:
        """Name of the label space."""
        return self.space.name


@dataclass(frozen=True)
class _Frame:
    """One frame of a part; files are relative to the folder that is indexed."""

    scene_id: str
    key: Key
    image_file: str
    annotation_file: str


@dataclass
class _Findings:
    """What the steps of indexing collect."""

    frames: list[_Frame]
    quarantine: list[tuple[str, str]]

    def reject(self, file: str, reason: str) -> None:
        self.quarantine.append((_printable(file), reason))


def _printable(file: str) -> str:
    """Show bytes of a name that are no UTF-8 as escapes, so that tables can hold it."""
    return file.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _is_utf8(file: str) -> bool:
    return _printable(file) == file


def _unique(matches: Sequence[tuple[Key, str]], findings: _Findings, part: Part) -> dict[Key, str]:
    """Keep the first file of each frame; a second one (.png beside .jpg) is left out."""
    files: dict[Key, str] = {}
    for key, file in matches:
        if not _is_utf8(file):
            findings.reject(part.photo_file(file), "its name is not UTF-8")
        elif key in files:
            findings.reject(part.photo_file(file), f"shows the same frame as {files[key]}")
        else:
            files[key] = file
    return files


def _find_photos(part: Part, findings: _Findings) -> dict[Key, str]:
    files = part.list_photos()
    for file in files:
        if not part.layout.photo.fullmatch(file):
            form = part.layout.photo_form
            findings.reject(part.photo_file(file), f"is not named like a photo, {form}")
    return _unique(match_frames(files, part.layout.photo), findings, part)


def _missing_reason(what: str, key: Key, near: Mapping[str, str]) -> str:
    name = find_near_name(key, near)
    hint = f"; the name of {name} differs in case or Unicode form" if name else ""
    return f"has no {what}{hint}"


def _reject_lonely(
    part: Part, photos: Mapping[Key, str], targets: Mapping[Key, str], findings: _Findings
) -> None:
    near = near_names(photos)
    for key in sorted(set(targets) - set(photos)):
        reason = _missing_reason("photo", key, near)
        findings.reject(part.annotation_file(targets[key]), reason)


def _labelled_splits(targets: Mapping[Key, str]) -> frozenset[str]:
    """Splits whose photos need an annotation; none where the whole set has no annotation."""
    return frozenset({key[0] for key in targets} | set(_ALWAYS_LABELLED if targets else ()))


def _pair(part: Part, kind: Annotations, findings: _Findings, *, prefix: str) -> None:
    """Pair the photos of a part with their annotations."""
    photos = _find_photos(part, findings)
    targets = dict(match_frames(part.list_annotations(), kind.name))
    _reject_lonely(part, photos, targets, findings)
    near, labelled = near_names(targets), _labelled_splits(targets)
    for key, photo in photos.items():
        if key not in targets and key[0] in labelled:
            reason = _missing_reason("annotation", key, near)
            findings.reject(part.photo_file(photo), reason)
            continue
        target = part.annotation_file(targets[key]) if key in targets else ""
        findings.frames.append(_frame(part, key, photo, target, prefix=prefix))


def _frame(part: Part, key: Key, photo: str, target: str, *, prefix: str) -> _Frame:
    name = key[1] if part.layout.depth == 1 else "/".join(key)
    if part.layout.family == FOLDERS:
        name = photo.rpartition(".")[0]
    return _Frame(f"{prefix}{name}", key, part.photo_file(photo), target)


def _check_pair(root: Path, frame: _Frame, space: LabelSpace) -> tuple[int, int]:
    """Give width and height of a frame whose photo and annotation fit each other."""
    size = image_size(root / frame.image_file)
    if frame.annotation_file:
        annotation = root / frame.annotation_file
        annotated = _annotation_size(annotation, space)
        if annotated != size:
            raise SceneFileError(
                annotation,
                f"is {annotated[0]}x{annotated[1]}, but its photo {frame.image_file} is "
                f"{size[0]}x{size[1]}",
            )
    return size


def _annotation_size(path: Path, space: LabelSpace) -> tuple[int, int]:
    if path.suffix != ".json":
        height, width = read_label_image(path, space=space).shape
        return width, height
    annotation = read_polygons(path, space=space)
    return annotation["imgWidth"], annotation["imgHeight"]


def _check_all(
    root: Path, findings: _Findings, space: LabelSpace, *, progress: bool
) -> Iterator[tuple[str, str, str, str, str, int, int]]:
    """Yield a row of the scene table for each frame that can be used."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        checked = pool.map(lambda frame: _checked(root, frame, space), findings.frames)
        pairs = zip(findings.frames, checked, strict=True)
        total = len(findings.frames)
        for frame, size in tqdm(
            pairs, desc="scenes", unit="scene", total=total, disable=not progress
        ):
            if isinstance(size, SceneFileError):
                findings.reject(size.path.relative_to(root).as_posix(), size.reason)
                continue
            split, drive, _ = frame.key
            yield frame.scene_id, drive, split, frame.image_file, frame.annotation_file, *size


def _checked(root: Path, frame: _Frame, space: LabelSpace) -> tuple[int, int] | SceneFileError:
    """Width and height of a frame, or why it cannot be used."""
    try:
        return _check_pair(root, frame, space)
    except SceneFileError as error:
        return error


def _table(rows: Sequence[tuple[Any, ...]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(sorted(rows), columns=columns)


def index_scenes(root: Path, *, own: OwnScenes | None = None, progress: bool = False) -> SceneIndex:
    """Find the layout of a folder, pair its frames and check every pair.

    The folder may be a data set or hold one; the two parts of IDD become one index, whose scene
    ids begin with the part. For IDD polygons are preferred to masks made from them. Every photo and
    label image is decoded once, in as many threads as there are cores: what is damaged or holds an
    unknown id is known before anything is computed from it.

    Args:
        root: The folder.
        own: What is known of a data set of one's own; None where the layout is to be found.
        progress: Whether to show a progress bar.

    Raises:
        MissingScenesError: There is no photo of any layout, or no frame can be used.
        ValueError: The folder holds several data sets.
    """
    root = Path(root)
    parts = find_parts(root, own.layout if own else None)
    layout = parts[0].layout
    kind = choose_annotations(layout, [file for part in parts for file in part.list_annotations()])
    findings = _Findings([], [])
    for part in parts:
        _pair(part, kind, findings, prefix=part.prefix if len(parts) > 1 else "")
    space = own.space if own else label_space(kind.space)
    rows = list(_check_all(root, findings, space, progress=progress))
    quarantine = _table(findings.quarantine, QUARANTINE_COLUMNS)
    if not rows:
        first = findings.quarantine[0]
        raise MissingScenesError(
            f"None of the {len(quarantine)} files in {root} can be used; {first[0]} {first[1]}."
        )
    return SceneIndex(kind.layout, space, _table(rows, SCENE_COLUMNS), quarantine)


def read_target(root: Path, annotation_file: str, *, space: LabelSpace) -> NDArray[np.uint8]:
    """Read the target mask of a scene from its polygons or its label image.

    Args:
        root: The folder that was indexed.
        annotation_file: The scene's annotation, relative to ``root``.
        space: Space of the ids; for polygons any of the data set, for label images theirs.

    Returns:
        The target mask, H x W.

    Raises:
        SceneFileError: The file can't be used.
    """
    path = Path(root) / annotation_file
    if path.suffix == ".json":
        return draw_polygons(read_polygons(path, space=space), space=space)
    return read_label_image(path, space=space)
