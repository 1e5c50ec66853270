import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss

from wildroad.core.metrics.calibration import (
    brier_score,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    score_calibration,
    tempered,
    with_targets,
)
from wildroad.core.photo_outputs import PhotoOutputs


def drawn(seed, photos=200, classes=4, sharpness=1.0):
    """Probabilities and targets drawn from them; sharpened ones are overconfident by as much."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(0, 1.5, (photos, classes))
    honest = np.exp(tempered(np.exp(logits), temperature=1.0))
    targets = np.array([generator.choice(classes, p=row) for row in honest])
    return np.exp(tempered(honest, temperature=1 / sharpness)), targets


seeds = st.integers(0, 10_000)


@pytest.mark.parity
@given(seeds)
@settings(max_examples=20, deadline=None)
def test_likelihood_and_brier_score_equal_those_of_scikit_learn(seed):
    probabilities, targets = drawn(seed, photos=30)
    labels = list(range(4))
    found = negative_log_likelihood(np.log(probabilities), targets)
    assert found == pytest.approx(log_loss(targets, probabilities, labels=labels))
    expected = brier_score_loss(targets, probabilities, labels=labels, scale_by_half=False)
    assert brier_score(probabilities, targets) == pytest.approx(expected)


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_the_temperature_undoes_what_made_probabilities_too_sharp(sharpness):
    probabilities, targets = drawn(1, photos=20_000, sharpness=sharpness)
    assert fit_temperature(probabilities, targets) == pytest.approx(sharpness, rel=0.05)


@given(seeds, st.floats(0.2, 5))
@settings(max_examples=25, deadline=None)
def test_no_other_temperature_is_likelier(seed, other):
    probabilities, targets = drawn(seed, photos=60)
    best = fit_temperature(probabilities, targets)
    losses = [
        negative_log_likelihood(tempered(probabilities, temperature=one), targets)
        for one in (best, other)
    ]
    assert losses[0] <= losses[1] + 1e-9


@given(seeds, st.floats(0.05, 20))
def test_a_temperature_changes_no_answer_and_keeps_rows_adding_up(seed, temperature):
    probabilities, _ = drawn(seed, photos=20)
    scaled = np.exp(tempered(probabilities, temperature=temperature))
    assert np.array_equal(scaled.argmax(1), probabilities.argmax(1))
    assert np.allclose(scaled.sum(1), 1)


def test_probabilities_of_nothing_stay_finite():
    sure = np.array([[1.0, 0.0]])
    assert np.isfinite(tempered(sure, temperature=0.05)).all()


def test_calibration_error_of_the_probabilities_by_hand():
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.3, 0.7]])
    expected = (2 * abs(0.5 - 0.9) + abs(1 - 0.7)) / 3
    assert expected_calibration_error(probabilities, np.array([0, 1, 1])) == pytest.approx(expected)


def test_the_temperature_is_fitted_on_val_and_never_on_test():
    val, test = drawn(1, sharpness=2.0), drawn(2, sharpness=0.5)
    table = score_calibration(val, test).set_index("metric")
    other = score_calibration(val, drawn(3)).set_index("metric")
    assert table.loc["temperature", "value"] == other.loc["temperature", "value"]
    assert table.loc["temperature", "value"] == fit_temperature(*val)


def test_calibration_mends_the_error_of_an_overconfident_model():
    val, test = (drawn(seed, photos=5000, sharpness=3.0) for seed in (1, 2))
    value = score_calibration(val, test).set_index("metric")["value"]
    assert value["ece_calibrated"] < 0.03 < expected_calibration_error(*test)
    assert value["nll_calibrated"] < value["nll"]
    assert value["brier_calibrated"] < value["brier"]


def test_without_val_photos_nothing_is_calibrated_and_the_rest_is_scored():
    nothing = (np.zeros((0, 4)), np.zeros(0, np.int64))
    value = score_calibration(nothing, drawn(1)).set_index("metric")["value"]
    names = ["temperature", "nll_calibrated", "brier_calibrated", "ece_calibrated"]
    assert value[names].isna().all()
    assert value[["nll", "brier"]].notna().all()


def test_targets_are_joined_to_probabilities_by_id():
    outputs = PhotoOutputs(("a", "b"), np.array([[0.9, 0.1], [0.2, 0.8]]), np.zeros((2, 1), "f4"))
    answers = pd.DataFrame({"photo_id": ["b", "a"], "target": ["owl", "fox"]})
    probabilities, targets = with_targets(outputs, answers, ["fox", "owl"])
    assert probabilities.tolist() == [[0.2, 0.8], [0.9, 0.1]]
    assert targets.tolist() == [1, 0]
