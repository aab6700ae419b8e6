"""Service times: what a log of known truth must give back."""

import numpy as np
import pytest

from optimizer.calibration.families import cdf, fit, integrated_cdf
from optimizer.calibration.log import log_of
from optimizer.calibration.service_times import histograms, service_times, table
from optimizer.errors import InvalidParameterError

MEAN, SCV = 4.0, 0.8
RUNS = 200


def services(rng, lengths, floored=False, **columns):
    started = rng.uniform(540, 1000, len(lengths))
    ended = started + lengths
    if floored:
        started, ended = np.floor(started), np.floor(ended)
    days = np.datetime64("2026-01-05") + rng.integers(0, 20, len(lengths))
    outcome = np.full(len(lengths), "served")
    moments = {"arrival": started - 5, "started": started, "ended": ended}
    return log_of({"day": days.astype(str), "outcome": outcome} | moments | columns)


def lognormal(rng, n):
    variance = np.log1p(SCV)
    return rng.lognormal(np.log(MEAN) - variance / 2, np.sqrt(variance), n)


def gamma(rng, n):
    return rng.gamma(1 / SCV, MEAN * SCV, n)


def two_humps(rng, n):
    """Mean 6, second moment 0.6 (4 + 0.2) + 0.4 (144 + 4.8)."""
    return np.where(rng.random(n) < 0.6, rng.gamma(20, 0.1, n), rng.gamma(30, 0.4, n))


HUMPS_SCV = (0.6 * 4.2 + 0.4 * 148.8) / 36 - 1


def learnt(seed, draw, n=500, floored=False):
    rng = np.random.default_rng(seed)
    [found] = service_times(services(rng, draw(rng, n), floored))
    return found


@pytest.mark.parametrize(
    ("draw", "mean", "scv", "family", "floored"),
    [
        (lognormal, MEAN, SCV, "lognormal", False),
        (gamma, MEAN, SCV, "gamma", False),
        (lognormal, MEAN, SCV, "lognormal", True),
        (two_humps, 6.0, HUMPS_SCV, "table", False),
    ],
)
def test_intervals_of_mean_and_scv_cover_the_truth_and_the_family_is_found(draw, mean, scv, family, floored):
    # The runs are the transactions of one log, so that it is read once.
    lengths = np.concatenate([draw(np.random.default_rng(seed), 500) for seed in range(RUNS)])
    names = np.repeat(np.arange(RUNS), 500).astype(str)
    runs = service_times(services(np.random.default_rng(RUNS), lengths, floored, transaction=names))
    assert len(runs) == RUNS
    for name, truth in (("mean", mean), ("scv", scv)):
        ends = np.array([getattr(run, name).interval() for run in runs])
        assert 0.9 <= ((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean() <= 0.99, name
    assert np.mean([run.family == family for run in runs]) >= 0.9


def test_whole_minutes_are_noticed_and_do_not_add_to_the_scv():
    rng = np.random.default_rng(3)
    lengths = gamma(rng, 200_000) / 2
    [coarse] = service_times(services(rng, lengths, floored=True))
    [fine] = service_times(services(rng, lengths))
    assert (coarse.minutes_only, fine.minutes_only) == (True, False)
    # Two roundings add 1/6 to a variance of 3.2.
    assert coarse.scv.value == pytest.approx(fine.scv.value, abs=3 * fine.scv.standard_error)


def test_a_table_is_one_that_a_branch_accepts():
    found = learnt(1, two_humps, n=5000)
    given = found.given()
    minutes, shares = np.array(given.minutes), np.array(given.shares)
    mean = minutes @ shares
    assert given.distribution == "table"
    assert (np.diff(minutes) > 0).all()
    assert shares.sum() == pytest.approx(1, abs=1e-9)
    assert mean == pytest.approx(given.mean, rel=1e-9)
    assert (minutes**2 @ shares / mean**2 - 1) == pytest.approx(given.scv, rel=0.05)
    assert len(minutes) <= 40


def test_a_heavy_tail_gets_as_many_bins_as_its_scv_needs():
    rng = np.random.default_rng(5)
    variance = np.log(6.0)
    [histogram] = histograms(services(rng, rng.lognormal(0, np.sqrt(variance), 20_000)))
    minutes, shares = map(np.array, table(histogram))
    n = histogram.counts.sum()
    mean = histogram.sums.sum() / n
    assert minutes @ shares == pytest.approx(mean, rel=1e-9)
    assert minutes**2 @ shares - mean**2 == pytest.approx(histogram.squares.sum() / n - mean**2, rel=0.02)


def test_slips_of_the_finger_and_services_nobody_ended_are_left_out_and_counted():
    rng = np.random.default_rng(7)
    lengths = np.concatenate([lognormal(rng, 2000), np.full(100, 3 / 60), np.full(7, 400.0)])
    [found] = service_times(services(rng, lengths))
    real = int((lengths[:2000] < 10 / 60).sum())
    assert (found.too_short, found.too_long) == (100 + real, 7)
    assert found.mean.n == 2000 - real
    assert found.scv.interval(0.99)[0] < SCV < found.scv.interval(0.99)[1]


def test_days_that_differ_widen_the_intervals():
    rng = np.random.default_rng(9)
    days = np.repeat(np.arange(20), 100)
    lengths = lognormal(rng, 2000) * rng.gamma(25, 1 / 25, 20)[days]
    dates = (np.datetime64("2026-01-05") + days).astype(str)
    [apart] = service_times(services(rng, lengths, day=dates))
    [mixed] = service_times(services(rng, rng.permutation(lengths), day=dates))
    assert apart.mean.standard_error > 1.7 * mixed.mean.standard_error
    assert apart.mean.freedom < 20


def test_those_who_were_not_served_have_no_service_time():
    columns = {"day": ["2026-01-05"] * 4, "arrival": [540.0] * 4, "started": [541.0, 542.0, 543.0, None]}
    ended, outcome = [545.0, 544.0, 547.0, None], ["served", "served", "no_show", "abandoned"]
    [found] = service_times(log_of(columns | {"ended": ended, "outcome": outcome}))
    assert (found.mean.value, found.mean.n, found.family, found.fits) == (3.0, 2, "lognormal", ())


def test_each_channel_and_transaction_has_its_own():
    rng = np.random.default_rng(11)
    kinds = np.repeat(["deposit", "opening"], 300)
    lengths = gamma(rng, 600) * np.repeat([1, 3], 300)
    found = service_times(services(rng, lengths, transaction=kinds))
    assert [(one.channel, one.transaction) for one in found] == [("counter", "deposit"), ("counter", "opening")]
    assert found[1].mean.value == pytest.approx(3 * MEAN, rel=0.2)


def test_limits_that_leave_no_service_are_refused():
    with pytest.raises(InvalidParameterError, match="must be shorter"):
        service_times(log_of({"day": ["2026-01-05"], "arrival": [540.0], "outcome": ["served"]}), shortest=0)


@pytest.mark.parametrize("family", ["exponential", "lognormal", "gamma", "weibull"])
def test_families_have_the_mean_and_scv_they_are_given_by(family):
    scv = 1.0 if family == "exponential" else 0.6
    times = np.linspace(0, 200, 400_001)
    beyond = 1 - cdf(family, times, 3.0, scv)
    assert np.trapezoid(beyond, times) == pytest.approx(3.0, rel=1e-5)
    assert np.trapezoid(2 * times * beyond, times) == pytest.approx(9 * (1 + scv), rel=1e-5)


@pytest.mark.parametrize("family", ["lognormal", "gamma"])
def test_the_integral_of_the_distribution_function_is_its_integral(family):
    times = np.linspace(0, 7, 70_001)
    exact = np.trapezoid(cdf(family, times, 3.0, 0.6), times)
    assert integrated_cdf(family, [7.0], 3.0, 0.6)[0] == pytest.approx(exact, rel=1e-6)


def test_the_exponential_fit_has_the_error_of_the_closed_form():
    total, n = 300.0, 100
    found = fit("exponential", (1.0, 1.0), lambda mean, _: -n * np.log(mean) - total / mean, n)
    assert found.mean.value == pytest.approx(3.0, rel=1e-5)
    assert found.mean.standard_error == pytest.approx(0.3, rel=1e-4)


def test_data_that_bound_no_family_give_none():
    assert fit("gamma", (3.0, 0.5), lambda mean, scv: -1 / mean, 10) is None
