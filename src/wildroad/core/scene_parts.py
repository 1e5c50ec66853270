"""Where in a folder the scenes of a data set lie: the set itself, or the parts of IDD."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wildroad.core.layouts import LAYOUTS, Layout, find_layout, list_files


class MissingScenesError(FileNotFoundError):
    """No road scene was found where one was expected."""


@dataclass(frozen=True)
class Part:
    """A folder that holds one set, or one of the two parts of IDD.

    Attributes:
        root: The folder that was given.
        prefix: From there to the part, "" or with a slash at the end.
        layout: How files lie in the part.
    """

    root: Path
    prefix: str
    layout: Layout

    def list_photos(self) -> list[str]:
        """List what lies in the folder of photos."""
        return self._list(self.layout.photo_folder)

    def list_annotations(self) -> list[str]:
        """List what lies in the folder of annotations."""
        return self._list(self.layout.annotation_folder)

    def _list(self, folder: str) -> list[str]:
        return list_files(self.root / self.prefix / folder, depth=self.layout.depth)

    def photo_file(self, file: str) -> str:
        """Put a photo's path below the root."""
        return f"{self.prefix}{self.layout.photo_folder}/{file}"

    def annotation_file(self, file: str) -> str:
        """Put an annotation's path below the root."""
        return f"{self.prefix}{self.layout.annotation_folder}/{file}"


def _nothing_found(root: Path, layouts: Sequence[Layout] = LAYOUTS) -> MissingScenesError:
    wanted = "; ".join(
        f"{layout.family}: {layout.photo_folder}/{layout.photo_form}" for layout in layouts
    )
    where = "there and one folder below " if len(layouts) > 1 else ""
    there = sorted(path.name for path in root.iterdir())[:10] if root.is_dir() else "no such folder"
    return MissingScenesError(
        f"No road scenes in {root} ({there}). Looked {where}for {wanted}. "
        "Put a data set there, or give its folder."
    )


def _subfolders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and path.name[0] != ".")


def find_parts(root: Path, own: Layout | None = None) -> list[Part]:
    """Find the set itself, or below it one set or the parts of IDD.

    Args:
        root: The folder.
        own: The layout of a data set of one's own, which is not looked for but expected in
            ``root`` itself.

    Raises:
        MissingScenesError: There is no photo of any layout.
        ValueError: The folder holds several data sets.
    """
    if own is not None:
        if find_layout(root, [own]) is None:
            raise _nothing_found(root, [own])
        return [Part(root, "", own)]
    if not root.is_dir():
        raise _nothing_found(root)
    layout = find_layout(root)
    if layout:
        return [Part(root, "", layout)]
    found = [(path, find_layout(path)) for path in _subfolders(root)]
    parts = [Part(root, f"{path.name}/", layout) for path, layout in found if layout]
    if not parts:
        raise _nothing_found(root)
    if len(parts) > 1 and {part.layout.family for part in parts} != {"idd"}:
        names = {part.prefix: part.layout.family for part in parts}
        raise ValueError(
            f"{root} holds several data sets, {names}; give the folder of one of them."
        )
    return parts
