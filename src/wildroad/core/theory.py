"""The results behind the losses: each as a formula, with its exact value or gradient.

Shapes: D inputs, H hidden units, K classes, m examples; an example is a column. Probabilities and
what is measured on them are float64. Information is in bits; the loss of the network is in nats,
whose gradient has no factor.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr, expit, logsumexp, rel_entr, xlog1py, xlogy

Array = NDArray[np.float64]

LEAK = 0.01
"""Slope of LeakyReLU for negative inputs."""
CURVES_DOWN_BEYOND = math.log(2)
"""Logit from which on the squared error of a sigmoid curves down for the target 0."""


def binary_cross_entropy(target: ArrayLike, predicted: ArrayLike) -> Array:
    """Cost in bits of predicting a probability; infinite for a certainty that is wrong.

    Args:
        target: 0 or 1, or a probability between them.
        predicted: Probability of 1, of the same shape.

    >>> float(binary_cross_entropy(0, 0.9).round(3))
    3.322
    >>> costs = binary_cross_entropy([1, 0, 0], [0.1, 0.2, 0.7])
    >>> float(costs.mean().round(4))  # often told as 1.793
    1.7936
    """
    y, p = as_array(target), as_array(predicted)
    return as_array(-(xlogy(y, p) + xlog1py(1 - y, -p)) / math.log(2))


def squared_error(target: ArrayLike, logit: ArrayLike) -> Array:
    """Squared error of a sigmoid.

    >>> squared_error(0, 0.0).item()
    0.25
    """
    return as_array((expit(as_array(logit)) - as_array(target)) ** 2)


def squared_error_curvature(target: ArrayLike, logit: ArrayLike) -> Array:
    """Second derivative of the squared error of a sigmoid with respect to the logit.

    It is negative, so the error is not convex, where a prediction is wrong enough: for the target 0
    above ln 2, where the sigmoid is above 2/3, and for the target 1 below -ln 2.

    >>> squared_error_curvature(0, math.log(3)).round(7).item()  # -9/128
    -0.0703125
    >>> squared_error_curvature(0, 0.0).item()
    0.125
    """
    p, y = as_array(expit(as_array(logit))), as_array(target)
    return 2 * p * (1 - p) * (p * (1 - p) + (p - y) * (1 - 2 * p))


def binary_cross_entropy_curvature(logit: ArrayLike) -> Array:
    """Second derivative of the binary cross-entropy in nats of a sigmoid: never negative.

    >>> binary_cross_entropy_curvature(0.0).item()
    0.25
    """
    p = as_array(expit(as_array(logit)))
    return p * (1 - p)


def l2_step(weights: ArrayLike, gradient: ArrayLike, *, rate: float, strength: float) -> Array:
    """One step of gradient descent on the loss plus ``strength`` times the squared weights.

    Args:
        weights: W, of any shape.
        gradient: dL/dW of the loss alone, of the same shape.
        rate: Learning rate a.
        strength: Weight l of the penalty.

    Returns:
        W - a (dL/dW + 2 l W). Without a gradient each step multiplies the weights by 1 - 2 a l.

    >>> l2_step([4.0, -2.0], [0.0, 0.0], rate=0.5, strength=0.25).tolist()
    [3.0, -1.5]
    """
    w = as_array(weights)
    return w - rate * (as_array(gradient) + 2 * strength * w)


def entropy(p: ArrayLike) -> float:
    """Bits that an outcome of P takes with the best code for P.

    Raises:
        ValueError: P is no distribution.

    >>> entropy([0.5, 0.25, 0.25])
    1.5
    """
    p = distribution(p)
    return float(entr(p).sum() / math.log(2))


def cross_entropy(p: ArrayLike, q: ArrayLike) -> float:
    """Bits that an outcome of P takes with the best code for Q; infinite where Q excludes it.

    It is the entropy of P plus the divergence of Q from P, so minimising either over Q is the same.

    Raises:
        ValueError: P or Q is no distribution.

    >>> cross_entropy([0.5, 0.5], [0.25, 0.75]) == entropy([0.5, 0.5]) + kl_divergence(
    ...     [0.5, 0.5], [0.25, 0.75]
    ... )
    True
    """
    return float(-xlogy(distribution(p), distribution(q)).sum() / math.log(2))


def kl_divergence(p: ArrayLike, q: ArrayLike) -> float:
    """Bits wasted on an outcome of P with the best code for Q; 0 only where they are equal.

    Raises:
        ValueError: P or Q is no distribution.

    >>> kl_divergence([1.0, 0.0], [0.5, 0.5])
    1.0
    """
    return float(rel_entr(distribution(p), distribution(q)).sum() / math.log(2))


def softmax(logits: ArrayLike, *, axis: int = 0) -> Array:
    """Probabilities from logits, shifted by their maximum so that no exponential overflows.

    A shift of all logits changes nothing: its exponential stands above and below the fraction.

    >>> softmax([1000.0, 1000.0]).tolist()
    [0.5, 0.5]
    """
    z = as_array(logits)
    powers = np.exp(z - z.max(axis=axis, keepdims=True))
    return as_array(powers / powers.sum(axis=axis, keepdims=True))


def softmax_jacobian(probabilities: ArrayLike) -> Array:
    """Derivatives of every probability with respect to every logit.

    Args:
        probabilities: y, K of one example.

    Returns:
        K x K: y_k (1 - y_k) on the diagonal and -y_k y_i beside it.

    >>> softmax_jacobian([0.5, 0.25, 0.25])[0].tolist()
    [0.25, -0.125, -0.125]
    """
    y = as_array(probabilities)
    return np.diag(y) - np.outer(y, y)


def softmax_cross_entropy_gradient(probabilities: ArrayLike, target: ArrayLike) -> Array:
    """Derivatives of the cross-entropy in nats of a softmax with respect to its logits.

    Every entry has one: raising the logit of a wrong class takes probability from the right one.

    Args:
        probabilities: y_hat, K or K x m.
        target: y, of the same shape; each example sums to 1.

    Returns:
        y_hat - y.

    >>> softmax_cross_entropy_gradient([0.5, 0.25, 0.25], [1, 0, 0]).tolist()
    [-0.5, 0.25, 0.25]
    """
    return as_array(probabilities) - as_array(target)


def leaky_relu(z: ArrayLike) -> Array:
    """Positive values as they are, others times ``LEAK``.

    >>> leaky_relu([2.0, -2.0]).tolist()
    [2.0, -0.02]
    """
    return as_array(z) * leaky_relu_slope(z)


def leaky_relu_slope(z: ArrayLike) -> Array:
    """Derivative of LeakyReLU; at 0 that of its left side, as PyTorch has it."""
    return np.where(as_array(z) > 0, 1.0, LEAK)


@dataclass(frozen=True)
class Forward:
    """What a batch becomes on its way through the network.

    Attributes:
        z1: H x m, before LeakyReLU.
        a1: H x m, after it.
        z2: K x m, the logits.
        probabilities: K x m, whose columns sum to 1.
    """

    z1: Array
    a1: Array
    z2: Array
    probabilities: Array


@dataclass(frozen=True)
class TwoLayers:
    """Two linear layers, LeakyReLU between them and a softmax after them; or their gradients.

    Attributes:
        w1: H x D.
        b1: H x 1, added to every column.
        w2: K x H.
        b2: K x 1.
    """

    w1: Array
    b1: Array
    w2: Array
    b2: Array

    def forward(self, x: Array) -> Forward:
        """Bring a batch, D x m, through the network."""
        z1 = self.w1 @ x + self.b1
        a1 = leaky_relu(z1)
        z2 = self.w2 @ a1 + self.b2
        return Forward(z1, a1, z2, softmax(z2))

    def loss(self, x: Array, target: Array) -> float:
        """Mean cross-entropy of a batch in nats; ``target`` is K x m."""
        z2 = self.forward(x).z2
        return float((target * (logsumexp(z2, axis=0) - z2)).sum() / x.shape[1])

    def backward(self, x: Array, target: Array) -> "TwoLayers":
        """Gradients of the loss, each of the shape of what it belongs to."""
        made = self.forward(x)
        dz2 = softmax_cross_entropy_gradient(made.probabilities, target) / x.shape[1]
        dz1 = (self.w2.T @ dz2) * leaky_relu_slope(made.z1)
        return TwoLayers(
            w1=dz1 @ x.T,
            b1=dz1.sum(axis=1, keepdims=True),
            w2=dz2 @ made.a1.T,
            b2=dz2.sum(axis=1, keepdims=True),
        )


def distribution(probabilities: ArrayLike) -> Array:
    """Check that probabilities are ones.

    Raises:
        ValueError: One is negative or not a number, or they do not sum to 1.
    """
    p = as_array(probabilities)
    if not (p >= 0).all() or abs(p.sum() - 1) > 1e-9:
        raise ValueError(
            f"{p.tolist()} is no distribution: it needs numbers of at least 0 that sum to 1,"
            f" not to {p.sum():g}"
        )
    return p


def as_array(values: object) -> Array:
    """Values as float64."""
    return np.asarray(values, dtype=np.float64)
