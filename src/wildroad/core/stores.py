"""Where the core keeps what has to outlive a process; to give such a place needs no PyTorch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class TrainingState:
    """Everything that the epochs to come depend on, all tensors on the CPU.

    Attributes:
        fingerprint: What the training is of, see `core.training_store.fingerprint`.
        parts: Micro-batches that a batch is taken in; grows when the memory does not suffice.
        history: One row of figures for each epoch that is done.
        best_epoch: Epoch of the best weights so far, counted from 1.
        best: The best weights so far.
        model: The weights now, with the running statistics of batch normalisation.
        optimizer: State dict of the optimiser.
        schedule: State dict of the learning rate's schedule.
    """

    fingerprint: str
    parts: int
    history: tuple[dict[str, float], ...]
    best_epoch: int
    best: Mapping[str, "Tensor"]
    model: Mapping[str, "Tensor"]
    optimizer: Mapping[str, Any]
    schedule: Mapping[str, Any]

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return len(self.history)


class TrainingStore(Protocol):
    """Keeps the state of one training until it has ended well."""

    def load(self, fingerprint: str) -> TrainingState | None:
        """Give the state of the training of this fingerprint, if there is a whole one."""

    def save(self, state: TrainingState) -> None:
        """Keep a state in place of the one before, whole or not at all."""

    def clear(self) -> None:
        """Forget the state."""

    def look(self) -> None:
        """Notice a state that another process has saved."""


class ConvertedWeights(Protocol):
    """Keeps the weights of one public checkpoint as safetensors."""

    def load(self, sha256: str) -> "dict[str, Tensor] | None":
        """Give the weights that were read from the file of this hash, if they are kept whole."""

    def save(self, sha256: str, source: str, weights: "dict[str, Tensor]") -> None:
        """Keep the weights that were read from the file of this hash and name."""
