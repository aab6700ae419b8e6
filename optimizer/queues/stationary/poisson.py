"""Poisson probabilities of any mean."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

Floats = NDArray[np.float64]


def poisson(counts: NDArray[np.int64], mean: float) -> Floats:
    """P(N = k), by logarithms, so that a large mean does not underflow; all at k = 0 where the mean is 0.

    >>> poisson(np.arange(3), 2.0).round(6).tolist()
    [0.135335, 0.270671, 0.270671]
    """
    chances: Floats = np.exp(xlogy(counts, mean) - mean - gammaln(counts + 1.0))
    return chances
