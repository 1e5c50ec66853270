"""One training loop for both jobs: small enough to read in one sitting.

Every epoch draws its randomness from (seed, epoch) alone, never from what ran before it.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

Batch = tuple[Tensor, Tensor]
PairFunction = Callable[[Tensor, Tensor], Tensor]


class DivergedError(ArithmeticError):
    """The loss became infinite or not a number."""


@dataclass(frozen=True)
class Recipe:
    """How to train: optimiser, schedule and precision.

    Attributes:
        epochs: Passes over the training data.
        learning_rate: Peak rate of the head (and of everything when ``backbone_rate`` is 1).
        optimizer: "adam", "adamw" or "sgd" (with momentum 0.9, Nesterov).
        weight_decay: L2 penalty (decoupled in "adamw"); not applied to biases and normalisation.
        schedule: "constant", "cosine" to zero, or "poly" ((1 - t) ** 0.9) over all steps.
        warmup: Share of all steps over which the rate rises linearly from zero.
        backbone_rate: Factor on the rate of every parameter outside the head.
        bfloat16: Forward and loss under autocast to bfloat16.
        seed: Seed of dropout and whatever else draws from torch's global generator.
    """

    epochs: int
    learning_rate: float
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    weight_decay: float = 0.0
    schedule: Literal["constant", "cosine", "poly"] = "constant"
    warmup: float = 0.0
    backbone_rate: float = 1.0
    bfloat16: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Selection:
    """Which epoch's weights are kept: the one where ``figure`` is greatest (or least)."""

    figure: str
    greatest: bool

    def better(self, value: float, best: float | None) -> bool:
        """Whether ``value`` beats the best so far; a tie keeps the earlier epoch."""
        if best is None or math.isnan(best):
            return True
        return value > best if self.greatest else value < best


@dataclass
class TrainingResult:
    """Weights of the selected epoch (on the CPU) and one row of figures per epoch."""

    state: dict[str, Tensor] = field(default_factory=dict)
    best_epoch: int = 0
    history: pd.DataFrame = field(default_factory=pd.DataFrame)


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's global generators inside the block and put them back after it."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def parameter_groups(
    model: nn.Module, recipe: Recipe, head: tuple[str, ...]
) -> list[dict[str, object]]:
    """Split the parameters by rate (head or backbone) and by weight decay (matrices or the rest).

    Args:
        model: The model.
        recipe: Rates and weight decay.
        head: Prefixes of the parameter names that train at the full rate; empty means all.
    """
    groups: dict[tuple[float, float], list[nn.Parameter]] = defaultdict(list)
    for name, parameter in model.named_parameters():
        full = not head or name.startswith(head)
        rate = recipe.learning_rate * (1.0 if full else recipe.backbone_rate)
        decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
        groups[rate, decay].append(parameter)
    return [
        {"params": members, "lr": rate, "weight_decay": decay}
        for (rate, decay), members in groups.items()
    ]


def build_optimizer(
    model: nn.Module, recipe: Recipe, head: tuple[str, ...] = ()
) -> torch.optim.Optimizer:
    """Make the optimiser the recipe names."""
    groups = parameter_groups(model, recipe, head)
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=0.9, nesterov=True)
    kind = torch.optim.AdamW if recipe.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, lr=recipe.learning_rate)


def rate_factor(step: int, *, steps: int, recipe: Recipe) -> float:
    """Factor on the peak learning rate at a step (0-based) of ``steps``.

    >>> rate_factor(50, steps=100, recipe=Recipe(epochs=1, learning_rate=1, schedule="cosine"))
    0.5
    """
    warm = round(recipe.warmup * steps)
    if step < warm:
        return (step + 1) / warm
    progress = (step - warm) / max(1, steps - warm)
    if recipe.schedule == "cosine":
        return round(0.5 * (1 + math.cos(math.pi * progress)), 12)
    return (1 - progress) ** 0.9 if recipe.schedule == "poly" else 1.0


class Trainer:
    """Model, optimiser and schedule on their way through the steps.

    Args:
        model: Trained in place, on ``device``.
        loss: (output, target) -> scalar mean over the batch.
        running: Figures averaged over the epoch's photos or scenes, name -> (output, target) -> one
            value each or a scalar mean.
        recipe: How to train.
        steps: All optimiser steps of the training.
        device: Where the model and the batches live.
        head: Parameter prefixes at the full rate.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        loss: PairFunction,
        running: Mapping[str, PairFunction],
        recipe: Recipe,
        steps: int,
        device: torch.device,
        head: tuple[str, ...] = (),
    ) -> None:
        """Build the optimiser and its schedule."""
        self.model, self.loss, self.running = model, loss, running
        self.recipe, self.device = recipe, device
        self.optimizer = build_optimizer(model, recipe, head)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: rate_factor(step, steps=steps, recipe=recipe)
        )

    @property
    def rate(self) -> float:
        """Greatest learning rate among the groups now."""
        return max(float(group["lr"]) for group in self.optimizer.param_groups)

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """Take one optimiser step; gives the batch means of its figures, on the device."""
        inputs, target = batch
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.recipe.bfloat16):
            output = self.model(inputs)
        output = output.float()
        loss = self.loss(output, target)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.schedule.step()
        with torch.no_grad():
            figures = {name: rate(output, target).mean() for name, rate in self.running.items()}
        return {"train_loss": loss.detach(), **figures}

    def epoch(self, batches: Iterable[Batch], on_step: Callable[[], object]) -> dict[str, float]:
        """Train one epoch; gives the means of its figures weighted by batch size.

        Raises:
            DivergedError: The mean loss is not finite.
        """
        self.model.train()
        sums: dict[str, Tensor] = defaultdict(lambda: torch.zeros((), device=self.device))
        seen = 0
        for batch in batches:
            for name, value in self.step(batch).items():
                sums[name] = sums[name] + value * len(batch[1])
            seen += len(batch[1])
            on_step()
        means = {name: float(total) / seen for name, total in sums.items()}
        if not math.isfinite(means["train_loss"]):
            raise DivergedError(
                f"the training loss became {means['train_loss']} at a learning rate of up to"
                f" {self.recipe.learning_rate}; lower the learning rate or lengthen the warm-up"
            )
        return means


def train(
    model: nn.Module,
    *,
    batches: Callable[[int], Iterable[Batch]],
    steps_per_epoch: int,
    loss: PairFunction,
    measure: Callable[[nn.Module], dict[str, float]],
    recipe: Recipe,
    select: Selection,
    device: torch.device,
    running: Mapping[str, PairFunction] | None = None,
    head: tuple[str, ...] = (),
    title: str | None = None,
) -> TrainingResult:
    """Train a model and keep the weights of its best epoch.

    Args:
        model: Trained in place, already on ``device``.
        batches: Epoch (1-based) -> batches of (inputs, target) on the device.
        steps_per_epoch: Batches an epoch.
        loss: (output, target) -> scalar mean over the batch.
        measure: Model in eval mode -> validation figures of the epoch.
        recipe: How to train.
        select: Which validation figure chooses the epoch.
        device: Where everything lives.
        running: Further training figures averaged over each epoch.
        head: Parameter prefixes at the full rate, see ``Recipe.backbone_rate``.
        title: What the progress bar says; None shows no bar.

    Returns:
        The selected weights and the history: epoch, learning_rate, train_loss, running and measured
        figures, one row per epoch.

    Raises:
        DivergedError: The loss is no longer finite.
    """
    steps = recipe.epochs * steps_per_epoch
    trainer = Trainer(
        model,
        loss=loss,
        running=running or {},
        recipe=recipe,
        steps=steps,
        device=device,
        head=head,
    )
    result = TrainingResult()
    rows: list[dict[str, float]] = []
    with tqdm(total=steps, desc=title, unit="step", disable=title is None) as bar:
        for epoch in range(1, recipe.epochs + 1):
            row = {"epoch": epoch, "learning_rate": trainer.rate}
            with seeded(recipe.seed * 100_003 + epoch, device):
                row |= trainer.epoch(batches(epoch), bar.update)
            row |= measure(model.eval())
            rows.append(row)
            keep_best(result, model, rows, select)
            bar.set_postfix({select.figure: f"{row[select.figure]:.3f}"})
    result.history = pd.DataFrame(rows)
    return result


def keep_best(
    result: TrainingResult, model: nn.Module, rows: list[dict[str, float]], select: Selection
) -> None:
    """Copy the model's weights into the result where the last row beats the best one."""
    best = rows[result.best_epoch - 1][select.figure] if result.best_epoch else None
    if select.better(rows[-1][select.figure], best):
        result.best_epoch = len(rows)
        result.state = {
            name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()
        }
