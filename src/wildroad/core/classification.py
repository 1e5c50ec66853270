"""Training a classifier on an image array, and predicting with it.

Legend: N photos, K classes, H and W pixels.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from tqdm.auto import tqdm

from wildroad.core.augmentation import Distortion
from wildroad.core.batch_augmentation import distort_batch, draw_changes
from wildroad.core.checkpoints import Checkpoint, CheckpointFacts
from wildroad.core.class_weights import frequency_weights
from wildroad.core.image_array import ImageArray
from wildroad.core.models.classifiers import Normalise, head_prefixes
from wildroad.core.photo_feed import Photos, ResidentPhotos, feed, has_room, put_on
from wildroad.core.ranks import Ranks
from wildroad.core.recipes import Recipe
from wildroad.core.training import Batch, Selection, TrainingResult, train
from wildroad.core.training_store import TrainingStore

DIGEST_BATCH = 64


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

    def part(self, rows: slice) -> "LabelledPhotos":
        """Some photos next to one another."""
        return replace(self, places=self.places[rows], targets=self.targets[rows])

    def gather(self, chosen: NDArray[np.int64]) -> Tensor:
        """The chosen photos as uint8 (N, 3, H, W) in channels-last memory."""
        places = self.places[chosen]
        pixels = np.empty((len(chosen), *self.arrays[0].shape[1:]), np.uint8)
        for number, array in enumerate(self.arrays):
            here = places[:, 0] == number
            pixels[here] = array[places[here, 1]]
        return torch.from_numpy(pixels).permute(0, 3, 1, 2)

    def settled(self, device: torch.device) -> "LabelledPhotos | ResidentPhotos":
        """The photos on the device, where it is a GPU with room for them; else as they are."""
        size = len(self) * math.prod(self.arrays[0].shape[1:])
        return put_on(self, device) if has_room(size, device) else self

    def digest(self) -> str:
        """Hash of all pixels and classes, in their order."""
        digest = sha256(self.targets.numpy().data)
        for start in range(0, len(self), DIGEST_BATCH):
            rows = np.arange(start, min(start + DIGEST_BATCH, len(self)))
            digest.update(self.gather(rows).permute(0, 2, 3, 1).numpy().data)
        return digest.hexdigest()


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
    photos: Photos,
    *,
    batch_size: int,
    device: torch.device,
    order_seed: int | None,
    distortion: Distortion | None = None,
    ranks: Ranks | None = None,
) -> Iterator[Batch]:
    """Yield (photos, targets) in nearly equal batches of at most ``batch_size``.

    Photos are uint8, or float32 of 0 to 255 where they are distorted.

    Args:
        photos: What to yield.
        batch_size: Greatest batch.
        device: Where to put them.
        order_seed: Seed of the order and of the distortion; None keeps the order of the photos.
        distortion: Changes each photo at random, on the device; None leaves them as they are.
        ranks: Processes that each batch is divided among, each photo to one; None for this alone.
    """
    order = np.arange(len(photos))
    if order_seed is not None:
        order = np.random.default_rng(order_seed).permutation(len(photos))
    split = np.array_split(order, batches_per_epoch(len(photos), batch_size))
    batches = [(ranks or Ranks()).share(batch) for batch in split]
    for chosen, (pixels, targets) in zip(batches, feed(photos, batches, device), strict=True):
        if distortion is None:
            yield pixels, targets
            continue
        changes = draw_changes(distortion, chosen, seed=order_seed or 0, device=device)
        yield distort_batch(pixels, changes), targets


def batches_per_epoch(photos: int, batch_size: int) -> int:
    """Number of batches, so that none is larger than ``batch_size`` and none nearly empty."""
    return max(1, -(-photos // batch_size))


@torch.inference_mode()
def predict_logits(
    model: nn.Module,
    photos: Photos,
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


def photo_weights(targets: Tensor, *, classes: int, rarity: float) -> Tensor | None:
    """Weight of a photo of each class, (K,): the inverse of the class's share to a power, or none.

    Args:
        targets: (N,) class numbers.
        classes: K.
        rarity: The power; 0 for no weights.
    """
    if not rarity:
        return None
    return frequency_weights(np.bincount(targets.numpy(), minlength=classes), power=rarity)


def sum_of_weights(target: Tensor, *, class_weights: Tensor | None) -> Tensor | int:
    """What the mean loss over photos divides by: their number, or the sum of their weights."""
    return len(target) if class_weights is None else class_weights[target].sum()


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
    rarity: float = 0.0,
    distortion: Distortion | None = None,
    store: TrainingStore | None = None,
    title: str | None = None,
) -> tuple[Checkpoint, pd.DataFrame]:
    """Train a classifier, keep the epoch of the best validation accuracy.

    Processes that are joined in a group divide each batch and the validation among them.

    Validation is in float32 whatever the training is in, as is the prediction afterwards: the epoch
    is chosen by the figures that the checkpoint will show.

    Args:
        model: Trained in place.
        facts: What is known of it, with the normalisation of its input.
        train_photos: What it learns from.
        val_photos: What the epoch is chosen by.
        recipe: How to train.
        batch_size: Photos a step, at most.
        label_smoothing: Share of the target spread evenly over all classes.
        device: Where to train.
        rarity: Power of the inverse class frequency that weighs the classes in the training loss, 0
            for none. Validation figures weigh all photos alike.
        distortion: Changes every photo anew in each epoch; None trains on them as they are.
        store: Keeps the state of the training between epochs.
        title: What the progress bar says; None shows no bar.

    Returns:
        The checkpoint, and the history: epoch, learning_rate, train_loss, train_accuracy, val_loss,
        val_accuracy. Training figures are means over the epoch while the weights move.

    Raises:
        DivergedError: The loss is no longer finite.
        MemoryExhaustedError: The device has too little memory for one photo at a time.
    """
    full = ClassifierInput(model, facts).to(memory_format=torch.channels_last).to(device)
    weights = photo_weights(train_photos.targets, classes=len(facts.classes), rarity=rarity)
    weights = None if weights is None else weights.to(device)
    learnt, measured = train_photos.settled(device), val_photos.settled(device)
    result = train(
        full,
        batches=lambda epoch: photo_batches(
            learnt,
            batch_size=batch_size,
            device=device,
            order_seed=recipe.epoch_seed(epoch),
            distortion=distortion,
            ranks=Ranks.current(),
        ),
        steps_per_epoch=batches_per_epoch(len(train_photos), batch_size),
        loss=partial(cross_entropy, weight=weights, label_smoothing=label_smoothing),
        weigh=partial(sum_of_weights, class_weights=weights),
        measure=partial(measure_classifier, photos=measured, batch_size=batch_size, device=device),
        recipe=recipe,
        select=Selection("val_accuracy", greatest=True),
        device=device,
        running={"train_accuracy": is_hit},
        head=tuple(f"model.{prefix}" for prefix in head_prefixes(model)),
        store=store,
        settings=lambda: {
            "facts": asdict(facts),
            "numbers": (batch_size, label_smoothing, rarity),
            "distortion": distortion and asdict(distortion),
            "photos": [photos.digest() for photos in (train_photos, val_photos)],
        },
        title=title,
    )
    return as_checkpoint(result, facts), result.history


def measure_classifier(
    model: nn.Module,
    photos: LabelledPhotos | ResidentPhotos,
    *,
    batch_size: int,
    device: torch.device,
) -> dict[str, float]:
    """Validation loss and accuracy of a model in eval mode, each process predicting its share."""
    ranks = Ranks.current()
    own = photos.part(ranks.block(len(photos)))
    logits = predict_logits(model, own, batch_size=batch_size, device=device)
    logits, targets = torch.cat(ranks.gathered(logits)), photos.targets.cpu()
    return {
        "val_loss": float(cross_entropy(logits, targets)),
        "val_accuracy": float(is_hit(logits, targets).mean()),
    }


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
