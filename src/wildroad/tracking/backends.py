"""Trackers, each behind the same two methods. Only the tracker's own process imports them."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from wildroad.tracking.messages import (
    Epoch,
    Fingerprint,
    Message,
    Parameters,
    Picture,
    Scores,
    Start,
    Table,
)

BATCH = 100
"""Parameters MLflow takes at a time."""
LONGEST = 500
"""Characters of a parameter that every store of MLflow takes."""


class Backend(Protocol):
    """Writes one run into a tracker's store. Its errors are the tracker's own."""

    def receive(self, message: Message) -> None:
        """Write what the message says."""

    def end(self, *, failed: bool) -> str:
        """Close the run; gives the command to look at it with."""


class MlflowBackend:
    """Writes to a SQLite file of MLflow, or to a server of it."""

    def __init__(self, start: Start) -> None:
        """Open the store, the experiment and a run in it."""
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        from mlflow import MlflowClient

        self.start = start
        if start.server is None:
            start.folder.mkdir(parents=True, exist_ok=True)
        self.client = MlflowClient(tracking_uri=start.place)
        known = self.client.get_experiment_by_name(start.project)
        experiment = known.experiment_id if known else self.new_experiment()
        self.run_id = self.client.create_run(experiment, run_name=start.run_name).info.run_id

    def new_experiment(self) -> str:
        """Make the experiment; artifacts lie in a folder beside the SQLite file."""
        files = (self.start.folder / "mlflow_artifacts").as_uri()
        place = None if self.start.server else files
        return str(self.client.create_experiment(self.start.project, artifact_location=place))

    def receive(self, message: Message) -> None:
        """Write what the message says."""
        match message:
            case Parameters(values):
                self.log_parameters(values)
            case Epoch(name, epoch, values):
                self.log_metrics(name, values, step=epoch)
            case Scores(name, values):
                self.log_metrics(name, values, step=0)
            case Fingerprint(name, digest):
                self.client.set_tag(self.run_id, f"{name}.sha256", digest)
            case Table(name, csv):
                self.client.log_text(self.run_id, csv, f"tables/{name}.csv")
            case Picture(name, png):
                with as_file(name, png) as path:
                    self.client.log_artifact(self.run_id, str(path), "figures")

    def log_parameters(self, values: Mapping[str, str]) -> None:
        """Write parameters, as many at a time as a server takes."""
        from mlflow.entities import Param

        params = [Param(key, value[:LONGEST]) for key, value in values.items()]
        for first in range(0, len(params), BATCH):
            self.client.log_batch(self.run_id, params=params[first : first + BATCH])

    def log_metrics(self, name: str, values: Mapping[str, float], *, step: int) -> None:
        """Write the figures of an epoch, or those of a whole model at step 0."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        metrics = [Metric(f"{name}/{key}", one, now, step) for key, one in values.items()]
        self.client.log_batch(self.run_id, metrics=metrics)

    def end(self, *, failed: bool) -> str:
        """Close the run."""
        self.client.set_terminated(self.run_id, "FAILED" if failed else "FINISHED")
        return self.start.server or f"mlflow ui --backend-store-uri {self.start.place}"


class WandbBackend:
    """Writes to a folder of Weights & Biases, or to a server of it."""

    def __init__(self, start: Start) -> None:
        """Open a run; what wandb would gather of the code and the machine by itself is off."""
        check_writable(start.folder)
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        os.environ.setdefault("WANDB_CACHE_DIR", str(start.folder / "cache"))
        os.environ.setdefault("WANDB_DATA_DIR", str(start.folder))
        import wandb

        self.wandb, self.start = wandb, start
        self.curves: set[str] = set()
        settings = wandb.Settings(
            console="off",
            disable_code=True,
            disable_git=True,
            silent=True,
            x_disable_machine_info=True,
            x_disable_stats=True,
            x_save_requirements=False,
            **({"base_url": start.server} if start.server else {}),
        )
        self.run = wandb.init(
            project=start.project,
            name=start.run_name,
            dir=str(start.folder),
            mode="online" if start.server else "offline",
            settings=settings,
        )

    def receive(self, message: Message) -> None:
        """Write what the message says."""
        match message:
            case Parameters(values):
                self.run.config.update(dict(values))
            case Epoch(name, epoch, values):
                self.log_epoch(name, {"epoch": epoch, **values})
            case Scores(name, values):
                self.run.summary.update({f"{name}/{key}": one for key, one in values.items()})
            case Fingerprint(name, digest):
                self.run.summary.update({f"{name}/sha256": digest})
            case Table(name, _, columns, rows):
                self.run.log({f"tables/{name}": self.wandb.Table(list(columns), list(rows))})
            case Picture(name, png):
                with as_file(name, png) as path:
                    self.run.log({f"figures/{name}": self.wandb.Image(str(path))})

    def log_epoch(self, name: str, values: Mapping[str, float]) -> None:
        """Write figures over the epochs of their own training."""
        if name not in self.curves:
            self.curves.add(name)
            self.run.define_metric(f"{name}/epoch")
            self.run.define_metric(f"{name}/*", step_metric=f"{name}/epoch")
        self.run.log({f"{name}/{key}": value for key, value in values.items()})

    def end(self, *, failed: bool) -> str:
        """Close the run."""
        files, url = Path(self.run.dir).parent, self.run.url
        self.run.finish(exit_code=int(failed))
        return str(url) if self.start.server else f"wandb leet {files}"


def check_writable(folder: Path) -> None:
    """Raise the system's error where nothing can be written; wandb would go elsewhere quietly."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


@contextmanager
def as_file(name: str, png: bytes) -> Iterator[Path]:
    """A file of that name while it is read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name.replace('/', '_')}.png"
        path.write_bytes(png)
        yield path


BACKENDS: Mapping[str, Callable[[Start], Backend]] = {
    "mlflow": MlflowBackend,
    "wandb": WandbBackend,
}
