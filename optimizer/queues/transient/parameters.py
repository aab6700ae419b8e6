"""The domains of the parameters that days have in common."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from optimizer.errors import InvalidParameterError
from optimizer.queues.transient.kernel import Floats, Ints


def checked_arrivals(arrival_rate: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Rates of arrival as an array; its last axis is the period.

    >>> checked_arrivals([1, 2], (2,))
    array([1., 2.])
    """
    rates = np.array(arrival_rate, np.float64)
    if rates.shape != shape or not shape[-1]:
        raise InvalidParameterError(f"arrival_rate: shape {rates.shape}: expected {shape}, one for each period")
    if not (np.isfinite(rates).all() and (rates >= 0).all()):
        raise InvalidParameterError(f"arrival_rate: {arrival_rate!r}: expected finite numbers of at least 0")
    return rates


def checked_servers(servers: ArrayLike) -> Ints:
    """Numbers of servers by period as an array.

    >>> checked_servers([2.0, 1])
    array([2, 1])
    """
    given = np.asarray(servers)
    whole = np.isfinite(given).all() and (given == np.round(given)).all() and (given >= 0).all()
    if given.ndim != 1 or not len(given) or not whole:
        raise InvalidParameterError(f"servers: {servers!r}: expected a whole number of at least 0 for each period")
    return given.astype(np.int64)


def checked_shares(name: str, shares: ArrayLike) -> Floats:
    """Shares by the number waiting, of which the last holds beyond, as an array.

    >>> checked_shares("joining", [1, 0.5])
    array([1. , 0.5])
    """
    given = np.array(shares, np.float64)
    if given.ndim != 1 or not len(given) or not ((given >= 0) & (given <= 1)).all():
        raise InvalidParameterError(f"{name}: {shares!r}: expected shares from 0 to 1, by the number waiting")
    return given


def check_limits(limits: Sequence[float]) -> None:
    """Refuse limits of a wait that are not positive and finite.

    >>> check_limits([5.0, 10.0])
    """
    if any(not 0 < limit < np.inf for limit in limits):
        raise InvalidParameterError(f"limits: {limits}: expected positive numbers")


def by_waiting(shares: Floats, waiting: Ints) -> Floats:
    """Share for each number waiting.

    >>> by_waiting(np.array([1.0, 0.5]), np.array([0, 1, 7]))
    array([1. , 0.5, 0.5])
    """
    found: Floats = shares[np.clip(waiting, 0, len(shares) - 1)]
    return found
