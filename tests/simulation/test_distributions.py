"""Every family of a time or an amount: what is drawn from it, its mean, and what it refuses."""

from math import inf, log, nan, sqrt

import numpy as np
import pytest
from numba import njit
from scipy import stats

from optimizer.errors import InvalidParameterError
from optimizer.simulation.arrays import hall_arrays
from optimizer.simulation.distributions import FAMILIES, Distribution
from optimizer.simulation.hall import CustomerClass, Hall, Station, Visit
from optimizer.simulation.records import PATIENCE, take
from optimizer.simulation.streams import child

SEED = 20261126
DRAWS = 200_000
LEVEL = 0.001
"""Probability with which all tests of samples here together may refuse what is right."""


def lognormal(mean, scv):
    variance = log(1 + scv)
    return stats.lognorm(s=sqrt(variance), scale=mean / sqrt(1 + scv))


class Hyperexponential:
    """The exact moments and distribution function, the jump at 0 of a mean of 0 included."""

    def __init__(self, share, first, second):
        self.parts = ((share, first), (1 - share, second))

    def cdf(self, x):
        with np.errstate(divide="ignore", invalid="ignore"):
            return sum(share * (1 - np.exp(-x / mean) if mean else 1.0 * (x >= 0)) for share, mean in self.parts)

    def moment(self, order):
        return sum(share * stats.expon(scale=mean).moment(order) for share, mean in self.parts if mean)


EXACT = {
    "exponential": (Distribution.exponential(3.0), stats.expon(scale=3.0)),
    "lognormal, even": (Distribution.lognormal(4.0, 0.3), lognormal(4.0, 0.3)),
    "lognormal, uneven": (Distribution.lognormal(0.5, 2.0), lognormal(0.5, 2.0)),
    "gamma, almost constant": (Distribution.gamma(7.0, 0.01), stats.gamma(100.0, scale=0.07)),
    "gamma, even": (Distribution.gamma(2.0, 0.4), stats.gamma(2.5, scale=0.8)),
    "gamma, of shape 1": (Distribution.gamma(2.0, 1.0), stats.gamma(1.0, scale=2.0)),
    "gamma, uneven": (Distribution.gamma(1.0, 3.0), stats.gamma(1 / 3, scale=3.0)),
    "gamma, most at 0": (Distribution.gamma(1.0, 20.0), stats.gamma(0.05, scale=20.0)),
    "hyperexponential": (Distribution.hyperexponential(0.3, 1.0, 5.0), Hyperexponential(0.3, 1.0, 5.0)),
    "hyperexponential, some at 0": (Distribution.hyperexponential(0.1, 0.0, 2.0), Hyperexponential(0.1, 0.0, 2.0)),
    "hyperexponential, of one": (Distribution.hyperexponential(1.0, 2.0, 9.0), stats.expon(scale=2.0)),
    "hyperexponential, of the other": (Distribution.hyperexponential(0.0, 9.0, 2.0), stats.expon(scale=2.0)),
}
CHANCE = LEVEL / (3 * len(EXACT) + 1)


@njit
def _draws(hall, seed, count):
    return np.array([take(hall, hall.patience[0], child(seed, n), PATIENCE) for n in range(count)])


def draws(distribution, count=DRAWS):
    """Draws by the kernel, one for each of so many customers."""
    visit = Visit(Distribution.table((1.0, 2.0), (0.5, 0.5)), patience=distribution)
    hall = Hall(60.0, (Station("desk"),), (CustomerClass("all", (1.0,), ("desk",), {"desk": visit}),))
    return _draws(hall_arrays(hall), np.uint64(SEED), count)


@pytest.fixture(scope="module")
def samples():
    """Draws of every family, by name."""
    return {name: draws(distribution) for name, (distribution, _) in EXACT.items()}


@pytest.mark.parametrize("name", EXACT)
def test_the_mean_of_a_sample_is_that_of_the_distribution(name, samples):
    distribution, exact = EXACT[name]
    error = (samples[name].mean() - exact.moment(1)) / sqrt((exact.moment(2) - exact.moment(1) ** 2) / DRAWS)
    assert 2 * stats.norm.sf(abs(error)) > CHANCE
    assert distribution.mean == pytest.approx(exact.moment(1), rel=1e-12)


@pytest.mark.parametrize("name", EXACT)
def test_the_variance_of_a_sample_is_that_of_the_distribution(name, samples):
    """Where the sample's variance is nearly normal, the fourth moment says how far off it may be.

    The most uneven have too few large values for that: they are compared below their quantile of 99 %.
    """
    exact, sample = EXACT[name][1], samples[name]
    if name in ("gamma, most at 0", "lognormal, uneven", "gamma, uneven"):
        most = exact.ppf(0.99)
        below, square = (exact.expect(lambda x, n=n: x**n, ub=most) for n in (2, 4))
        value, expected, spread = np.mean(sample**2 * (sample <= most)), below, square - below**2
    else:
        mean, *others = (exact.moment(n) for n in (1, 2, 3, 4))
        second, third, fourth = others
        expected = second - mean**2
        spread = fourth - 4 * third * mean + 6 * second * mean**2 - 3 * mean**4 - expected**2
        value = np.mean((sample - mean) ** 2)
    assert 2 * stats.norm.sf(abs(value - expected) / sqrt(spread / DRAWS)) > CHANCE


@pytest.mark.parametrize("name", EXACT)
def test_a_sample_is_as_near_the_distribution_as_kolmogorov_and_smirnov_allow(name, samples):
    """With a jump at 0 the test allows a little more than it should."""
    ordered = np.sort(samples[name])
    cumulative = EXACT[name][1].cdf(ordered)
    steps = np.arange(DRAWS + 1) / DRAWS
    jump = ordered > 0  # those at 0 are one step, which is compared above them
    distance = max((steps[1:] - cumulative)[jump].max(), (cumulative - steps[:-1])[jump].max())
    assert stats.kstwo.sf(distance, DRAWS) > CHANCE


def test_a_share_of_a_mean_of_0_takes_no_time(samples):
    at_once = int((samples["hyperexponential, some at 0"] == 0).sum())
    assert stats.binomtest(at_once, DRAWS, 0.1).pvalue > CHANCE


def test_a_table_gives_its_values_by_their_shares():
    values, shares = (5.0, 1.0, 2.5, 9.0), (0.2, 0.5, 0.0, 0.3)
    sample = draws(Distribution.table(values, shares))
    counts = np.array([(sample == value).sum() for value in values])
    assert counts.sum() == DRAWS
    assert counts[2] == 0
    some = np.array(shares) > 0
    assert stats.chisquare(counts[some], DRAWS * np.array(shares)[some]).pvalue > CHANCE
    assert Distribution.table(values, shares).mean == pytest.approx(4.2, rel=1e-15)


def test_what_does_not_vary_is_always_the_same():
    assert set(draws(Distribution.constant(2.5), 100)) == {2.5}
    assert set(draws(Distribution.never(), 100)) == {inf}
    assert set(draws(Distribution.exponential(0.0), 100)) == {0.0}
    assert set(draws(Distribution.gamma(3.0, 0.0), 100)) == {3.0}
    assert draws(Distribution.lognormal(3.0, 0.0), 100) == pytest.approx(np.full(100, 3.0), rel=1e-15)
    assert Distribution.constant(2.5).mean == 2.5
    assert Distribution.never().mean == inf
    assert Distribution.gamma(3.0, 0.0).mean == 3.0


def test_every_family_is_drawn_here():
    drawn = {distribution.family for distribution, _ in EXACT.values()} | {"table", "constant", "never"}
    assert drawn == set(FAMILIES)


@pytest.mark.parametrize(
    ("make", "parameters"),
    [
        (Distribution.constant, (-1.0,)),
        (Distribution.constant, (inf,)),
        (Distribution.constant, (nan,)),
        (Distribution.exponential, (-0.1,)),
        (Distribution.exponential, (nan,)),
        (Distribution.lognormal, (0.0, 1.0)),
        (Distribution.lognormal, (-1.0, 1.0)),
        (Distribution.lognormal, (1.0, -0.1)),
        (Distribution.lognormal, (1.0, nan)),
        (Distribution.gamma, (0.0, 1.0)),
        (Distribution.gamma, (1.0, -0.1)),
        (Distribution.gamma, (inf, 1.0)),
        (Distribution.hyperexponential, (-0.1, 1.0, 1.0)),
        (Distribution.hyperexponential, (1.1, 1.0, 1.0)),
        (Distribution.hyperexponential, (0.5, -1.0, 1.0)),
        (Distribution.hyperexponential, (0.5, 1.0, -1.0)),
        (Distribution.hyperexponential, (nan, 1.0, 1.0)),
        (Distribution.table, ((), ())),
        (Distribution.table, ((1.0, 2.0), (1.0,))),
        (Distribution.table, ((1.0, 2.0), (0.5, 0.4))),
        (Distribution.table, ((1.0, 2.0), (1.5, -0.5))),
        (Distribution.table, ((1.0, 2.0), (nan, 0.5))),
    ],
)
def test_a_parameter_outside_its_domain_is_refused(make, parameters):
    with pytest.raises(InvalidParameterError, match="outside the domain"):
        make(*parameters)


def shares_drawn(arrays, t):
    """Probability of each class by the table that it is drawn from."""
    keep, other = arrays.keep[t], arrays.other[t]
    shares = keep / len(keep)
    np.add.at(shares, other, (1 - keep) / len(keep))
    return shares


@pytest.mark.parametrize("seed", range(20))
def test_the_class_of_one_who_comes_has_the_share_of_its_rate(seed):
    rng = np.random.default_rng(seed)
    rates = rng.uniform(0, 1, (rng.integers(1, 30), 3)) ** rng.integers(1, 8)
    rates[rng.random(rates.shape) < 0.3] = 0.0
    visit = Visit(Distribution.constant(1.0))
    classes = tuple(CustomerClass(str(c), tuple(row), ("desk",), {"desk": visit}) for c, row in enumerate(rates))
    arrays = hall_arrays(Hall(10.0, (Station("desk"),), classes))
    for t in np.flatnonzero(rates.sum(axis=0)):
        shares = shares_drawn(arrays, t)
        np.testing.assert_allclose(shares, rates[:, t] / rates[:, t].sum(), rtol=0, atol=1e-14)
        assert set(np.flatnonzero(shares)) <= set(np.flatnonzero(rates[:, t]))
