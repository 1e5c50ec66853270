"""Trained models as safetensors files; PyTorch is imported when one is read or written."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import JSONPreview

from wildroad.core.checkpoint_facts import Checkpoint, WeightsError, read_facts
from wildroad.core.lazy import LazyMapping
from wildroad.datasets.atomic import write_file
from wildroad.datasets.previews import facts_preview, file_facts

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
        from wildroad.core.checkpoints import read_checkpoint

        try:
            return read_checkpoint(self._filepath)
        except WeightsError as error:
            raise DatasetError(str(error)) from error

    def save(self, data: Checkpoint) -> None:
        """Write the checkpoint, whole or not at all."""
        from wildroad.core.checkpoints import encode_checkpoint

        write_file(self._filepath, encode_checkpoint(data))

    def preview(self) -> JSONPreview:
        """What the checkpoint says of itself, for Kedro-Viz; its weights are not read."""
        return facts_preview(described(self._filepath)) if self._exists() else JSONPreview("")

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
        from wildroad.core.checkpoints import read_checkpoint

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

    def preview(self) -> JSONPreview:
        """What each model says of itself, for Kedro-Viz."""
        files = sorted(self._filepath.glob(f"*{SUFFIX}"))
        return facts_preview({one.stem: described(one) for one in files})

    def _exists(self) -> bool:
        return any(self._filepath.glob(f"*{SUFFIX}"))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


def described(path: Path) -> dict[str, object]:
    """Facts, number of weights and size of a checkpoint, from the head of its file."""
    facts, weights = read_facts(path)
    return {**file_facts(path), "weights": weights, **asdict(facts)}
