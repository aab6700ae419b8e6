"""Servers that break down, against dense chains, one server's closed form, and the limits."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.breakdowns import availability, breakdown_queue, servers_up
from optimizer.queues.stationary.levels import endless_levels


def dense(c, lam, mu, xi, r, repairers, eta, top):
    """Mean number not in service, and P(nobody is free), of the chain on (in system, up) cut at a top."""
    n, u = (x.ravel() for x in np.meshgrid(np.arange(top + 1), np.arange(c + 1), indexing="ij"))
    size, q = len(n), np.zeros((len(n),) * 2)
    for step, rate in (
        (c + 1, np.where(n < top, lam, 0.0)),
        (-c - 1, np.minimum(n, u) * mu + np.maximum(0, n - u) * eta),
        (1, np.minimum(c - u, repairers) * r),
        (-1, u * xi),
    ):
        q += np.diag(rate[max(0, -step) : size - max(0, step)], step)
    q -= np.diag(q.sum(axis=1))
    law = np.linalg.solve(np.vstack([q.T[1:], np.ones(size)]), np.eye(size)[-1])
    return law @ np.maximum(0, n - u), law @ (n >= u), law


@settings(max_examples=25, deadline=None)
@given(
    c=st.integers(1, 4), load=st.floats(0.1, 1.3), xi=st.floats(0.01, 2.0), r=st.floats(0.1, 3.0),
    repairers=st.sampled_from([1, 2, None]), eta=st.floats(0.3, 3.0),
)  # fmt: skip
def test_with_impatience_it_is_the_dense_chain(c, load, xi, r, repairers, eta):
    queue = breakdown_queue(c, load * c, 1.0, xi, r, repairers, eta)
    waiting, nobody, _ = dense(c, load * c, 1.0, xi, r, repairers or c, eta, c + 60)
    assert queue.mean_queue == pytest.approx(waiting, rel=1e-8)
    assert queue.mean_wait == pytest.approx(waiting / (load * c), rel=1e-8)
    assert queue.wait_probability == pytest.approx(nobody, rel=1e-8)
    assert queue.abandonment == pytest.approx(eta * waiting / (load * c), rel=1e-8)


@pytest.mark.parametrize(
    ("c", "lam", "xi", "r", "repairers"), [(1, 0.4, 0.1, 0.5, None), (2, 0.8, 0.02, 0.2, 1), (3, 1.5, 0.1, 0.8, 2)]
)
def test_without_impatience_it_is_the_dense_chain(c, lam, xi, r, repairers):
    waiting, nobody, law = dense(c, lam, 1.0, xi, r, repairers or c, 0.0, 250)
    assert law[-c - 1 :].sum() < 1e-13
    queue = breakdown_queue(c, 2 * lam, 2.0, 2 * xi, 2 * r, repairers)
    assert queue.mean_queue == pytest.approx(waiting, rel=1e-9)
    assert queue.wait_probability == pytest.approx(nobody, rel=1e-9)
    assert queue.mean_wait == pytest.approx(waiting / (2 * lam), rel=1e-9)


@pytest.mark.parametrize(("lam", "xi", "r"), [(0.5, 0.1, 0.5), (0.1, 1.0, 0.3), (0.89, 0.01, 0.1)])
def test_one_server_is_the_closed_form(lam, xi, r):
    """Mean number in system (λ (ξ + r)² + λ ξ μ) / ((ξ + r) (r μ - λ (ξ + r))), from the generating function."""
    present = lam * ((xi + r) ** 2 + xi) / ((xi + r) * (r - lam * (xi + r)))
    assert breakdown_queue(1, lam, 1.0, xi, r).mean_queue + lam == pytest.approx(present, rel=1e-9)


def test_servers_that_never_fail_are_erlangs(reference):
    for row in reference("erlang.json")["erlang"]:
        if row["c"] <= 50:
            queue = breakdown_queue(row["c"], row["a"], 1.0, 1e-13, 1.0)
            assert queue.wait_probability == pytest.approx(float(row["C"]), rel=1e-8), row
            assert queue.mean_wait == pytest.approx(float(row["Wq_mu1"]), rel=1e-8), row
    for row in reference("erlang.json")["erlangA"]:
        if row["c"] <= 50:
            queue = breakdown_queue(row["c"], row["lam"], row["mu"], 1e-13, 1.0, None, row["theta"])
            assert queue.mean_wait == pytest.approx(float(row["EW_all"]), rel=1e-8), row


def test_failures_too_short_to_be_felt_take_a_share_of_the_speed():
    """Many short breakdowns slow one server to the rate availability · μ."""
    queue = breakdown_queue(1, 0.5, 1.0, 2e5, 8e5)
    assert queue.mean_queue + 0.5 == pytest.approx(0.5 / 0.8 / (1 - 0.5 / 0.8), rel=1e-5)


def test_with_a_repairer_for_each_the_number_up_is_binomial():
    assert servers_up(7, 0.3, 1.2) == pytest.approx(binom.pmf(np.arange(8), 7, 0.8), rel=1e-12)
    assert availability(7, 0.3, 1.2) == pytest.approx(0.8)
    assert availability(300, 0.3, 1.2, repairers=300) == pytest.approx(0.8)


def test_few_repairers_leave_fewer_servers_up():
    shares = [availability(5, 0.3, 1.2, repairers) for repairers in (1, 2, 3, 5)]
    assert shares == sorted(shares)
    assert shares[0] < 0.7


@pytest.mark.parametrize("repairers", [1, None])
def test_it_is_stable_up_to_the_mean_number_up(repairers):
    up = 3 * availability(3, 0.2, 0.6, repairers)
    assert breakdown_queue(3, up * 1.0001, 1.0, 0.2, 0.6, repairers).mean_wait == math.inf
    near = breakdown_queue(3, up * 0.999, 1.0, 0.2, 0.6, repairers).mean_wait
    assert 2 < breakdown_queue(3, up * 0.9995, 1.0, 0.2, 0.6, repairers).mean_wait / near < 2.01


def test_when_everything_is_broken_everybody_waits():
    queue = breakdown_queue(2, 1.0, 1.0, 100.0, 0.01, None, 0.5)
    assert queue.wait_probability == pytest.approx(1.0, abs=1e-3)
    assert queue.mean_wait == pytest.approx(2.0, rel=1e-3)


def test_next_to_overload_levels_keep_their_digits():
    """M/M/1 at ρ = 1 - 1e-6 as a chain of one phase."""
    use = 1 - 1e-6
    levels = endless_levels(lambda n: use * np.eye(1), lambda n: np.zeros((1, 1)), lambda n: np.eye(1), 3)
    assert float(levels.vectors[0][0]) == pytest.approx(1 - use, rel=1e-9)
    assert float(levels.excess[0]) == pytest.approx(use**4 / (1 - use), rel=1e-9)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ((0, 1.0, 1.0, 0.1, 0.5), "servers"),
        ((2.5, 1.0, 1.0, 0.1, 0.5), "servers"),
        ((301, 1.0, 1.0, 0.1, 0.5), "servers"),
        ((2, 0.0, 1.0, 0.1, 0.5), "arrival_rate"),
        ((2, 1.0, math.nan, 0.1, 0.5), "service_rate"),
        ((2, 1.0, 1.0, 0.0, 0.5), "failure_rate"),
        ((2, 1.0, 1.0, 0.1, math.inf), "repair_rate"),
        ((2, 1.0, 1.0, 0.1, 0.5, 0), "repairers"),
        ((2, 1.0, 1.0, 0.1, 0.5, 1.5), "repairers"),
        ((2, 1.0, 1.0, 0.1, 0.5, 1, -0.1), "abandonment_rate"),
    ],
)
def test_a_bad_number_is_named(given, name):
    with pytest.raises(InvalidParameterError, match=name):
        breakdown_queue(*given)
