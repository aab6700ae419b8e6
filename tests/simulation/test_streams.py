"""Random numbers by name: the published generator, even in every name, and strangers to each other."""

from itertools import pairwise
from statistics import NormalDist

import mpmath
import numpy as np
import pytest
from numba import njit
from scipy.stats import chi2, rankdata

from optimizer.simulation import records as names
from optimizer.simulation.distributions import Distribution
from optimizer.simulation.streams import child, gamma, mixed, normal_quantile, uniform

SEED = 20261126
LEVEL = 0.001
"""Probability with which one test here may refuse numbers that are right."""
DRAWS = 100_000
ONCE = {"gap": names.GAP, "amount": names.AMOUNT, "assistance": names.ASSISTANCE}
"""What is drawn once for a customer from a distribution, which may be a gamma."""
EACH_VISIT = {"patience": names.PATIENCE, "service": names.SERVICE, "desk": names.DESK_TIME}

# What splitmix64.c (Vigna 2015, public domain) gives for the seed 1234567: the test vector of several libraries.
PUBLISHED = (
    6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
)  # fmt: skip


@njit
def uniforms(seed, days, customers, purposes, station):
    """Numbers by day, customer and purpose; of a customer's visit to a station, if one is given."""
    found = np.empty((days, customers, purposes))
    for day in range(days):
        for customer in range(customers):
            key = child(child(seed, day), customer + 1)
            if station >= 0:
                key = child(key, names.VISITS + station)
            for purpose in range(purposes):
                found[day, customer, purpose] = uniform(key, purpose)
    return found


@njit
def uniforms_of_keys(begin, step, count, purpose):
    return np.array([uniform(begin + np.uint64(n) * step, purpose) for n in range(count)])


@njit
def quantiles(shares):
    return np.array([normal_quantile(p) for p in shares])


def unmixed(bits):
    """The key that is scrambled to these bits."""

    def unshifted(value, by):
        found = value
        for _ in range(64 // by):
            found = value ^ (found >> by)
        return found

    for by, factor in ((31, 0x94D049BB133111EB), (27, 0xBF58476D1CE4E5B9)):
        bits = unshifted(bits, by) * pow(factor, -1, 2**64) % 2**64
    return unshifted(bits, 30)


def key_of(bits):
    """The key whose number of purpose 0 comes from these bits."""
    return np.uint64((unmixed(bits) - 0x9E3779B97F4A7C15) % 2**64)


def chances_of_unevenness(numbers, bins=256):
    """Probability that the counts of numbers in bins are as uneven, for each row."""
    counts = np.array([np.bincount((row * bins).astype(int), minlength=bins) for row in numbers])
    expected = numbers.shape[1] / bins
    return chi2.sf(((counts - expected) ** 2 / expected).sum(axis=1), bins - 1)


def assert_even(numbers):
    """Neither uneven nor too even, at this level for all rows."""
    chances = chances_of_unevenness(numbers)
    assert min(chances.min(), (1 - chances).min()) > LEVEL / len(chances) / 2, chances


def assert_uncorrelated(first, second):
    """Columns of draws of two families, or of one and itself: no pair of different columns goes together."""
    for bend in (lambda u: u - 0.5, lambda u: (u - 0.5) ** 2 - 1 / 12):
        a, b = bend(first), bend(second)
        related = np.einsum("ni,nj->ij", a, b) / np.sqrt(np.outer((a**2).sum(axis=0), (b**2).sum(axis=0)))
        if first is second:
            np.fill_diagonal(related, 0.0)
        bound = NormalDist().inv_cdf(1 - LEVEL / related.size / 4) / np.sqrt(len(first))
        assert np.abs(related).max() < bound, (related, bound)


def test_keys_that_count_by_the_golden_number_give_the_published_numbers():
    seed, golden = np.uint64(1234567), 0x9E3779B97F4A7C15
    assert [int(mixed(np.uint64((1234567 + n * golden) % 2**64))) for n in range(1, 6)] == list(PUBLISHED)
    assert [uniform(seed, n) for n in range(5)] == [((bits >> 12) + 0.5) / 2**52 for bits in PUBLISHED]


def test_plain_numbers_are_those_of_the_kernel(reference):
    rng = np.random.default_rng(SEED)
    for key in map(int, rng.integers(0, 2**64, 50, dtype=np.uint64)):
        for n in (0, 1, 7, 1000):
            assert int(mixed(np.uint64(key))) == reference.mixed(key)
            assert int(child(np.uint64(key), n)) == reference.child(key, n)
            assert uniform(np.uint64(key), n) == reference.uniform(key, n)
        for shape in (0.05, 0.7, 1.0, 30.0):
            assert gamma(shape, np.uint64(key), 3) == pytest.approx(
                reference.gamma(shape, key, 3), rel=1e-12, abs=1e-300
            )


@pytest.mark.parametrize(("bits", "number"), [(0, 2.0**-53), (2**64 - 1, 1 - 2.0**-53)])
def test_a_number_is_neither_0_nor_1(bits, number):
    assert int(mixed(np.uint64(unmixed(bits)))) == bits
    assert uniform(key_of(bits), 0) == number
    assert np.isfinite(normal_quantile(number))


def test_normal_quantiles_are_those_of_the_library():
    tails = 10.0 ** np.linspace(-300, -1, 3000)
    middle = np.linspace(0.0005, 0.9995, 5001)
    shares = np.concatenate([tails, 1 - tails[tails > 1e-16], middle[middle != 0.5], [2.0**-53, 0.075, 0.925]])
    expected = [NormalDist().inv_cdf(p) for p in shares]
    np.testing.assert_allclose(quantiles(shares), expected, rtol=1e-14)
    assert normal_quantile(0.5) == 0


@pytest.mark.parametrize(
    "p", [1e-300, 1e-20, 2.0**-53, 1e-7, 0.02, 0.0749, 0.0751, 0.3, 0.49999, 0.6, 0.93, 1 - 2.0**-53]
)
def test_normal_quantiles_are_exact(p):
    with mpmath.workdps(50):
        exact = mpmath.findroot(lambda x: mpmath.log(mpmath.ncdf(x) / mpmath.mpf(p)), NormalDist().inv_cdf(p))
        assert abs(normal_quantile(p) / exact - 1) < 1e-14


@pytest.mark.parametrize("station", [-1, 0, 5], ids=["once", "first station", "sixth station"])
def test_numbers_of_every_purpose_are_even(station):
    found = uniforms(np.uint64(SEED), 4, DRAWS // 4, 9, station)
    assert_even(found.reshape(-1, 9).T)


@pytest.mark.parametrize("station", [-1, 2], ids=["once", "third station"])
def test_numbers_of_a_customer_are_even_over_days(station):
    found = uniforms(np.uint64(SEED), DRAWS, 2, 4, station)
    assert_even(found.reshape(DRAWS, -1).T)


@pytest.mark.parametrize("step", [1, 2, 3, 1 << 12, 1 << 32, 1 << 46])
def test_numbers_of_neighbouring_keys_are_even_and_strangers(step):
    """A stream that is only good for keys far apart would not be."""
    found = np.array([uniforms_of_keys(np.uint64(0), np.uint64(step), DRAWS, purpose) for purpose in range(3)])
    assert_even(found)
    assert_uncorrelated(found.T[1:], found.T[:-1])


def test_numbers_of_the_seeds_are_even_and_strangers():
    """Days of the seeds 0, 1, 2 ... have nothing in common."""
    found = np.array([uniforms(np.uint64(seed), 5, 2, 3, -1).ravel() for seed in range(4000)])
    assert_even(found.T)
    assert_uncorrelated(found[1:], found[:-1])
    assert_uncorrelated(found, found)


@pytest.mark.parametrize("axis", [0, 1], ids=["days", "customers"])
def test_neighbours_are_strangers(axis):
    days, customers = (DRAWS // 2, 2) if axis == 0 else (2, DRAWS // 2)
    found = np.concatenate(
        [uniforms(np.uint64(SEED), days, customers, 8, station) for station in (-1, 0, 1)], axis=2
    )  # fmt: skip
    found = np.moveaxis(found, axis, 0)[:, 0]
    assert_uncorrelated(found[1:], found[:-1])
    assert_uncorrelated(found[2:], found[:-2])


def test_purposes_are_strangers():
    found = [uniforms(np.uint64(SEED), 1, DRAWS, 8, station)[0] for station in (-1, 0, 1, 2)]
    every = np.concatenate(found, axis=1)
    assert_uncorrelated(every, every)
    for left, right in pairwise(every.T):
        assert_even((((left * 16).astype(int) + right) / 16)[np.newaxis])


def test_no_day_of_any_seed_is_the_day_of_another():
    keys = {int(child(np.uint64(seed), day)) for seed in range(300) for day in range(300)}
    assert len(keys) == 90_000


def test_no_number_serves_two_purposes_of_a_customer(reference):
    """Gammas, calls in vain and extras draw below a key of their own: none of these keys is another's."""
    customer, stations, found = reference.child(reference.child(SEED, 0), 1), 9, {}

    def note(name, key, draws):
        for n in range(draws):
            assert found.setdefault(reference.uniform(key, n), (name, n)) == (name, n)

    note("once", customer, 7)
    for name, purpose in ONCE.items():
        note(name, reference.child(customer, purpose), 9)
    for turn in range(6):
        for station in range(stations):
            place, key = (turn, station), reference.child(customer, names.VISITS + turn * stations + station)
            note(place, key, 7)
            note((*place, "no-shows"), reference.child(key, names.NO_SHOWS), 9)
            for name, purpose in EACH_VISIT.items():
                note((*place, name), reference.child(key, purpose), 9)
            for extra in range(3):
                own = reference.child(key, names.EXTRAS + extra)
                note((*place, "extra", extra), own, 2)
                note((*place, "extra time", extra), reference.child(own, 1), 9)
    assert len(found) == 7 + 27 + 54 * (7 + 9 + 27 + 33)


@pytest.mark.parametrize(
    "once", [Distribution.exponential(1.0), Distribution.lognormal(1.0, 2.0), Distribution.gamma(1.0, 0.5)],
    ids=lambda distribution: distribution.family,
)  # fmt: skip
def test_what_is_drawn_once_is_a_stranger_to_every_visit(once, reference):
    """A gap that is a gamma must not decide a service that is exponential, nor the other way round."""
    visits, draws = (Distribution.exponential(1.0), Distribution.gamma(1.0, 0.5)), []
    for k in range(3000):
        customer = reference.child(SEED, k)
        row = [reference.drawn(once, customer, purpose) for purpose in ONCE.values()]
        for station in range(8):
            key = reference.child(customer, names.VISITS + station)
            row += [reference.drawn(each, key, purpose) for each in visits for purpose in EACH_VISIT.values()]
        draws.append(row)
    ranks = (rankdata(draws, axis=0) - 0.5) / len(draws)
    related = ranks[:, : len(ONCE)], ranks[:, len(ONCE) :]
    assert_uncorrelated(*related)
