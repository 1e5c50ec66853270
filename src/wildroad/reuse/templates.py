"""The templates that another project can have, from its raw folder to a report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kedro.pipeline import Pipeline

from wildroad.options import MODELS
from wildroad.pipelines import classification, data_processing, reporting, segmentation


@dataclass(frozen=True)
class Template:
    """A chain of pipelines that fit each other.

    Attributes:
        pipeline: Gives the chain for some domains, in no namespace.
        folder: Dataset of the raw folder, with "{domain}" where there is one for each.
        registry: The lines that make it in a project's registry.
    """

    pipeline: Callable[[Sequence[str]], Pipeline]
    folder: str
    registry: tuple[str, ...]

    def registry_lines(self, namespace: str, domain: str) -> list[str]:
        """The lines that a project's registry needs."""
        return [line.format(namespace=namespace, domain=domain) for line in self.registry]


def photos_chain(domains: Sequence[str]) -> Pipeline:
    """From a folder of photos to a report; there are no domains in it."""
    pipelines = [
        data_processing.photos_pipeline(),
        classification.create_pipeline(),
        reporting.create_pipeline(models=MODELS, domains=()),
    ]
    return sum(pipelines, Pipeline([]))


def scenes_chain(domains: Sequence[str]) -> Pipeline:
    """From folders of scenes to a report."""
    pipelines = [
        data_processing.scenes_pipeline(domains=domains),
        segmentation.create_pipeline(domains=domains),
        reporting.create_pipeline(models=(), domains=domains),
    ]
    return sum(pipelines, Pipeline([]))


TEMPLATES = {
    "classification": Template(
        pipeline=photos_chain,
        folder="wildlife_photos",
        registry=(
            "from wildroad.pipelines import classification, data_processing, reporting",
            'pipelines["{namespace}"] = data_processing.photos_pipeline("{namespace}")'
            ' + classification.create_pipeline("{namespace}")',
            'pipelines["{namespace}"] += reporting.create_pipeline("{namespace}", domains=[])',
        ),
    ),
    "segmentation": Template(
        pipeline=scenes_chain,
        folder="{domain}_folder",
        registry=(
            "from wildroad.pipelines import data_processing, reporting, segmentation",
            'pipelines["{namespace}"] = data_processing.scenes_pipeline("{namespace}",'
            ' ["{domain}"]) + segmentation.create_pipeline("{namespace}", ["{domain}"])',
            'pipelines["{namespace}"] += reporting.create_pipeline("{namespace}", models=[],'
            ' domains=["{domain}"])',
        ),
    ),
}
"""What ``wildroad add`` can add."""
