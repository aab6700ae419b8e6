"""What planners do instead of following the day: a stationary formula for each period.

Each function here is an approximation, to be held against ``transient_day``. All take the rates and servers of the
periods as that does, so that the same day can be given to each. Ranges are errors against it on four bank days of 16
half-hours (2 to 27 servers, mean service 5 and 8 minutes, limits 5 and 10 minutes): of the day's mean wait, and in
points of the share served within the limit, by half-hour. Lavish plans have the servers that Erlang C asks for 80 % in
every half-hour, lean ones are one short of that in the 3 or 9 busiest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.queues.parameters import check_at_least, check_limits, check_rates, checked_day
from optimizer.queues.stationary.erlang import erlang_a, erlang_b, erlang_c

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class PeriodByPeriod:
    """Measures of a day by period, each from a stationary queue; exact in no period whose neighbours differ from it."""

    approximation: str
    """Name of the approximation."""
    arrival_rate: Floats
    """Mean rate λ at which the stationary queue of the period was taken."""
    wait_probability: Floats
    """P(one who arrives has to wait)."""
    mean_wait: Floats
    """Mean wait of those who arrive, until served or gone; infinite in overload without abandonment."""
    mean_queue: Floats
    """Mean number waiting."""
    abandonment: Floats
    """Share of those who arrive who give up."""
    service_level: Floats
    """Share of those who arrive who are served within each limit; axes limit, period. 1 where nobody arrives."""
    exact: bool = False
    """Never."""


def sipp(
    arrival_rate: ArrayLike,
    servers: ArrayLike,
    service_rate: float,
    abandonment_rate: float = 0.0,
    *,
    limits: Sequence[float] = (),
) -> PeriodByPeriod:
    """Stationary, independent, period by period: each period is an M/M/s(+M) queue with its own rate, long in action.

    Args:
        arrival_rate: λ, one for each period.
        servers: s, one for each period.
        service_rate: μ of one server, in the same unit of time.
        abandonment_rate: η of one who waits; 0: nobody gives up.
        limits: limits τ of the wait for which the service level is wanted.

    Returns:
        Measures by period; infinite waits in overload without abandonment.

    Raises:
        InvalidParameterError: for a rate, length or number outside its domain.

    When wrong: backlog is forgotten at the end of each period, so it is too good after a peak and too bad on the way up
    to it; worst with long services, few servers, sharp peaks. In overload it says endless, whereas a day has a finite
    queue. Lavish plans: wait -25 to +11 %, 3 to 14 points in the mean and 27 at worst; lean: wait +4 % to endless, 10
    to 34 points, 100 at worst.

    Source: Green, Kolesar and Soares (2001), "Improving the SIPP approach for staffing service systems that have
    cyclic demands".

    >>> [round(float(x), 3) for x in sipp([0.4, 0.7], [3, 3], 0.2).mean_wait]
    [2.222, inf]
    """
    rates, counts = _day(arrival_rate, servers, service_rate)
    return _stationary("SIPP", rates[:, None], counts, service_rate, abandonment_rate, limits)


def lagged_sipp(
    arrival_rate: ArrayLike,
    servers: ArrayLike,
    service_rate: float,
    abandonment_rate: float = 0.0,
    *,
    period: float,
    limits: Sequence[float] = (),
) -> PeriodByPeriod:
    """SIPP with the arrivals of a mean service time earlier: λ_i = 1/T ∫ λ(u - 1/μ) du over period i.

    Congestion follows arrivals with a delay of about a service time. Before the day begins nobody arrives.

    Args:
        arrival_rate: λ, one for each period.
        servers: s, one for each period.
        service_rate: μ of one server, in the same unit of time.
        abandonment_rate: η of one who waits; 0: nobody gives up.
        period: length T of every period.
        limits: limits τ of the wait for which the service level is wanted.

    Returns:
        Measures by period; infinite waits in overload without abandonment.

    Raises:
        InvalidParameterError: for a rate, length or number outside its domain.

    When wrong: the lag is right for light loads, too short near overload, where the queue lags by the time it takes to
    clear; no backlog is carried, as in SIPP. Servers are not lagged. Lavish plans: wait +3 % to endless, 2 to 13 points
    in the mean and 75 at worst; lean: wait +6 % to endless, 5 to 30 points, 86 at worst.

    Source: Green, Kolesar and Soares (2003), "An improved heuristic for staffing telephone call centers with limited
    operating hours".

    >>> day = lagged_sipp([0.4, 0.4], [3, 3], 0.2, period=10.0)
    >>> [round(float(x), 3) for x in day.arrival_rate], [round(float(x), 3) for x in day.mean_wait]
    ([0.2, 0.4], [0.227, 2.222])
    """
    rates, counts = _day(arrival_rate, servers, service_rate, period)
    edges = period * np.arange(len(rates) + 1)
    arrived = np.concatenate([[0.0], np.cumsum(rates * period)])
    lagged = np.diff(np.interp(edges - 1 / service_rate, edges, arrived)) / period
    return _stationary("lagged SIPP", lagged[:, None], counts, service_rate, abandonment_rate, limits)


def stationary_backlog_carryover(
    arrival_rate: ArrayLike,
    servers: ArrayLike,
    service_rate: float,
    *,
    period: float,
    limits: Sequence[float] = (),
) -> PeriodByPeriod:
    """SBC: who would be lost in M/M/s/s is carried on as arrivals of the next step, and the rest is put to M/M/s.

    With Erlang's loss formula B, step by step: λ̃_k = λ_k + b_{k-1}, b_k = λ̃_k B(s_k, λ̃_k/μ), and the measures are
    those of M/M/s with λ̃_k - b_k, which is below its capacity always. A step is as near to a mean service time as an
    equal division of the period permits; measures of a period are means over its steps.

    Args:
        arrival_rate: λ, one for each period.
        servers: s, one for each period.
        service_rate: μ of one server, in the same unit of time.
        period: length T of every period.
        limits: limits τ of the wait for which the service level is wanted.

    Returns:
        Measures by period; the wait is finite in overload too, unless there are no servers.

    Raises:
        InvalidParameterError: for a rate, length or number outside its domain.

    When wrong: made for mean numbers, not for shares within a limit. The length of the step is a choice and matters;
    under lasting overload the queue grows with the backlog rate, not with the true surplus; servers who are taken away
    are interrupted. Customers are patient: abandonment is outside the approach. Lavish plans: wait -28 to +3 %, 2 to 10
    points in the mean and 18 at worst; lean: wait -23 to +21 %, 2 to 11 points, 19 at worst.

    Source: Stolletz (2008), "Approximation of the non-stationary M(t)/M(t)/c(t)-queue using stationary queueing
    models: the stationary backlog-carryover approach".

    >>> day = stationary_backlog_carryover([0.2, 0.2], [1, 1], 0.2, period=5.0)
    >>> [round(float(x), 6) for x in day.arrival_rate], [round(float(x), 6) for x in day.mean_queue]
    ([0.1, 0.12], [0.5, 0.9])
    """
    rates, counts = _day(arrival_rate, servers, service_rate, period)
    steps = max(1, round(period * service_rate))
    carried = np.empty((len(rates), steps))
    backlog = 0.0
    for i, (rate, count) in enumerate(zip(rates, counts, strict=True)):
        for k in range(steps):
            offered = rate + backlog
            backlog = offered * erlang_b(int(count), offered / service_rate) if offered > 0 else 0.0
            carried[i, k] = offered - backlog if count > 0 else offered
    return _stationary("SBC", carried, counts, service_rate, 0.0, limits)


def modified_offered_load(
    arrival_rate: ArrayLike,
    servers: ArrayLike,
    service_rate: float,
    abandonment_rate: float = 0.0,
    *,
    period: float,
    limits: Sequence[float] = (),
) -> PeriodByPeriod:
    """MOL: the offered load of a period is the mean number in service with endless servers, m' = λ(t) - μ m, m(0) = 0.

    Over a period the mean of m is a + (m_0 - a) (1 - e^{-μT}) / (μT) with a = λ/μ and m_0 its value at the beginning;
    μ times that mean is the rate of the stationary queue.

    Args:
        arrival_rate: λ, one for each period.
        servers: s, one for each period.
        service_rate: μ of one server, in the same unit of time.
        abandonment_rate: η of one who waits; 0: nobody gives up.
        period: length T of every period.
        limits: limits τ of the wait for which the service level is wanted.

    Returns:
        Measures by period; infinite waits in overload without abandonment.

    Raises:
        InvalidParameterError: for a rate, length or number outside its domain.

    When wrong: made to staff for short waits, where the number in system is that of endless servers; the more people
    wait the more it is too good after a peak. Exact when η = μ for the number in system at each moment (not for its
    mean over a period, as m(t) varies in it). With periods longer than a service it hardly differs from lagged SIPP:
    errors on the four days are the same.

    Source: Jennings, Mandelbaum, Massey and Whitt (1996), "Server staffing to meet time-varying demand".

    >>> day = modified_offered_load([0.4, 0.4], [3, 3], 0.2, period=10.0)
    >>> [round(float(x), 4) for x in day.arrival_rate]
    [0.2271, 0.3766]
    """
    rates, counts = _day(arrival_rate, servers, service_rate, period)
    steady = rates / service_rate
    decay = np.exp(-service_rate * period)
    loads = np.empty_like(steady)
    present = 0.0
    for i, load in enumerate(steady):
        loads[i] = load + (present - load) * (1 - decay) / (service_rate * period)
        present = load + (present - load) * decay
    return _stationary("MOL", service_rate * loads[:, None], counts, service_rate, abandonment_rate, limits)


def _day(arrival_rate: ArrayLike, servers: ArrayLike, service_rate: float, period: float = 1.0) -> tuple[Floats, Ints]:
    """Rates and servers by period, checked."""
    check_rates(service_rate=service_rate, period=period)
    return checked_day("arrival_rate", arrival_rate, servers)


def _stationary(
    approximation: str, rates: Floats, servers: Ints, service: float, abandonment: float, limits: Sequence[float]
) -> PeriodByPeriod:
    """Means over the steps of each period (axes period, step) of what the stationary queue says of them."""
    check_at_least(0, abandonment_rate=abandonment)
    check_limits(limits)
    measures = np.zeros((4 + len(limits), *rates.shape))
    for (i, k), rate in np.ndenumerate(rates):
        measures[:, i, k] = _measures(float(rate), int(servers[i]), service, abandonment, limits)
    wait_probability, wait, queue, abandoned, *levels = measures.mean(axis=2)
    level = np.array(levels).reshape(len(limits), len(rates))
    return PeriodByPeriod(approximation, rates.mean(axis=1), wait_probability, wait, queue, abandoned, level)


def _measures(
    rate: float, servers: int, service: float, abandonment: float, limits: Sequence[float]
) -> tuple[float, ...]:
    """P(wait), mean wait, mean queue, share abandoned and service levels of M/M/s(+M)."""
    if rate == 0:
        return 0.0, 0.0, 0.0, 0.0, *[1.0] * len(limits)
    queue = erlang_a(servers, rate, service, abandonment) if abandonment > 0 else erlang_c(servers, rate, service)
    levels = [queue.service_level(limit) for limit in limits]
    return queue.wait_probability, queue.mean_wait, queue.mean_queue, queue.abandonment, *levels
