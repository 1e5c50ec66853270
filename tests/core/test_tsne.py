import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE, _t_sne, trustworthiness
from sklearn.neighbors import NearestNeighbors

from wildroad.core import tsne
from wildroad.core.tsne_forces import CompiledForces
from wildroad.core.tsne_on_device import DeviceForces

PHOTOS = 203  # no multiple of the rows that are taken at a time


@pytest.fixture(scope="module")
def features():
    random = np.random.default_rng(0)
    centres = random.normal(0, 3, (5, 16))
    return (centres[np.arange(PHOTOS) % 5] + random.normal(size=(PHOTOS, 16))).astype(np.float32)


@pytest.fixture(scope="module")
def shares(features):
    return tsne.similarities(features, perplexity=12.5)


@pytest.fixture(scope="module")
def digits():
    return load_digits().data[:500].astype(np.float32)


def places(dimensions, spread=3.0):
    random = np.random.default_rng(dimensions)
    return (spread * random.standard_normal((dimensions, PHOTOS))).astype(np.float32)


def compiled(shares, dimensions, workers=2):
    return CompiledForces(shares, dimensions=dimensions, workers=workers)


def on_device(shares, dimensions):
    return DeviceForces(shares, dimensions=dimensions, device=torch.device("cpu"))


def slow_divergence(shares, there, freedom):
    """Kullback-Leibler divergence in float64, straight from the definition."""
    squared = ((there[:, :, None] - there[:, None]) ** 2).sum(axis=0)
    similar = (1 + squared / freedom) ** (-(freedom + 1) / 2)
    np.fill_diagonal(similar, 0)
    p, q = shares.toarray().astype(np.float64), similar / similar.sum()
    return (p[p > 0] * np.log(p[p > 0] / q[p > 0])).sum()


@pytest.mark.parity
def test_similarities_are_those_of_scikit_learn(features, shares):
    neighbours = NearestNeighbors(n_neighbors=38).fit(features)
    squared = neighbours.kneighbors_graph(mode="distance")
    squared.data **= 2
    theirs = _t_sne._joint_probabilities_nn(squared, 12.5, 0)
    np.testing.assert_allclose(shares.toarray(), theirs.toarray(), rtol=2e-4, atol=1e-9)


def test_each_photo_has_as_many_effective_neighbours_as_wanted():
    squared = np.random.default_rng(1).gamma(2, 1e5, (40, 90)).astype(np.float32)
    rows = tsne.conditional_shares(squared, 30.0)
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-12)
    entropy = -(rows * np.log(np.where(rows > 0, rows, 1))).sum(axis=1)
    np.testing.assert_allclose(np.exp(entropy), 30, rtol=1e-4)


def test_equal_distances_have_equal_shares():
    rows = tsne.conditional_shares(np.full((1, 8), 7, np.float32), 5.0)
    np.testing.assert_allclose(rows, 1 / 8, rtol=1e-12)


@pytest.mark.parity
@pytest.mark.parametrize("forces", [compiled, on_device])
def test_gradient_and_divergence_in_the_plane_are_those_of_scikit_learn(shares, forces):
    there, ours = places(2), forces(shares, 2)
    pairs = shares.toarray()[np.triu_indices(PHOTOS, 1)].astype(np.float64)
    theirs = _t_sne._kl_divergence(there.T.ravel().astype(np.float64), pairs, 1, PHOTOS, 2)
    assert ours.divergence(there, 1.0) == pytest.approx(theirs[0], rel=1e-5)
    gradient = theirs[1].reshape(PHOTOS, 2).T
    scale = abs(gradient).max()
    np.testing.assert_allclose(ours.gradient(there, 1.0) / scale, gradient / scale, atol=1e-5)


@pytest.mark.parametrize("forces", [compiled, on_device])
@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("spread", [1e-4, 3.0, 40.0])
def test_gradient_is_the_slope_of_the_divergence(shares, forces, dimensions, spread):
    there = places(dimensions, spread)
    gradient = forces(shares, dimensions).gradient(there, 1.0)
    step = 1e-3 * spread
    for axis, photo in ((0, 0), (dimensions - 1, 100), (1, PHOTOS - 1)):
        ends = []
        for side in (-step, step):
            moved = there.astype(np.float64)
            moved[axis, photo] += side
            ends.append(slow_divergence(shares, moved, max(dimensions - 1, 1)))
        slope = (ends[1] - ends[0]) / (2 * step)
        assert gradient[axis, photo] == pytest.approx(slope, rel=2e-3, abs=1e-6)


@pytest.mark.parametrize("forces", [compiled, on_device])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_divergence_is_that_of_the_definition(shares, forces, dimensions):
    there = places(dimensions)
    slow = slow_divergence(shares, there.astype(np.float64), max(dimensions - 1, 1))
    assert forces(shares, dimensions).divergence(there, 1.0) == pytest.approx(slow, rel=1e-5)


def test_exaggeration_multiplies_the_similarities(shares):
    there, forces = places(2), compiled(shares, 2)
    pull = forces.gradient(there, 2.0) - forces.gradient(there, 1.0)
    np.testing.assert_allclose(
        forces.gradient(there, 12.0), forces.gradient(there, 1.0) + 11 * pull, rtol=1e-2, atol=1e-5
    )


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_gradient_is_the_same_to_the_bit_whatever_the_threads(shares, dimensions):
    there = places(dimensions)
    gradients = [compiled(shares, dimensions, workers=n).gradient(there, 1.0) for n in (1, 2, 5)]
    assert all(np.array_equal(gradients[0], other) for other in gradients[1:])


@pytest.mark.parametrize("photos", [5, 6, 7, 8, 9])
def test_few_photos_are_laid_out(photos):
    features = np.random.default_rng(photos).normal(size=(photos, 4)).astype(np.float32)
    placed = tsne.lay_out(features, dimensions=2, perplexity=(photos - 1) / 3, seed=0)
    assert placed.places.shape == (photos, 2)
    assert np.isfinite(placed.places).all()
    assert np.isfinite(placed.divergence)


def test_fewer_features_than_axes_are_laid_out():
    features = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    assert tsne.lay_out(features, dimensions=3, perplexity=5, seed=0).places.shape == (20, 3)


def test_equal_features_are_laid_out():
    placed = tsne.lay_out(np.ones((20, 6), np.float32), dimensions=2, perplexity=5, seed=0)
    assert np.isfinite(placed.places).all()


@pytest.mark.parity
@pytest.mark.parametrize("dimensions", [2, 3])
def test_digits_are_laid_out_no_worse_than_by_scikit_learn(digits, dimensions):
    ours = tsne.lay_out(digits, dimensions=dimensions, perplexity=30, seed=0)
    theirs = TSNE(dimensions, init="pca", random_state=0, n_jobs=1).fit_transform(digits)
    forces = compiled(tsne.similarities(digits, perplexity=30), dimensions)
    assert ours.divergence <= 1.01 * forces.divergence(np.ascontiguousarray(theirs.T), 1.0)
    assert trustworthiness(digits, ours.places) >= trustworthiness(digits, theirs) - 0.002


def test_the_gpu_code_lays_digits_out_as_well(digits):
    shares = tsne.similarities(digits[:200], perplexity=30)
    start = tsne.first_places(digits[:200], dimensions=2, seed=0)
    found = [
        forces.divergence(tsne.descend(start, forces), 1.0)
        for forces in (compiled(shares, 2), on_device(shares, 2))
    ]
    assert found[1] == pytest.approx(found[0], rel=0.03)


def test_similarities_are_a_symmetric_distribution(shares):
    assert isinstance(shares, csr_array)
    dense = shares.toarray()
    np.testing.assert_array_equal(dense, dense.T)
    assert dense.sum() == pytest.approx(1, rel=1e-6)
    assert (dense.diagonal() == 0).all()


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("photos", [5, 8, 10, 13, 40])
def test_few_photos_never_fly_apart(photos, dimensions):
    for seed in range(2):
        generator = np.random.default_rng(seed)
        features = generator.normal(size=(photos, 64)).astype(np.float32)
        laid = tsne.lay_out(features, dimensions=dimensions, perplexity=(photos - 1) / 3, seed=seed)
        assert np.isfinite(laid.divergence)
        assert 0 < np.abs(laid.places).max() < 1000
