"""How busy days differ."""

from datetime import date, timedelta

import numpy as np
import pytest

from optimizer.calibration.arrivals import ArrivalCounts
from optimizer.calibration.day_factor import day_factor


def counts_of(totals):
    dates = tuple(date(2026, 1, 5) + timedelta(days=i) for i in range(len(totals)))
    return ArrivalCounts("weekday", dates, (("all",),), 540, 30, np.asarray(totals, float)[:, None, None], 0)


def simulated(rng, days, mean, scv):
    return counts_of(rng.poisson(mean * (rng.gamma(1 / scv, scv, days) if scv else np.ones(days))))


def test_the_moment_estimate_is_the_variance_beyond_poisson_over_the_mean_squared():
    # Mean 100, variance 6250 / 4 = 1562.5.
    factor = day_factor({"weekday": counts_of([50, 75, 100, 125, 150])})
    assert factor.moment.value == pytest.approx((1562.5 - 100) / (10_000 - 1562.5 / 5))
    assert factor.moment.n == 5


def test_the_likelihood_is_that_of_the_negative_binomial_distribution():
    # Of many days the adjustment for the mean is nothing: the estimate is the greatest of scipy's own likelihood.
    from scipy.optimize import minimize_scalar
    from scipy.stats import nbinom

    totals = np.random.default_rng(2).poisson(200 * np.random.default_rng(3).gamma(20, 0.05, 4000))
    mean = totals.mean()
    lost = minimize_scalar(
        lambda scv: -nbinom.logpmf(totals, 1 / scv, 1 / (1 + scv * mean)).sum(), bounds=(0.01, 0.2), method="bounded"
    )
    assert day_factor({"weekday": counts_of(totals)}).likelihood.value == pytest.approx(lost.x, rel=2e-3)


def test_days_more_alike_than_poisson_have_no_factor():
    factor = day_factor({"weekday": counts_of([100, 101, 99, 100])})
    assert factor.moment.value == factor.likelihood.value == 0
    assert factor.poisson_p > 0.9


def test_one_day_of_each_type_tells_nothing_of_the_factor():
    assert day_factor({"weekday": counts_of([100]), "eve": counts_of([150])}) is None


def test_means_of_day_types_are_no_part_of_the_factor():
    factor = day_factor({"weekday": counts_of([100, 102, 98]), "eve": counts_of([300, 299, 302])})
    assert factor.moment.value == 0


def test_days_without_a_factor_are_found_to_differ_at_the_level_of_the_test():
    rng = np.random.default_rng(5)
    found = [day_factor({"weekday": simulated(rng, 20, 300, 0)}).poisson_p < 0.05 for _ in range(400)]
    assert np.mean(found) < 0.09


@pytest.mark.parametrize(
    ("days", "mean", "scv"), [(10, 300, 0.03), (20, 1000, 0.02), (40, 50, 0.05), (20, 500, 0.4), (60, 100, 0)]
)
@pytest.mark.parametrize("way", ["moment", "likelihood"])
def test_intervals_of_the_dispersion_cover_the_truth(days, mean, scv, way):
    rng = np.random.default_rng(7)
    hits = []
    for _ in range(200):
        low, high = getattr(day_factor({"weekday": simulated(rng, days, mean, scv)}), way).interval(0.95)
        hits.append(low <= scv <= high)
    assert 0.90 <= np.mean(hits) <= 0.99


def test_intervals_of_the_dispersion_of_several_day_types_cover_the_truth():
    rng = np.random.default_rng(9)
    hits = []
    for _ in range(200):
        sizes = {"weekday": (20, 500), "eve": (6, 900), "holiday": (1, 100)}
        factor = day_factor({name: simulated(rng, days, mean, 0.05) for name, (days, mean) in sizes.items()})
        ends = [factor.moment.interval(), factor.likelihood.interval()]
        hits.append([low <= 0.05 <= high for low, high in ends])
    assert (np.mean(hits, axis=0) >= 0.90).all()
    assert (np.mean(hits, axis=0) <= 0.99).all()
