"""Where a function of one number is zero."""

from collections.abc import Callable


def root(function: Callable[[float], float], low: float, high: float, **tolerances: float) -> float:
    """A zero between two numbers at which the function has opposite signs, by Brent's method.

    ``tolerances`` are ``xtol`` and ``rtol`` of scipy.

    Source: Brent (1973), "Algorithms for minimization without derivatives".

    >>> round(root(lambda x: x * x - 2, 0.0, 2.0), 9)
    1.414213562
    """
    from scipy.optimize import brentq  # not before it is needed: its import takes a sixth of that of all queues

    return float(brentq(function, low, high, **tolerances))
