"""What run and tracker tell each other: plain values, so that the tracker's process starts fast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Start:
    """Which tracker, and where it keeps things; see ``options.TrackingOptions``."""

    backend: str
    project: str
    run_name: str
    folder: Path
    server: str | None
    patience: float

    @property
    def place(self) -> str:
        """Address of the store.

        >>> Start("mlflow", "p", "r", Path("/data"), None, 1).place
        'sqlite:////data/mlflow.db'
        """
        local = f"sqlite:///{self.folder}/mlflow.db" if self.backend == "mlflow" else self.folder
        return self.server or str(local)


@dataclass(frozen=True)
class Parameters:
    """All parameters of the run, by dotted name."""

    values: Mapping[str, str]


@dataclass(frozen=True)
class Epoch:
    """Figures of one epoch of one training."""

    name: str
    epoch: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class Scores:
    """Figures that stand for a whole model or domain, with the ends of their intervals."""

    name: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class Table:
    """A table of classes: scores of each, or a confusion matrix in long form.

    Attributes:
        name: What it is called.
        csv: The text of its file.
        columns: Names of its columns.
        rows: Its rows, of plain values.
    """

    name: str
    csv: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class Picture:
    """A figure as the bytes of a PNG."""

    name: str
    png: bytes


@dataclass(frozen=True)
class Fingerprint:
    """SHA-256 of a checkpoint's file."""

    name: str
    digest: str


@dataclass(frozen=True)
class End:
    """The run has ended, well or not."""

    failed: bool


@dataclass(frozen=True)
class Answer:
    """What came of a message: the tracker's error, or none; at the end, how to look at the run."""

    error: str = ""
    look: str = ""


Message = Start | Parameters | Epoch | Scores | Table | Picture | Fingerprint | End
