"""Estimates and their intervals."""

import math

import numpy as np
import pytest

from optimizer.calibration.estimate import Estimated, EstimatedExcess, estimated_share


def test_without_limit_of_freedom_the_interval_is_the_normal_one():
    assert Estimated(10.0, 1.0, 100).interval(0.95) == pytest.approx((8.04, 11.96), abs=1e-4)


def test_few_degrees_of_freedom_widen_the_interval():
    # Student's quantile for 4 degrees of freedom is 2.776 in every table.
    assert Estimated(0.0, 1.0, 5, 4).interval(0.95) == pytest.approx((-2.776, 2.776), abs=1e-3)


def test_an_excess_has_the_interval_of_a_variance():
    # Quantiles of chi-square with 9 degrees of freedom: 2.700 and 19.023.
    low, high = EstimatedExcess(0.9, 0.0, 10, 9, 0.1).interval(0.95)
    assert (low, high) == pytest.approx((9 / 19.023 - 0.1, 9 / 2.700 - 0.1), abs=1e-3)


def test_an_excess_is_never_below_nothing():
    assert EstimatedExcess(0.0, 0.0, 10, 9, 0.1).interval(0.95)[0] == 0


def test_a_share_without_events_is_not_a_number():
    share = estimated_share([0, 0], [0, 0])
    assert math.isnan(share.value)
    assert share.n == 0


def test_a_share_of_nothing_is_not_taken_for_certain():
    assert estimated_share([0, 0, 0], [30, 30, 30]).interval()[1] > 0.01


def test_days_that_differ_widen_the_error_of_a_share():
    alike, unlike = estimated_share([50] * 8, [100] * 8), estimated_share([20, 80] * 4, [100] * 8)
    assert alike.value == unlike.value == 0.5
    assert unlike.standard_error > 5 * alike.standard_error


@pytest.mark.parametrize(("days", "share", "spread"), [(1, 0.2, 0), (5, 0.1, 0), (10, 0.3, 0.05), (40, 0.03, 0.01)])
def test_intervals_of_shares_cover_the_truth(days, share, spread):
    rng = np.random.default_rng(11)
    hits = []
    for _ in range(200):
        of = rng.poisson(200, days)
        daily = rng.beta(share / spread, (1 - share) / spread, days) if spread else np.full(days, share)
        low, high = estimated_share(rng.binomial(of, daily), of).interval(0.95)
        hits.append(low <= share <= high)
    assert 0.90 <= np.mean(hits) <= 0.99
