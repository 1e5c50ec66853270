from itertools import pairwise

import pytest
import torch
from torch import nn

from wildroad.core.recipes import (
    Recipe,
    build_optimizer,
    build_schedule,
    parameter_groups,
    rate_factor,
)


def small_model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(4, 16), nn.Dropout(0.5), nn.ReLU(), nn.Linear(16, 3))


def conv_model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 16, 3)
        return nn.Sequential(*layers).to(memory_format=torch.channels_last)


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


def test_the_head_learns_alone_until_the_backbone_starts():
    recipe = Recipe(epochs=1, learning_rate=0.5, backbone_rate=0.1, backbone_start=0.3)
    model = small_model()
    optimizer = build_optimizer(model, recipe, ("3.",))
    schedule = build_schedule(optimizer, recipe, steps=10)
    started = {name: value.clone() for name, value in model.named_parameters()}
    for step in range(5):
        rates = {group["full"]: group["lr"] for group in optimizer.param_groups}
        assert rates == {True: 0.5, False: pytest.approx(0.05) if step >= 3 else 0}
        model(torch.ones(5, 4)).sum().backward()
        optimizer.step()
        schedule.step()
        moved = {name for name, value in model.named_parameters() if (value != started[name]).any()}
        assert {name.split(".")[0] for name in moved} == ({"0", "3"} if step >= 3 else {"3"})


@pytest.mark.parity
@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_the_fused_step_is_the_plain_one_in_channels_last_memory_too(name):
    recipe = Recipe(epochs=1, learning_rate=0.01, optimizer=name, weight_decay=0.1)
    fused, plain = conv_model(), conv_model()
    steps = build_optimizer(fused, recipe), build_optimizer(plain, recipe)
    for group in steps[1].param_groups:
        group["fused"] = False
    for seed in range(3):
        inputs = torch.randn(4, 3, 6, 6, generator=torch.Generator().manual_seed(seed))
        for model, optimizer in zip((fused, plain), steps, strict=True):
            optimizer.zero_grad()
            model(inputs).square().sum().backward()
            optimizer.step()
    for one, other in zip(fused.parameters(), plain.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-5)
