"""Least waiting of a period by the servers of that period and the one before, all other periods at their most.

By the monotone facts of :func:`optimizer.queues.transient_day` (η ≤ μ) each entry is at most what any day with those
servers yields, as long as no other period has more than its most.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.compilation import compiled
from optimizer.queues.bounds.monotone import MonotoneQueue
from optimizer.queues.bounds.values import AWAY, LEVELS, WAITING, period_values, room_for, worth
from optimizer.queues.transient.first_passage import probes
from optimizer.queues.transient.kernel import empty_queue, pass_unprobed, resize_servers

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_FINISHING = 2
"""Servers beyond a period's number whose work is followed."""
RARE = 1e-10
"""Probability of long queues that are counted as shorter."""
ROUGHNESS = 1e-4
"""Allowance in a service level for the short rule that integrates it."""


@dataclass(frozen=True)
class PeriodTables:
    """Measures by period t, servers p in period t - 1 and q in period t; entries above the most are 0.

    In period 0 nothing depends on p.
    """

    waiting: Floats
    """Customer-minutes waiting in period t; axes t, p, q."""
    blocked: Floats
    """Customers who turn away in period t; axes t, p, q."""
    service_level: Floats
    """Share of those who arrive in period t who are served within each limit; axes limit, t, p, q."""
    closing_waiting: Floats
    """Customer-minutes of waiting after closing; axes p, q of the last period."""
    closing_overtime: Floats
    """Work after closing [server-minutes]; axes p, q of the last period."""


def pair_tables(queue: MonotoneQueue, most: Ints, only: int | None = None) -> PeriodTables:
    """Bounds on a day's measures that fix the servers of two neighbouring periods, all others having their most.

    waiting[t, p, q] ≤ waiting in period t of every day with p servers in period t - 1 and q in period t.

    Args:
        queue: the queue, of which the entries are expectations; it is ``monotone``.
        most: most servers by period.
        only: the period wanted; None: all. Entries of the others are 0.

    Returns:
        Lower bounds of waiting, blocked and what comes after closing, upper bounds of the service level. Long queues of
        a probability below 1e-10 count as shorter, and the service level has an allowance of 1e-4 for its short rule.

    Assumptions: those of ``MonotoneQueue``; parameters are not checked. When wrong: a backlog that builds up over more
    than two periods is bounded poorly; ``cheapest_path`` carries it on.

    Source: the monotone facts and the rules of ``transient_day``.

    >>> from optimizer.queues.bounds.monotone import least_day
    >>> queue = MonotoneQueue(np.array([[0.9, 0.9, 0.6]]), np.ones(1), 0.25, 0.0, 30.0)
    >>> bound = pair_tables(queue, np.array([4, 4, 4])).waiting[2, 2, 3]
    >>> round(float(bound), 1), round(float(least_day(queue, np.array([3, 2, 3])).waiting[2]), 1)
    (371.5, 460.4)
    """
    limits = np.array(queue.limits, np.float64)
    first, last = (0, len(most)) if only is None else (only, only + 1)
    each = [
        _pairs(
            rates, most, queue.service_rate, queue.abandonment_rate, queue.leaving, float(queue.period),
            queue.shares, queue.seen_beyond, limits, first, last,
        )
        for rates in queue.arrival_rates
    ]  # fmt: skip
    waiting, blocked, closing = (np.tensordot(queue.weights, [day[i] for day in each], 1) for i in (0, 1, 3))
    served = np.einsum("dt,dltpq->ltpq", queue.parts, [day[2] for day in each])
    return PeriodTables(waiting, blocked, served, closing[:, :, 0], closing[:, :, 1])


@compiled
def _starts(
    rates: Floats, most: Ints, service: float, abandonment: float, length: float, joining: Floats, seen_beyond: int,
    last: int,
) -> list[Floats]:  # fmt: skip
    """The distribution before each period up to ``last`` when all earlier ones have their most."""
    states = [empty_queue()]
    for t in range(last):
        state = states[t] if t == 0 else resize_servers(states[t], most[t - 1], most[t], False)
        states.append(pass_unprobed(state, most[t], rates[t], service, abandonment, length, joining, seen_beyond)[0])
    return states


@compiled
def _pairs(
    rates: Floats, most: Ints, service: float, abandonment: float, leaving: float, length: float, joining: Floats,
    seen_beyond: int, limits: Floats, first: int, last: int,
) -> tuple[Floats, Floats, Floats, Floats]:  # fmt: skip
    """Waiting, blocked, served and closing.

    Each distribution that period t may begin with, by p, meets the value of each state, by q.
    """
    count, levels = len(rates), most.max() + 1
    starts = _starts(rates, most, service, abandonment, length, joining, seen_beyond, last - 1)
    waiting, blocked = np.zeros((count, levels, levels)), np.zeros((count, levels, levels))
    served = np.zeros((len(limits), count, levels, levels))
    closing = np.zeros((levels, levels, 2))
    servers = most.copy()
    for t in range(first, last):
        before = [empty_queue()]
        if t > 0:
            before.clear()
            for p in range(most[t - 1] + 1):
                state = starts[t - 1] if t == 1 else resize_servers(starts[t - 1], most[t - 2], p, False)
                end, _ = pass_unprobed(state, p, rates[t - 1], service, abandonment, length, joining, seen_beyond)
                before.append(end)
        for q in range(most[t] + 1):
            servers[t] = q
            states = [before[0]]
            if t > 0:
                states = [folded(resize_servers(before[p], p, q, False), MOST_FINISHING) for p in range(len(before))]
            values = values_of(
                states, t, rates, servers, service, abandonment, leaving, length, joining, seen_beyond, limits, True,
                t + 1 == count,
            )  # fmt: skip
            for p in range(levels if t == 0 else len(states)):
                state = states[0 if t == 0 else p]
                waiting[t, p, q] = worth(state, values[WAITING])
                blocked[t, p, q] = rates[t] * worth(state, values[AWAY])
                for i in range(len(limits)):
                    served[i, t, p, q] = min(worth(state, values[LEVELS + i]) / length + ROUGHNESS, 1.0)
                if t + 1 == count:
                    closing[p, q, 0] = worth(state, values[LEVELS + len(limits)])
                    closing[p, q, 1] = worth(state, values[LEVELS + len(limits) + 1])
        servers[t] = most[t]
    return waiting, blocked, served, closing


@compiled
def folded(state: Floats, finishing: int) -> Floats:
    """The same customers, but rare long queues count as shorter, and at most ``finishing`` servers as finishing."""
    rows, width = min(state.shape[0], finishing + 1), state.shape[1]
    result = state[:rows].copy()
    for r in range(rows, state.shape[0]):
        result[rows - 1] += state[r]
    last, beyond = width - 2, 0.0
    while last > 1 and beyond + result[:, last].sum() < RARE:
        beyond += result[:, last].sum()
        result[:, last - 1] += result[:, last]
        result[:, last] = 0.0
        last -= 1
    return result[:, : last + 2].copy()


@compiled
def values_of(
    states: list[Floats], t: int, rates: Floats, servers: Ints, service: float, abandonment: float, leaving: float,
    length: float, joining: Floats, seen_beyond: int, limits: Floats, rough: bool, closes: bool,
) -> Floats:  # fmt: skip
    """Value of each state at the start of period t (see ``period_values``), for all distributions that may begin it."""
    rows, width = 1, 3
    for state in states:
        rows, width = max(rows, state.shape[0]), max(width, state.shape[1])
    width += room_for(servers[t], rates[t], service, length) + (servers[t] if rows > 1 else 0)
    asked = probes(servers, t, rates[t], length, service, abandonment, leaving, limits, joining, rows, width, rough)
    return period_values(
        rows, width, servers[t], rates[t], service, abandonment, length, joining, seen_beyond,
        asked[0], asked[1], asked[2], asked[3], len(limits), closes,
    )  # fmt: skip
