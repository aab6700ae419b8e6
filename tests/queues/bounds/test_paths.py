"""Cheapest paths against every vector of servers, each followed exactly."""

from itertools import product

import numpy as np
import pytest

from optimizer.queues import MonotoneQueue, busy_day_factor, cheapest_path, least_day, pair_tables

PERIOD = 15.0
LIMIT = 5.0
WAITING_COST = 0.05


def random_day(seed):
    rng = np.random.default_rng(seed)
    periods, most = 4, 3
    service = rng.uniform(0.1, 0.4)
    abandonment = rng.choice([0.0, rng.uniform(0, service)])
    return {
        "rates": rng.uniform(0, 2.0, periods) * service,
        "most": np.full(periods, most),
        "service": service,
        "abandonment": abandonment,
        "prices": rng.uniform(0.2, 1.5, periods),
        "least": rng.uniform(0.3, 0.9) * np.ones((1, periods)),
    }


def queue_of(day):
    """The queue of a day, on days from quiet to busy where it is random how busy."""
    factors, weights = busy_day_factor(day.get("busyness", 0.0), 2)
    rates = factors[:, None] * day["rates"]
    return MonotoneQueue(rates, weights, day["service"], day["abandonment"], PERIOD, (LIMIT,))


def enumerated(day):
    """Cost and servers of the cheapest vector that keeps every promise; none: infinite."""
    best = (np.inf, None)
    for servers in product(range(int(day["most"].max()) + 1), repeat=len(day["rates"])):
        found = least_day(queue_of(day), np.array(servers))
        if (found.service_level >= day["least"] - 1e-9).all():
            cost = float(day["prices"] @ np.array(servers)) + WAITING_COST * float(found.waiting.sum())
            best = min(best, (cost, servers))
    return best


def path(day, ceiling, relaxed):
    queue = queue_of(day)
    tables = pair_tables(queue, day["most"])
    levels = np.arange(tables.waiting.shape[2])
    edges = WAITING_COST * tables.waiting + day["prices"][:, None, None] * levels
    edges[tables.service_level[0] < day["least"][0][:, None, None] - 1e-9] = np.inf
    return cheapest_path(
        queue, day["most"], edges=edges, waiting=tables.waiting, waiting_cost=WAITING_COST, least=day["least"],
        ceiling=ceiling, relaxed=relaxed,
    )  # fmt: skip


@pytest.mark.parametrize("busyness", [0.0, 0.1])
@pytest.mark.parametrize("seed", range(40))
def test_a_relaxed_path_bounds_every_vector_and_a_restricted_one_is_close(seed, busyness):
    day = random_day(seed) | {"busyness": busyness}
    cost, _ = enumerated(day)
    ceiling = cost + 0.5 if np.isfinite(cost) else 50.0
    bound, _ = path(day, ceiling, relaxed=True)
    assert bound <= min(cost, ceiling) * (1 + 1e-7)
    if np.isfinite(cost):
        assert bound >= cost - 0.05 * abs(cost), "merging loses little on so few periods"
        above, servers = path(day, ceiling, relaxed=False)
        found = least_day(queue_of(day), servers)
        assert above >= bound - 1e-9
        # Servers who leave are taken to finish by the end of the period.
        assert (found.service_level >= day["least"] - 0.02).all()


def test_nothing_below_the_ceiling():
    day = random_day(1)
    cost, _ = enumerated(day)
    assert path(day, 0.9 * cost, relaxed=True) == (0.9 * cost, None)


def test_deeper_than_two_periods():
    """Backlog from a peak long gone: the path knows of it, tables of two periods do not."""
    day = {
        "rates": np.array([2.0, 0.5, 0.5, 0.5, 0.5, 0.5]), "most": np.full(6, 8), "service": 0.2, "abandonment": 0.0,
        "prices": np.ones(6), "least": np.array([[0.0, 0.0, 0.0, 0.0, 0.8, 0.8]]),
    }  # fmt: skip
    tables = pair_tables(queue_of(day), day["most"])
    edges = np.broadcast_to(np.arange(9.0), tables.waiting.shape).copy()
    edges[tables.service_level[0] < day["least"][0][:, None, None] - 1e-9] = np.inf
    shallow = edges[0, 0]
    for step in edges[1:]:
        shallow = (shallow[:, None] + step).min(axis=0)
    deep, _ = cheapest_path(
        queue_of(day), day["most"], edges=edges, waiting=tables.waiting, waiting_cost=0.0, least=day["least"],
        ceiling=40.0,
    )  # fmt: skip
    assert deep > shallow.min() + 2
