"""The share diverted by transaction and amount."""

from datetime import date, timedelta

import numpy as np
import pytest

from optimizer.calibration.diverted import diverted_shares, followed
from optimizer.calibration.log import log_of
from optimizer.errors import InvalidParameterError


def small_log(**changes):
    columns = {
        "day": ["2026-01-05"] * 7,
        "arrival": [540.0] * 7,
        "outcome": ["served"] * 5 + ["abandoned", "no_show"],
        "transaction": ["cash"] * 4 + ["card"] + ["cash"] * 2,
        "amount": [100.0, 19_999.99, 20_000.0, 500.0, 50.0, np.nan, 300.0],
        "channel": ["machine", "machine", "counter", "counter", "counter", "counter", "counter"],
    }
    return log_of(columns | changes)


def simulated(rng, days, below, above, customers=120, runs=200):
    """Each run is a transaction, so that one log holds many."""
    n = rng.poisson(customers, runs * days)
    amount = rng.lognormal(9.3, 1.3, n.sum())
    went = rng.random(n.sum()) < np.where(amount < 20_000, below, above)
    unit = np.repeat(np.arange(runs * days), n)
    dates = np.array([(date(2026, 1, 5) + timedelta(days=i)).isoformat() for i in range(days)])
    names = np.array([f"{run:03}" for run in range(runs)])
    columns = {"arrival": np.full(n.sum(), 600.0), "outcome": np.full(n.sum(), "served"), "amount": amount}
    return log_of(columns | {"day": dates[unit % days], "transaction": names[unit // days], "diverted": went})


def test_bands_hold_the_amounts_from_one_edge_to_below_the_next():
    bands = diverted_shares(small_log(), [20_000], {"cash": "machine"})
    assert [(b.transaction, b.low, b.diverted.n) for b in bands] == [("cash", 0, 3), ("cash", 20_000, 1)]
    assert bands[0].diverted.value == pytest.approx(2 / 3)


def test_what_the_log_says_of_diversion_comes_before_its_channel():
    log = small_log(diverted=[True, True, True, True, False, False, False])
    assert [b.diverted.value for b in diverted_shares(log, [20_000], {"cash": "counter"})] == [0, 1, 1]


def test_where_the_log_does_not_show_diversion_there_is_nothing():
    assert diverted_shares(small_log(), [20_000]) == ()
    assert followed(small_log(), "cash", 20_000) is None


def test_edges_that_do_not_increase_are_refused():
    with pytest.raises(InvalidParameterError, match="increasing"):
        diverted_shares(small_log(), [100, 100])


def test_a_threshold_is_told_from_those_who_go_of_their_own_accord():
    found = followed(small_log(), "cash", 20_000, "machine")
    assert found.below.value == pytest.approx(2 / 3)
    assert found.above.value == 0


def test_intervals_of_the_shares_that_follow_cover_the_truth():
    bands = diverted_shares(simulated(np.random.default_rng(4), 10, 0.42, 0.06), [20_000])
    for low, truth in ((0, 0.42), (20_000, 0.06)):
        ends = [band.diverted.interval() for band in bands if band.low == low]
        assert len(ends) == 200
        assert 0.90 <= np.mean([least <= truth <= most for least, most in ends]) <= 0.99
