"""Several instances of a template in one project."""

from collections.abc import Set

from kedro.pipeline import Pipeline


def in_namespace(
    template: Pipeline, namespace: str | None, *, shared: Set[str] = frozenset()
) -> Pipeline:
    """Put ``NAMESPACE.`` before the name of every dataset, parameter and node of a template.

    Args:
        template: A pipeline.
        namespace: What to put before the names; None leaves them as they are.
        shared: Parameters whose names stay as they are.
    """
    if namespace is None:
        return template
    return Pipeline(template, namespace=namespace, parameters=set(shared))
