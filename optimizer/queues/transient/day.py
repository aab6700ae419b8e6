"""A day of a queue with changing rates and servers, exactly: M(t)/M/s(t)+M."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.compilation import compiled
from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import check_at_least, check_limits, check_rates, checked_day, checked_shares, whole
from optimizer.queues.transient.closing import after_closing
from optimizer.queues.transient.first_passage import probes
from optimizer.queues.transient.kernel import (
    BLOCKED,
    BUSY,
    DELAYED,
    LOST,
    PRESENT,
    QUEUE_ONLY,
    SERVED,
    UNLIMITED,
    WAITING,
    empty_queue,
    first_room,
    pass_period,
    resize_servers,
)  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LARGEST_LOSS = 1e-9
"""Most probability that a day's computation may lose at the edges of its windows of states."""


@dataclass(frozen=True)
class TransientDay:
    """Expected measures of a day, by period unless they are of the time after closing."""

    period: float
    """Length of a period [minutes]."""
    arrivals: Floats
    """Customers who arrive."""
    servers: Ints
    waiting: Floats
    """Customer-minutes of waiting."""
    busy: Floats
    """Server-minutes of work, of servers who finish beyond the period's number too."""
    delayed: Floats
    """Customers who join and have to wait."""
    blocked: Floats
    """Customers who find the system full or turn away from those waiting."""
    abandoned: Floats
    """Customers who give up."""
    completed: Floats
    """Customers who leave served."""
    present: Floats
    """Mean number in system at the end of the period."""
    service_level: Floats
    """Share of those who arrive who are served within each limit; axes limit, period. Who gives up or is turned away
    counts as not served; 1 where nobody arrives."""
    waiting_after_closing: float
    """Customer-minutes."""
    overtime: float
    """Work after closing [server-minutes]."""
    minutes_after_closing: float
    """Mean time from closing until the last customer has gone [minutes]."""
    left_at_closing: float
    """Mean number in system when the door shuts."""
    lost_mass: float
    """Probability dropped at the edges of the windows of states; at most ``LARGEST_LOSS``."""

    @cached_property
    def mean_waiting(self) -> Floats:
        """Mean number waiting, by period."""
        return self.waiting / self.period

    @cached_property
    def mean_wait(self) -> Floats:
        """Waiting done in a period for each customer who arrives in it [minutes]; after closing is in the last.

        Weighted by arrivals it sums to the exact mean wait of the day; 0 where nobody arrives.
        """
        waiting = self.waiting.copy()
        waiting[-1] += self.waiting_after_closing
        wait: Floats = np.divide(waiting, self.arrivals, out=np.zeros_like(waiting), where=self.arrivals > 0)
        return wait

    @cached_property
    def utilization(self) -> Floats:
        """Share of the servers' time that is work, by period; above 1 where servers who leave finish; 0 without any."""
        offered = self.servers * self.period
        share: Floats = np.divide(self.busy, offered, out=np.zeros_like(self.busy), where=offered > 0)
        return share


def transient_day(
    arrival_rate: ArrayLike,
    servers: ArrayLike,
    service_rate: float,
    abandonment_rate: float = 0.0,
    *,
    period: float,
    limits: Sequence[float] = (),
    capacity: int | None = None,
    joining: ArrayLike = (1.0,),
    preemptive: bool = False,
) -> TransientDay:
    """Follow an M(t)/M/s(t)+M queue exactly through a day that starts empty.

    λ and s are constant in each period; the distribution is carried across periods. When s falls nobody is
    interrupted, and no one is called until fewer than the new s are in service. After the last period the door is
    shut, nobody gives up any more, and the last number of servers (at least one) serves those inside.

    Args:
        arrival_rate: λ, one for each period [customers per minute].
        servers: s, one for each period.
        service_rate: μ of one server [per minute].
        abandonment_rate: η of one who waits [per minute]; 0: nobody gives up.
        period: length of every period [minutes].
        limits: limits τ of the wait for which the service level is wanted [minutes].
        capacity: most customers waiting or in service; None: no limit. It binds while the number of servers never
            falls; those finishing for servers who leave count too.
        joining: share of arrivals who join when all servers are busy, by the number waiting; the last one holds beyond.
            Who turns away counts as blocked.
        preemptive: interrupt service when s falls: only for comparison with programs that assume it. No limits then.

    Returns:
        Measures by period. Probabilities are exact to the rounding of the sums and a lost mass of at most 1e-9;
        the service level integrates over the moment of arrival by Gauss-Legendre rules.

    Raises:
        InvalidParameterError: for a rate, length or number outside its domain.

    Assumptions: Poisson arrivals, exponential service and patience; calls in order of arrival, whoever is called stays.

    Monotone facts: waiting in every period and after closing, and the shortfall of every service level, never rise
    with a server added in any period when η ≤ μ, and never fall with a higher arrival rate. They can rise with servers
    when η > μ. With ``joining`` that never rises the same holds, for those blocked too, when η + λ δ ≤ μ, δ being its
    steepest fall from one number waiting to the next: a customer more keeps no more than one away before it is served.

    Source: uniformization, Jensen (1953), "Markoff chains as an aid in the study of Markoff processes"; rule for
    servers who leave: Ingolfsson et al. (2007), "A survey and experimental comparison of service-level-approximation
    methods for nonstationary M(t)/M/s(t) queueing systems with exhaustive discipline".

    >>> day = transient_day([0.5, 0.5], [3, 2], 0.2, period=60.0, limits=[5.0])
    >>> [round(float(x), 2) for x in day.waiting]
    [74.44, 375.1]
    """
    rates, counts = checked_day("arrival_rate", arrival_rate, servers)
    check_rates(service_rate=service_rate, period=period)
    check_at_least(0, abandonment_rate=abandonment_rate)
    check_limits(limits)
    if preemptive and len(limits):
        raise InvalidParameterError("limits: none can be asked of the preemptive rule")
    measures, closing = _follow(
        rates, counts, float(service_rate), float(abandonment_rate), float(abandonment_rate), float(period),
        UNLIMITED if capacity is None else whole("capacity", capacity, least=1), checked_shares("joining", joining),
        QUEUE_ONLY, preemptive, np.array(limits, np.float64),
    )  # fmt: skip
    return _as_day(rates, counts, float(abandonment_rate), float(period), measures, closing)


def follow(
    rates: Floats, servers: Ints, service: float, abandonment: float, leaving: float, period: float, joining: Floats,
    seen_beyond: int, limits: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Measures by period (axes period, measure; see the kernel) and those of the time after closing, unchecked.

    Service levels are those of a customer who gives up at rate ``leaving``.
    """
    run: tuple[Floats, Floats] = _follow(
        rates, servers, service, abandonment, leaving, period, UNLIMITED, joining, seen_beyond, False, limits
    )
    return run


@compiled
def _follow(
    rates: Floats, servers: Ints, service: float, abandonment: float, leaving: float, length: float,
    capacity: int, joining: Floats, seen_beyond: int, preemptive: bool, limits: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Measures by period (axes period, measure) and those of the time after closing."""
    count = len(rates)
    measures = np.zeros((count, SERVED + len(limits)))
    state = empty_queue()
    for t in range(count):
        if t > 0:
            state = resize_servers(state, servers[t - 1], servers[t], preemptive)
        state, measures[t] = pass_one(
            rates, servers, t, state, service, abandonment, leaving, length, capacity, joining, seen_beyond, limits
        )
    return measures, after_closing(state, servers[count - 1], service)


@compiled
def pass_one(
    rates: Floats, servers: Ints, t: int, state: Floats, service: float, abandonment: float, leaving: float,
    length: float, capacity: int, joining: Floats, seen_beyond: int, limits: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Carry a distribution through period t of a day; see ``pass_period``."""
    rows, width = state.shape
    room = first_room(width, rates[t] * length)
    while True:
        asked = probes(
            servers, t, rates[t], length, service, abandonment, leaving, limits, joining, rows, width + room, False
        )
        end, measures, enough = pass_period(
            state, servers[t], rates[t], service, abandonment, length, capacity, joining, seen_beyond,
            asked[0], asked[1], asked[2], asked[3], len(limits), room,
        )  # fmt: skip
        if enough:
            return end, measures
        room *= 2


def checked_loss(lost: float) -> float:
    """The probability lost, refused above ``LARGEST_LOSS``."""
    if lost > LARGEST_LOSS:
        raise InvalidParameterError(f"period: {lost:.1e} of the probability would be lost: expected fewer events in it")
    return lost


def _as_day(
    rates: Floats, servers: Ints, abandonment: float, period: float, measures: Floats, closing: Floats
) -> TransientDay:
    arrivals, present = rates * period, measures[:, PRESENT]
    abandoned = abandonment * measures[:, WAITING]
    blocked = rates * measures[:, BLOCKED]
    before = np.concatenate([[0.0], present[:-1]])
    served = measures[:, SERVED:].T / period
    return TransientDay(
        period=period,
        arrivals=arrivals,
        servers=servers,
        waiting=measures[:, WAITING],
        busy=measures[:, BUSY],
        delayed=rates * measures[:, DELAYED],
        blocked=blocked,
        abandoned=abandoned,
        completed=before + arrivals - blocked - abandoned - present,
        present=present,
        service_level=np.where(rates > 0, served, 1.0),
        waiting_after_closing=float(closing[0]),
        overtime=float(closing[1]),
        minutes_after_closing=float(closing[2]),
        left_at_closing=float(closing[3]),
        lost_mass=checked_loss(float(measures[:, LOST].sum())),
    )
