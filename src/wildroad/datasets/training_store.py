"""Where the state of an unfinished training is kept."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import JSONPreview

from wildroad.datasets.atomic import write_file
from wildroad.datasets.previews import facts_preview, file_facts

if TYPE_CHECKING:  # a catalog is made without PyTorch, which takes seconds to import
    from wildroad.core.training_store import TrainingState


class TrainingFile:
    """Keeps the state of one training in one file, without a line of code in it.

    Args:
        path: The file; it is there only while a training is unfinished.

    Attributes:
        on_save: Called with the rows of the history so far whenever a state was saved.
    """

    def __init__(self, path: Path) -> None:
        """Remember the place."""
        self.path, self._seen = path, 0
        self.on_save: Callable[[tuple[dict[str, float], ...]], object] | None = None

    def __getstate__(self) -> dict[str, object]:
        """What another process needs to save states: nobody there is told of them."""
        return {"path": self.path.absolute(), "_seen": 0, "on_save": None}

    def load(self, fingerprint: str) -> "TrainingState | None":
        """Give the state of the training of this fingerprint; says why where it gives none."""
        from wildroad.core.training_store import DamagedStateError, decode_state, tell

        try:
            state = decode_state(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except DamagedStateError as error:
            why = f"is no state to go on from ({error})"
        else:
            if state.fingerprint == fingerprint:
                return state
            why = "is of a training with other settings, data or machine"
        tell(f"{self.path.name} {why}: the training starts anew")
        return None

    def save(self, state: "TrainingState") -> None:
        """Put a state in place of the one before, in one step."""
        from wildroad.core.training_store import encode_state

        write_file(self.path, encode_state(state))
        if self.on_save is not None:
            self.on_save(state.history)

    def look(self) -> None:
        """Tell ``on_save`` of a state that another process has saved since the last look."""
        from wildroad.core.training_store import DamagedStateError, decode_state

        try:
            saved = self.path.stat().st_mtime_ns
            if self.on_save is not None and saved != self._seen:
                self._seen = saved
                self.on_save(decode_state(self.path.read_bytes()).history)
        except (FileNotFoundError, DamagedStateError):
            return

    def clear(self) -> None:
        """Remove the state, and what a killed process left of one."""
        for path in [self.path, *self.path.parent.glob(f".{self.path.name}-*")]:
            path.unlink(missing_ok=True)


class TrainingStoreDataset(AbstractDataset[NoReturn, TrainingFile]):
    """A place to keep the state of a training in; the training itself loads and saves it.

    Args:
        filepath: The file the state is kept in.
        metadata: Read by Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the place."""
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> TrainingFile:
        """Give the place; there may be no state in it."""
        return TrainingFile(self._filepath)

    def save(self, data: NoReturn) -> NoReturn:
        """Refuse.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError(f"{self._filepath} is written by the training itself, never by a node")

    def preview(self) -> JSONPreview:
        """Whether a training is unfinished, for Kedro-Viz."""
        if not self._filepath.exists():
            return facts_preview({"state": "no unfinished training"})
        return facts_preview({"state": "an unfinished training", **file_facts(self._filepath)})

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
