"""A road data set ready to be read, kept as a note on where its parts lie."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import JSONPreview
from pydantic import BaseModel, ConfigDict, ValidationError

from wildroad.core.domains import Domain
from wildroad.core.labels import LabelSpace
from wildroad.datasets.atomic import write_file
from wildroad.datasets.folder import short_name
from wildroad.datasets.mask_folder import MaskFolderDataset
from wildroad.datasets.previews import facts_preview
from wildroad.datasets.table import TableDataset


class Note(BaseModel):
    """What the file says.

    Attributes:
        root: Folder that the image files of the scenes are relative to.
        space: What the ids in the masks mean.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    root: Path
    space: LabelSpace


class DomainDataset(AbstractDataset[Domain, Domain]):
    """The scenes of one road data set, so that a run can go on from them.

    Scenes and masks have files of their own, which are read from there; the file of this dataset
    holds the folder of the images and the label space.

    Args:
        filepath: The .json file.
        scenes: Where the table of the scenes lies: ``filepath``.
        masks: Where the folder of their target masks lies: ``filepath``.
        metadata: Read by Kedro-Viz.
    """

    def __init__(
        self,
        *,
        filepath: str,
        scenes: dict[str, Any],
        masks: dict[str, Any],
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Remember the places."""
        self._filepath = Path(filepath)
        self._scenes = TableDataset(**scenes)
        self._masks = MaskFolderDataset(**masks)
        self.metadata = metadata

    def load(self) -> Domain:
        """Bring the parts together.

        Raises:
            DatasetError: One of them is not there or damaged.
            SceneFileError: A test scene has no instance map, and others have one.
        """
        note, scenes = self._note(), self._scenes.load()
        if scenes is None:
            raise DatasetError(f"{self._scenes.filepath} is not there: run data_processing first")
        return Domain.opened(note.root, scenes, self._masks.load(), note.space)

    def save(self, data: Domain) -> None:
        """Write where the images lie and what the ids mean, whole or not at all."""
        note = Note(root=data.root, space=data.space)
        write_file(self._filepath, note.model_dump_json(indent=1).encode("utf-8"))

    def preview(self) -> JSONPreview:
        """Folder, classes and number of scenes of each role, for Kedro-Viz."""
        if not self._exists():
            return JSONPreview("")
        domain = self.load()
        roles = {
            str(role): int(number) for role, number in domain.scenes["role"].value_counts().items()
        }
        space = {"label_space": domain.space.name, "classes": list(domain.space.classes)}
        return facts_preview({"folder": short_name(domain.root), "scenes": roles, **space})

    def _note(self) -> Note:
        try:
            return Note.model_validate_json(self._filepath.read_bytes())
        except FileNotFoundError:
            raise DatasetError(
                f"{self._filepath} is not there: run the segmentation pipeline first"
            ) from None
        except ValidationError as error:
            raise DatasetError(
                f"{self._filepath} is damaged ({error.errors()[0]['msg']}): delete it, then run the"
                " segmentation pipeline again"
            ) from error

    def _exists(self) -> bool:
        return self._filepath.exists() and self._scenes.exists() and self._masks.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
