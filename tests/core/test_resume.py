"""A training that was interrupted ends in the same bits."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from wildroad.core.recipes import Recipe
from wildroad.core.training import Selection, train
from wildroad.core.training_store import (
    DamagedStateError,
    decode_state,
    encode_state,
    fingerprint,
)
from wildroad.datasets.training_store import TrainingFile

CPU = torch.device("cpu")
KILLS, EPOCHS = 20, 6


class Remembered:
    """A store in memory that keeps every state, and gives the one that is asked for."""

    def __init__(self, given=None):
        self.given, self.states, self.asked, self.cleared = given, [], None, 0

    def load(self, fingerprint):
        self.asked = fingerprint
        return self.given

    def save(self, state):
        self.states.append(encode_state(state))

    def clear(self):
        self.cleared += 1


def model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.3), nn.Flatten()
        return nn.Sequential(*layers, nn.Linear(8 * 36, 3)).to(memory_format=torch.channels_last)


def batches(epoch):
    generator = torch.Generator().manual_seed(epoch)
    for _ in range(2):
        inputs = torch.randn(6, 3, 8, 8, generator=generator)
        yield inputs, torch.randint(0, 3, (6,), generator=generator)


def run(store=None, settings=dict, **recipe):
    return train(
        model(),
        batches=batches,
        steps_per_epoch=2,
        loss=cross_entropy,
        measure=lambda current: {"val_loss": current(torch.ones(2, 3, 8, 8)).sum().item()},
        recipe=Recipe(**{"epochs": 4, "learning_rate": 0.01, "weight_decay": 0.01} | recipe),
        select=Selection("val_loss", greatest=False),
        device=CPU,
        store=store,
        settings=settings,
    )


def assert_bit_equal(first, second):
    assert first.rows == second.rows
    assert first.best_epoch == second.best_epoch
    assert list(first.state) == list(second.state)
    assert all(torch.equal(one, second.state[name]) for name, one in first.state.items())


@pytest.fixture(scope="module")
def kills(tmp_path_factory):
    """What was seen at each of twenty kills of a training."""
    if not hasattr(os, "fork"):
        pytest.skip("needs os.fork")
    script = Path(__file__).with_name("resumed_training.py")
    folder = tmp_path_factory.mktemp("killed")
    told = subprocess.run(
        [sys.executable, str(script), str(folder), str(KILLS), "0"],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(told.stdout)


@pytest.mark.faults
def test_after_twenty_kills_the_next_run_ends_in_the_same_bits(kills):
    assert len(kills) == 1 + KILLS
    assert [seen["moment"] for seen in kills if not seen["equal"]] == []


@pytest.mark.faults
def test_a_killed_training_goes_on_from_the_last_whole_state_and_says_so(kills):
    for seen in kills:
        line = f"an interrupted training goes on after epoch {seen['epoch']} of {EPOCHS}\n"
        assert seen["told"] == (line if seen["epoch"] else "")
    assert sum(seen["epoch"] > 0 for seen in kills) >= KILLS // 3


@pytest.mark.faults
def test_a_training_that_ended_well_leaves_no_state_and_no_half_file(kills):
    assert {tuple(seen["rest"]) for seen in kills[1:]} == {("result", "told")}


@pytest.mark.parametrize("bfloat16", [False, True])
@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_every_optimizer_goes_on_to_the_same_bits_from_every_epoch(optimizer, bfloat16):
    recipe = {"optimizer": optimizer, "bfloat16": bfloat16, "schedule": "cosine", "warmup": 0.2}
    whole = Remembered()
    expected = run(whole, **recipe)
    assert len(whole.states) == 3
    for encoded in whole.states:
        resumed = Remembered(decode_state(encoded))
        assert_bit_equal(run(resumed, **recipe), expected)
        assert resumed.asked == whole.asked
        assert resumed.states == whole.states[decode_state(encoded).epoch :]


def test_a_store_changes_nothing_and_is_cleared_in_the_end():
    store = Remembered()
    assert_bit_equal(run(store), run())
    assert store.cleared == 1


def test_a_training_that_fails_keeps_its_state():
    store = Remembered()

    def settings():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(store, settings)
    assert store.cleared == 0


def test_patience_is_counted_over_an_interruption():
    store = Remembered()
    expected = run(store, epochs=30, early_stopping=2)
    assert len(expected.rows) == expected.best_epoch + 2 < 30
    resumed = run(Remembered(decode_state(store.states[-1])), epochs=30, early_stopping=2)
    assert_bit_equal(resumed, expected)


@pytest.mark.parametrize(
    "change",
    [{"learning_rate": 0.02}, {"epochs": 5}, {"seed": 1}, {"settings": lambda: {"batch_size": 9}}],
)
def test_a_state_of_other_settings_is_not_gone_on_from(tmp_path, capsys, change):
    store = Remembered()
    run(store)
    file = TrainingFile(tmp_path / "road.training")
    file.save(decode_state(store.states[0]))
    assert_bit_equal(run(file, **change), run(**change))
    told = "road.training is of a training with other settings, data or machine: the training"
    assert capsys.readouterr().out == f"{told} starts anew\n"


def test_a_fingerprint_belongs_to_the_weights_the_layers_and_the_settings():
    other_weights, other_layers = model(), model()
    other_layers[3].p = 0.4
    with torch.no_grad():
        other_weights[0].bias[0] += 1e-6
    marks = {
        fingerprint(one, settings)
        for one in (model(), other_weights, other_layers)
        for settings in ({"rate": 1}, {"rate": 2})
    }
    assert len(marks) == 6
    assert fingerprint(model(), {"rate": 1}) in marks


@pytest.mark.faults
def test_a_cut_or_altered_state_is_refused():
    store = Remembered()
    run(store, epochs=2)
    (whole,) = store.states
    altered = bytearray(whole)
    altered[-5] ^= 1
    cuts = [0, 5, 20, 60, len(whole) // 2, len(whole) - 1]
    for damaged in [*(whole[:length] for length in cuts), bytes(altered), whole + b"\0"]:
        with pytest.raises(DamagedStateError, match="cut, altered or not a training state"):
            decode_state(damaged)
