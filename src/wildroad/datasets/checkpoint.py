"""Trained models as safetensors files."""

from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError

from wildroad.core.checkpoints import Checkpoint, WeightsError, encode_checkpoint, read_checkpoint
from wildroad.core.lazy import LazyMapping
from wildroad.datasets.atomic import write_file

SUFFIX = ".safetensors"


class CheckpointDataset(AbstractDataset[Checkpoint, Checkpoint]):
    """Weights and the facts to use them by, in one file without a line of code in it.

    Args:
        filepath: The .safetensors file.
        metadata: Read by Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> Checkpoint:
        """Read the checkpoint.

        Raises:
            DatasetError: It is not there, damaged, or not of this project.
        """
        try:
            return read_checkpoint(self._filepath)
        except WeightsError as error:
            raise DatasetError(str(error)) from error

    def save(self, data: Checkpoint) -> None:
        """Write the checkpoint, whole or not at all."""
        write_file(self._filepath, encode_checkpoint(data))

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


class CheckpointFolderDataset(AbstractDataset[NoReturn, LazyMapping[Checkpoint]]):
    """All trained models of a folder by the names of their files, each read when it is asked for.

    Args:
        filepath: The folder of .safetensors files.
        metadata: Read by Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> LazyMapping[Checkpoint]:
        """Give the models by name.

        Raises:
            DatasetError: There is none.
        """
        names = sorted(path.stem for path in self._filepath.glob(f"*{SUFFIX}"))
        if not names:
            raise DatasetError(
                f"no trained model in {self._filepath}: run the classification pipeline first"
            )
        return LazyMapping(names, lambda name: read_checkpoint(self._filepath / f"{name}{SUFFIX}"))

    def save(self, data: NoReturn) -> NoReturn:
        """Refuse.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError(f"{self._filepath} is read here; each model has a dataset of its own")

    def _exists(self) -> bool:
        return any(self._filepath.glob(f"*{SUFFIX}"))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
