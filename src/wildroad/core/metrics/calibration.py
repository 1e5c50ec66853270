"""How honest a classifier's probabilities are, before and after one temperature.

Legend: N photos, K classes. Temperature scaling after Guo et al., "On Calibration of Modern Neural
Networks", 2017: probabilities to the power 1 / T, made to add up to 1 again.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from wildroad.core.metrics.classification import calibration_error, reliability
from wildroad.core.photo_outputs import PhotoOutputs

Floats = NDArray[np.float64]
Answered = tuple[Floats, NDArray[np.int64]]
"""Probabilities (N, K) and the class numbers (N,) of the targets."""
LEAST_TEMPERATURE, GREATEST_TEMPERATURE = 0.05, 20.0


def tempered(probabilities: Floats, *, temperature: float) -> Floats:
    """Log-probabilities (N, K) after a temperature; above 1 makes a model less sure.

    >>> np.exp(tempered(np.array([[0.9, 0.1]]), temperature=1.0)).round(3).tolist()
    [[0.9, 0.1]]
    >>> np.exp(tempered(np.array([[0.9, 0.1]]), temperature=2.0)).round(3).tolist()
    [[0.75, 0.25]]
    """
    logits = np.log(np.maximum(probabilities, np.finfo(np.float64).tiny)) / temperature
    scaled: Floats = log_softmax(logits, axis=1)
    return scaled


def negative_log_likelihood(log_probabilities: Floats, targets: NDArray[np.int64]) -> float:
    """Mean of -log p of the target, in nats; NaN without a photo."""
    chosen = log_probabilities[np.arange(len(targets)), targets]
    return float(-chosen.mean()) if len(targets) else float("nan")


def brier_score(probabilities: Floats, targets: NDArray[np.int64]) -> float:
    """Mean squared distance of the probabilities to the target, from 0 to 2 (Brier, 1950).

    >>> brier_score(np.array([[0.75, 0.25]]), np.array([0]))  # 0.25 ** 2 + 0.25 ** 2
    0.125
    """
    wanted = np.eye(probabilities.shape[1])[targets]
    distances = np.square(probabilities - wanted).sum(1)
    return float(distances.mean()) if len(targets) else float("nan")


def fit_temperature(probabilities: Floats, targets: NDArray[np.int64]) -> float:
    """The temperature of the least negative log-likelihood, from 0.05 to 20; NaN without a photo.

    Args:
        probabilities: (N, K), of validation photos.
        targets: (N,) class numbers.
    """
    if not len(targets):
        return float("nan")
    found = minimize_scalar(
        lambda log: negative_log_likelihood(
            tempered(probabilities, temperature=float(np.exp(log))), targets
        ),
        bounds=(np.log(LEAST_TEMPERATURE), np.log(GREATEST_TEMPERATURE)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(found.x))


def expected_calibration_error(probabilities: Floats, targets: NDArray[np.int64]) -> float:
    """ECE of (N, K) probabilities: 15 bins of equal width on the greatest one."""
    answers = {
        "target": targets,
        "predicted": probabilities.argmax(1),
        "confidence": probabilities.max(1),
    }
    return calibration_error(reliability(pd.DataFrame(answers)))


def with_targets(outputs: PhotoOutputs, answers: pd.DataFrame, classes: Sequence[str]) -> Answered:
    """Probabilities (N, K) and class numbers (N,) of photos, joined by their ids.

    Args:
        outputs: Holds the probabilities.
        answers: Columns photo_id, target; N rows.
        classes: The K class names in the order of the outputs.
    """
    targets = pd.Index(classes).get_indexer(pd.Index(answers["target"]))
    return outputs.probabilities_of(list(answers["photo_id"])), targets.astype(np.int64)


def score_calibration(val: Answered, test: Answered) -> pd.DataFrame:
    """Fit a temperature on val photos; score the test photos before and after it.

    Args:
        val: Probabilities (N, K) and targets (N,) that the temperature is fitted on.
        test: Those that are scored.

    Returns:
        Columns metric, value, low, high (NaN), photos. Metrics: nll, brier, temperature,
        nll_calibrated, brier_calibrated, ece_calibrated.
    """
    temperature = fit_temperature(*val)
    (probabilities, targets), photos = test, len(test[1])
    before = tempered(probabilities, temperature=1.0)
    after = tempered(probabilities, temperature=temperature)
    values = {
        "nll": (negative_log_likelihood(before, targets), photos),
        "brier": (brier_score(probabilities, targets), photos),
        "temperature": (temperature, len(val[1])),
        "nll_calibrated": (negative_log_likelihood(after, targets), photos),
        "brier_calibrated": (brier_score(np.exp(after), targets), photos),
        "ece_calibrated": (expected_calibration_error(np.exp(after), targets), photos),
    }
    rows = [(name, value, np.nan, np.nan, count) for name, (value, count) in values.items()]
    return pd.DataFrame(rows, columns=["metric", "value", "low", "high", "photos"])
