"""What every stationary model returns."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from operator import attrgetter
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.roots import root

FULL_LOAD = 1 - 1e-14
"""Utilization from which on a queue counts as overloaded: closer to 1 it is all rounding of the rates."""
LONGEST = 1e300
"""Limit of the wait that counts as endless."""


class WaitingTime(Protocol):
    """Distribution of the wait W of one who joins, until served or gone; times in units of the rates."""

    def exceeds(self, limit: float) -> float:
        """P(W > τ) of those who join."""
        ...

    def served_within(self, limit: float) -> float:
        """Share of all who arrive that are served within τ: who is blocked, or gives up before, is not."""
        ...


@dataclass(frozen=True)
class StationaryQueue:
    """Measures of a queue in the long run; times are in units of the rates."""

    model: str
    """Kendall's notation, with what matters beyond it: ``M/M/3+M``."""
    exact: bool
    """Whether the measures are those of the model; False: an approximation of stated range."""
    servers: int
    arrival_rate: float
    """λ of all who arrive."""
    service_rate: float
    """μ: 1 / mean service time."""
    wait_probability: float
    """P(one who joins has to wait)."""
    mean_wait: float
    """Mean wait of all who join, until served or gone."""
    mean_queue: float
    """Mean number waiting."""
    abandonment: float = 0.0
    """Share of all who arrive who join and give up."""
    blocking: float = 0.0
    """Share of all who arrive who do not join: the system is full, or they are sent elsewhere or turn away."""
    waiting_time: WaitingTime | None = None
    """Distribution of the wait; None where the model gives means only."""

    @property
    def offered_load(self) -> float:
        """A = λ/μ."""
        return self.arrival_rate / self.service_rate

    @property
    def utilization(self) -> float:
        """Share of the servers' time that is work, at most 1; 0 without servers."""
        if self.servers == 0:
            return 0.0
        return min(1.0, self.offered_load * (1 - self.blocking - self.abandonment) / self.servers)

    @property
    def mean_time_in_system(self) -> float:
        """Mean time from joining to leaving, served or not."""
        joined = 1 - self.blocking
        served = (joined - self.abandonment) / joined if joined > 0 else 0.0
        return self.mean_wait + served / self.service_rate

    def service_level(self, limit: float) -> float:
        """Share of all who arrive that are served within τ."""
        return self._distribution().served_within(_checked(limit))

    def wait_exceeds(self, limit: float) -> float:
        """P(W > τ) of all who join; W ends with service or giving up."""
        return self._distribution().exceeds(_checked(limit))

    def wait_percentile(self, share: float) -> float:
        """Least τ with P(W ≤ τ) ≥ share, of all who join; infinite where there is none."""
        distribution = self._distribution()
        return _percentile(lambda limit: 1 - distribution.exceeds(limit), share, self.service_rate)

    def served_wait_percentile(self, share: float) -> float:
        """Least τ within which that share of those served are called; infinite where there is none."""
        distribution, served = self._distribution(), 1 - self.blocking - self.abandonment
        if served <= 0:
            return inf
        return _percentile(lambda limit: distribution.served_within(limit) / served, share, self.service_rate)

    def _distribution(self) -> WaitingTime:
        if self.waiting_time is None:
            raise InvalidParameterError(f"limit: {self.model} gives no distribution of the wait")
        return self.waiting_time


def _checked(limit: float) -> float:
    if not 0 <= limit < inf:
        raise InvalidParameterError(f"limit: {limit}: expected a number of at least 0")
    return limit


def _percentile(within: Callable[[float], float], share: float, service_rate: float) -> float:
    """Where a distribution function reaches the share: doubled from a service time, then by Brent's method."""
    if not 0 <= share < 1:
        raise InvalidParameterError(f"share: {share}: expected at least 0 and below 1")
    if within(0.0) >= share:
        return 0.0
    least, most = 0.0, 1 / service_rate
    while within(most) < share:
        least, most = most, 2 * most
        if most > LONGEST:
            return inf
    return root(lambda limit: within(limit) - share, least, most, xtol=1e-14 * most, rtol=1e-14)


def tabulate(
    model: Callable[..., StationaryQueue], measure: str | Callable[[StationaryQueue], float], **parameters: ArrayLike
) -> NDArray[np.float64]:
    """A measure of a model over arrays of parameters, broadcast against each other.

    Args:
        model: any that returns a ``StationaryQueue``.
        measure: name of a measure, or a function of the queue.
        parameters: those of the model, by name; numbers or arrays.

    Returns:
        The measure, in the shape to which the parameters are broadcast.

    Raises:
        InvalidParameterError: as the model does.

    >>> from optimizer.queues.stationary.erlang import erlang_c
    >>> tabulate(erlang_c, "mean_wait", servers=[2, 3], arrival_rate=[[1.0], [1.9]], service_rate=1.0).round(3).tolist()
    [[0.333, 0.045], [9.256, 0.362]]
    """
    value = attrgetter(measure) if isinstance(measure, str) else measure
    each = np.vectorize(lambda *given: value(model(**dict(zip(parameters, given, strict=True)))), otypes=[np.float64])
    result: NDArray[np.float64] = each(*parameters.values())
    return result
