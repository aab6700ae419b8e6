"""Arrivals who are sent elsewhere, or turn away, by the number waiting: exact chains."""

import numpy as np
from numpy.typing import ArrayLike

from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import checked_shares, whole
from optimizer.queues.stationary.birth_death import line_behind_servers
from optimizer.queues.stationary.measures import StationaryQueue


def balking_queue(
    servers: int, arrival_rate: float, service_rate: float, joining: ArrayLike, abandonment_rate: float = 0.0
) -> StationaryQueue:
    """M/M/c(+M) whose arrivals join with probability p(w) when all servers are busy and w wait.

    π(c+w+1) = π(c+w) λ p(w) / (cμ + (w + 1) η).

    Args:
        servers: c.
        arrival_rate: λ of all who arrive.
        service_rate: μ of one server, in the same unit of time.
        joining: p(w) by the number waiting, from 0; the last value holds beyond. All join while a server is free.
        abandonment_rate: η of one who waits; 0: nobody gives up.

    Returns:
        Means and the distribution of the wait; ``blocking`` is the share who do not join. Infinite where nobody
        gives up and λ p ≥ cμ however many wait.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: Poisson arrivals, exponential service and patience, calls in order of arrival; the decision looks at
    the number waiting alone, tickets of customers who have left included if the display counts them.

    Source: Haight (1957), "Queueing with balking"; Gross, Shortle, Thompson and Harris (2008), "Fundamentals of
    queueing theory", birth-death queues.

    >>> queue = balking_queue(2, 3.0, 1.0, [1.0, 0.5, 0.25])
    >>> round(queue.blocking, 4), round(queue.mean_wait, 4)
    (0.4047, 0.6669)
    """
    shares = checked_shares("joining", joining)
    return line_behind_servers(servers, arrival_rate, service_rate, abandonment_rate, joining=shares, rule=", balking")


def threshold_diversion(
    servers: int, arrival_rate: float, service_rate: float, threshold: int, abandonment_rate: float = 0.0,
    compliance: float = 1.0,
) -> StationaryQueue:  # fmt: skip
    """M/M/c(+M) whose arrivals are sent elsewhere when at least k wait, and of whom a share does as told.

    π(c+w+1) = π(c+w) λ p(w) / (cμ + (w + 1) η) with p(w) = 1 below k and 1 - q from k on.

    Args:
        servers: c.
        arrival_rate: λ of all who arrive.
        service_rate: μ of one server, in the same unit of time.
        threshold: k; 0: sent away whenever all servers are busy.
        abandonment_rate: η of one who waits; 0: nobody gives up.
        compliance: q, share of those sent elsewhere who go.

    Returns:
        Means and the distribution of the wait; ``blocking`` is the share diverted, who count as not served here.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: as of ``balking_queue``. What is diverted is burstier than Poisson: where it goes needs its peakedness.

    Source: Naor (1969), "The regulation of queue size by levying tolls", for the threshold; a finite waiting room of
    k places where q = 1.

    >>> queue = threshold_diversion(3, 42.99, 23.0, threshold=2)
    >>> round(queue.blocking, 4), round(queue.wait_probability, 4)
    (0.0621, 0.2768)
    """
    places = whole("threshold", threshold)
    if not 0 <= compliance <= 1:
        raise InvalidParameterError(f"compliance: {compliance}: expected a share from 0 to 1")
    rule = f", diversion at {threshold}"
    if compliance == 1:
        return line_behind_servers(servers, arrival_rate, service_rate, abandonment_rate, places, rule=rule)
    shares = np.append(np.ones(places), 1.0 - compliance)
    return line_behind_servers(servers, arrival_rate, service_rate, abandonment_rate, joining=shares, rule=rule)
