"""Training a classifier on an image array, and predicting with it.

Legend: N photos, K classes, H and W pixels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from tqdm.auto import tqdm

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts
from wildroad.core.image_array import ImageArray
from wildroad.core.models.classifiers import Normalise, head_prefixes
from wildroad.core.training import Batch, Recipe, Selection, TrainingResult, train


@dataclass(frozen=True)
class LabelledPhotos:
    """Photos with their classes, gathered from one or more image arrays.

    Attributes:
        arrays: uint8 (N_i, H, W, 3) each; may be memory-mapped.
        places: (N, 2) number of the array and row in it, of each photo.
        targets: (N,) class numbers.
    """

    arrays: tuple[NDArray[np.uint8], ...]
    places: NDArray[np.int64]
    targets: Tensor

    def __len__(self) -> int:
        """Number of photos."""
        return len(self.places)

    def gather(self, chosen: NDArray[np.int64]) -> Tensor:
        """The chosen photos as uint8 (N, 3, H, W) in channels-last memory."""
        places = self.places[chosen]
        pixels = np.empty((len(chosen), *self.arrays[0].shape[1:]), np.uint8)
        for number, array in enumerate(self.arrays):
            here = places[:, 0] == number
            pixels[here] = array[places[here, 1]]
        return torch.from_numpy(pixels).permute(0, 3, 1, 2)


def labelled_photos(
    sources: Sequence[tuple[ImageArray, pd.DataFrame]], classes: Sequence[str]
) -> LabelledPhotos:
    """Join image arrays with the tables that name their photos' classes.

    Args:
        sources: (array, table with photo_id and class_name) pairs; other photos are left.
        classes: The K class names in the order of the outputs.
    """
    order = pd.Index(classes)
    rows = [images.rows(list(table["photo_id"])) for images, table in sources]
    targets = [order.get_indexer(pd.Index(table["class_name"])) for _, table in sources]
    numbers = np.repeat(np.arange(len(sources)), [len(one) for one in rows])
    return LabelledPhotos(
        tuple(images.pixels for images, _ in sources),
        np.stack([numbers, np.concatenate(rows)], axis=1),
        torch.from_numpy(np.concatenate(targets).astype(np.int64)),
    )


class ClassifierInput(nn.Module):
    """A classifier that takes uint8 photos: normalises, then classifies."""

    def __init__(self, model: nn.Module, facts: CheckpointFacts) -> None:
        """Put the normalisation the weights were trained with before the model."""
        super().__init__()
        self.normalise = Normalise(facts.mean, facts.std)
        self.model = model

    def forward(self, photos: Tensor) -> Tensor:
        """uint8 (N, 3, H, W) -> (N, K) logits."""
        logits: Tensor = self.model(self.normalise(photos))
        return logits


def photo_batches(
    photos: LabelledPhotos, *, batch_size: int, device: torch.device, order_seed: int | None
) -> Iterator[Batch]:
    """Yield (uint8 photos, targets) in nearly equal batches of at most ``batch_size``.

    Args:
        photos: What to yield.
        batch_size: Greatest batch.
        device: Where to put them.
        order_seed: Seed of the order; None keeps the order of the photos.
    """
    order = np.arange(len(photos))
    if order_seed is not None:
        order = np.random.default_rng(order_seed).permutation(len(photos))
    for chosen in np.array_split(order, batches_per_epoch(len(photos), batch_size)):
        yield photos.gather(chosen).to(device), photos.targets[chosen].to(device)


def batches_per_epoch(photos: int, batch_size: int) -> int:
    """Number of batches, so that none is larger than ``batch_size`` and none nearly empty."""
    return max(1, -(-photos // batch_size))


@torch.inference_mode()
def predict_logits(
    model: nn.Module,
    photos: LabelledPhotos,
    *,
    batch_size: int,
    device: torch.device,
    title: str | None = None,
) -> Tensor:
    """(N, K) float32 logits of all photos in their order, on the CPU.

    Args:
        model: In eval mode, on the device; takes uint8 photos.
        photos: What to predict.
        batch_size: Photos at a time.
        device: Where to compute.
        title: What the progress bar says; None shows no bar.
    """
    batches = photo_batches(photos, batch_size=batch_size, device=device, order_seed=None)
    total = batches_per_epoch(len(photos), batch_size)
    shown = tqdm(batches, total=total, desc=title, unit="batch", disable=title is None)
    return torch.cat([model(images).float().cpu() for images, _ in shown])


def is_hit(logits: Tensor, target: Tensor) -> Tensor:
    """(N,) 1.0 where the greatest logit is the target's."""
    return (logits.argmax(1) == target).float()


def fit_classifier(
    model: nn.Module,
    facts: CheckpointFacts,
    *,
    train_photos: LabelledPhotos,
    val_photos: LabelledPhotos,
    recipe: Recipe,
    batch_size: int,
    label_smoothing: float,
    device: torch.device,
    title: str | None = None,
) -> tuple[Checkpoint, pd.DataFrame]:
    """Train a classifier, keep the epoch of the best validation accuracy.

    Returns:
        The checkpoint, and the history: epoch, learning_rate, train_loss, train_accuracy, val_loss,
        val_accuracy. Training figures are means over the epoch while the weights move.

    Raises:
        DivergedError: The loss is no longer finite.
    """
    full = ClassifierInput(model, facts).to(memory_format=torch.channels_last).to(device)

    def measure(current: nn.Module) -> dict[str, float]:
        logits = predict_logits(current, val_photos, batch_size=batch_size, device=device)
        return {
            "val_loss": float(cross_entropy(logits, val_photos.targets)),
            "val_accuracy": float(is_hit(logits, val_photos.targets).mean()),
        }

    result = train(
        full,
        batches=lambda epoch: photo_batches(
            train_photos,
            batch_size=batch_size,
            device=device,
            order_seed=recipe.seed * 100_003 + epoch,
        ),
        steps_per_epoch=batches_per_epoch(len(train_photos), batch_size),
        loss=lambda logits, target: cross_entropy(logits, target, label_smoothing=label_smoothing),
        measure=measure,
        recipe=recipe,
        select=Selection("val_accuracy", greatest=True),
        device=device,
        running={"train_accuracy": is_hit},
        head=tuple(f"model.{prefix}" for prefix in head_prefixes(model)),
        title=title,
    )
    return as_checkpoint(result, facts), result.history


def as_checkpoint(result: TrainingResult, facts: CheckpointFacts) -> Checkpoint:
    """The selected weights of the inner model with what is known of them."""
    state = {
        name.removeprefix("model."): tensor
        for name, tensor in result.state.items()
        if name.startswith("model.")
    }
    return Checkpoint(replace(facts, best_epoch=result.best_epoch), state)


def prediction_table(logits: Tensor, photos: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Join logits with the photos they belong to, row by row of one pass.

    Args:
        logits: (N, K).
        photos: N rows: photo_id, split, class_name, group_id, in the order of the logits.
        classes: The K class names.

    Returns:
        photo_id, split, group_id, target, predicted, confidence, runner_up, runner_up_confidence.
    """
    return answer_table(torch.softmax(logits.double(), dim=1), photos, classes)


def answer_table(
    probabilities: Tensor, photos: pd.DataFrame, classes: Sequence[str]
) -> pd.DataFrame:
    """Say the two most probable classes of each photo; as ``prediction_table``, from (N, K)."""
    described = {
        "photo_id": photos["photo_id"].to_numpy(),
        "split": photos["split"].to_numpy(),
        "group_id": photos["group_id"].to_numpy(),
        "target": photos["class_name"].to_numpy(),
    }
    return pd.DataFrame(described).join(top_two(probabilities, classes))


def top_two(probabilities: Tensor, classes: Sequence[str]) -> pd.DataFrame:
    """The two most probable classes of each photo.

    Args:
        probabilities: (N, K), K at least 2.
        classes: The K class names.

    Returns:
        predicted, confidence, runner_up, runner_up_confidence.

    >>> top_two(torch.tensor([[0.75, 0.25]]), ["fox", "owl"]).to_numpy().tolist()
    [['fox', 0.75, 'owl', 0.25]]
    """
    top = probabilities.topk(2, dim=1)
    names = np.array(classes)
    return pd.DataFrame(
        {
            "predicted": names[top.indices[:, 0].numpy()],
            "confidence": top.values[:, 0].numpy(),
            "runner_up": names[top.indices[:, 1].numpy()],
            "runner_up_confidence": top.values[:, 1].numpy(),
        }
    )
