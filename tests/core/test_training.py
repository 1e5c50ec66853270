from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from wildroad.core.training import (
    DivergedError,
    Recipe,
    Selection,
    build_optimizer,
    parameter_groups,
    rate_factor,
    train,
)

CPU = torch.device("cpu")


def small_model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(4, 16), nn.Dropout(0.5), nn.ReLU(), nn.Linear(16, 3))


def batches(epoch):
    generator = torch.Generator().manual_seed(epoch)
    for _ in range(3):
        inputs = torch.randn(8, 4, generator=generator)
        yield inputs, inputs[:, :3].argmax(1)


def run(model=None, measure=lambda model: {"val_loss": 0.0}, **recipe):
    values = {"epochs": 3, "learning_rate": 0.05, **recipe}
    return train(
        model or small_model(),
        batches=batches,
        steps_per_epoch=3,
        loss=cross_entropy,
        measure=measure,
        recipe=Recipe(**values),
        select=Selection("val_loss", greatest=False),
        device=CPU,
        running={"train_accuracy": lambda output, target: (output.argmax(1) == target).float()},
    )


def test_a_small_model_learns():
    history = run(epochs=30).history
    assert history["train_loss"].iloc[-1] < 0.7 * history["train_loss"].iloc[0]
    assert list(history["epoch"]) == list(range(1, 31))


def test_two_trainings_are_bit_equal_whatever_the_global_generator_did():
    first = run()
    torch.rand(1)
    second = run()
    assert first.history.equals(second.history)
    for name, tensor in first.state.items():
        assert torch.equal(tensor, second.state[name])


def test_training_leaves_the_global_generator_as_it_was():
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    run()
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize(("losses", "best"), [([3, 1, 2], 2), ([1, 1, 1], 1), ([3, 2, 1], 3)])
def test_the_weights_of_the_best_epoch_are_kept(losses, best):
    states, values = [], iter(losses)

    def measure(model):
        states.append({name: one.clone() for name, one in model.state_dict().items()})
        return {"val_loss": float(next(values))}

    result = run(measure=measure)
    assert result.best_epoch == best
    for name, tensor in result.state.items():
        assert torch.equal(tensor, states[best - 1][name])


def test_a_loss_that_is_no_number_stops_with_advice():
    with pytest.raises(DivergedError, match="lower the learning rate"):
        train(
            small_model(),
            batches=batches,
            steps_per_epoch=3,
            loss=lambda output, target: output.sum() * float("nan"),
            measure=lambda model: {"val_loss": 0.0},
            recipe=Recipe(epochs=1, learning_rate=1.0),
            select=Selection("val_loss", greatest=False),
            device=CPU,
        )


def test_figures_of_an_epoch_are_weighted_by_the_size_of_its_batches():
    sizes = [8, 2]

    def uneven(epoch):
        for number, size in enumerate(sizes):
            yield torch.zeros(size, 4), torch.full((size,), number)

    result = train(
        nn.Linear(4, 3),
        batches=uneven,
        steps_per_epoch=2,
        loss=lambda output, target: output.sum() * 0 + target.float().mean(),
        measure=lambda model: {"val_loss": 0.0},
        recipe=Recipe(epochs=1, learning_rate=1e-3),
        select=Selection("val_loss", greatest=False),
        device=CPU,
    )
    assert np.isclose(result.history["train_loss"].item(), 0.2)


def test_the_head_trains_at_the_full_rate_and_biases_do_not_decay():
    recipe = Recipe(epochs=1, learning_rate=1.0, weight_decay=0.1, backbone_rate=0.5)
    model = small_model()
    groups = parameter_groups(model, recipe, ("3.",))
    found = {(one["lr"], one["weight_decay"]): len(one["params"]) for one in groups}
    assert found == {(0.5, 0.1): 1, (0.5, 0.0): 1, (1.0, 0.1): 1, (1.0, 0.0): 1}


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_every_optimizer_of_the_choice_is_built(name):
    recipe = Recipe(epochs=1, learning_rate=0.1, optimizer=name)
    assert type(build_optimizer(small_model(), recipe)).__name__.lower() == name


def test_the_rate_warms_up_and_then_falls_to_zero():
    recipe = Recipe(epochs=1, learning_rate=1, schedule="cosine", warmup=0.1)
    factors = [rate_factor(step, steps=100, recipe=recipe) for step in range(101)]
    assert factors[0] == 0.1
    assert factors[9] == factors[10] == 1.0
    assert factors[100] == 0.0
    assert all(before >= after for before, after in pairwise(factors[10:]))


def test_poly_falls_by_the_power_of_nine_tenths():
    recipe = Recipe(epochs=1, learning_rate=1, schedule="poly")
    assert rate_factor(50, steps=100, recipe=recipe) == 0.5**0.9


def test_bfloat16_training_gives_finite_float32_weights():
    result = run(bfloat16=True)
    assert all(one.dtype == torch.float32 for one in result.state.values())
    assert np.isfinite(result.history["train_loss"]).all()
