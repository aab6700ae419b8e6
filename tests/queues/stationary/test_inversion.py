"""Inversion of transforms whose functions are known."""

import math

import numpy as np
import pytest
from scipy.special import erfc

from optimizer.queues.stationary.inversion import inverse_laplace


@pytest.mark.parametrize("time", [1e-6, 0.01, 1.0, 50.0, 1e6])
def test_every_exponential_is_within_the_stated_error(time):
    for rate in np.logspace(-8, 8, 65):
        assert inverse_laplace(lambda s, rate=rate: 1 / (s + rate), time) == pytest.approx(
            math.exp(-rate * time), abs=6e-14
        )


@pytest.mark.parametrize("time", [0.1, 1.0, 4.0])
def test_a_branch_cut_is_enclosed(time):
    """1 / (s + √s) is the transform of e^t erfc(√t)."""
    value = inverse_laplace(lambda s: 1 / (s + np.sqrt(s)), time)
    assert value == pytest.approx(math.exp(time) * erfc(math.sqrt(time)), abs=1e-13)
