"""Tests of the Poisson process: they hold their level, and find what is none."""

import math
from datetime import date, timedelta

import numpy as np
import pytest

from optimizer.calibration.arrivals import ArrivalCounts
from optimizer.calibration.log import log_of
from optimizer.calibration.poisson import dispersion, independence, resolution, transformed, unusual_periods
from optimizer.errors import InvalidParameterError


def log_with(arrivals, **columns):
    """A log of several days, a list of moments for each."""
    days = [(date(2026, 1, 5) + timedelta(days=i)).isoformat() for i, day in enumerate(arrivals) for _ in day]
    return log_of({"day": days, "arrival": np.concatenate(arrivals), "outcome": ["served"] * len(days)} | columns)


def poisson_days(rng, days=10, customers=200):
    """Customers who come independently at a rate that rises and falls over eight hours."""
    moments = []
    for _ in range(days):
        parts = rng.beta(2, 2, rng.poisson(customers))
        moments.append(np.sort(540 + 480 * parts))
    return moments


def counts_of(table):
    dates = tuple(date(2026, 1, 5) + timedelta(days=i) for i in range(len(table)))
    return {"weekday": ArrivalCounts("weekday", dates, (("all",),), 540, 30, np.asarray(table, float)[:, None], 0)}


def test_transformed_arrivals_follow_the_formula():
    # L = 10, T = 2, 5: R[1] = 2 · log(10 / 8), R[2] = 1 · log(8 / 5); a block of one: R[1] = log(10 / 4).
    gaps = transformed(np.array([7.0, 7, 3]), np.array([5.0, 2, 6]), 10)
    assert gaps.tolist() == pytest.approx([math.log(10 / 4), 2 * math.log(10 / 8), math.log(8 / 5)])


@pytest.mark.parametrize("step", [None, 1.0, 1 / 60])
def test_independence_of_poisson_customers_is_doubted_at_the_level_of_the_test(step):
    rng = np.random.default_rng(1)
    doubted = 0
    for _ in range(40):
        days = [np.floor(day / step) * step if step else day for day in poisson_days(rng, 5)]
        doubted += independence(log_with(days)).doubtful()
    assert doubted <= 6


def test_customers_who_come_in_pairs_are_found():
    rng = np.random.default_rng(2)
    days = [np.sort(np.concatenate([day, day[::2] + 0.1])) for day in poisson_days(rng)]
    assert independence(log_with(days)).p < 1e-6


def test_customers_with_appointments_are_found():
    rng = np.random.default_rng(3)
    days = [np.arange(540, 1020, 2.5) + rng.uniform(0, 1, 192) for _ in range(10)]
    assert independence(log_with(days)).p < 1e-6


def test_one_class_can_be_looked_at():
    rng = np.random.default_rng(4)
    alone, pairs = poisson_days(rng, 1, 600)[0], poisson_days(rng, 1, 600)[0]
    both = np.concatenate([alone, pairs, pairs + 0.1])
    names = ["cash"] * len(alone) + ["card"] * (2 * len(pairs))
    log = log_with([both], transaction=names)
    assert independence(log, {"transaction": "cash"}).n == len(alone)
    assert not independence(log, {"transaction": "cash"}).doubtful(0.01)
    assert independence(log, {"transaction": "card"}).p < 1e-6


def test_a_large_log_is_looked_at_in_part_and_always_in_the_same_part():
    log = log_with(poisson_days(np.random.default_rng(5), 20, 1000))
    first, second = independence(log, most=2000), independence(log, most=2000)
    assert first == second
    assert 1500 < first.n < 2500


def test_an_unknown_column_of_a_class_is_refused():
    with pytest.raises(InvalidParameterError, match="teller"):
        independence(log_with([[540.0]]), {"teller": "A"})


def test_of_one_customer_nothing_is_said():
    result = independence(log_with([[540.0]]))
    assert math.isnan(result.p)
    assert not result.doubtful()


def test_the_resolution_of_moments_is_found():
    moments = np.random.default_rng(6).uniform(540, 1000, 1000)
    assert resolution(np.floor(moments)) == 1
    assert resolution(np.floor(moments * 60) / 60) == 1 / 60
    assert resolution(moments) == 0


def test_a_day_factor_does_not_show_in_the_dispersion_by_period():
    rng = np.random.default_rng(7)
    results = []
    for _ in range(200):
        factor = rng.gamma(10, 0.1, 12)[:, None]
        results.append(dispersion(counts_of(rng.poisson(factor * np.linspace(2, 20, 16)))))
    assert np.mean([result.distance for result in results]) == pytest.approx(1, abs=0.03)
    assert np.mean([result.doubtful() for result in results]) < 0.1


def test_profiles_that_differ_from_day_to_day_show_in_the_dispersion():
    rng = np.random.default_rng(8)
    result = dispersion(counts_of(rng.poisson(20 * rng.gamma(5, 0.2, (12, 16)))))
    assert result.p < 1e-6
    # Poisson's part 1, and scv · mean of the factor of each period: 1 + 0.2 · 20.
    assert result.distance == pytest.approx(5, rel=0.25)


def test_of_one_day_no_dispersion_is_said():
    assert math.isnan(dispersion(counts_of([[5, 6, 7]])).p)


def test_a_period_with_far_more_customers_than_usual_is_named():
    table = np.full((6, 4), 20)
    table[2, 3] = 90
    found = unusual_periods(counts_of(table))
    assert [(p.day, p.start, p.customers, p.usual) for p in found] == [(date(2026, 1, 7), 630, 90, 20.0)]


def test_days_with_a_factor_have_no_unusual_period():
    rng = np.random.default_rng(10)
    tables = [rng.poisson(rng.gamma(20, 0.05, (12, 1)) * np.linspace(0.2, 40, 20)) for _ in range(100)]
    assert sum(len(unusual_periods(counts_of(table))) for table in tables) == 0


def test_of_a_few_days_nothing_is_called_unusual():
    assert unusual_periods(counts_of([[20, 20], [20, 200]])) == ()
