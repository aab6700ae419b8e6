"""Tellers: means, shrunken means and how far they are apart."""

import numpy as np
import pytest

from optimizer.calibration.log import log_of
from optimizer.calibration.tellers import tellers

RUNS, TELLERS = 200, 12
MEAN, SPREAD = 5.0, 0.04
"""Mean of tellers [minutes] and squared coefficient of variation between them."""


def log_of_services(lengths, transaction, teller):
    n = len(lengths)
    moments = {"arrival": np.full(n, 540.0), "started": np.full(n, 600.0), "ended": 600 + lengths}
    names = {"transaction": transaction.astype(str), "teller": teller.astype(str)}
    return log_of({"day": ["2026-01-05"] * n, "outcome": ["served"] * n} | moments | names)


def simulated(runs, spread):
    """Runs are the transactions of one log; each teller has 10 to 80 services."""
    rng = np.random.default_rng(1)
    true = MEAN * (1 + np.sqrt(spread) * rng.standard_normal((runs, TELLERS)))
    n = rng.integers(10, 81, (runs, TELLERS))
    run, teller = (np.repeat(place.ravel(), n.ravel()) for place in np.indices(true.shape))
    lengths = rng.gamma(4, true[run, teller] / 4)
    found = tellers(log_of_services(lengths, run, teller))
    return true, sorted(found, key=lambda one: int(one.transaction))


def share_covered(estimates, truths):
    ends = np.array([estimate.interval() for estimate in estimates])
    return ((ends[:, 0] <= truths) & (truths <= ends[:, 1])).mean()


@pytest.mark.parametrize("spread", [SPREAD, 0.01])
def test_intervals_cover_the_spread_and_the_means_of_tellers(spread):
    true, found = simulated(RUNS, spread)
    assert 0.9 <= share_covered([one.spread for one in found], np.full(RUNS, spread)) <= 0.99
    assert 0.9 <= share_covered([one.mean for one in found], np.full(RUNS, MEAN)) <= 0.99
    own = {(i, int(each.name)): each for i, one in enumerate(found) for each in one.tellers}
    truths = np.array([true[key] for key in own])
    assert 0.9 <= share_covered([each.own for each in own.values()], truths) <= 0.99
    assert 0.9 <= share_covered([each.shrunken for each in own.values()], truths) <= 0.99


def test_shrunken_means_are_nearer_to_the_truth_than_own_ones():
    true, found = simulated(50, 0.01)
    errors = {"own": 0.0, "shrunken": 0.0}
    for i, one in enumerate(found):
        for each in one.tellers:
            for kind in errors:
                errors[kind] += (getattr(each, kind).value - true[i, int(each.name)]) ** 2
    assert errors["shrunken"] < 0.8 * errors["own"]


def test_few_tellers_and_few_services_are_left_out():
    lengths = np.tile([4.0, 5.0, 6.0, 5.0, 5.0], 4)
    who = np.repeat(np.arange(4), 5)
    kinds = np.zeros(20, int)
    [all_four] = tellers(log_of_services(lengths, kinds, who))
    assert (len(all_four.tellers), all_four.mean.value, all_four.spread.value) == (4, 5.0, 0.0)
    assert tellers(log_of_services(lengths[:-1], kinds[:-1], who[:-1])) == ()
