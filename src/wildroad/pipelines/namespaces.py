"""Several instances of a template in one project."""

from kedro.pipeline import Pipeline


def in_namespace(template: Pipeline, namespace: str | None) -> Pipeline:
    """Put ``NAMESPACE.`` before the name of every dataset, parameter and node of a template.

    Args:
        template: A pipeline.
        namespace: What to put before the names; None leaves them as they are.
    """
    return Pipeline(template, namespace=namespace) if namespace else template
