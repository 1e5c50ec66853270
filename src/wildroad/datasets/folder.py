"""Folders of raw data: those of a user, and the embedded samples, which draw themselves."""

import json
import os
from abc import abstractmethod
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import TablePreview

from wildroad.datasets.atomic import new_folder
from wildroad.datasets.previews import table_preview

SAMPLE_VERSION = 2
"""Raised whenever the drawing changes, so that an older sample is drawn again."""


SAMPLE_NAME = "the embedded sample"


@dataclass(frozen=True)
class Folder:
    """A folder of raw data.

    Attributes:
        path: Where it lies.
        name: How it is called in the configuration, for reports.
    """

    path: Path
    name: str


class FolderDataset(AbstractDataset[NoReturn, Folder]):
    """A folder of raw data, read by the nodes file by file.

    Args:
        filepath: The folder.
        metadata: Read by Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the place."""
        # From --params a name of digits, 2024 say, comes as a number.
        self._filepath = Path(str(filepath))
        self.metadata = metadata

    def load(self) -> Folder:
        """Give the folder; whether it is there and what is in it is for its reader to say."""
        return Folder(self._filepath, short_name(self._filepath))

    def save(self, data: NoReturn) -> NoReturn:
        """Refuse.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError(f"{self._filepath} is read, never written: raw data stays as it came")

    def preview(self) -> TablePreview:
        """How many files lie in which folder, for Kedro-Viz."""
        counts = count_files(self._filepath)
        return TablePreview(table_preview(("folder", "files"), list(counts.items())))

    def _exists(self) -> bool:
        return self._filepath.is_dir()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


class SampleFolderDataset(FolderDataset):
    """A part of the embedded sample: drawn when it is first loaded, and again when it is changed.

    A file ``.sample.json`` in the folder says how it was drawn.

    Args:
        filepath: The folder.
        sample: Values that differ from those of the sample's own settings.
        metadata: Read by Kedro-Viz.
    """

    STAMP = ".sample.json"

    def __init__(
        self,
        *,
        filepath: str,
        sample: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Remember place and settings."""
        super().__init__(filepath=filepath, metadata=metadata)
        self._sample = sample or {}

    @abstractmethod
    def draw(self, folder: Path) -> None:
        """Draw the sample into an empty folder."""

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """All settings the drawing depends on."""

    def load(self) -> Folder:
        """Draw the sample unless it is there, then give the folder.

        Raises:
            DatasetError: The folder holds other files than a sample.
        """
        if not self._exists():
            self._refuse_strange_files()
            with new_folder(self._filepath) as fresh:
                self.draw(fresh)
                (fresh / self.STAMP).write_text(json.dumps(self.settings(), sort_keys=True))
        return Folder(self._filepath, SAMPLE_NAME)

    def _refuse_strange_files(self) -> None:
        if self._filepath.exists() and not (self._filepath / self.STAMP).exists():
            raise DatasetError(
                f"{self._filepath} is where the sample is drawn, but holds files that are not of"
                " the sample: move them, then run again"
            )

    def _exists(self) -> bool:
        stamp = self._filepath / self.STAMP
        return stamp.is_file() and stamp.read_text() == json.dumps(self.settings(), sort_keys=True)


class SamplePhotosDataset(SampleFolderDataset):
    """The wildlife half of the embedded sample: a folder of photos a class."""

    def settings(self) -> dict[str, Any]:
        """All settings the drawing depends on."""
        from wildroad.sample.wildlife import WildlifeSample

        return {"version": SAMPLE_VERSION, **asdict(WildlifeSample(**self._sample))}

    def draw(self, folder: Path) -> None:
        """Draw the photos."""
        from wildroad.sample.wildlife import WildlifeSample, draw_wildlife
        from wildroad.sample.wildlife_flaws import add_flaws

        draw_wildlife(folder, WildlifeSample(**self._sample), progress=True)
        add_flaws(folder)


class SampleScenesDataset(SampleFolderDataset):
    """One domain of the road half of the embedded sample, in the layout of its data set.

    Args:
        filepath: The folder.
        domain: "idd" or "cityscapes".
        sample: Values that differ from those of the sample's own settings.
        metadata: Read by Kedro-Viz.
    """

    def __init__(
        self,
        *,
        filepath: str,
        domain: Literal["idd", "cityscapes"],
        sample: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Remember place, domain and settings."""
        super().__init__(filepath=filepath, sample=sample, metadata=metadata)
        self._domain = domain

    def settings(self) -> dict[str, Any]:
        """All settings the drawing depends on."""
        from wildroad.sample.road import RoadSample

        sample = asdict(RoadSample(**self._sample))
        return {"version": SAMPLE_VERSION, "domain": self._domain, **sample}

    def draw(self, folder: Path) -> None:
        """Draw the scenes."""
        from wildroad.sample.road import RoadSample, draw_cityscapes, draw_idd

        draw = draw_idd if self._domain == "idd" else draw_cityscapes
        draw(folder, RoadSample(**self._sample), progress=True)


def count_files(folder: Path) -> dict[str, int]:
    """Count the visible files below each folder of the first two levels, in sorted order."""
    counts: Counter[str] = Counter()
    for place, _, files in os.walk(folder):
        inner = Path(place).relative_to(folder)
        counts["/".join(inner.parts[:2]) or "."] += sum(not name.startswith(".") for name in files)
    return {name: number for name, number in sorted(counts.items()) if number}


def short_name(path: Path) -> str:
    """The last three parts of a path: enough to recognise it, without the machine it is on."""
    return "/".join(path.parts[-3:])
