"""What ``params:tracking`` may hold."""

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from wildroad.options import Options, Positive

WHERE_KEYS_BELONG = (
    "keys belong into the environment, as WANDB_API_KEY, MLFLOW_TRACKING_TOKEN, or"
    " MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
)

Name = Annotated[str, Field(min_length=1)]


class TrackingOptions(Options):
    """Which experiment tracker hears of a run, and where it keeps things.

    Attributes:
        backend: "none", or the tracker; each needs the extra of its name.
        project: Experiment of MLflow or project of Weights & Biases.
        run_name: What the run is called; null for the time it started.
        folder: Where the tracker keeps its files on this machine.
        server: Address of a server to send to; null keeps all on this machine.
        patience: Seconds without an answer after which the tracker is given up, and seconds it is
            waited for at the end of a run, at most.
    """

    backend: Literal["none", "mlflow", "wandb"] = "none"
    project: Name = "wildroad"
    run_name: Name | None = None
    folder: Name = "data/08_reporting/tracking"
    server: Annotated[str, Field(pattern="^https?://")] | None = None
    patience: Positive = 60.0

    @model_validator(mode="before")
    @classmethod
    def _holds_no_key(cls, values: object) -> object:
        names = [str(name) for name in values] if isinstance(values, dict) else []
        if found := [name for name in names if re.search("key|token|secret|password", name)]:
            raise ValueError(f"no {found[0]} here: {WHERE_KEYS_BELONG}")
        return values

    @field_validator("server")
    @classmethod
    def _names_no_user(cls, server: str | None) -> str | None:
        if server is not None and "@" in server:
            raise ValueError(f"no user or password in an address: {WHERE_KEYS_BELONG}")
        return server
