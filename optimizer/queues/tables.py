"""Least waiting of a period by the servers of that period and the one before, all other periods at their most.

By the monotone facts of :func:`optimizer.queues.transient_day` (η ≤ μ) each entry is at most what any day with those
servers yields, as long as no other period has more than its most.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.queues.compilation import compiled
from optimizer.queues.first_passage import probes
from optimizer.queues.kernel import SERVED, WAITING, after_closing, empty_queue, first_room, pass_period, resize_servers
from optimizer.queues.transient import UNLIMITED

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NO_LIMITS = np.zeros(0)


@dataclass(frozen=True)
class PeriodTables:
    """Measures by period t, servers p in period t - 1 and q in period t; entries above the most are 0.

    In period 0, and throughout :func:`single_tables`, nothing depends on p and its axis has length 1 or repeats.
    """

    waiting: Floats
    """Customer-minutes waiting in period t; axes t, p, q."""
    service_level: Floats
    """Share of those who arrive in period t who are served within each limit; axes limit, t, p, q."""
    closing_waiting: Floats
    """Customer-minutes of waiting after closing; axes p, q of the last period."""
    closing_overtime: Floats
    """Work after closing [server-minutes]; axes p, q of the last period."""


def single_tables(
    arrival_rate: Floats, most: Ints, service_rate: float, abandonment_rate: float, *, period: float,
    limits: Sequence[float] = (),
) -> PeriodTables:  # fmt: skip
    """Tables that fix the servers of one period: coarser bounds than :func:`pair_tables`, many times faster.

    Args:
        arrival_rate: λ by period [customers per minute].
        most: most servers by period.
        service_rate: μ [per minute].
        abandonment_rate: η [per minute].
        period: length of a period [minutes].
        limits: limits of the wait [minutes].
    """
    waiting, served, closing = _singles(
        arrival_rate, most, service_rate, abandonment_rate, float(period), np.array(limits, np.float64)
    )
    return PeriodTables(waiting[:, None, :], served[:, :, None, :], closing[None, :, 0], closing[None, :, 1])


def pair_tables(
    arrival_rate: Floats, most: Ints, service_rate: float, abandonment_rate: float, *, period: float,
    limits: Sequence[float] = (), only: int | None = None,
) -> PeriodTables:  # fmt: skip
    """Tables that fix the servers of two neighbouring periods; ``only`` one period when given, the others 0.

    Args:
        arrival_rate: λ by period [customers per minute].
        most: most servers by period.
        service_rate: μ [per minute].
        abandonment_rate: η [per minute].
        period: length of a period [minutes].
        limits: limits of the wait [minutes].
        only: the period wanted; None: all.
    """
    first, last = (0, len(most)) if only is None else (only, only + 1)
    waiting, served, closing = _pairs(
        arrival_rate, most, service_rate, abandonment_rate, float(period), np.array(limits, np.float64), first, last
    )
    return PeriodTables(waiting, served, closing[:, :, 0], closing[:, :, 1])


@compiled
def _carry(state: Floats, servers: int, arrival: float, service: float, abandonment: float, length: float) -> Floats:
    """The distribution at the end of a period."""
    room = first_room(state.shape[1], arrival * length)
    nothing, none = np.zeros((0, 1, 1)), np.zeros(0)
    while True:
        end, _, enough = pass_period(
            state, servers, arrival, service, abandonment, length, UNLIMITED,
            nothing, none, none, np.zeros(0, np.int64), 0, room,
        )  # fmt: skip
        if enough:
            return end
        room *= 2


@compiled
def _starts(rates: Floats, most: Ints, service: float, abandonment: float, length: float) -> list[Floats]:
    """The distribution before each period when all earlier ones have their most."""
    states = [empty_queue()]
    for t in range(len(rates) - 1):
        state = states[t] if t == 0 else resize_servers(states[t], most[t - 1], most[t], False)
        states.append(_carry(state, most[t], rates[t], service, abandonment, length))
    return states


@compiled
def _measure(
    states: list[Floats], t: int, rates: Floats, servers: Ints, service: float, abandonment: float, length: float,
    limits: Floats, measures: Floats, closing: Floats,
) -> None:  # fmt: skip
    """Pass period t from each of the distributions; rows of ``measures`` and ``closing`` take the results."""
    rows, width = 1, 3
    for state in states:
        rows, width = max(rows, state.shape[0]), max(width, state.shape[1])
    room = first_room(width, rates[t] * length)
    asked = probes(servers, t, rates[t], length, service, abandonment, limits, rows, width + room)
    for i in range(len(states)):
        while True:
            end, measured, enough = pass_period(
                states[i], servers[t], rates[t], service, abandonment, length, UNLIMITED,
                asked[0], asked[1], asked[2], asked[3], len(limits), room,
            )  # fmt: skip
            if enough:
                break
            room *= 2
            asked = probes(servers, t, rates[t], length, service, abandonment, limits, rows, width + room)
        measures[i, :] = measured
        if t + 1 == len(rates):
            staff = max(1, servers[t])
            closing[i, :] = after_closing(resize_servers(end, servers[t], staff, False), staff, service)[:2]


@compiled
def _singles(
    rates: Floats, most: Ints, service: float, abandonment: float, length: float, limits: Floats
) -> tuple[Floats, Floats, Floats]:
    count, levels = len(rates), most.max() + 1
    starts = _starts(rates, most, service, abandonment, length)
    waiting, served = np.zeros((count, levels)), np.zeros((len(limits), count, levels))
    closing = np.zeros((levels, 2))
    measures, servers = np.zeros((1, SERVED + len(limits))), most.copy()
    for t in range(count):
        for q in range(most[t] + 1):
            servers[t] = q
            state = starts[t] if t == 0 else resize_servers(starts[t], most[t - 1], q, False)
            _measure(
                [state], t, rates, servers, service, abandonment, length, limits, measures, closing[q : q + 1]
            )  # fmt: skip
            waiting[t, q] = measures[0, WAITING]
            served[:, t, q] = measures[0, SERVED:] / length
        servers[t] = most[t]
    return waiting, served, closing


@compiled
def _pairs(
    rates: Floats, most: Ints, service: float, abandonment: float, length: float, limits: Floats, first: int, last: int
) -> tuple[Floats, Floats, Floats]:
    count, levels = len(rates), most.max() + 1
    starts = _starts(rates, most, service, abandonment, length)
    waiting, served = np.zeros((count, levels, levels)), np.zeros((len(limits), count, levels, levels))
    closing = np.zeros((levels, levels, 2))
    servers = most.copy()
    for t in range(first, last):
        before = [empty_queue()]
        if t > 0:
            before.clear()
            for p in range(most[t - 1] + 1):
                state = starts[t - 1] if t == 1 else resize_servers(starts[t - 1], most[t - 2], p, False)
                before.append(_carry(state, p, rates[t - 1], service, abandonment, length))
        measures, ends = np.zeros((len(before), SERVED + len(limits))), np.zeros((len(before), 2))
        for q in range(most[t] + 1):
            servers[t] = q
            states = [resize_servers(before[p], p, q, False) if t > 0 else before[p] for p in range(len(before))]
            _measure(states, t, rates, servers, service, abandonment, length, limits, measures, ends)
            for p in range(levels):
                row = p if t > 0 else 0
                if row < len(before):
                    waiting[t, p, q] = measures[row, WAITING]
                    served[:, t, p, q] = measures[row, SERVED:] / length
                    if t + 1 == count:
                        closing[p, q] = ends[row]
        servers[t] = most[t]
    return waiting, served, closing
