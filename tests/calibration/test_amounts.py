"""Amounts: heaps that are kept, thresholds that are edges, and a lognormal fit."""

import csv
from pathlib import Path

import numpy as np
import pytest

from optimizer.calibration.amounts import amounts, amounts_of
from optimizer.calibration.log import log_of

CZECH = Path(__file__).parents[3] / "shared" / "data" / "cash_amounts" / "amount_counts.csv"
RUNS, LOG_MEAN, LOG_SD = 200, 8.4, 1.2


def log_of_amounts(values, transaction):
    n = len(values)
    kinds = np.asarray(transaction).astype(str)
    return log_of(
        {"day": ["2026-01-05"] * n, "arrival": np.full(n, 540.0), "outcome": ["served"] * n,
         "transaction": kinds, "amount": values}
    )  # fmt: skip


def rounded(rng, n):
    """Lognormal amounts, of which half are rounded to the thousand."""
    exact = rng.lognormal(LOG_MEAN, LOG_SD, n)
    return np.where(rng.random(n) < 0.5, np.maximum(1000, np.round(exact, -3)), exact)


def covered(estimates, truth):
    ends = np.array([estimate.interval() for estimate in estimates])
    return ((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean()


def test_intervals_cover_the_truth():
    values = np.random.default_rng(1).lognormal(LOG_MEAN, LOG_SD, RUNS * 300)
    found = amounts(log_of_amounts(values, np.repeat(np.arange(RUNS), 300)))
    assert len(found) == RUNS
    assert 0.9 <= covered([one.log_mean for one in found], LOG_MEAN) <= 0.99
    assert 0.9 <= covered([one.log_sd for one in found], LOG_SD) <= 0.99


@pytest.mark.parametrize("threshold", [5000, 20_000, 50_000])
def test_intervals_cover_the_share_up_to_a_threshold_though_people_round(threshold):
    truth = (np.round(rounded(np.random.default_rng(2), 2_000_000)) <= threshold).mean()
    values = rounded(np.random.default_rng(3), RUNS * 300)
    found = amounts(log_of_amounts(values, np.repeat(np.arange(RUNS), 300)))
    assert 0.9 <= covered([one.share_up_to(threshold) for one in found], truth) <= 0.99


def test_a_table_keeps_heaps_thresholds_and_the_mean():
    values = rounded(np.random.default_rng(5), 20_000)
    [found] = amounts(log_of_amounts(values, np.zeros(20_000, int)))
    table = found.table(thresholds=[4500, 20_000])
    at, shares = np.array(table.amounts), np.array(table.shares)
    whole = np.round(values)
    assert 1000 in found.heaps
    assert set(found.heaps) <= set(at)
    assert shares[at == 3000][0] == pytest.approx((whole == 3000).mean())
    for threshold in (4500, 20_000, 3000, 2999):
        assert shares[at <= threshold].sum() == pytest.approx((whole <= threshold).mean(), abs=1e-3)
    assert shares[at <= 4500].sum() == pytest.approx((whole <= 4500).mean(), abs=1e-12)
    assert at @ shares == pytest.approx(whole.mean(), rel=1e-3)
    assert (np.diff(at) > 0).all()
    assert len(at) < 120


def test_amounts_that_are_absent_or_not_positive_are_counted():
    values = np.array([100.0, 200.0] * 10 + [0.0, -5.0, np.nan])
    [found] = amounts(log_of_amounts(values, np.zeros(23, int)))
    assert (found.transactions, found.left_out, found.missing) == (20, 2, 1)
    assert amounts(log_of_amounts(values[:10], np.zeros(10, int))) == ()


def test_the_share_of_none_is_not_taken_for_certain():
    found = amounts_of([100.0, 200.0], [30, 30])
    low, high = found.share_up_to(50).interval()
    assert low < 0 < high
    assert found.share_up_to(100).value == 0.5


@pytest.mark.skipif(not CZECH.exists(), reason="the Czech amounts are not there")
@pytest.mark.parametrize("kind", ["withdrawal", "deposit"])
def test_a_table_of_the_czech_cash_amounts_has_their_shares_and_a_lognormal_fit_does_not(kind):
    with CZECH.open(encoding="utf-8") as file:
        rows = [(float(r["amount_czk"]), float(r["count"])) for r in csv.DictReader(file) if r["kind"] == kind]
    values, counts = map(np.array, zip(*sorted(rows), strict=True))
    found = amounts_of(values, counts)
    table = found.table([7_777, 20_000])
    at, shares = np.array(table.amounts), np.array(table.shares)
    for threshold in (7_777, 20_000):
        share = counts[values <= threshold].sum() / counts.sum()
        assert shares[at <= threshold].sum() == pytest.approx(share, abs=1e-12)
    assert found.distance > 0.03
    assert len(at) < 200
