"""Formulas against autograd, SciPy and what one can work out by hand."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special, stats
from torch.nn import functional

from wildroad.core import theory
from wildroad.core.theory import TwoLayers

numbers = st.floats(-8, 8)
logit_vectors = st.integers(2, 7).flatmap(lambda k: arrays(float, k, elements=numbers))
seeds = st.integers(0, 10_000)
few = settings(max_examples=50, deadline=None)


def tensor(values, *, tracked=False):
    return torch.tensor(values, dtype=torch.float64, requires_grad=tracked)


def second_derivative(function, at):
    z = tensor(at, tracked=True)
    (slope,) = torch.autograd.grad(function(z), z, create_graph=True)
    (curvature,) = torch.autograd.grad(slope, z)
    return curvature.item()


def distributions(seed, *, classes=5):
    return np.random.default_rng(seed).dirichlet(np.ones(classes), 2)


def test_a_wrong_nine_in_ten_costs_3_322_bits_and_the_three_examples_1_793_on_average():
    assert theory.binary_cross_entropy(0, 0.9) == pytest.approx(math.log2(10))
    assert round(math.log2(10), 3) == 3.322
    mean = theory.binary_cross_entropy([1, 0, 0], [0.1, 0.2, 0.7]).mean()
    assert mean == pytest.approx(math.log2(10 / 0.8 / 0.3) / 3)
    assert math.floor(1000 * mean) == 1793, "1.7936: three digits of it, not rounded"


def test_a_certainty_costs_nothing_where_it_is_right_and_everything_where_it_is_wrong():
    assert theory.binary_cross_entropy([0, 1, 0, 1], [0, 1, 1, 0]).tolist() == [
        0.0, 0.0, math.inf, math.inf,
    ]  # fmt: skip


@pytest.mark.parity
@given(st.sampled_from([0.0, 0.25, 1.0]), st.floats(0.001, 0.999))
@few
def test_binary_cross_entropy_is_pytorchs_in_bits(target, predicted):
    expected = functional.binary_cross_entropy(tensor(predicted), tensor(target)) / math.log(2)
    assert theory.binary_cross_entropy(target, predicted) == pytest.approx(expected.item())


def test_squared_error_of_a_sigmoid_curves_down_at_three_quarters_for_the_target_0():
    assert theory.squared_error_curvature(0, math.log(3)) == pytest.approx(-9 / 128, abs=1e-15)


@pytest.mark.parametrize(("target", "sign"), [(0, 1), (1, -1)])
def test_squared_error_stops_being_convex_exactly_where_the_error_passes_two_thirds(target, sign):
    edge = sign * theory.CURVES_DOWN_BEYOND
    assert abs(special.expit(edge) - target) == pytest.approx(2 / 3)
    assert theory.squared_error_curvature(target, edge) == pytest.approx(0, abs=1e-15)
    assert theory.squared_error_curvature(target, edge - sign * 0.01) > 0
    assert theory.squared_error_curvature(target, edge + sign * 0.01) < 0


def test_a_chord_of_the_squared_error_lies_below_it_so_it_is_not_convex():
    ends = theory.squared_error(0, [1.0, 5.0])
    assert ends.mean() < theory.squared_error(0, 3.0)


@given(st.sampled_from([0.0, 1.0]), numbers)
@few
def test_curvatures_are_autograds_and_that_of_cross_entropy_is_never_negative(target, logit):
    found = theory.squared_error_curvature(target, logit)
    expected = second_derivative(lambda z: (torch.sigmoid(z) - target) ** 2, logit)
    assert found == pytest.approx(expected, abs=1e-12)
    found = theory.binary_cross_entropy_curvature(logit)
    expected = second_derivative(
        lambda z: functional.binary_cross_entropy_with_logits(z, tensor(target)), logit
    )
    assert found == pytest.approx(expected, abs=1e-12)
    assert found >= 0


@given(seeds, st.floats(0.001, 0.5), st.floats(0, 0.5))
@few
def test_an_l2_step_is_a_gradient_step_on_the_penalised_loss(seed, rate, strength):
    drawn = np.random.default_rng(seed)
    weights, pull = drawn.normal(size=(2, 3, 4))
    w = tensor(weights, tracked=True)
    loss = (w * tensor(pull)).sum() + strength * (w**2).sum()
    loss.backward()
    found = theory.l2_step(weights, pull, rate=rate, strength=strength)
    assert found == pytest.approx((w - rate * w.grad).detach().numpy())


@pytest.mark.parity
@given(seeds, st.floats(0.001, 0.5), st.floats(0, 0.5))
@few
def test_pytorchs_weight_decay_is_twice_the_strength(seed, rate, strength):
    weights, pull = np.random.default_rng(seed).normal(size=(2, 5))
    w = torch.nn.Parameter(tensor(weights))
    w.grad = tensor(pull)
    torch.optim.SGD([w], lr=rate, weight_decay=2 * strength).step()
    found = theory.l2_step(weights, pull, rate=rate, strength=strength)
    assert found == pytest.approx(w.detach().numpy())


@given(seeds, st.floats(0.01, 0.5), st.floats(0.01, 0.9))
@few
def test_weights_shrink_by_the_same_factor_at_every_step_without_a_gradient(seed, rate, strength):
    start = weights = np.random.default_rng(seed).normal(size=6)
    for _ in range(10):
        weights = theory.l2_step(weights, np.zeros(6), rate=rate, strength=strength)
    assert weights == pytest.approx(start * (1 - 2 * rate * strength) ** 10)
    assert np.linalg.norm(weights) < np.linalg.norm(start)


@given(seeds)
@few
def test_cross_entropy_is_entropy_plus_divergence_which_is_never_negative(seed):
    p, q = distributions(seed)
    divergence = theory.kl_divergence(p, q)
    assert theory.cross_entropy(p, q) == pytest.approx(theory.entropy(p) + divergence)
    assert divergence > 0
    assert theory.kl_divergence(p, p) == 0


@pytest.mark.parity
@given(seeds)
@few
def test_entropy_and_divergence_are_scipys(seed):
    p, q = distributions(seed)
    assert theory.entropy(p) == pytest.approx(stats.entropy(p, base=2))
    assert theory.kl_divergence(p, q) == pytest.approx(stats.entropy(p, q, base=2))


def test_the_code_for_a_distribution_that_excludes_an_outcome_costs_infinitely_much():
    p, q = [0.5, 0.5], [1.0, 0.0]
    assert theory.cross_entropy(p, q) == theory.kl_divergence(p, q) == math.inf
    assert theory.cross_entropy(q, p) == theory.kl_divergence(q, p) == 1.0
    assert theory.entropy(q) == 0.0


@pytest.mark.faults
@pytest.mark.parametrize("wrong", [[0.5, 0.6], [1.5, -0.5], [math.nan, 1.0]])
def test_what_is_no_distribution_is_refused(wrong):
    with pytest.raises(ValueError, match="is no distribution"):
        theory.entropy(wrong)
    with pytest.raises(ValueError, match="is no distribution"):
        theory.cross_entropy([0.5, 0.5], wrong)


@pytest.mark.parity
@given(logit_vectors)
@few
def test_softmax_is_scipys_and_a_shift_of_all_logits_changes_nothing(logits):
    found = theory.softmax(logits)
    assert found == pytest.approx(special.softmax(logits), abs=1e-15)
    assert found == pytest.approx(np.exp(logits) / np.exp(logits).sum(), abs=1e-15)
    assert found.sum() == pytest.approx(1)
    assert theory.softmax(logits + 1000) == pytest.approx(found, abs=1e-12)


def test_softmax_of_huge_logits_is_exact_where_plain_exponentials_overflow():
    logits = np.array([1000.0, 1000.0, 0.0])
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isnan((np.exp(logits) / np.exp(logits).sum())[0])
    with np.errstate(all="raise", under="ignore"):
        assert theory.softmax(logits).tolist() == [0.5, 0.5, 0.0]
        assert theory.softmax(-logits).tolist() == [0.0, 0.0, 1.0]


@pytest.mark.known_bug(18)
@given(logit_vectors)
@few
def test_the_jacobian_of_softmax_is_autograds_beside_the_diagonal_too(logits):
    expected = torch.autograd.functional.jacobian(
        lambda z: torch.softmax(z, dim=0), tensor(logits)
    ).numpy()
    found = theory.softmax_jacobian(theory.softmax(logits))
    assert found == pytest.approx(expected, abs=1e-12)
    assert found.sum(axis=0) == pytest.approx(0, abs=1e-12)


@pytest.mark.known_bug(18)
@given(logit_vectors, st.integers(0, 6))
@few
def test_the_gradient_of_softmax_cross_entropy_is_autograds_for_every_entry(logits, number):
    k = number % len(logits)
    target = np.eye(len(logits))[k]
    z = tensor(logits, tracked=True)
    functional.cross_entropy(z[None], torch.tensor([k])).backward()
    found = theory.softmax_cross_entropy_gradient(theory.softmax(logits), target)
    assert found == pytest.approx(z.grad.numpy(), abs=1e-12)


@pytest.mark.known_bug(18)
def test_entries_of_wrong_classes_have_a_gradient_as_large_as_their_probability():
    found = theory.softmax_cross_entropy_gradient([0.5, 0.25, 0.25], [0, 1, 0])
    assert found.tolist() == [0.5, -0.75, 0.25]
    assert found.sum() == 0, "probability is moved between classes, none is made"


@given(logit_vectors, seeds)
@few
def test_the_gradient_is_the_jacobian_applied_to_that_of_the_logarithm(logits, seed):
    probabilities = theory.softmax(logits)
    target = distributions(seed, classes=len(logits))[0]
    chained = theory.softmax_jacobian(probabilities) @ (-target / probabilities)
    found = theory.softmax_cross_entropy_gradient(probabilities, target)
    assert found == pytest.approx(chained, abs=1e-9)


@pytest.mark.parity
@given(arrays(float, 6, elements=numbers) | st.just(np.zeros(6)))
@few
def test_leaky_relu_and_its_slope_are_pytorchs(z):
    tracked = tensor(z, tracked=True)
    expected = functional.leaky_relu(tracked, theory.LEAK)
    expected.sum().backward()
    assert theory.leaky_relu(z) == pytest.approx(expected.detach().numpy())
    assert theory.leaky_relu_slope(z).tolist() == tracked.grad.tolist()


def drawn_network(seed, *, inputs=3, hidden=4, classes=5, examples=7):
    drawn = np.random.default_rng(seed)
    shapes = ((hidden, inputs), (hidden, 1), (classes, hidden), (classes, 1))
    network = TwoLayers(*(drawn.normal(size=shape) for shape in shapes))
    target = np.eye(classes)[:, drawn.integers(classes, size=examples)]
    return network, drawn.normal(size=(inputs, examples)), target


@pytest.mark.parametrize("examples", [1, 7])
def test_shapes_of_a_batch(examples):
    network, x, target = drawn_network(0, examples=examples)
    made = network.forward(x)
    assert made.z1.shape == made.a1.shape == (4, examples)
    assert made.z2.shape == made.probabilities.shape == (5, examples)
    assert made.probabilities.sum(axis=0) == pytest.approx(1)
    gradients = network.backward(x, target)
    for name in ("w1", "b1", "w2", "b2"):
        assert getattr(gradients, name).shape == getattr(network, name).shape


@pytest.mark.known_bug(18)
@pytest.mark.parity
@given(seeds)
@few
def test_loss_and_gradients_of_the_network_are_autograds(seed):
    network, x, target = drawn_network(seed)
    w1, b1, w2, b2 = (tensor(one, tracked=True) for one in vars(network).values())
    z2 = w2 @ functional.leaky_relu(w1 @ tensor(x) + b1, theory.LEAK) + b2
    loss = functional.cross_entropy(z2.T, torch.from_numpy(target.argmax(0)))
    loss.backward()
    assert network.loss(x, target) == pytest.approx(loss.item())
    found = network.backward(x, target)
    for mine, theirs in zip(vars(found).values(), (w1, b1, w2, b2), strict=True):
        assert mine == pytest.approx(theirs.grad.numpy(), abs=1e-12)


def test_a_batch_is_its_examples_one_by_one():
    network, x, target = drawn_network(3)
    columns = [slice(n, n + 1) for n in range(x.shape[1])]
    whole = network.backward(x, target)
    parts = [network.backward(x[:, one], target[:, one]) for one in columns]
    for name in ("w1", "b1", "w2", "b2"):
        mean = np.mean([getattr(one, name) for one in parts], axis=0)
        assert getattr(whole, name) == pytest.approx(mean)


def test_steps_against_the_gradient_lower_the_loss():
    network, x, target = drawn_network(5)
    losses = [network.loss(x, target)]
    for _ in range(200):
        gradients = network.backward(x, target)
        network = TwoLayers(
            *(
                theory.l2_step(w, g, rate=0.5, strength=0)
                for w, g in zip(vars(network).values(), vars(gradients).values(), strict=True)
            )
        )
        losses.append(network.loss(x, target))
    assert losses[-1] < 0.5 * losses[0]
