"""The pipelines of the project."""

import re
from contextvars import ContextVar
from importlib import import_module

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import find_pipelines
from kedro.pipeline import Pipeline

from wildroad.options import DOMAINS

DEFAULT = ("data_processing", "classification", "segmentation", "reporting")
"""What ``kedro run`` runs; the other pipelines want a folder or an extra and are run by name."""

BY_DOMAIN = ("data_processing", "segmentation", "reporting")
"""Pipelines with a part for each domain."""

_domains: ContextVar[tuple[str, ...]] = ContextVar("domains", default=DOMAINS)


class DomainHooks:
    """Read from the configuration which domains the pipelines are made for.

    Kedro makes the pipelines after the context, without the configuration at hand.
    """

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Remember ``params:domains``; without them the domains stay those of ``DOMAINS``."""
        _domains.set(check_domains(context.config_loader["parameters"].get("domains", DOMAINS)))


def check_domains(names: object) -> tuple[str, ...]:
    """Refuse what can't name a domain.

    Raises:
        ValueError: It is no list of different names.
    """
    domains = tuple(names) if isinstance(names, list | tuple) else ()
    fit = [isinstance(one, str) and re.fullmatch("[a-z][a-z0-9_]*", one) for one in domains]
    if not fit or not all(fit) or len(set(domains)) < len(domains):
        raise ValueError(
            "params:domains must be a list of different names of small letters, digits and _,"
            f" such as {list(DOMAINS)}, not {names!r}"
        )
    return domains


def register_pipelines() -> dict[str, Pipeline]:
    """Find the pipelines in ``wildroad.pipelines``; ``__default__`` is those of ``DEFAULT``."""
    pipelines = find_pipelines(raise_errors=True)
    domains = _domains.get()
    if domains != DOMAINS:
        for name in (name for name in BY_DOMAIN if name in pipelines):
            module = import_module(f"wildroad.pipelines.{name}")
            pipelines[name] = module.create_pipeline(domains=domains)
    found = [pipelines[name] for name in DEFAULT if name in pipelines]
    pipelines["__default__"] = sum(found, Pipeline([]))
    return pipelines
