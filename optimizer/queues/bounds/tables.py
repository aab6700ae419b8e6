"""Least waiting of a period by the servers of that period and the one before, all other periods at their most.

By the monotone facts of :func:`optimizer.queues.transient_day` (η ≤ μ) each entry is at most what any day with those
servers yields, as long as no other period has more than its most.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.queues.bounds.values import AWAY, LEVELS, WAITING, period_values, room_for, worth
from optimizer.queues.compilation import compiled
from optimizer.queues.transient.first_passage import probes
from optimizer.queues.transient.kernel import UNLIMITED, empty_queue, first_room, pass_period, resize_servers

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


def pair_tables(
    arrival_rate: Floats, most: Ints, service_rate: float, abandonment_rate: float, *, period: float,
    limits: Sequence[float] = (), joining: ArrayLike = (1.0,), weights: ArrayLike = (1.0,), only: int | None = None,
) -> PeriodTables:  # fmt: skip
    """Tables that fix the servers of two neighbouring periods; ``only`` one period when given, the others 0.

    Args:
        arrival_rate: λ by period [customers per minute]; with several ``weights``, axes day, period.
        most: most servers by period.
        service_rate: μ [per minute].
        abandonment_rate: η [per minute].
        period: length of a period [minutes].
        limits: limits of the wait [minutes].
        joining: share of arrivals who join, by the number waiting; it never rises.
        weights: probabilities of the days of a mixture: entries are expectations, service levels by arrivals.
        only: the period wanted; None: all.
    """
    shares, asked = np.array(joining, np.float64), np.array(limits, np.float64)
    first, last = (0, len(most)) if only is None else (only, only + 1)
    days, probabilities = np.atleast_2d(arrival_rate), np.array(weights, np.float64)
    each = [
        _pairs(day, most, service_rate, abandonment_rate, float(period), asked, shares, first, last) for day in days
    ]
    waiting, blocked, closing = (np.tensordot(probabilities, [day[i] for day in each], 1) for i in (0, 1, 3))
    parts = arrival_parts(days, probabilities)
    served = np.sum([part[:, None, None] * day[2] for part, day in zip(parts, each, strict=True)], axis=0)
    return PeriodTables(waiting, blocked, served, closing[:, :, 0], closing[:, :, 1])


def arrival_parts(days: Floats, weights: Floats) -> Floats:
    """Share of a period's arrivals that come on each day of a mixture; axes day, period. Weights where nobody comes."""
    arrivals = weights[:, None] * days
    total = arrivals.sum(axis=0)
    parts: Floats = np.divide(arrivals, total, out=np.repeat(weights[:, None], days.shape[1], 1), where=total > 0)
    return parts


@compiled
def _carry(
    state: Floats, servers: int, arrival: float, service: float, abandonment: float, length: float, joining: Floats
) -> Floats:
    """The distribution at the end of a period."""
    room = first_room(state.shape[1], arrival * length)
    nothing, none = np.zeros((0, 1, 1)), np.zeros(0)
    while True:
        end, _, enough = pass_period(
            state, servers, arrival, service, abandonment, length, UNLIMITED, joining,
            nothing, none, none, np.zeros(0, np.int64), 0, room,
        )  # fmt: skip
        if enough:
            return end
        room *= 2


@compiled
def _starts(
    rates: Floats, most: Ints, service: float, abandonment: float, length: float, joining: Floats, last: int
) -> list[Floats]:
    """The distribution before each period up to ``last`` when all earlier ones have their most."""
    states = [empty_queue()]
    for t in range(last):
        state = states[t] if t == 0 else resize_servers(states[t], most[t - 1], most[t], False)
        states.append(_carry(state, most[t], rates[t], service, abandonment, length, joining))
    return states


@compiled
def _pairs(
    rates: Floats, most: Ints, service: float, abandonment: float, length: float, limits: Floats, joining: Floats,
    first: int, last: int,
) -> tuple[Floats, Floats, Floats, Floats]:  # fmt: skip
    """Waiting, blocked, served and closing.

    Each distribution that period t may begin with, by p, meets the value of each state, by q.
    """
    count, levels = len(rates), most.max() + 1
    starts = _starts(rates, most, service, abandonment, length, joining, last - 1)
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
                before.append(_carry(state, p, rates[t - 1], service, abandonment, length, joining))
        for q in range(most[t] + 1):
            servers[t] = q
            states = [before[0]]
            if t > 0:
                states = [folded(resize_servers(before[p], p, q, False), MOST_FINISHING) for p in range(len(before))]
            values = _values(states, t, rates, servers, service, abandonment, length, limits, joining)
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
def _values(
    states: list[Floats], t: int, rates: Floats, servers: Ints, service: float, abandonment: float, length: float,
    limits: Floats, joining: Floats,
) -> Floats:  # fmt: skip
    """Value of each state at the start of period t, for all that may begin it."""
    rows, width = 1, 3
    for state in states:
        rows, width = max(rows, state.shape[0]), max(width, state.shape[1])
    width += room_for(servers[t], rates[t], service, length) + (servers[t] if rows > 1 else 0)
    asked = probes(servers, t, rates[t], length, service, abandonment, limits, joining, rows, width, True)
    return period_values(
        rows, width, servers[t], rates[t], service, abandonment, length, joining,
        asked[0], asked[1], asked[2], asked[3], len(limits), t + 1 == len(rates),
    )  # fmt: skip
