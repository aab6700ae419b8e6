"""Patience learnt from the waits of a real queue, where who is called is censored."""

import numpy as np
import pytest

from optimizer.calibration.log import log_of
from optimizer.calibration.mapping import Mapping, layout_of
from optimizer.calibration.patience import patience
from optimizer.calibration.reading import read_log
from optimizer.problem.customers import Tier

RUNS, CUSTOMERS, DAYS = 200, 500, 4
MEAN, SCV = 12.0, 0.6


def queue(patience_times, seed, servers=3, between=1.0, service=4.2):
    """Waits of a first come, first served queue; every row is a run of several days, each of which starts empty.

    Returns:
        Arrival, wait, whether one gave up, day; axes run, customer.
    """
    rng = np.random.default_rng(seed)
    runs, customers = patience_times.shape
    gaps, lengths = rng.exponential(between, (runs, customers)), rng.exponential(service, (runs, customers))
    arrivals, waits, gone = np.zeros((3, runs, customers))
    days = np.arange(customers) * DAYS // customers
    rows = np.arange(runs)
    for i in range(customers):
        if i == 0 or days[i] != days[i - 1]:
            now, free = np.full(runs, 540.0), np.zeros((runs, servers))
        now = now + gaps[:, i]
        server = free.argmin(axis=1)
        offered = np.maximum(0, free[rows, server] - now)
        leaves = patience_times[:, i] < offered
        free[rows, server] = np.where(leaves, free[rows, server], now + offered + lengths[:, i])
        arrivals[:, i], waits[:, i], gone[:, i] = now, np.where(leaves, patience_times[:, i], offered), leaves
    return arrivals, waits, gone.astype(bool), np.broadcast_to(days, waits.shape)


def log_of_queue(arrivals, waits, gone, days):
    """A log in which every run is a tier of its own."""
    tiers = np.repeat(np.arange(len(waits)), waits.shape[1]).astype(str)
    until, gone = (arrivals + waits).ravel(), gone.ravel()
    moments = {"called": np.where(gone, np.nan, until), "left_at": np.where(gone, until, np.nan)}
    dates = (np.datetime64("2026-01-05") + days.ravel()).astype(str)
    outcome = np.where(gone, "abandoned", "served")
    return log_of({"day": dates, "arrival": arrivals.ravel(), "outcome": outcome, "tier": tiers} | moments)


def gamma(rng, shape):
    return rng.gamma(1 / SCV, MEAN * SCV, shape)


def lognormal(rng, shape):
    variance = np.log1p(SCV)
    return rng.lognormal(np.log(MEAN) - variance / 2, np.sqrt(variance), shape)


def exponential(rng, shape):
    return rng.exponential(MEAN, shape)


def covered(estimates, truth):
    ends = np.array([estimate.interval() for estimate in estimates])
    return ((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean()


@pytest.mark.parametrize(("draw", "scv"), [(lognormal, SCV), (gamma, SCV)])
def test_intervals_cover_the_truth_when_half_are_censored_by_the_queue(draw, scv):
    true = draw(np.random.default_rng(1), (RUNS, CUSTOMERS))
    found = patience(log_of_queue(*queue(true, 2)))
    assert len(found) == RUNS
    fits = [next(fit for fit in one.fits if fit.family == draw.__name__) for one in found]
    assert 0.9 <= covered([fit.mean for fit in fits], MEAN) <= 0.99
    assert 0.9 <= covered([fit.scv for fit in fits], scv) <= 0.99
    beyond = draw(np.random.default_rng(3), 2_000_000)
    assert 0.9 <= covered([one.curve.at(4.0) for one in found], (beyond > 4.0).mean()) <= 0.99
    assert 0.9 <= covered([one.curve.restricted_mean(6.0) for one in found], np.minimum(beyond, 6.0).mean()) <= 0.99


def learnt(true, **changes):
    [found] = patience(log_of_queue(*queue(true[np.newaxis], 5)), **changes)
    return found


def test_the_exponential_fit_is_waiting_time_over_those_who_gave_up():
    rng = np.random.default_rng(7)
    parts = queue(exponential(rng, (1, 4000)), 5)
    [found] = patience(log_of_queue(*parts), at_once=0)
    [fit] = [fit for fit in found.fits if fit.family == "exponential"]
    waits, gone = parts[1], parts[2]
    assert fit.mean.value == pytest.approx(waits.sum() / gone.sum(), rel=2e-3)
    assert fit.mean.standard_error == pytest.approx(fit.mean.value / np.sqrt(gone.sum()), rel=0.01)
    assert found.family == "exponential"
    assert found.given()["patience_distribution"] == "exponential"
    assert Tier(waiting_cost=30, **found.given()).patience == found.mean.value


def test_those_who_never_wait_are_told_from_the_impatient():
    rng = np.random.default_rng(9)
    true = np.where(rng.random(6000) < 0.15, rng.uniform(0, 4 / 60, 6000), lognormal(rng, 6000))
    found = learnt(true)
    low, high = found.at_once.interval(0.99)
    assert low < 0.15 < high
    assert found.family == "lognormal"
    assert found.mean.interval(0.99)[0] < MEAN < found.mean.interval(0.99)[1]


def test_patience_like_no_family_is_a_table_that_a_branch_accepts():
    rng = np.random.default_rng(11)
    true = np.where(rng.random(8000) < 0.5, rng.uniform(0.9, 1.1, 8000), rng.uniform(8, 12, 8000))
    found = learnt(true)
    tier = Tier(waiting_cost=30, **found.given())
    minutes, shares = np.array(tier.patience_minutes), np.array(tier.patience_shares)
    assert tier.patience_distribution == "table"
    assert (np.diff(minutes) > 0).all()
    assert shares.sum() == pytest.approx(1, abs=1e-9)
    assert minutes @ shares == pytest.approx(tier.patience, rel=0.01)
    assert shares[minutes < 2].sum() == pytest.approx(0.5, abs=0.05)


def test_whole_minutes_are_allowed_for():
    rng = np.random.default_rng(13)
    arrivals, waits, gone, days = queue(exponential(rng, (1, 6000)), 5)
    floored = np.floor(arrivals)
    [found] = patience(log_of_queue(floored, np.floor(arrivals + waits) - floored, gone, days))
    [fit] = [fit for fit in found.fits if fit.family == "exponential"]
    assert fit.mean.value == pytest.approx(MEAN, rel=0.1)


def test_what_cannot_be_told_is_said():
    day = ["2026-01-05"] * 3
    columns = {"day": day, "arrival": [540.0] * 3, "outcome": ["served", "abandoned", "no_show"]}
    [found] = patience(log_of(columns | {"called": [550.0, np.nan, 555.0]}))
    assert (found.customers, found.gave_up, found.unknown, found.no_shows) == (1, 0, 1, 1)
    assert found.given() == {}
    assert (found.mean, found.unseen) == (None, 1.0)
    assert found.unknowable == "1 gave up at unknown times: patience cannot be learnt; map left_at"


def test_the_share_that_no_wait_reached_is_told():
    found = learnt(lognormal(np.random.default_rng(15), 3000))
    assert found.unseen == found.curve.survival[-1]
    assert 0 < found.unseen < 1
    assert f"patience beyond {found.curve.last:.1f} minutes" in found.unknowable


def test_who_gave_up_nobody_knows_when_is_told_as_a_number():
    arrivals, waits, gone, days = queue(exponential(np.random.default_rng(1), (1, 500)), 5)
    log = log_of_queue(arrivals, waits, gone, days)
    log.connection.execute("UPDATE tickets SET left_at = NULL")
    [found] = patience(log)
    assert (found.unknown, found.gave_up, found.mean) == (gone.sum(), 0, None)
    words = f"{gone.sum()} gave up at unknown times: patience cannot be learnt; map left_at"
    assert found.unlearnable
    assert found.reason == words
    assert found.notes == (words,)


def test_unknown_times_beside_known_ones_are_noted():
    arrivals, waits, gone, days = queue(exponential(np.random.default_rng(1), (1, 500)), 5)
    log = log_of_queue(arrivals, waits, gone, days)
    log.connection.execute("UPDATE tickets SET left_at = NULL WHERE arrival < 560")
    [found] = patience(log)
    assert found.mean is not None
    assert not found.unlearnable
    assert found.notes[1].startswith(f"{found.unknown} gave up at unknown times and are left out")


@pytest.mark.parametrize(("called", "left", "known"), [("", "9:07:00", 7.0), ("9:02:00", "9:07:00", None)])
def test_an_end_without_a_call_is_when_one_left(tmp_path, called, left, known):
    path = tmp_path / "log.csv"
    path.write_text(f"date,taken,called,end,outcome\n2026-01-05,9:00:00,{called},{left},gone\n", encoding="utf-8")
    columns = {name: name for name in ("date", "called", "outcome")} | {"arrival": "taken", "ended": "end"}
    log = read_log(path, layout_of({"columns": columns, "outcomes": {"abandoned": ["gone"]}}, Mapping))
    [found] = patience(log)
    if known is None:
        assert (found.gave_up, found.unknown, found.by_end) == (0, 1, 0)
    else:
        assert (found.gave_up, found.unknown, found.by_end, found.curve.last) == (1, 0, 1, known)
        assert "the end is taken as the time they left" in found.notes[-1]
