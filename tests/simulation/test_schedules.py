"""Servers by schedule: a boundary where nothing changes changes nothing, and nobody inside at the end is dropped."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.queues import transient_day
from optimizer.simulation.distributions import Distribution
from optimizer.simulation.hall import CustomerClass, Hall, Station, Visit
from optimizer.simulation.records import ABANDONED, ARRIVALS, SERVED, TURNED_AWAY
from optimizer.simulation.replications import Replications, simulate_hall

SEED = 20261126
HOUR = 60.0
exponential = Distribution.exponential


def hall(rates, servers, visit, *, period=HOUR, other=(), **more):
    """One desk, and stations behind it."""
    stations = (Station("desk", tuple(servers), **more), *other)
    way = tuple(station.name for station in stations)
    visits = dict.fromkeys(way, visit)
    return Hall(period, stations, (CustomerClass("all", tuple(rates), way, visits),))


def by_hour(*servers):
    return tuple((HOUR * t, n) for t, n in enumerate(servers))


# Nine hours with five servers: 54 customers an hour, services of 5 minutes, patience of 5 minutes.
RATES = (0.9,) * 9
IMPATIENT = Visit(exponential(5.0), patience=exponential(5.0))


@pytest.mark.parametrize(
    ("some", "more"),
    [
        (by_hour(5), by_hour(*[5] * 9)),
        (by_hour(5), tuple((15.0 * t, 5) for t in range(36))),
        (((0.0, 4), (120.0, 6), (300.0, 2)), by_hour(4, 4, 6, 6, 6, 2, 2, 2, 2)),
        (((0.0, 3), (180.0, 0), (240.0, 5)), by_hour(3, 3, 3, 0, 5, 5, 5, 5, 5)),
    ],
    ids=["by hours", "by quarter hours", "between changes", "around an hour without servers"],
)
@pytest.mark.parametrize(
    "visit",
    [IMPATIENT, replace(IMPATIENT, balking=0.3), replace(IMPATIENT, service=Distribution.lognormal(5.0, 2.0))],
    ids=["patience", "balking", "lognormal"],
)
def test_boundaries_at_which_servers_stay_change_no_bit(some, more, visit):
    with_some, with_more = (
        simulate_hall(hall(RATES, servers, visit), Replications(60, SEED)).moments for servers in (some, more)
    )
    for name, one, other in zip(with_some._fields, with_some, with_more, strict=True):
        assert np.array_equal(one, other), name


def test_customers_who_give_up_are_all_counted_under_a_schedule():
    """65.7 a day. Ciw 3.2.7 counts 65 with five servers, and 56 where the same five are a schedule by the hour."""
    exact = transient_day(RATES, [5] * 9, 1 / 5, 1 / 5, period=HOUR).abandoned
    assert exact.sum() == pytest.approx(65.7, abs=0.05)
    estimate = simulate_hall(hall(RATES, by_hour(*[5] * 9), IMPATIENT), Replications(10_000, SEED))
    low, high = estimate.measures("desk").abandoned.interval(0.99)
    assert low < exact.sum() < high
    assert high - low < 0.02 * exact.sum()


# Nine hours with two servers: 22 customers an hour, services of 6 minutes.
OVERLOADED = hall((22 / 60,) * 9, by_hour(2), Visit(exponential(6.0)))


def test_the_mean_wait_is_over_all_who_came():
    """44.0 minutes. Ciw 3.2.7, whose records leave out who is still inside when time is up, says 34."""
    day = transient_day([22 / 60] * 9, [2] * 9, 1 / 6, period=HOUR)
    exact = (day.waiting.sum() + day.waiting_after_closing) / day.arrivals.sum()
    assert exact == pytest.approx(44.0, abs=0.05)
    estimate = simulate_hall(OVERLOADED, Replications(40_000, SEED))
    at = estimate.measures("desk")
    low, high = at.mean_wait.interval(0.99)
    assert low < exact < high
    assert high - low < 0.02 * exact
    low, high = estimate.overtime("desk").interval(0.99)
    assert low < day.overtime < high
    served = at.served.value, estimate.measures("desk", by_period=True).served.value.sum()
    assert served[0] == at.arrivals.value
    assert served[0] - served[1] == pytest.approx(day.left_at_closing, rel=0.02)


def test_a_queue_that_grows_by_the_minute_is_served_to_its_end():
    """One comes every minute, one server takes two: the k-th waits k - 1, the last of 59 ends at minute 119."""
    growing = hall((1.0,) * 3, by_hour(1), Visit(Distribution.constant(2.0)), period=20.0)
    growing = replace(growing, gap=Distribution.constant(1.0))
    estimate = simulate_hall(growing, Replications(30, SEED))
    at = estimate.measures("desk")
    assert (at.arrivals.value, at.served.value, at.mean_wait.value) == (59, 59, 29)
    assert estimate.overtime("desk").value == 59
    inside = np.arange(1, 60)
    begins = 2 * inside - 1
    waiting = [np.clip(np.minimum(begins, end) - np.maximum(inside, end - 20), 0, None).sum() for end in (20, 40)]
    by_period = estimate.measures("desk", by_period=True).waiting.value
    assert by_period.tolist() == [*waiting, (begins - inside).sum() - sum(waiting)]


PATIENT_FOR_A_TIME = Visit(exponential(6.0), patience=exponential(40.0))
HALLS = {
    "overload": OVERLOADED,
    "patience": hall((0.8,) * 3, by_hour(4, 2, 1), PATIENT_FOR_A_TIME),
    "balking": hall((0.8,) * 3, by_hour(4, 2, 1), replace(PATIENT_FOR_A_TIME, balking=0.3)),
    "a capacity": hall((0.8,) * 3, by_hour(4, 2, 1), PATIENT_FOR_A_TIME, capacity=12),
    "no server in the end": hall((0.4,) * 3, by_hour(3, 1, 0), PATIENT_FOR_A_TIME),
    "no server at all": hall((0.1,) * 2, by_hour(0), Visit(exponential(6.0))),
    "machines that fail": hall((0.4,) * 3, by_hour(2), PATIENT_FOR_A_TIME, failure_rate=0.02, repair=exponential(20.0)),
    "busy days": replace(hall((0.4,) * 3, by_hour(3, 2, 2), PATIENT_FOR_A_TIME), busyness_scv=0.5),
}


@pytest.mark.parametrize("name", HALLS)
def test_every_customer_of_every_day_is_accounted_for(followed, name):
    for index in range(100):
        (totals,) = followed(HALLS[name], SEED, index, watched=False).totals.sum(axis=2)
        assert totals[ARRIVALS] == totals[SERVED] + totals[ABANDONED] + totals[TURNED_AWAY]


def test_all_whom_one_station_serves_come_to_the_next(followed):
    behind = (Station("cash", by_hour(1, 0, 0)), Station("door", by_hour(2)))
    row = hall((0.4,) * 3, by_hour(2, 3, 1), PATIENT_FOR_A_TIME, other=behind)
    for index in range(100):
        totals = followed(row, SEED, index, watched=False).totals.sum(axis=2)
        assert totals[1:, ARRIVALS].tolist() == totals[:-1, SERVED].tolist()
        gone = totals[:, ABANDONED].sum() + totals[:, TURNED_AWAY].sum() + totals[-1, SERVED]
        assert totals[0, ARRIVALS] == gone
