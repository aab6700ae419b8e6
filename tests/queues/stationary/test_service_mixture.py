"""Mixtures of work have the moments of the mixture; dead numbers against simulation and balances."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.general_service import general_service
from optimizer.queues.stationary.service_mixture import Work, mixture, ticket_queue, tickets

STREAM = st.tuples(st.floats(0.01, 5.0), st.floats(0.01, 20.0), st.floats(0.0, 9.0))


@given(streams=st.lists(STREAM, min_size=1, max_size=5))
def test_a_mixture_has_the_variance_within_and_between(streams):
    """Var S = E Var(S | kind) + Var E(S | kind)."""
    rates, means, scvs = (np.array(x) for x in zip(*streams, strict=True))
    work = mixture(rates, means, scvs)
    share = rates / rates.sum()
    mean = share @ means
    variance = share @ (scvs * means**2) + share @ (means - mean) ** 2
    assert work.arrival_rate == pytest.approx(rates.sum())
    assert work.mean == pytest.approx(mean)
    assert work.service_rate == pytest.approx(1 / mean)
    assert work.scv == pytest.approx(variance / mean**2, rel=1e-9, abs=1e-9)


def test_dead_numbers_are_short_fixed_work():
    work = tickets(Work(2.0, 3.0, 1.0), 0.5, 0.6)
    assert work.arrival_rate == pytest.approx(3.0)
    assert work.mean == pytest.approx((2 * 3 + 0.6) / 3)
    assert work.mean**2 * (1 + work.scv) == pytest.approx((2 * 18 + 0.36) / 3)


def test_one_window_is_pollaczek_and_khinchine():
    """Λ E S² / (2 (1 - ρ)) over all numbers."""
    queue = ticket_queue(1, Work(0.5, 1.0, 1.0), 0.4, 0.25)
    assert queue.mean_wait == pytest.approx((0.5 * 2 + 0.2 * 0.0625) / (2 * (1 - 0.5 - 0.05)), rel=1e-12)
    assert (queue.arrival_rate, queue.service_rate) == (0.5, 1.0)
    assert queue.mean_queue == pytest.approx(0.5 * queue.mean_wait)
    assert not queue.exact


def test_it_is_as_far_from_simulation_as_it_says(reference):
    for row in reference("general_service.json")["dead_numbers"]:
        queue = ticket_queue(
            row["c"], Work(row["c"] * row["rho"], 1.0, 1.0), row["dead_numbers"], row["call_time"],
            row["abandonment_rate"],
        )  # fmt: skip
        low, high = (0.915, 1.005) if row["abandonment_rate"] else (0.985, 1.015)
        assert low < queue.mean_wait / row["EW"] < high, row
        assert queue.abandonment == pytest.approx(row["abandonment_rate"] * queue.mean_wait, abs=1e-9)


def test_in_overload_windows_serve_who_stays_and_call_who_left():
    """c = λ (1 - a) m + λ (d + a) t."""
    queue = ticket_queue(10, Work(20.0, 1.0, 2.0), 0.3, 0.2, 0.02)
    given_up = queue.abandonment
    assert 20 * (1 - given_up) + 20 * (0.3 + given_up) * 0.2 == pytest.approx(10, rel=1e-4)


@pytest.mark.parametrize("patience_rate", [0.0, 0.3])
def test_without_calls_it_is_the_plain_queue(patience_rate):
    plain = general_service(3, 2.4, 1.0, 1.0, abandonment_rate=patience_rate)
    queue = ticket_queue(3, Work(2.4, 1.0, 1.0), 0.5, 0.0, patience_rate)
    assert queue.exact
    assert queue.mean_wait == pytest.approx(plain.mean_wait)
    assert queue.service_level(0.5) == pytest.approx(plain.service_level(0.5))


def test_windows_that_only_call_serve_nobody():
    queue = ticket_queue(3, Work(12.0, 1.0, 1.0), 0.3, 0.3, 0.1)
    assert queue.abandonment == pytest.approx(1.0)
    assert queue.mean_wait == pytest.approx(10.0)
    assert queue.servers == 3
    assert ticket_queue(3, Work(2.9, 1.0, 1.0), 0.3, 0.3).mean_wait == math.inf


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: mixture([1.0], [1.0, 2.0], [1.0]), "means"),
        (lambda: mixture([], [], []), "means"),
        (lambda: mixture([1.0], [-1.0], [1.0]), "means"),
        (lambda: mixture([1.0], [1.0], [math.nan]), "scvs"),
        (lambda: mixture([0.0], [1.0], [1.0]), "arrival_rate"),
        (lambda: tickets(Work(1.0, 1.0, 1.0), -0.1, 1.0), "dead_numbers"),
        (lambda: ticket_queue(2, Work(1.0, 1.0, 1.0), 0.1, -1.0), "call_time"),
        (lambda: ticket_queue(2, Work(1.0, 1.0, 1.0), 0.1, 1.0, -1.0), "abandonment_rate"),
    ],
)
def test_a_bad_number_is_named(call, name):
    with pytest.raises(InvalidParameterError, match=name):
        call()
