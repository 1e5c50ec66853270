"""How nodes are grouped: by what they are for in a picture, and by what they run on."""

from collections.abc import Iterable

from kedro.pipeline import Node, Pipeline

COMPUTE = "params:compute"


def group(name: str, nodes: Iterable[Node], *, tags: Iterable[str]) -> Pipeline:
    """Put nodes into a namespace that Kedro-Viz folds into one box; datasets keep their names.

    Args:
        name: Namespace of the nodes, also for ``--namespaces``.
        nodes: What belongs together.
        tags: Tags of all of them.
    """
    return Pipeline(
        list(nodes), namespace=name, prefix_datasets_with_namespace=False, tags=set(tags)
    )


def tagged_by_device(pipeline: Pipeline) -> Pipeline:
    """Tag "gpu" what computes on the device of ``params:compute``, and "cpu" all else."""
    on_device = [node for node in pipeline.nodes if computes_on_device(node)]
    elsewhere = [node for node in pipeline.nodes if not computes_on_device(node)]
    return Pipeline(on_device, tags="gpu") + Pipeline(elsewhere, tags="cpu")


def computes_on_device(node: Node) -> bool:
    """Whether a node is told which device to compute on, in whatever namespace.

    One that is tagged "cpu" is told about processes and machines only.
    """
    told = any(name == COMPUTE or name.endswith(".compute") for name in node.inputs)
    return told and "cpu" not in node.tags
