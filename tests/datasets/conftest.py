import numpy as np
import pytest


@pytest.fixture
def masks():
    generator = np.random.default_rng(0)
    return {f"city/{n}": generator.integers(0, 256, (5, 7 + n), np.uint8) for n in range(3)}
