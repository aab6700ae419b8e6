"""A channel with ranks, dead numbers, busy days and people who turn away, against the same day event by event."""

from heapq import heappop, heappush
from statistics import NormalDist

import numpy as np
import pytest

from optimizer.evaluation import channel_day

DAYS = 2500
PERIOD, LIMITS = 30, (3.0, 10.0)
SERVICE, TICKETS = 0.25, 1.2
SERVERS = (2, 3, 1)
WEIGHTS = (0.6, 0.4)
RATES = np.array([[[0.1, 0.25, 0.1], [0.3, 0.5, 0.2]], [[0.16, 0.4, 0.16], [0.45, 0.75, 0.3]]])
"""Customers per minute; axes day, rank, period."""
PATIENCE = (60.0, 25.0)
"""Mean patience of either rank [minutes]."""
ARRIVAL, END, CHANGE, CLOSE = range(4)


def simulated_day(rng, rates, turning_away):
    """Totals of a day of tickets, axes rank and: minutes waited, given up, turned away, served within each limit.

    Dead numbers are taken for customers, as the evaluation takes them. A free window calls the first rank's ticket
    before the other's. Who finds no window free turns away by the number waiting. Windows that leave finish the service
    at hand; after closing nobody gives up.
    """
    events, closing = [], PERIOD * len(SERVERS)
    for (rank, t), rate in np.ndenumerate(rates):
        for moment in rng.uniform(PERIOD * t, PERIOD * (t + 1), rng.poisson(rate * TICKETS * PERIOD)):
            heappush(events, (moment, ARRIVAL, rank))
    for t in range(1, len(SERVERS)):
        heappush(events, (PERIOD * t, CHANGE, SERVERS[t]))
    heappush(events, (closing, CLOSE, 0))
    totals = np.zeros((2, 3 + len(LIMITS)))
    waiting, servers, in_service, now = ([], []), SERVERS[0], 0, 0.0

    def leave(until):
        """Those whose patience has ended give up, at the moment when it did."""
        for rank, line in enumerate(waiting):
            for arrived, ends in [each for each in line if each[1] <= until]:
                line.remove((arrived, ends))
                totals[rank, 0] += ends - arrived
                totals[rank, 1] += 1

    def serve(rank, wait):
        totals[rank, 0] += wait
        totals[rank, 3:] += wait <= np.array(LIMITS)
        heappush(events, (now + rng.exponential(1 / SERVICE), END, rank))

    while events:
        now, kind, value = heappop(events)
        if now <= closing:
            leave(now)
        if kind == END:
            in_service -= 1
        elif kind == CHANGE:
            servers = value
        elif kind == ARRIVAL:
            seen = len(waiting[0]) + len(waiting[1])
            if in_service < servers:
                in_service += 1
                serve(value, 0.0)
            elif rng.random() < (1 - turning_away[value]) ** (seen / 10):
                waiting[value].append((now, now + rng.exponential(PATIENCE[value])))
            else:
                totals[value, 2] += 1
        while in_service < servers and (line := waiting[0] or waiting[1]):
            in_service += 1
            serve(0 if line is waiting[0] else 1, now - line.pop(0)[0])
    return totals


@pytest.mark.parametrize("turning_away", [(0.0, 0.5), (0.2, 0.5)], ids=["the_last", "both"])
def test_totals_are_within_the_interval_of_a_simulation(rank, demand, turning_away):
    """The level of the rank called last is left out where both turn away: it is no exact one then."""
    ranks = [
        rank(name, *RATES[:, index], abandonment=1 / PATIENCE[index], turning_away=turning_away[index])
        for index, name in enumerate(("vip", "ordinary"))
    ]
    given = demand(*ranks, service=SERVICE, tickets=TICKETS, weights=WEIGHTS, limits=LIMITS)
    assert given.slowing == 1
    got = channel_day(given, SERVERS)
    rng = np.random.default_rng(11)
    # As many quiet and busy days as their probability says: what is estimated is the mean over both.
    each = [
        np.array([simulated_day(rng, rates, turning_away) for _ in range(round(DAYS * weight))])
        for rates, weight in zip(RATES, WEIGHTS, strict=True)
    ]
    mean = sum(weight * days.mean(axis=0) for weight, days in zip(WEIGHTS, each, strict=True))
    variance = sum(weight**2 * days.var(axis=0) / len(days) for weight, days in zip(WEIGHTS, each, strict=True))
    mean, variance = mean / TICKETS, variance / TICKETS**2
    exact = np.array([
        [day.waiting.sum() + day.waiting_after_closing, day.abandoned.sum(), day.blocked.sum(),
         *(day.service_level @ day.arrivals)]
        for day in got.ranks
    ])  # fmt: skip
    kept = np.ones_like(exact, dtype=bool)
    kept[0, 2] = turning_away[0] > 0
    kept[1, 3:] = turning_away[0] == 0
    # All of them within their intervals with a probability of 99 %.
    width = NormalDist().inv_cdf(1 - 0.005 / kept.sum())
    error, half = np.abs(exact - mean)[kept], width * np.sqrt(variance)[kept]
    assert (error <= half).all(), (error / half).round(2)
    assert (half < 0.1 * exact[kept]).all()
    assert (exact[0, 2] > 0) == (turning_away[0] > 0)
