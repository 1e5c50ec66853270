"""How to train: a recipe, and the optimiser and the learning rates it stands for."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor, nn


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
        backbone_start: Share of all steps over which the head learns alone: one that knows nothing
            would pull good features out of shape.
        bfloat16: Forward and loss under autocast to bfloat16.
        seed: Seed of dropout and whatever else draws from torch's global generator.
        accumulate: Micro-batches that each batch is taken in. The step is that of the whole batch,
            except with batch normalisation, which takes its statistics from each micro-batch.
        early_stopping: Epochs without a better validation figure after which the training ends;
            None for never.
    """

    epochs: int
    learning_rate: float
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    weight_decay: float = 0.0
    schedule: Literal["constant", "cosine", "poly"] = "constant"
    warmup: float = 0.0
    backbone_rate: float = 1.0
    backbone_start: float = 0.0
    bfloat16: bool = False
    seed: int = 0
    accumulate: int = 1
    early_stopping: int | None = None

    def epoch_seed(self, epoch: int) -> int:
        """Seed of everything random in an epoch (counted from 1)."""
        return self.seed * 100_003 + epoch


def parameter_groups(
    model: nn.Module, recipe: Recipe, head: tuple[str, ...]
) -> list[dict[str, object]]:
    """Split the parameters by rate (head or backbone) and by weight decay (matrices or the rest).

    Args:
        model: The model.
        recipe: Rates and weight decay.
        head: Prefixes of the parameter names that train at the full rate; empty means all.
    """
    groups: dict[tuple[bool, float, float], list[nn.Parameter]] = defaultdict(list)
    for name, parameter in model.named_parameters():
        full = not head or name.startswith(head)
        rate = recipe.learning_rate * (1.0 if full else recipe.backbone_rate)
        decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
        groups[full, rate, decay].append(parameter)
    return [
        {"params": members, "lr": rate, "weight_decay": decay, "full": full}
        for (full, rate, decay), members in groups.items()
    ]


def build_optimizer(
    model: nn.Module, recipe: Recipe, head: tuple[str, ...] = ()
) -> torch.optim.Optimizer:
    """Make the optimiser the recipe names, in one fused pass over the parameters."""
    groups, rate = parameter_groups(model, recipe, head), recipe.learning_rate
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=True, fused=True)
    kind = torch.optim.AdamW if recipe.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, lr=rate, fused=True)


def build_schedule(
    optimizer: torch.optim.Optimizer, recipe: Recipe, *, steps: int
) -> torch.optim.lr_scheduler.LambdaLR:
    """Make the schedule of the learning rates of all groups over ``steps`` steps."""
    wait = round(recipe.backbone_start * steps)

    def factor(step: int, *, full: bool) -> float:
        return 0.0 if step < wait and not full else rate_factor(step, steps=steps, recipe=recipe)

    factors: list[Callable[[int], float]] = [
        partial(factor, full=bool(group["full"])) for group in optimizer.param_groups
    ]
    return torch.optim.lr_scheduler.LambdaLR(optimizer, factors)


def restore_optimizer(optimizer: torch.optim.Optimizer, state: Mapping[str, Any]) -> None:
    """Load an optimiser's state dict, in the memory layout of the parameters.

    The fused optimisers walk parameter and state side by side through memory.
    """
    optimizer.load_state_dict(dict(state))
    for parameter, values in optimizer.state.items():
        for name, value in values.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                values[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


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
