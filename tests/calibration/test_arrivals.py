"""Counting customers, and arrival rates with their errors."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import t

from optimizer.calibration.arrivals import ArrivalCounts, arrival_rates, count_arrivals, smoothing_window
from optimizer.calibration.log import log_of
from optimizer.errors import InvalidParameterError

MONDAY = date(2026, 1, 5)
HOURS = {"weekday": (540, 600), "saturday": (600, 660)}


def small_log():
    rows = [
        ("2026-01-05", 539.5, "served", "cash"),
        ("2026-01-05", 540.0, "served", "cash"),
        ("2026-01-05", 569.99, "abandoned", "cash"),
        ("2026-01-05", 570.0, "served", "card"),
        ("2026-01-05", 571.0, "no_show", "card"),
        ("2026-01-05", 600.0, "served", "card"),
        ("2026-01-06", 599.0, "served", "cash"),
        ("2026-01-07", 550.0, "served", "cash"),
        ("2026-01-10", 600.0, "served", "cash"),
    ]
    day, arrival, outcome, transaction = map(list, zip(*rows, strict=True))
    return log_of({"day": day, "arrival": arrival, "outcome": outcome, "transaction": transaction})


def small_counts(**changes):
    types = {MONDAY: "weekday", date(2026, 1, 6): "weekday", date(2026, 1, 8): "weekday", date(2026, 1, 10): "saturday"}
    return count_arrivals(small_log(), types, HOURS, 30, **changes)


def counts_of(customers, day_type="weekday"):
    dates = tuple(MONDAY + timedelta(days=i) for i in range(len(customers)))
    classes = tuple((f"transaction {i:02}", "all", "counter") for i in range(customers.shape[1]))
    return ArrivalCounts(day_type, dates, classes, 540, 30, np.asarray(customers, float), 0)


def simulated(rng, true, days, scv):
    """Customers of days whose factor is a gamma variable; ``true`` has the axes class, period."""
    factors = rng.gamma(1 / scv, scv, days) if scv else np.ones(days)
    return counts_of(rng.poisson(true * factors[:, None, None]))


def profile(periods):
    shape = np.sin(np.linspace(0.3, 2.8, periods))
    return shape / shape.sum()


def covered(rates, true):
    """Share of the rates whose 95 % interval holds the truth."""
    truth = true @ rates.window.T / rates.period
    return (np.abs(rates.rates - truth) <= t.ppf(0.975, rates.freedom) * rates.standard_errors).mean()


def test_customers_are_counted_by_day_class_and_period():
    counts = small_counts()["weekday"]
    assert counts.dates == (MONDAY, date(2026, 1, 6))
    assert counts.classes == (("card", "all", "counter"), ("cash", "all", "counter"))
    assert counts.customers.tolist() == [[[0, 1], [2, 0]], [[0, 0], [0, 1]]]


def test_those_before_opening_and_after_closing_are_in_no_period():
    assert small_counts()["weekday"].outside == 2


def test_each_day_type_has_its_own_hours():
    saturday = small_counts()["saturday"]
    assert (saturday.opening, saturday.customers.tolist()) == (600, [[[0, 0], [1, 0]]])


def test_a_day_type_without_a_day_in_the_log_is_absent():
    assert "eve" not in count_arrivals(small_log(), {MONDAY: "weekday"}, HOURS | {"eve": (540, 600)}, 30)


def test_a_log_without_a_day_of_a_type_has_no_counts():
    assert count_arrivals(small_log(), {}, HOURS, 30) == {}
    assert count_arrivals(small_log(), {MONDAY: "eve"}, HOURS, 30) == {}


def test_customers_per_day_are_a_mean_over_days():
    per_day = counts_of(np.array([[[3, 6]], [[6, 9]], [[1, 2]]])).per_day
    assert per_day.value == 9
    assert per_day.standard_error == pytest.approx(6 / np.sqrt(3))
    assert np.isnan(counts_of(np.array([[[3, 6]]])).per_day.standard_error)


def test_numbers_that_nobody_answered_can_be_counted_too():
    assert small_counts(left_out=())["weekday"].customers[0, 0].tolist() == [0, 2]


def test_classes_can_be_made_of_fewer_columns():
    assert small_counts(by=("tier",))["weekday"].customers.tolist() == [[[2, 1]], [[0, 1]]]


def test_merged_classes_are_those_counted_with_fewer_columns():
    merged, counted = small_counts()["weekday"].merged([1]), small_counts(by=("tier",))["weekday"]
    assert merged.classes == counted.classes == (("all",),)
    assert np.array_equal(merged.customers, counted.customers)


def test_hours_that_are_no_whole_number_of_periods_are_refused():
    with pytest.raises(InvalidParameterError, match="weekday"):
        count_arrivals(small_log(), {MONDAY: "weekday"}, {"weekday": (540, 590)}, 30)


def test_a_class_of_an_unknown_column_is_refused():
    with pytest.raises(InvalidParameterError, match="amount"):
        small_counts(by=("amount",))


def test_the_window_is_a_triangle_that_is_cut_off_at_the_ends_of_the_day():
    assert smoothing_window(4, 1).tolist() == [
        [2 / 3, 1 / 3, 0, 0],
        [0.25, 0.5, 0.25, 0],
        [0, 0.25, 0.5, 0.25],
        [0, 0, 1 / 3, 2 / 3],
    ]


def test_raw_rates_are_customers_over_days_and_minutes():
    rates = arrival_rates({"weekday": counts_of(np.array([[[3, 6]], [[6, 9]]]))}, 0, shrunk=False)["weekday"]
    assert rates.rates.tolist() == [[4.5 / 30, 7.5 / 30]]
    assert rates.estimate(0, 1).n == 15


def test_of_poisson_customers_the_error_is_that_of_poisson():
    true = np.full((1, 10), 400.0)
    rates = arrival_rates({"weekday": simulated(np.random.default_rng(4), true, 400, 0)}, 0, shrunk=False)["weekday"]
    assert rates.standard_errors == pytest.approx(np.sqrt(400 / 400) / 30, rel=0.12)


def test_one_day_of_each_type_tells_nothing_of_the_variation_from_day_to_day():
    rates = arrival_rates({"weekday": counts_of(np.full((1, 1, 4), 25))}, 0, shrunk=False)["weekday"]
    assert rates.excess is None
    assert rates.standard_errors == pytest.approx(np.sqrt(26) / 30)


def test_a_count_of_nothing_is_not_taken_for_certain():
    rates = arrival_rates({"weekday": counts_of(np.zeros((5, 1, 4)))}, 0, shrunk=False)["weekday"]
    assert (rates.standard_errors > 0).all()


def test_classes_with_one_profile_are_drawn_to_the_product_of_margins():
    rng = np.random.default_rng(6)
    true = np.outer(np.geomspace(0.3, 100, 30), profile(20))
    counts = {"weekday": simulated(rng, true, 10, 0)}
    raw, shrunk = (arrival_rates(counts, 0, shrunk=choice)["weekday"].rates for choice in (False, True))
    truth = true / 30
    assert ((shrunk - truth) ** 2 / truth).sum() < 0.2 * ((raw - truth) ** 2 / truth).sum()


def test_a_class_with_many_customers_keeps_its_own_profile():
    true = np.outer([4000.0, 4000.0], profile(8)) * np.array([np.linspace(0.5, 1.5, 8), np.linspace(1.5, 0.5, 8)])
    counts = simulated(np.random.default_rng(7), true, 30, 0)
    rates = arrival_rates({"weekday": counts}, 0)["weekday"]
    assert rates.rates == pytest.approx(counts.customers.mean(axis=0) / 30, rel=0.002)


@pytest.mark.parametrize(
    ("days", "classes", "scv", "unlike", "half_width", "shrunk"),
    [
        (10, 1, 0.0, 0, 1, False),
        (10, 1, 0.03, 0, 1, False),
        (3, 1, 0.03, 0, 1, False),
        (10, 6, 0.03, 0.2, 0, False),
        (10, 30, 0.03, 0, 1, True),
        (10, 30, 0.03, 0.2, 1, True),
        (10, 30, 0.03, 0.2, 0, True),
        (5, 30, 0.1, 0.05, 1, True),
    ],
)
def test_intervals_of_rates_cover_the_truth(days, classes, scv, unlike, half_width, shrunk):
    rng = np.random.default_rng(2026)
    shares = []
    for _ in range(200):
        true = 300 * np.outer(rng.dirichlet(np.ones(classes)), profile(20))
        true = true * rng.gamma(1 / unlike, unlike, true.shape) if unlike else true
        counts = simulated(rng, true, days, scv)
        shares.append(covered(arrival_rates({"weekday": counts}, half_width, shrunk=shrunk)["weekday"], true))
    assert 0.90 <= np.mean(shares) <= 0.99


def test_the_variation_of_days_is_learnt_from_all_day_types():
    rng = np.random.default_rng(8)
    shares = []
    for _ in range(200):
        true = 300 * profile(20)[None]
        days = {"weekday": simulated(rng, true, 20, 0.05), "eve": simulated(rng, 2 * true, 2, 0.05)}
        shares.append(covered(arrival_rates(days)["eve"], 2 * true))
    assert 0.90 <= np.mean(shares) <= 0.99


def test_a_large_class_that_varies_from_day_to_day_has_wider_errors_than_the_others():
    rng = np.random.default_rng(9)
    hits = []
    for _ in range(200):
        steady, unsteady = (simulated(rng, 300 * profile(20)[None], 15, scv).customers for scv in (0.01, 0.3))
        counts = counts_of(np.concatenate([steady, unsteady], axis=1))
        rates = arrival_rates({"weekday": counts})["weekday"]
        errors = rates.standard_errors.mean(axis=1)
        hits.append([covered(rates, 300 * np.outer([1, 1], profile(20))), errors[1] > 1.5 * errors[0]])
    covers, wider = np.mean(hits, axis=0)
    assert 0.90 <= covers <= 0.99
    assert wider > 0.95


def test_intervals_of_customers_per_day_cover_the_truth():
    rng = np.random.default_rng(10)
    ends = [simulated(rng, np.full((1, 4), 50.0), 8, 0.05).per_day.interval() for _ in range(200)]
    assert 0.90 <= np.mean([low <= 200 <= high for low, high in ends]) <= 0.99
