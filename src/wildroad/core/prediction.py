"""One pass over photos that gives probabilities and features together, with the photos' ids.

Legend: N photos, K classes, D features.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm.auto import tqdm

from wildroad.core.checkpoints import CheckpointFacts
from wildroad.core.classification import (
    ClassifierInput,
    answer_table,
    batches_per_epoch,
    labelled_photos,
    photo_batches,
)
from wildroad.core.image_array import ImageArray
from wildroad.core.launching import Launcher
from wildroad.core.models.classifiers import build_classifier, head_name
from wildroad.core.photo_outputs import PhotoOutputs

FEATURE_BATCH = 64


@contextmanager
def watched_features(model: nn.Module) -> Iterator[list[Tensor]]:
    """Collect what goes into the last linear layer while the block lasts, a tensor a batch.

    Args:
        model: A classifier; its head is the last linear layer.

    Yields:
        A list that grows by one (N, D) tensor with each batch.
    """
    seen: list[Tensor] = []
    head = model.get_submodule(head_name(model))
    hook = head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].flatten(1)))
    try:
        yield seen
    finally:
        hook.remove()


@torch.inference_mode()
def predict_outputs(
    model: ClassifierInput,
    images: ImageArray,
    photos: pd.DataFrame,
    classes: Sequence[str],
    *,
    batch_size: int,
    device: torch.device,
    title: str | None = None,
) -> PhotoOutputs:
    """Probabilities and features of all photos from one pass, in the order of the table.

    Args:
        model: In eval mode, on the device.
        images: Holds the photos' pixels.
        photos: N rows: photo_id, class_name.
        classes: The K class names in the order of the outputs.
        batch_size: Photos at a time.
        device: Where to compute.
        title: What the progress bar says; None shows no bar.
    """
    gathered = labelled_photos([(images, photos)], classes)
    batches = photo_batches(gathered, batch_size=batch_size, device=device, order_seed=None)
    total = batches_per_epoch(len(gathered), batch_size)
    probabilities = np.empty((len(gathered), len(classes)))
    features = np.empty((len(gathered), feature_width(model.model)), np.float32)
    start = 0
    with watched_features(model.model) as seen:
        for pixels, _ in tqdm(
            batches, total=total, desc=title, unit="batch", disable=title is None
        ):
            here = slice(start, start := start + len(pixels))
            # A double only on the CPU: not every device has them.
            probabilities[here] = torch.softmax(model(pixels).cpu().double(), dim=1)
            features[here] = seen.pop().float().cpu()
    return PhotoOutputs(tuple(photos["photo_id"]), probabilities, features)


def predict_by_all(
    model: ClassifierInput,
    images: ImageArray,
    photos: pd.DataFrame,
    classes: Sequence[str],
    *,
    batch_size: int,
    launcher: Launcher,
    title: str | None = None,
) -> PhotoOutputs:
    """As ``predict_outputs``, the photos divided among the processes of a launcher.

    Args:
        model: In eval mode; each process moves it to its device.
        images: Holds the photos' pixels.
        photos: N rows: photo_id, class_name.
        classes: The K class names in the order of the outputs.
        batch_size: Photos at a time in each process.
        launcher: Where to compute, and by how many processes.
        title: What the progress bar says; None shows no bar.
    """
    predict = partial(
        predict_part,
        model=model,
        images=images,
        classes=classes,
        batch_size=batch_size,
        device=launcher.device,
        title=title,
    )
    parts = [photos.iloc[rows] for rows in launcher.parts(len(photos))]
    return joined_outputs(launcher.map(predict, parts))


def predict_part(
    photos: pd.DataFrame,
    *,
    model: ClassifierInput,
    images: ImageArray,
    classes: Sequence[str],
    batch_size: int,
    device: torch.device,
    title: str | None,
) -> PhotoOutputs:
    """The part of ``predict_by_all`` that falls to one process."""
    return predict_outputs(
        model.to(device),
        images,
        photos,
        classes,
        batch_size=batch_size,
        device=device,
        title=title,
    )


def joined_outputs(parts: Sequence[PhotoOutputs]) -> PhotoOutputs:
    """Outputs of several processes below each other."""
    if len(parts) == 1:
        return parts[0]
    return PhotoOutputs(
        tuple(photo_id for one in parts for photo_id in one.photo_ids),
        np.concatenate([one.probabilities for one in parts]),
        np.concatenate([one.features for one in parts]),
    )


def published_features(
    images: ImageArray,
    photos: pd.DataFrame,
    facts: CheckpointFacts,
    *,
    weights: Mapping[str, Tensor] | None,
    seed: int,
    launcher: Launcher,
) -> NDArray[np.float32]:
    """Features of photos by a classifier as it was published, before it saw any of them.

    Args:
        images: Holds the photos' pixels.
        photos: N rows: photo_id, class_name.
        facts: Architecture, input size and normalisation.
        weights: The published weights; None for random ones.
        seed: Seed of weights that are random.
        launcher: Where to compute, and by how many processes.

    Returns:
        (N, D), row by row of the photos.
    """
    classes = len(facts.classes)
    model = build_classifier(
        facts.architecture, classes=classes, image_size=facts.height, weights=weights, seed=seed
    )
    outputs = predict_by_all(
        ClassifierInput(model, facts).eval(),
        images,
        photos,
        facts.classes,
        batch_size=FEATURE_BATCH,
        launcher=launcher,
        title="Features",
    )
    return outputs.features_of(list(photos["photo_id"]))


def feature_width(model: nn.Module) -> int:
    """D, the number of inputs of the last linear layer."""
    return int(str(model.get_submodule(head_name(model)).in_features))


def outputs_table(
    outputs: PhotoOutputs, photos: pd.DataFrame, classes: Sequence[str]
) -> pd.DataFrame:
    """The predictions of photos, each found by its id; see ``answer_table``."""
    probabilities = torch.from_numpy(outputs.probabilities_of(list(photos["photo_id"])))
    return answer_table(probabilities, photos, classes)
