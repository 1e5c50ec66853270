import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from wildroad.core.recipes import Recipe
from wildroad.core.training import DivergedError, MemoryExhaustedError, Selection, Trainer, train

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


def test_bfloat16_training_gives_finite_float32_weights():
    result = run(bfloat16=True)
    assert all(one.dtype == torch.float32 for one in result.state.values())
    assert np.isfinite(result.history["train_loss"]).all()


def test_two_trainings_in_bfloat16_are_bit_equal():
    first, second = run(bfloat16=True), run(bfloat16=True)
    assert first.rows == second.rows
    assert all(torch.equal(one, second.state[name]) for name, one in first.state.items())


def conv_model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 16, 3)
        return nn.Sequential(*layers).to(memory_format=torch.channels_last)


class Hungry(nn.Module):
    """Runs out of memory above a number of inputs at a time, as a device or an allocator would."""

    def __init__(self, most, error=None):
        super().__init__()
        self.layers, self.most, self.sizes = conv_model(), most, []
        self.error = error or torch.OutOfMemoryError("CUDA out of memory.")

    def forward(self, inputs):
        self.sizes.append(len(inputs))
        if len(inputs) > self.most:
            raise self.error
        return self.layers(inputs)


WEIGHTS = torch.tensor([0.2, 1.0, 3.0])


def trainer(model, **arguments):
    return Trainer(
        model,
        loss=arguments.pop("loss", cross_entropy),
        running={"train_accuracy": lambda output, target: (output.argmax(1) == target).float()},
        recipe=Recipe(epochs=1, learning_rate=0.01, **arguments.pop("recipe", {})),
        steps=9,
        device=CPU,
        **arguments,
    )


def conv_batch(size=11):
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(size, 3, 6, 6, generator=generator)
    return inputs, torch.randint(0, 3, (size,), generator=generator)


@pytest.mark.parametrize("parts", [2, 3, 11, 40])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_micro_batches_add_up_to_the_step_of_their_batch(parts, weights):
    arguments = {
        "loss": lambda output, target: cross_entropy(output, target, weight=weights),
        "weigh": len if weights is None else lambda target: weights[target].sum(),
    }
    whole = trainer(conv_model(), **arguments)
    split = trainer(conv_model(), recipe={"accumulate": parts}, **arguments)
    expected, figures = whole.step(conv_batch()), split.step(conv_batch())
    for name, value in expected.items():
        assert torch.allclose(figures[name], value, atol=1e-6)
    for one, other in zip(whole.model.parameters(), split.model.parameters(), strict=True):
        assert torch.allclose(one.grad, other.grad, atol=1e-6)


@pytest.mark.faults
@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:1] DefaultCPUAllocator: can't allocate memory"
        ),
        RuntimeError("MPS backend out of memory (MPS allocated: 3 GB)"),
    ],
)
def test_out_of_memory_halves_the_micro_batch_and_keeps_the_step(error, capsys):
    hungry = trainer(Hungry(3, error))
    hungry.step(conv_batch())
    assert hungry.model.sizes == [11, 6, 3, 3, 3, 2]
    told = "cpu ran out of memory: a batch of 11 is taken in 4 parts from now on, and still makes"
    assert capsys.readouterr().out == f"{told} one step\n"
    hungry.step(conv_batch())
    assert hungry.model.sizes[6:] == [3, 3, 3, 2]
    assert capsys.readouterr().out == ""
    whole = trainer(conv_model())
    for _ in range(2):
        whole.step(conv_batch())
    pairs = zip(whole.model.parameters(), hungry.model.layers.parameters(), strict=True)
    assert all(torch.allclose(one, other, atol=1e-4) for one, other in pairs)


@pytest.mark.faults
@pytest.mark.parametrize(("smallest", "sizes"), [(1, [11, 6, 3, 2, 1]), (2, [11, 6, 3, 3])])
def test_out_of_memory_with_the_smallest_micro_batch_ends_the_training(smallest, sizes):
    hungry = trainer(Hungry(0), smallest=smallest)
    message = f"cpu ran out of memory with only {smallest} of a batch at a time: choose a smaller"
    with pytest.raises(MemoryExhaustedError, match=message):
        hungry.step(conv_batch())
    assert hungry.model.sizes == sizes


@pytest.mark.faults
def test_another_error_is_not_taken_for_a_lack_of_memory():
    with pytest.raises(RuntimeError, match="shapes differ"):
        trainer(Hungry(0, RuntimeError("shapes differ"))).step(conv_batch())


@pytest.mark.parametrize(
    ("losses", "patience", "epochs"),
    [([3, 2, 2, 2, 1], 2, 4), ([3, 2, 2, 2, 1], 3, 5), ([1, 2, 3], 1, 2), ([1, 2, 3], None, 3)],
)
def test_the_training_stops_when_patience_ends(losses, patience, epochs):
    values = iter(losses)
    result = run(
        measure=lambda model: {"val_loss": float(next(values))},
        epochs=len(losses),
        early_stopping=patience,
    )
    assert len(result.history) == epochs
