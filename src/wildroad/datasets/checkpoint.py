"""A trained model as a safetensors file."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError

from wildroad.core.checkpoints import Checkpoint, WeightsError, encode_checkpoint, read_checkpoint
from wildroad.datasets.atomic import write_file


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
