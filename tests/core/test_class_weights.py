import numpy as np
import pytest
import torch

from wildroad.core.class_weights import frequency_weights

COUNTS = np.array([40, 10, 0, 50])


def test_power_nought_weighs_all_classes_alike():
    assert frequency_weights(COUNTS, power=0.0).tolist() == [1, 1, 0, 1]


def test_power_one_gives_every_class_the_same_sum_of_weights():
    sums = frequency_weights(COUNTS, power=1.0) * torch.from_numpy(COUNTS)
    assert torch.allclose(sums, torch.tensor([100 / 3, 100 / 3, 0, 100 / 3]))


@pytest.mark.parametrize("power", [0.25, 0.5, 1.0])
def test_the_weights_are_of_mean_one_over_all_that_was_counted(power):
    weights = frequency_weights(COUNTS, power=power)
    assert np.isclose((weights.numpy() * COUNTS).sum() / COUNTS.sum(), 1)
