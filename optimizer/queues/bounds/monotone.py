"""A queue that never waits longer with a server more: what every lower bound is made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.queues.transient.day import follow
from optimizer.queues.transient.kernel import BLOCKED, QUEUE_ONLY, SERVED, WAITING

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class MonotoneQueue:
    """M(t)/M/s(t)+M on one of several days, with arrivals who may turn away.

    Its waiting, those blocked, and the shortfall of every service level never rise with a server added in any period
    if ``monotone``. They can rise by a little where arrivals look at those waiting alone: a server more keeps fewer
    away, who are there when servers leave. With ``seen_beyond`` c they look at all present beyond c instead: for c up
    to the least number of servers that is never fewer than those waiting, so that fewer come and nobody waits longer.
    A server more can still let others come whom those finishing for servers who leave kept away: in the worst of many
    random days that raised the waiting of a period by .2 %. Parameters are not checked.

    Source: the monotone facts of ``transient_day``; gamma days: ``busy_day_factor``.

    >>> queue = MonotoneQueue(np.array([[0.3, 0.9], [0.2, 0.5]]), np.array([0.25, 0.75]), 0.25, 0.1, 30.0)
    >>> queue.monotone, [round(float(x), 3) for x in queue.arrivals]
    (True, [6.75, 18.0])
    """

    arrival_rates: Floats
    """λ [customers per minute]; axes day, period."""
    weights: Floats
    """Probability of each day; measures are expectations over them."""
    service_rate: float
    """μ [per minute]."""
    abandonment_rate: float
    """η of one who waits [per minute]."""
    period: float
    """Length of a period [minutes]."""
    limits: tuple[float, ...] = ()
    """Limits of the wait for which the service level is wanted [minutes]."""
    joining: tuple[float, ...] = (1.0,)
    """Share of arrivals who join, by the number seen; it never rises, and the last one holds beyond."""
    seen_beyond: int = QUEUE_ONLY
    leaving_rate: float | None = None
    """η of the customer whose service level is wanted, where it differs from that of the others [per minute]."""

    @property
    def monotone(self) -> bool:
        """Whether the monotone facts hold."""
        everyone = min(self.joining) == 1.0
        patient = self.abandonment_rate <= self.service_rate * (1 + 1e-12)
        return patient and (everyone or self.seen_beyond != QUEUE_ONLY)

    @property
    def shares(self) -> Floats:
        """The shares who join, as an array for the kernels."""
        return np.array(self.joining, np.float64)

    @property
    def leaving(self) -> float:
        """η of the customer whose service level is wanted [per minute]."""
        return self.abandonment_rate if self.leaving_rate is None else self.leaving_rate

    @property
    def arrivals(self) -> Floats:
        """Expected customers by period."""
        expected: Floats = self.weights @ self.arrival_rates * self.period
        return expected

    @property
    def parts(self) -> Floats:
        """Share of a period's arrivals that come on each day; axes day, period. Weights where nobody comes."""
        arrivals = self.weights[:, None] * self.arrival_rates
        total = arrivals.sum(axis=0)
        parts: Floats = np.divide(arrivals, total, out=np.zeros_like(arrivals) + self.weights[:, None], where=total > 0)
        return parts


@dataclass(frozen=True)
class LeastDay:
    """Measures of a day that a bound can use, as expectations."""

    waiting: Floats
    """Customer-minutes by period."""
    blocked: Floats
    """Customers who turn away, judged by those waiting, by period."""
    service_level: Floats
    """Share of those who arrive who are served within each limit; axes limit, period."""
    closing_waiting: Floats
    """Customer-minutes of waiting after closing, a number."""
    closing_overtime: Floats
    """Work after closing [server-minutes], a number."""


def least_day(queue: MonotoneQueue, servers: Ints) -> LeastDay:
    """Follow the queue through its days, and take the expectation: Σ_d weight_d x_d of every total.

    Of service levels it is that of those who arrive, Σ_d part_d l_d, part_d the share of a period's arrivals on day d.

    Args:
        queue: the queue and its days.
        servers: s, one for each period.

    Returns:
        Expected measures. Those who look at more than those waiting, where ``seen_beyond`` says so, count as blocked by
        those waiting alone.

    Assumptions: the rules of ``transient_day``; parameters are not checked.

    Source: ``transient_day``.

    >>> queue = MonotoneQueue(np.array([[0.3, 0.9]]), np.ones(1), 0.25, 0.0, 30.0)
    >>> [round(float(x), 2) for x in least_day(queue, np.array([2, 4])).waiting]
    [9.19, 43.27]
    """
    limits = np.array(queue.limits, np.float64)
    each = [
        follow(
            rates, servers, queue.service_rate, queue.abandonment_rate, queue.leaving, float(queue.period),
            queue.shares, queue.seen_beyond, limits,
        )
        for rates in queue.arrival_rates
    ]  # fmt: skip
    measures = np.array([day[0] for day in each])
    closing = queue.weights @ np.array([day[1] for day in each])
    served = np.einsum("dt,dtl->lt", queue.parts, measures[:, :, SERVED:]) / queue.period
    return LeastDay(
        waiting=queue.weights @ measures[:, :, WAITING],
        blocked=queue.weights @ (queue.arrival_rates * measures[:, :, BLOCKED]),
        service_level=served,
        closing_waiting=closing[0],
        closing_overtime=closing[1],
    )
