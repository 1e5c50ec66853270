"""Settings of the Kedro project: https://docs.kedro.org/en/stable/configure/configuration_basics/."""

from kedro.config import OmegaConfigLoader

from wildroad.hooks import SummaryHooks
from wildroad.pipeline_registry import DomainHooks
from wildroad.runs.hooks import RunHooks
from wildroad.tracking.hooks import TrackingHooks

HOOKS = (DomainHooks(), RunHooks(), SummaryHooks(), TrackingHooks())

CONFIG_LOADER_CLASS = OmegaConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "sample",
    # An environment's block changes the keys it names and leaves the others.
    "merge_strategy": {"parameters": "soft", "globals": "soft"},
}
