"""Service times that mix several kinds of work, such as numbers that nobody answers to but a window calls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import check_at_least, check_rates
from optimizer.queues.stationary.general_service import general_service
from optimizer.queues.stationary.measures import StationaryQueue
from optimizer.queues.stationary.roots import root

ALL = 0.999
"""Share giving up that is taken for everybody: windows that do nothing but call."""


@dataclass(frozen=True)
class Work:
    """A stream of jobs, by what a two-moment queue needs of it; times are in units of the rates."""

    arrival_rate: float
    """λ of all jobs."""
    mean: float
    """Mean service time."""
    scv: float
    """Squared coefficient of variation of the service time."""

    @property
    def service_rate(self) -> float:
        """μ: 1 / mean."""
        return 1 / self.mean


def mixture(arrival_rates: Sequence[float], means: Sequence[float], scvs: Sequence[float]) -> Work:
    """Add up streams of jobs: E S = Σ p m,  E S² = Σ p m² (1 + scv),  p the share of a stream.

    Args:
        arrival_rates: λ of each stream.
        means: mean service time of each.
        scvs: squared coefficient of variation of each.

    Returns:
        The stream of all jobs.

    Raises:
        InvalidParameterError: for numbers outside their domain, or lists of different length.

    Assumptions: exact; successive jobs are of independent kind when every stream is Poisson.

    Source: Cobham (1954), "Priority assignment in waiting line problems", who pools Poisson streams so.

    >>> both = mixture([0.9, 0.1], [1.0, 6.0], [1.0, 0.0])
    >>> both.arrival_rate, both.mean, round(both.scv, 9)
    (1.0, 1.5, 1.4)
    """
    if not len(arrival_rates) == len(means) == len(scvs) > 0:
        raise InvalidParameterError(f"means: {list(means)}: expected as many means and scvs as arrival rates")
    for rate, mean, scv in zip(arrival_rates, means, scvs, strict=True):
        check_at_least(0, arrival_rates=rate, means=mean, scvs=scv)
    rates, times = np.array(arrival_rates), np.array(means)
    total = float(rates.sum())
    check_rates(arrival_rate=total, mean=float(rates @ times))
    mean = float(rates @ times) / total
    return Work(total, mean, float(rates @ (times**2 * (1 + np.array(scvs)))) / total / mean**2 - 1)


def tickets(work: Work, dead_numbers: float, call_time: float) -> Work:
    """All numbers that the windows call: the customers', and dead ones, each of which takes the time of its calls.

    Args:
        work: customers who are there, and their service.
        dead_numbers: numbers that nobody answers to, for each customer.
        call_time: time that a window is held by the calls of a dead number: calls · time of one call.

    Returns:
        The stream of all numbers.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: dead numbers are taken independently of customers; a customer's second number that lies right behind
    the first makes lines burstier than this. The calls of a dead number take a fixed time.

    Source: ``mixture``.

    >>> every = tickets(Work(2.0, 3.0, 1.0), 0.25, 0.5)
    >>> every.arrival_rate, every.mean, round(every.scv, 9)
    (2.5, 2.5, 1.312)
    """
    check_at_least(0, dead_numbers=dead_numbers, call_time=call_time)
    return mixture([work.arrival_rate, dead_numbers * work.arrival_rate], [work.mean, call_time], [work.scv, 0.0])


def ticket_queue(
    servers: int, work: Work, dead_numbers: float, call_time: float, abandonment_rate: float = 0.0
) -> StationaryQueue:
    """The queue that customers see when windows call every number, dead ones too.

    A customer who gives up leaves a dead number, and no dead number leaves the line. With a the share who give up, the
    queue of all numbers is ``general_service`` with (dead_numbers + a) / (1 - a) dead ones to a customer, which as it
    takes away the share a of those too leaves as many as are called; a is found as the fixed point.

    Args:
        servers: c.
        work: customers, and their service.
        dead_numbers: numbers that nobody answers to, for each customer.
        call_time: time that a window is held by the calls of a dead number: calls · time of one call.
        abandonment_rate: η of a customer who waits; 0: nobody gives up.

    Returns:
        Measures of the customers; ``utilization`` is by their service, calls are beside it. Where the windows do
        next to nothing but call (a above .999) all give up.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: those of ``tickets``. Approximate: without abandonment as ``general_service``; with it, against
    simulation (c 1, 3 and 8, ρ .7 to 1.5, call time .15 and .3 of a service): mean waits 0 to 9 % too short.

    Source: ``general_service``.

    >>> queue = ticket_queue(3, Work(0.7, 3.5, 1.0), 0.3, 0.5)
    >>> round(queue.mean_wait, 2), round(general_service(3, 0.7, 1 / 3.5).mean_wait, 2)
    (5.51, 4.29)
    """
    check_at_least(0, abandonment_rate=abandonment_rate, dead_numbers=dead_numbers, call_time=call_time)
    calling = call_time > 0

    def numbers(given_up: float) -> StationaryQueue:
        dead = (dead_numbers + given_up) / (1 - given_up) if calling else 0.0
        every = tickets(work, dead, call_time)
        return general_service(
            servers, every.arrival_rate, every.service_rate, every.scv, abandonment_rate=abandonment_rate
        )

    given_up = 0.0
    if abandonment_rate > 0 and calling:
        if numbers(ALL).abandonment >= ALL:
            lost = general_service(0, work.arrival_rate, work.service_rate, abandonment_rate=abandonment_rate)
            return replace(lost, model=_name(servers), exact=False, servers=servers)
        given_up = root(lambda share: numbers(share).abandonment - share, 0.0, ALL, xtol=1e-13)
    queue = numbers(given_up)
    plain = queue.exact and (not calling or (dead_numbers == 0 and abandonment_rate == 0))
    return replace(
        queue, model=queue.model if plain else _name(servers), exact=plain, arrival_rate=work.arrival_rate,
        service_rate=work.service_rate, mean_queue=work.arrival_rate * queue.mean_wait,
    )  # fmt: skip


def _name(servers: int) -> str:
    return f"M/G/{servers} with dead numbers"
