"""Tables by the servers of two neighbouring periods: bounds for every day, exact where all others have their most."""

import numpy as np
import pytest

from optimizer.queues import MonotoneQueue, busy_day_factor, least_day, pair_tables, transient_day
from optimizer.queues.bounds.tables import MOST_FINISHING, ROUGHNESS

LIMITS = [4.0, 13.0]


def queue_of(rates, service, abandonment, period, limits=(), **more):
    """A queue on a single day."""
    return MonotoneQueue(np.atleast_2d(rates), np.ones(1), service, abandonment, period, tuple(limits), **more)


def tables_of(rates, most, service, abandonment, *, period, limits=(), only=None):
    return pair_tables(queue_of(rates, service, abandonment, period, limits), most, only)


def random_channel(random, most, period, eta_of_mu=None):
    """Rates, most servers, μ, η ≤ μ; a zero among the most now and then."""
    count = int(random.integers(1, 6))
    service = random.uniform(0.08, 0.5)
    share = float(random.choice([0.0, 1.0, random.uniform(0, 1)])) if eta_of_mu is None else eta_of_mu
    rates = random.uniform(0, 1.3, count) * service * max(1, most - 1)
    return rates, random.integers(0, most + 1, count), service, share * service


def entries(tables, servers):
    """The entries that a day reads: waiting by period, service level by limit and period, the two after closing."""
    before = np.concatenate([[0], servers[:-1]])
    periods = np.arange(len(servers))
    last = tables.closing_waiting[before[-1], servers[-1]], tables.closing_overtime[before[-1], servers[-1]]
    return tables.waiting[periods, before, servers], tables.service_level[:, periods, before, servers], *last


@pytest.mark.parametrize("seed", range(12))
def test_no_day_beats_its_entries(seed):
    random = np.random.default_rng([7, seed])
    period = float(random.choice([5.0, 15.0, 30.0]))
    rates, most, service, abandonment = random_channel(random, int(random.choice([2, 4, 7])), period)
    tables = tables_of(rates, most, service, abandonment, period=period, limits=LIMITS)
    for i in range(40):
        servers = random.integers(0, most + 1)
        if i % 2:  # most of them at their most: near the bound
            servers = np.where(random.random(len(most)) < 0.3, servers, most)
        day = transient_day(rates, servers, service, abandonment, period=period, limits=LIMITS)
        waiting, served, closing, overtime = entries(tables, servers)
        assert (waiting <= day.waiting + 1e-9 * (1 + day.waiting)).all()
        assert (served >= day.service_level - 1e-9)[:, rates > 0].all()
        assert closing <= day.waiting_after_closing + 1e-9 * (1 + day.waiting_after_closing)
        assert overtime <= day.overtime + 1e-9 * (1 + day.overtime)


def pairs(most):
    """(period, servers before, servers) for every entry of which nothing is simplified away: small drops only."""
    for t in range(len(most)):
        for p in range(most[t - 1] + 1) if t > 0 else [0]:
            for q in range(most[t] + 1):
                finishing = 0 if t == 0 else max(p, most[t - 2] if t > 1 else 0) - q
                if finishing <= MOST_FINISHING:
                    yield t, p, q


@pytest.mark.parametrize("seed", range(5))
def test_entries_are_exact_with_all_others_at_their_most(seed):
    random = np.random.default_rng([8, seed])
    rates, most, service, abandonment = random_channel(random, 4, 15.0)
    tables = tables_of(rates, most, service, abandonment, period=15.0, limits=LIMITS)
    for t, p, q in pairs(most):
        servers = most.copy()
        servers[t] = q
        if t > 0:
            servers[t - 1] = p
        day = transient_day(rates, servers, service, abandonment, period=15.0, limits=LIMITS)
        assert tables.waiting[t, p, q] == pytest.approx(day.waiting[t], abs=1e-7)
        if t + 1 == len(most):
            assert tables.closing_waiting[p, q] == pytest.approx(day.waiting_after_closing, abs=1e-7)
            assert tables.closing_overtime[p, q] == pytest.approx(day.overtime, abs=1e-7)
        if rates[t] > 0:
            above = tables.service_level[:, t, p, q] - day.service_level[:, t]
            assert above.max() <= 1.5 * ROUGHNESS
            assert above.min() >= -1e-9


@pytest.mark.parametrize("abandonment", [0.0, 0.1, 0.2], ids="eta={}".format)
def test_service_levels_are_exact_but_for_their_allowance(abandonment):
    """In short periods, where the short rule over moments of arrival is exact enough to see the rest."""
    rates, most = np.array([0.3, 0.5, 0.2, 0.4]), np.array([2, 3, 1, 2])
    tables = tables_of(rates, most, 0.2, abandonment, period=3.0, limits=[1.0, 2.0])
    for t, p, q in pairs(most):
        servers = most.copy()
        servers[t] = q
        if t > 0:
            servers[t - 1] = p
        day = transient_day(rates, servers, 0.2, abandonment, period=3.0, limits=[1.0, 2.0])
        expected = np.minimum(day.service_level[:, t] + ROUGHNESS, 1.0)
        np.testing.assert_allclose(tables.service_level[:, t, p, q], expected, atol=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_one_period_alone_has_the_same_numbers(seed):
    random = np.random.default_rng([9, seed])
    rates, most, service, abandonment = random_channel(random, 4, 15.0)
    given = (rates, most, service, abandonment)
    tables = tables_of(*given, period=15.0, limits=LIMITS)
    for t in range(len(most)):
        alone = tables_of(*given, period=15.0, limits=LIMITS, only=t)
        np.testing.assert_array_equal(alone.waiting[t], tables.waiting[t])
        np.testing.assert_array_equal(alone.service_level[:, t], tables.service_level[:, t])
        others = np.arange(len(most)) != t
        assert not alone.waiting[others].any()
        assert not alone.service_level[:, others].any()
        if t + 1 == len(most):
            np.testing.assert_array_equal(alone.closing_waiting, tables.closing_waiting)
            np.testing.assert_array_equal(alone.closing_overtime, tables.closing_overtime)


def test_entries_above_the_most_are_zero_and_the_first_period_has_no_before():
    rates, most = np.array([0.6, 0.9, 0.3]), np.array([1, 3, 2])
    tables = tables_of(rates, most, 0.25, 0.05, period=15.0, limits=[5.0])
    assert tables.waiting.shape == (3, 4, 4)
    assert tables.service_level.shape == (1, 3, 4, 4)
    assert not tables.waiting[1, 2:].any()
    assert not tables.waiting[2, :, 3].any()
    assert tables.waiting[1, :2].all()
    for p in range(4):
        np.testing.assert_array_equal(tables.waiting[0, p], tables.waiting[0, 0])


@pytest.mark.parametrize("limits", [[], [5.0]])
def test_entries_fall_with_servers(limits):
    rates, most = np.array([0.6, 0.9, 0.7]), np.array([3, 5, 4])
    tables = tables_of(rates, most, 0.25, 0.1, period=15.0, limits=limits)
    for t in (1, 2):
        held = tables.waiting[t, : most[t - 1] + 1, : most[t] + 1]
        assert (np.diff(held, axis=0) <= 1e-9).all()
        assert (np.diff(held, axis=1) <= 1e-9).all()


def test_no_limits_leave_no_service_levels():
    tables = tables_of(np.array([0.6, 0.9]), np.array([3, 2]), 0.25, 0.1, period=15.0)
    assert tables.service_level.shape == (0, 2, 4, 4)


def test_a_channel_that_nobody_comes_to_has_no_waiting():
    tables = tables_of(np.zeros(2), np.array([2, 2]), 0.25, 0.0, period=15.0, limits=[5.0])
    assert not tables.waiting.any()
    assert not tables.closing_overtime.any()


def random_mixture(random, most):
    """A queue on busy and quiet days whose arrivals look at all present beyond one server."""
    rates, most, service, abandonment = random_channel(random, most, 15.0)
    factors, weights = busy_day_factor(0.1, 3)
    joining = tuple((1 - random.uniform(0, 0.5)) ** (np.arange(60) / 10))
    days = factors[:, None] * rates
    most = np.maximum(most, 1)
    return MonotoneQueue(days, weights, service, abandonment, 15.0, (4.0, 13.0), joining, seen_beyond=1), most


@pytest.mark.parametrize("seed", range(8))
def test_no_day_of_a_mixture_beats_its_entries(seed):
    random = np.random.default_rng([17, seed])
    queue, most = random_mixture(random, 5)
    assert queue.monotone
    tables = pair_tables(queue, most)
    for i in range(25):
        servers = random.integers(1, most + 1) if i % 2 else np.where(random.random(len(most)) < 0.3, 1, most)
        day = least_day(queue, servers)
        waiting, served, closing, overtime = entries(tables, servers)
        before = np.concatenate([[0], servers[:-1]])
        blocked = tables.blocked[np.arange(len(most)), before, servers]
        assert (waiting <= day.waiting + 1e-9 * (1 + day.waiting)).all()
        assert (blocked <= day.blocked + 1e-9).all()
        assert (served >= day.service_level - 1e-9)[:, queue.arrivals > 0].all()
        assert closing <= day.closing_waiting + 1e-9
        assert overtime <= day.closing_overtime + 1e-9


@pytest.mark.parametrize("seed", range(8))
def test_looking_at_all_present_nobody_waits_longer_than_those_who_look_at_the_queue(seed):
    """The monotone queue bounds the one that is meant, and falls with every server added."""
    random = np.random.default_rng([18, seed])
    queue, most = random_mixture(random, 4)
    for _ in range(8):
        servers = random.integers(1, most + 1)
        day = least_day(queue, servers)
        meant = [
            transient_day(
                rates, servers, queue.service_rate, queue.abandonment_rate, period=15.0, limits=queue.limits,
                joining=queue.joining,
            )
            for rates in queue.arrival_rates
        ]  # fmt: skip
        for name, least in (("waiting", day.waiting), ("blocked", day.blocked)):
            expected = queue.weights @ [getattr(found, name) for found in meant]
            assert (least <= expected + 1e-9 * (1 + expected)).all(), name
        assert day.closing_waiting <= queue.weights @ [found.waiting_after_closing for found in meant] + 1e-9
        assert day.closing_overtime <= queue.weights @ [found.overtime for found in meant] + 1e-9
        for t in range(len(servers)):
            more = servers.copy()
            more[t] += 1
            better = least_day(queue, more)
            assert (better.waiting <= day.waiting + 1e-9 * (1 + day.waiting)).all()
            assert (better.blocked <= day.blocked + 1e-9).all()
            assert better.closing_waiting <= day.closing_waiting + 1e-9
            assert better.closing_overtime <= day.closing_overtime + 1e-9


def test_a_mixture_of_one_day_is_that_day():
    rates, servers = np.array([0.6, 0.9, 0.2]), np.array([3, 2, 4])
    given = {"service_rate": 0.25, "abandonment_rate": 0.1}
    day = transient_day(rates, servers, **given, period=15.0, limits=[5.0])
    least = least_day(queue_of(rates, *given.values(), 15.0, [5.0]), servers)
    np.testing.assert_allclose(least.waiting, day.waiting, rtol=1e-13)
    np.testing.assert_allclose(least.service_level, day.service_level, rtol=1e-13)
    assert least.closing_overtime == pytest.approx(day.overtime, rel=1e-13)


def test_a_queue_whose_arrivals_look_at_those_waiting_is_not_called_monotone():
    joining = (1.0, 0.9, 0.8)
    assert queue_of([0.5], 0.25, 0.25, 15.0).monotone
    assert not queue_of([0.5], 0.25, 0.26, 15.0).monotone
    assert not queue_of([0.5], 0.25, 0.1, 15.0, joining=joining).monotone
    assert queue_of([0.5], 0.25, 0.1, 15.0, joining=joining, seen_beyond=0).monotone
