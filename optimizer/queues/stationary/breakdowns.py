"""Servers that break down and are repaired: M/M/c with breakdowns, exactly."""

from dataclasses import replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import check_at_least, check_rates, whole
from optimizer.queues.stationary.levels import Levels, endless_levels, thinning_levels
from optimizer.queues.stationary.measures import FULL_LOAD, StationaryQueue

Floats = NDArray[np.float64]
MOST_SERVERS = 300
"""Most servers of a chain: its blocks are dense."""


def servers_up(servers: int, failure_rate: float, repair_rate: float, repairers: int | None = None) -> Floats:
    """P(u servers are up), u = 0 .. c: p(u-1) / p(u) = u ξ / (min(c - u + 1, R) r).

    With a repairer for each, u is binomial with the availability r / (r + ξ).

    Args:
        servers: c.
        failure_rate: ξ of each server that is up, busy or idle.
        repair_rate: r of each repair.
        repairers: R, most repairs at once; None: as many as have failed.

    Returns:
        Probabilities by u.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: exponential times to failure, whether a server is busy or idle, and exponential repairs.

    Source: Palm (1947), "Arbetskraftens fördelning vid betjäning av automatmaskiner" (machine interference).

    >>> servers_up(2, 1.0, 9.0).round(9).tolist()
    [0.01, 0.18, 0.81]
    """
    _check(servers, failure_rate, repair_rate, repairers)
    down = np.arange(1, servers + 1)
    steps = (servers - down + 1) * failure_rate / (np.minimum(down, repairers or servers) * repair_rate)
    logs = np.concatenate([[0.0], np.cumsum(np.log(steps))])
    weights = np.exp(logs - logs.max())
    shares: Floats = weights[::-1] / weights.sum()
    return shares


def availability(servers: int, failure_rate: float, repair_rate: float, repairers: int | None = None) -> float:
    """Mean share of servers that are up: r / (r + ξ) with a repairer for each.

    Args:
        servers: c, at least 1.
        failure_rate: ξ of each server that is up.
        repair_rate: r of each repair.
        repairers: R, most repairs at once; None: as many as have failed.

    Returns:
        The share.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: those of ``servers_up``.

    Source: ``servers_up``.

    >>> round(availability(4, 0.01, 0.04), 9)
    0.8
    """
    whole("servers", servers, least=1)
    return float(servers_up(servers, failure_rate, repair_rate, repairers) @ np.arange(servers + 1)) / servers


def breakdown_queue(
    servers: int,
    arrival_rate: float,
    service_rate: float,
    failure_rate: float,
    repair_rate: float,
    repairers: int | None = None,
    abandonment_rate: float = 0.0,
) -> StationaryQueue:
    """Solve M/M/c(+M) whose servers break down, by the chain on (number in system, servers up).

    Stable without abandonment if and only if λ < availability · c μ.

    Args:
        servers: c, 1 to 300.
        arrival_rate: λ.
        service_rate: μ of a server that is up, in the same unit of time.
        failure_rate: ξ of each server that is up, busy or idle.
        repair_rate: r of each repair: 1 / mean time to repair.
        repairers: R, most repairs at once; None: as many as have failed.
        abandonment_rate: η of each one who is not in service, the interrupted ones too; 0: nobody gives up.

    Returns:
        Exact means: ``wait_probability`` is that of finding no server up and free; ``mean_wait`` is the whole time
        that a customer is not in service, before it and between interruptions. No distribution of the wait.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: Poisson arrivals, exponential times. A service that is interrupted is taken up where it stopped, by
    the first server that is free; nothing is lost by it. Customers arrive and wait while all servers are down.

    Source: Mitrany and Avi-Itzhak (1968), "A many-server queue with service interruptions".

    >>> round(breakdown_queue(2, 1.0, 1.0, 0.02, 0.2).mean_wait, 4)
    0.8328
    """
    whole("servers", servers, least=1)
    if servers > MOST_SERVERS:
        raise InvalidParameterError(f"servers: {servers}: expected at most {MOST_SERVERS}")
    check_rates(arrival_rate=arrival_rate, service_rate=service_rate)
    check_at_least(0, abandonment_rate=abandonment_rate)
    up = float(servers_up(servers, failure_rate, repair_rate, repairers) @ np.arange(servers + 1))
    name = f"M/M/{servers}{'+M' if abandonment_rate > 0 else ''} with breakdowns"
    queue = StationaryQueue(name, True, servers, arrival_rate, service_rate, 1.0, inf, inf)
    if abandonment_rate == 0 and arrival_rate >= FULL_LOAD * up * service_rate:
        return queue
    states = _levels(servers, arrival_rate, service_rate, failure_rate, repair_rate, repairers, abandonment_rate)
    ups, top = np.arange(servers + 1), states.top
    length = sum(float(v @ np.maximum(0, n - ups)) for n, v in enumerate(states.vectors))
    length += float(states.beyond @ (top - ups) + states.excess.sum())
    waits = sum(float(v @ (ups <= n)) for n, v in enumerate(states.vectors)) + float(states.beyond.sum())
    return replace(
        queue, wait_probability=waits, mean_wait=length / arrival_rate, mean_queue=length,
        abandonment=abandonment_rate * length / arrival_rate,
    )  # fmt: skip


def _levels(
    servers: int,
    arrival_rate: float,
    service_rate: float,
    failure_rate: float,
    repair_rate: float,
    repairers: int | None,
    abandonment_rate: float,
) -> Levels:
    """Distribution of (number in system, servers up)."""
    ups = np.arange(servers + 1)
    arrivals = arrival_rate * np.eye(servers + 1)
    repairs = np.minimum(servers - ups[:-1], repairers or servers) * repair_rate
    changes = np.diag(repairs, 1) + np.diag(ups[1:] * failure_rate, -1)

    def leaving(n: int) -> Floats:
        return np.diag(np.minimum(n, ups) * service_rate + np.maximum(0, n - ups) * abandonment_rate)

    if abandonment_rate == 0:
        return endless_levels(lambda n: arrivals, lambda n: changes, leaving, servers)
    return thinning_levels(lambda n: arrivals, lambda n: changes, leaving, servers + 64)


def _check(servers: int, failure_rate: float, repair_rate: float, repairers: int | None) -> None:
    whole("servers", servers)
    check_rates(failure_rate=failure_rate, repair_rate=repair_rate)
    if repairers is not None:
        whole("repairers", repairers, least=1)
