"""Arrivals sent elsewhere by the number waiting: corners, and what one more server does.

The chain and its waiting times are held against matrices in ``test_waiting_time``.
"""

import math

import numpy as np
import pytest

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.diversion import balking_queue, threshold_diversion
from optimizer.queues.stationary.erlang import erlang_a, erlang_b, erlang_c

MEASURES = ("wait_probability", "mean_wait", "mean_queue", "abandonment", "blocking", "utilization")


def same(queue, expected):
    for name in MEASURES:
        assert getattr(queue, name) == pytest.approx(getattr(expected, name), rel=1e-11, abs=1e-15), name
    for limit in (0.0, 0.7, 4.0):
        assert queue.service_level(limit) == pytest.approx(expected.service_level(limit), rel=1e-11)
        assert queue.wait_exceeds(limit) == pytest.approx(expected.wait_exceeds(limit), rel=1e-11)


def test_a_threshold_of_nobody_waiting_is_erlang_b():
    assert threshold_diversion(7, 5.0, 1.0, 0).blocking == pytest.approx(erlang_b(7, 5.0), rel=1e-12)


def test_a_threshold_that_all_obey_is_a_waiting_room():
    same(threshold_diversion(3, 4.0, 1.0, 5), erlang_c(3, 4.0, 1.0, capacity=8))
    same(threshold_diversion(3, 4.0, 1.0, 5, 0.3), erlang_a(3, 4.0, 1.0, 0.3, capacity=8))


def test_a_threshold_that_nobody_obeys_changes_nothing():
    same(threshold_diversion(3, 2.0, 1.0, 5, compliance=0.0), erlang_c(3, 2.0, 1.0))
    same(threshold_diversion(3, 4.0, 1.0, 5, 0.3, compliance=0.0), erlang_a(3, 4.0, 1.0, 0.3))


def test_a_threshold_is_a_joining_that_falls_there():
    same(threshold_diversion(3, 4.0, 1.0, 2, compliance=0.6), balking_queue(3, 4.0, 1.0, [1, 1, 0.4]))
    same(threshold_diversion(3, 4.0, 1.0, 2, 0.2), balking_queue(3, 4.0, 1.0, [1, 1, 0], 0.2))


def test_two_windows_by_hand():
    """λ = 3, μ = 1: weights 1, 3, 9/2, 27/4, 81/16 and from there on 3/8 of the one before."""
    queue = balking_queue(2, 3.0, 1.0, [1.0, 0.5, 0.25])
    total = 1 + 3 + 9 / 2 + 27 / 4 + 81 / 16 / (5 / 8)
    assert queue.blocking == pytest.approx((27 / 4 * 0.5 + 81 / 10 * 0.75) / total, rel=1e-13)
    assert queue.mean_queue == pytest.approx((27 / 4 + 81 / 10 * (2 + 3 / 5)) / total, rel=1e-13)


def test_who_balks_at_one_over_the_number_ahead_makes_a_poisson_queue():
    """One server, joining 1 / (n + 1) with n in system: π is Poisson with mean a (discouraged arrivals)."""
    a = 2.5
    queue = balking_queue(1, a, 1.0, 1 / np.arange(2.0, 80.0))
    pi = [math.exp(-a) * a**n / math.factorial(n) for n in range(80)]
    assert queue.mean_queue == pytest.approx(a - 1 + math.exp(-a), rel=1e-12)
    assert queue.blocking == pytest.approx(sum(p * n / (n + 1) for n, p in enumerate(pi)), rel=1e-12)


def test_overload_that_balking_does_not_cure_is_an_answer():
    queue = balking_queue(2, 8.0, 1.0, [1.0, 0.25])
    assert (queue.wait_probability, queue.mean_wait, queue.blocking) == (1.0, math.inf, 0.75)
    assert (queue.service_level(5.0), queue.utilization) == (0.0, 1.0)
    assert balking_queue(2, 8.0, 1.0, [1.0, 0.24]).mean_wait < math.inf


def test_without_servers_the_line_fills_to_the_threshold_and_stays():
    queue = threshold_diversion(0, 2.0, 1.0, 4)
    assert (queue.blocking, queue.mean_queue, queue.mean_wait) == (1.0, 4.0, math.inf)
    assert (queue.service_level(9.0), queue.wait_exceeds(9.0), queue.utilization) == (0.0, 1.0, 0.0)


@pytest.mark.parametrize("seed", range(100))
def test_one_more_server_helps_where_joining_never_rises(seed):
    rng = np.random.default_rng(seed)
    servers, arrival, abandonment = int(rng.integers(0, 8)), rng.uniform(0.2, 9), rng.uniform(0.02, 4)
    joining = np.sort(rng.uniform(0, 1, int(rng.integers(1, 6))))[::-1]
    fewer, more = (balking_queue(c, arrival, 1.0, joining, abandonment) for c in (servers, servers + 1))
    for name in ("mean_queue", "wait_probability", "blocking", "abandonment"):
        assert getattr(more, name) <= getattr(fewer, name) + 1e-14, name
    for limit in (0.0, 0.5, 3.0):
        assert more.service_level(limit) >= fewer.service_level(limit) - 1e-14


@pytest.mark.parametrize(
    ("form", "given", "name"),
    [
        (balking_queue, (-1, 1.0, 1.0, [1.0]), "servers"),
        (balking_queue, (2.5, 1.0, 1.0, [1.0]), "servers"),
        (balking_queue, (2, -1.0, 1.0, [1.0]), "arrival_rate"),
        (balking_queue, (2, 1.0, math.inf, [1.0]), "service_rate"),
        (balking_queue, (2, 1.0, 1.0, []), "joining"),
        (balking_queue, (2, 1.0, 1.0, [0.5, 1.1]), "joining"),
        (balking_queue, (2, 1.0, 1.0, [1.0], -1.0), "abandonment_rate"),
        (threshold_diversion, (2, 1.0, 1.0, -1), "threshold"),
        (threshold_diversion, (2, 1.0, 1.0, 1, 0.0, 1.5), "compliance"),
    ],
)
def test_a_bad_parameter_is_named(form, given, name):
    with pytest.raises(InvalidParameterError, match=name):
        form(*given)
