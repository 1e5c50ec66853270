"""One training loop for both jobs: small enough to read in one sitting.

Every epoch draws its randomness from (seed, epoch) alone, never from what ran before it, so that a
training that goes on from the state at the edge of an epoch ends in the same bits.

Processes that are joined in a group train one model: each batch is divided among them, and what one
would compute from the whole batch they compute from all of it.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from wildroad.core.ranks import Ranks
from wildroad.core.recipes import Recipe, build_optimizer, build_schedule, restore_optimizer
from wildroad.core.training_store import (
    TrainingState,
    TrainingStore,
    fingerprint,
    machine_settings,
    tell,
)

Batch = tuple[Tensor, Tensor]
PairFunction = Callable[[Tensor, Tensor], Tensor]
Weigh = Callable[[Tensor], Tensor | int]

OUT_OF_MEMORY = ("out of memory", "DefaultCPUAllocator: can't allocate memory")
"""What PyTorch's errors say where they have no type of their own."""

RANK_STREAM = 1_000_000_007
"""Keeps what one process draws, for dropout, apart from what the others draw."""


class DivergedError(ArithmeticError):
    """The loss became infinite or not a number."""


class MemoryExhaustedError(MemoryError):
    """The device has too little memory for even the smallest part of a batch."""


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
    rows: list[dict[str, float]] = field(default_factory=list)

    @property
    def history(self) -> pd.DataFrame:
        """The rows as a table."""
        return pd.DataFrame(self.rows)

    def is_done(self, recipe: Recipe) -> bool:
        """Whether all epochs are done, or as many went by without a better one as are allowed."""
        epochs, patience = len(self.rows), recipe.early_stopping
        waited = epochs - self.best_epoch
        return epochs >= recipe.epochs or (patience is not None and waited >= patience)

    def keep_best(self, model: nn.Module, select: Selection) -> None:
        """Copy the model's weights where the last row beats the best one."""
        best = self.rows[self.best_epoch - 1][select.figure] if self.best_epoch else None
        if select.better(self.rows[-1][select.figure], best):
            self.best_epoch = len(self.rows)
            self.state = on_cpu(model.state_dict())


def on_cpu(state: Mapping[str, Any]) -> dict[str, Tensor]:
    """Copies of the tensors among the values, on the CPU."""
    return {
        name: value.detach().cpu().clone()
        for name, value in state.items()
        if isinstance(value, Tensor)
    }


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's global generators inside the block and put them back after it."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether an error of PyTorch says that memory ran out."""
    told = str(error)
    return isinstance(error, torch.OutOfMemoryError) or any(one in told for one in OUT_OF_MEMORY)


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
        weigh: Target -> what the loss divides by, so that micro-batches add up to their batch;
            their lengths by default.
        smallest: Fewest inputs a micro-batch may have.
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
        weigh: Weigh = len,
        smallest: int = 1,
    ) -> None:
        """Build the optimiser and its schedule."""
        self.model, self.loss, self.running = model, loss, running
        self.recipe, self.steps, self.device = recipe, steps, device
        self.head, self.weigh = head, weigh
        self.parts, self.smallest = recipe.accumulate, smallest
        self.ranks = Ranks.current()
        self.replica = self.ranks.replica(model)
        self.optimizer = build_optimizer(model, recipe, head)
        self.schedule = build_schedule(self.optimizer, recipe, steps=steps)

    @property
    def rate(self) -> float:
        """Greatest learning rate among the groups now."""
        return max(float(group["lr"]) for group in self.optimizer.param_groups)

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """Take one optimiser step; gives the batch means of its figures, on the device.

        Where memory runs out, the batch is taken in twice as many micro-batches, from then on.

        Raises:
            MemoryExhaustedError: Memory ran out with the smallest micro-batch.
        """
        parts = self.parts
        while (figures := self.gradients_if_memory_allows(batch)) is None:
            self.halve_micro_batch(len(batch[1]))
        if self.parts != parts:
            tell(
                f"{self.device} ran out of memory: a batch of {len(batch[1])} is taken in"
                f" {self.parts} parts from now on, and still makes one step"
            )
        self.optimizer.step()
        self.schedule.step()
        return figures

    def gradients_if_memory_allows(self, batch: Batch) -> dict[str, Tensor] | None:
        """Fill in the gradients of a batch; None, and memory free again, where it ran out."""
        try:
            return self.gradients(batch)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            if not self.ranks.alone:
                # The others wait for gradients of this size: they can't go back with this one.
                raise MemoryExhaustedError(
                    f"{self.device} ran out of memory with {len(batch[1])} of a batch in each of"
                    f" {self.ranks.size} processes: set accumulate to {2 * self.parts}, which takes"
                    " the batch in so many parts"
                ) from error
        self.optimizer.zero_grad(set_to_none=True)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        return None

    def halve_micro_batch(self, size: int) -> None:
        """Take batches, the one at hand of ``size`` inputs, in twice as many parts."""
        parts = self.parts_of(size)
        if parts >= size // self.smallest:
            raise MemoryExhaustedError(
                f"{self.device} ran out of memory with only {self.smallest} of a batch at a time:"
                " choose a smaller image or model, or free memory that other programs hold"
            )
        self.parts = 2 * parts

    def parts_of(self, size: int) -> int:
        """Number of micro-batches of a batch of ``size``, none smaller than the smallest.

        Raises:
            ValueError: The batch has not one input for each process.
        """
        if size < self.ranks.size:
            raise ValueError(
                f"a batch of {size} can't be divided among {self.ranks.size} processes: lower"
                " params:compute.workers, or raise the batch size"
            )
        return max(1, min(self.parts, size // max(self.smallest, self.ranks.size)))

    def gradients(self, batch: Batch) -> dict[str, Tensor]:
        """Fill in the gradients of a batch, part by part; gives the batch means of its figures.

        Of several processes each gives what its share adds to these means.
        """
        self.optimizer.zero_grad(set_to_none=True)
        inputs, target = batch
        size, whole = self.ranks.total(len(target)), self.ranks.total(self.weigh(target))
        parts = self.parts_of(size)
        sums: dict[str, Tensor] = defaultdict(lambda: torch.zeros((), device=self.device))
        pieces = inputs.tensor_split(parts), target.tensor_split(parts)
        for number, (piece, wanted) in enumerate(zip(*pieces, strict=True), 1):
            with self.ranks.synchronised(self.replica, when=number == parts):
                output = self.output(piece)
                # The gradients are those of the mean over the processes, and the loss is their sum.
                loss = self.loss(output, wanted) * (self.weigh(wanted) * self.ranks.size / whole)
                loss.backward()  # type: ignore[no-untyped-call]
            sums["train_loss"] += loss.detach() / self.ranks.size
            with torch.no_grad():
                for name, rate in self.running.items():
                    sums[name] += rate(output, wanted).mean() * (len(wanted) / size)
        return dict(sums)

    def output(self, inputs: Tensor) -> Tensor:
        """What the model makes of a micro-batch, as float32."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.recipe.bfloat16):
            output: Tensor = self.replica(inputs)
        return output.float()

    def epoch(self, batches: Iterable[Batch], on_step: Callable[[], object]) -> dict[str, float]:
        """Train one epoch; gives the means of its figures weighted by batch size.

        Raises:
            DivergedError: The mean loss is not finite.
        """
        self.model.train()
        sums: dict[str, Tensor] = defaultdict(lambda: torch.zeros((), device=self.device))
        seen = 0
        for batch in batches:
            size = self.ranks.total(len(batch[1]))
            for name, value in self.step(batch).items():
                sums[name] = sums[name] + value * size
            seen += size
            on_step()
        means = {name: float(self.ranks.total(total)) / seen for name, total in sums.items()}
        if not math.isfinite(means["train_loss"]):
            raise DivergedError(
                f"the training loss became {means['train_loss']} at a learning rate of up to"
                f" {self.recipe.learning_rate}; lower the learning rate or lengthen the warm-up"
            )
        return means

    def row(
        self,
        epoch: int,
        batches: Callable[[int], Iterable[Batch]],
        measure: Callable[[nn.Module], dict[str, float]],
        on_step: Callable[[], object],
    ) -> dict[str, float]:
        """Train one epoch with randomness of its own, and measure the model."""
        row = {"epoch": epoch, "learning_rate": self.rate}
        with seeded(self.recipe.epoch_seed(epoch) + self.ranks.rank * RANK_STREAM, self.device):
            row |= self.epoch(batches(epoch), on_step)
        # One row for all: they have to agree on which epoch is the best, and on when to end.
        return self.ranks.of_first(row | measure(self.model.eval()))

    def mark(self, select: Selection, settings: Mapping[str, object]) -> str:
        """Fingerprint of the training that is about to start."""
        own = {
            "recipe": asdict(self.recipe),
            "select": asdict(select),
            "steps": self.steps,
            "head": self.head,
            "running": list(self.running),
            "smallest": self.smallest,
            "machine": machine_settings(self.device),
        } | ({} if self.ranks.alone else {"processes": self.ranks.size})
        return fingerprint(self.model, {"training": own, "settings": settings})

    def state(self, mark: str, result: TrainingResult) -> TrainingState:
        """Everything that the epochs to come depend on."""
        optimizer = self.optimizer.state_dict()
        optimizer["state"] = {key: on_cpu(values) for key, values in optimizer["state"].items()}
        return TrainingState(
            fingerprint=mark,
            parts=self.parts,
            history=tuple(result.rows),
            best_epoch=result.best_epoch,
            best=result.state,
            model=on_cpu(self.model.state_dict()),
            optimizer=optimizer,
            schedule=self.schedule.state_dict(),
        )

    def restore(self, state: TrainingState) -> TrainingResult:
        """Go back to a state; gives what was reached by then."""
        self.parts = state.parts
        self.model.load_state_dict(state.model, strict=True)
        restore_optimizer(self.optimizer, state.optimizer)
        self.schedule.load_state_dict(dict(state.schedule))
        return TrainingResult(dict(state.best), state.best_epoch, list(state.history))


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
    weigh: Weigh = len,
    smallest: int = 1,
    store: TrainingStore | None = None,
    settings: Callable[[], Mapping[str, object]] = dict,
    title: str | None = None,
) -> TrainingResult:
    """Train a model and keep the weights of its best epoch.

    With a store, the state is saved at the edge of every epoch, and a training whose state is in
    the store goes on from there, to the same bits as without the interruption.

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
        weigh: Target -> what the loss divides by, see ``Trainer``.
        smallest: Fewest inputs a micro-batch may have.
        store: Keeps the state between the epochs, and is cleared in the end; None for no store.
        settings: Gives all that determines the training and is not among these arguments, such as
            what the batches and the loss are made of; a training goes on with the same ones only.
        title: What the progress bar says; None shows no bar.

    Of several processes each gives its share of every batch, and all of them get the same result.

    Returns:
        The selected weights and the history: epoch, learning_rate, train_loss, running and measured
        figures, one row per epoch.

    Raises:
        DivergedError: The loss is no longer finite.
        MemoryExhaustedError: The device has too little memory for the smallest micro-batch.
    """
    trainer = Trainer(
        model,
        loss=loss,
        running=running or {},
        recipe=recipe,
        steps=recipe.epochs * steps_per_epoch,
        device=device,
        head=head,
        weigh=weigh,
        smallest=smallest,
    )
    # The first process has the store; the others hear from it.
    store = store if trainer.ranks.rank == 0 else None
    mark = "" if store is None else trainer.mark(select, settings())
    result = earlier_result(trainer, store, mark)
    done = len(result.rows) * steps_per_epoch
    with tqdm(
        total=trainer.steps, initial=done, desc=title, unit="step", disable=title is None
    ) as bar:
        while not result.is_done(recipe):
            result.rows.append(trainer.row(len(result.rows) + 1, batches, measure, bar.update))
            result.keep_best(model, select)
            bar.set_postfix({select.figure: f"{result.rows[-1][select.figure]:.3f}"})
            if store is not None and not result.is_done(recipe):
                store.save(trainer.state(mark, result))
    if store is not None:
        store.clear()
    return result


def earlier_result(trainer: Trainer, store: TrainingStore | None, mark: str) -> TrainingResult:
    """Bring the trainer to the state in the store, if there is one of this training."""
    state = trainer.ranks.of_first(None if store is None else store.load(mark))
    if state is None:
        return TrainingResult()
    tell(f"an interrupted training goes on after epoch {state.epoch} of {trainer.recipe.epochs}")
    return trainer.restore(state)
