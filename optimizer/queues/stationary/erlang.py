"""Erlang's queues: Poisson arrivals, exponential servers; with or without a capacity and limited patience."""

from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from optimizer.compilation import compiled
from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import check_rates, whole
from optimizer.queues.stationary.birth_death import idle_weight, line_behind_servers
from optimizer.queues.stationary.measures import StationaryQueue
from optimizer.queues.stationary.waiting_time import Floats, Ints


@overload
def erlang_b(servers: int, offered_load: float) -> float: ...
@overload
def erlang_b(servers: ArrayLike, offered_load: ArrayLike) -> float | Floats: ...
def erlang_b(servers: ArrayLike, offered_load: ArrayLike) -> float | Floats:
    """P(an arrival is lost) in M/M/c/c; arrays are broadcast against each other.

    B(c) = a B(c-1) / (c + a B(c-1)), B(0) = 1.

    Args:
        servers: c.
        offered_load: a = λ/μ.

    Returns:
        A number for numbers, else an array.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: Poisson arrivals; any distribution of service. To the rounding of c steps that all keep their digits;
    0 where it is below the least float.

    Source: Erlang (1917), "Solution of some problems in the theory of probabilities of significance in automatic
    telephone exchanges".

    >>> round(erlang_b(10, 7.0), 6)
    0.078741
    >>> erlang_b([1, 2], [[1.0], [2.0]]).round(3).tolist()
    [[0.5, 0.2], [0.667, 0.4]]
    """
    counts, loads = np.broadcast_arrays(np.asarray(servers), np.asarray(offered_load, np.float64))
    if not ((counts >= 0) & (counts == np.floor(counts))).all():
        raise InvalidParameterError(f"servers: {servers!r}: expected whole numbers of at least 0")
    if not ((loads > 0) & (loads < np.inf)).all():
        raise InvalidParameterError(f"offered_load: {offered_load!r}: expected positive numbers")
    lost = _losses(counts.astype(np.int64).ravel(), loads.ravel())
    return float(lost[0]) if counts.ndim == 0 else lost.reshape(counts.shape)


def erlang_c(servers: int, arrival_rate: float, service_rate: float, capacity: int | None = None) -> StationaryQueue:
    """M/M/c, or with a capacity M/M/c/K: who comes when K are inside is blocked.

    P(W > 0) = B / (1 - ρ (1 - B)), mean wait P(W > 0) / (cμ - λ) and P(W > τ) = P(W > 0) exp(-(cμ - λ) τ) without
    a capacity; with one by the chain, π(n+1) = π(n) λ / (min(n + 1, c) μ).

    Args:
        servers: c.
        arrival_rate: λ.
        service_rate: μ of one server, in the same unit of time.
        capacity: K, most waiting or in service; None: no limit. May be less than c; K = c is Erlang B.

    Returns:
        Means and the distribution of the wait; infinite from ρ = λ/(cμ) = 1 on without a capacity.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: Poisson arrivals, exponential service, calls in order of arrival. Too long waits where customers give
    up, and too short ones where service varies more than exponentially.

    Source: Erlang (1917), "Solution of some problems in the theory of probabilities of significance in automatic
    telephone exchanges"; Gross, Shortle, Thompson and Harris (2008), "Fundamentals of queueing theory", for M/M/c/K.

    >>> queue = erlang_c(3, 42.99, 23.0)
    >>> round(queue.wait_probability, 4), round(queue.service_level(0.05), 4)
    (0.3848, 0.8952)
    >>> round(erlang_c(3, 42.99, 23.0, capacity=5).blocking, 4)
    0.0621
    """
    return _queue(servers, arrival_rate, service_rate, 0.0, capacity)


def erlang_a(
    servers: int, arrival_rate: float, service_rate: float, abandonment_rate: float, capacity: int | None = None
) -> StationaryQueue:
    """M/M/c+M, the Palm or Erlang A queue, or with a capacity M/M/c/K+M.

    π(n+1) = π(n) λ / (min(n + 1, c) μ + max(n + 1 - c, 0) η).

    Args:
        servers: c.
        arrival_rate: λ.
        service_rate: μ of one server, in the same unit of time.
        abandonment_rate: η > 0 of one who waits: 1 / mean patience.
        capacity: K, most waiting or in service; None: no limit.

    Returns:
        Means and the distribution of the wait.

    Raises:
        InvalidParameterError: for a number outside its domain, or where more than 4 million numbers waiting have
            weight: patience of over 5·10¹⁰ gaps between arrivals, in overload.

    Assumptions: Poisson arrivals, exponential service and patience, calls in order of arrival; whoever is called stays.
    Too few give up where impatience is greatest at first, as with customers who leave at the sight of a line.

    Source: Palm (1957), "Research on telephone traffic carried by full availability groups"; Mandelbaum and Zeltyn
    (2007), "Service engineering in action: the Palm/Erlang-A queue".

    >>> round(erlang_a(3, 42.99, 23.0, 6.0).abandonment, 4)
    0.0479
    >>> round(erlang_a(140, 1500 / 60, 1 / 6, 1 / 45).service_level(30.0), 6)  # per minute
    0.932963
    """
    check_rates(abandonment_rate=abandonment_rate)
    return _queue(servers, arrival_rate, service_rate, abandonment_rate, capacity)


def _queue(
    servers: int, arrival_rate: float, service_rate: float, abandonment_rate: float, capacity: int | None
) -> StationaryQueue:
    if capacity is None:
        return line_behind_servers(servers, arrival_rate, service_rate, abandonment_rate)
    places = whole("capacity", capacity) - whole("servers", servers)
    return line_behind_servers(servers, arrival_rate, service_rate, abandonment_rate, places, kind=f"/{capacity}")


@compiled
def _losses(servers: Ints, loads: Floats) -> Floats:
    result = np.empty(len(servers))
    for i in range(len(servers)):
        result[i] = 1.0 / (1.0 + idle_weight(servers[i], loads[i]))
    return result
