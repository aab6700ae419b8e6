"""How far ahead the wait is followed: who is further back is called with a negligible probability."""

import numpy as np
import pytest
from scipy.stats import binom, poisson

from optimizer.queues.transient.first_passage import longest_queue


@pytest.mark.parametrize(("rough", "negligible"), [(False, 1e-12), (True, 1e-5)])
@pytest.mark.parametrize("calls", [0.01, 1.0, 30.0, 700.0, 9000.0])
@pytest.mark.parametrize("patience", [0.0, 0.1, 1.0, 5.0])
def test_nobody_further_back_is_called(calls, patience, rough, negligible):
    """Those ahead are called at most at rate sμ, and each of them is still there with probability exp(-ητ)."""
    limit = 10.0
    longest = longest_queue(20, calls / 20 / limit, patience / limit, limit, rough)
    k = np.arange(int(calls + 12 * np.sqrt(calls) + 40))
    called = poisson.pmf(k, calls) @ binom.cdf(k, longest, np.exp(-patience))
    assert called < negligible
