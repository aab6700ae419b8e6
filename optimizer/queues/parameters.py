"""The domains of the parameters that the models share."""

from collections.abc import Sequence
from math import inf
from operator import index

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.errors import InvalidParameterError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def check_rates(**rates: float) -> None:
    """Refuse a rate, time or load that is not positive and finite.

    >>> check_rates(arrival_rate=2.0, service_rate=1.0)
    """
    for name, value in rates.items():
        if not 0 < value < inf:
            raise InvalidParameterError(f"{name}: {value}: expected a positive number")


def check_at_least(least: float, **values: float) -> None:
    """Refuse a number below the least, or not finite.

    >>> check_at_least(0, abandonment_rate=0.0, scv=1.5)
    """
    for name, value in values.items():
        if not least <= value < inf:
            raise InvalidParameterError(f"{name}: {value}: expected a number of at least {least}")


def check_limits(limits: Sequence[float]) -> None:
    """Refuse limits of a wait that are not positive and finite.

    >>> check_limits([5.0, 10.0])
    """
    if any(not 0 < limit < inf for limit in limits):
        raise InvalidParameterError(f"limits: {limits}: expected positive numbers")


def whole(name: str, value: int, least: int = 0) -> int:
    """A whole number of at least ``least``, from whatever type of integer.

    >>> whole("servers", np.int64(3))
    3
    """
    try:
        count = index(value)
    except TypeError:
        count = least - 1
    if count < least:
        raise InvalidParameterError(f"{name}: {value}: expected a whole number of at least {least}")
    return count


def checked_day(name: str, arrival_rate: ArrayLike, servers: ArrayLike, *classes: int) -> tuple[Floats, Ints]:
    """Rates of arrival, of parameter ``name``, and servers of a day; the last axis is the period, of both.

    >>> checked_day("arrival_rate", [1, 2], [2.0, 1])
    (array([1., 2.]), array([2, 1]))
    """
    rates, counts = np.array(arrival_rate, np.float64), np.asarray(servers)
    if counts.ndim != 1 or rates.shape != (*classes, len(counts)) or not len(counts):
        raise InvalidParameterError(f"{name} and servers: {rates.shape}, {counts.shape}: expected one for each period")
    if not (np.isfinite(rates).all() and (rates >= 0).all()):
        raise InvalidParameterError(f"{name}: {arrival_rate!r}: expected finite numbers of at least 0")
    if not (np.isfinite(counts).all() and (counts == np.round(counts)).all() and (counts >= 0).all()):
        raise InvalidParameterError(f"servers: {servers!r}: expected whole numbers of at least 0")
    return rates, counts.astype(np.int64)


def checked_shares(name: str, shares: ArrayLike) -> Floats:
    """Shares by the number waiting, of which the last holds beyond, as an array.

    >>> checked_shares("joining", [1, 0.5])
    array([1. , 0.5])
    """
    given = np.array(shares, np.float64)
    if given.ndim != 1 or not len(given) or not ((given >= 0) & (given <= 1)).all():
        raise InvalidParameterError(f"{name}: {shares!r}: expected shares from 0 to 1, by the number waiting")
    return given


def by_waiting(values: Floats, waiting: Floats | Ints) -> Floats:
    """Value for each number waiting, from an array whose last value holds beyond; below 0 as at 0.

    >>> by_waiting(np.array([1.0, 0.5]), np.array([0, 1, 7]))
    array([1. , 0.5, 0.5])
    """
    found: Floats = values[np.clip(waiting, 0, len(values) - 1).astype(np.int64)]
    return found
