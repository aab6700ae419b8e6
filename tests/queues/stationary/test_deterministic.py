"""M/D/c against reference values, the chain from one service time to the next, and high precision."""

import math

import mpmath
import numpy as np
import pytest
from scipy.stats import poisson

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.deterministic import deterministic_service


def unit(value, figures=10):
    """Half a unit of the last of so many figures, and a little."""
    return 0.51 * 10.0 ** (math.floor(math.log10(abs(value))) + 1 - figures)


def present(servers, load, states):
    """Law of the number in system: who is in service now is gone a service time later, when A more have come."""
    size = np.arange(states)
    law = poisson.pmf(np.maximum(0, size[None, :] - np.maximum(0, size[:, None] - servers)), load)
    law[size[None, :] < size[:, None] - servers] = 0.0
    law[:, -1] += 1 - law.sum(axis=1)
    equations = np.vstack([(law - np.eye(states)).T[1:], np.ones(states)])
    return np.linalg.solve(equations, np.eye(states)[-1])


def crommelin(servers, load):
    """P(W > 0) and the mean number waiting by the series of 1932, with 40 figures."""
    with mpmath.workdps(40):
        load, delayed, waiting, k = mpmath.mpf(load), mpmath.mpf(0), mpmath.mpf(0), 1
        while True:
            mean, n = k * load, k * servers
            point = mpmath.exp(n * mpmath.log(mean) - mean - mpmath.loggamma(n + 1))
            share, excess, i = mpmath.mpf(0), mpmath.mpf(0), 0
            while point * (i + 1) > mpmath.mpf("1e-22") * share:
                share, excess, i = share + point, excess + i * point, i + 1
                point *= mean / (n + i)
            delayed, waiting = delayed + share / k, waiting + excess / k
            if excess / k < mpmath.mpf("1e-17") * waiting:
                return float(-mpmath.expm1(-delayed)), float(waiting)
            k += 1


def test_it_is_the_reference_value(reference):
    for row in reference("general_service.json")["mdc"]:
        queue = deterministic_service(row["c"], row["c"] * row["rho"], 1.0)
        assert queue.exact
        assert queue.mean_wait == pytest.approx(row["Wq"], abs=unit(row["Wq"])), row
        assert 1 - queue.wait_probability == pytest.approx(row["P_nowait"], abs=unit(row["P_nowait"])), row


@pytest.mark.parametrize(("servers", "load"), [(2, 0.02), (25, 12.5), (100, 10), (200, 100), (200, 180), (40, 36)])
def test_few_and_many_wait_alike_to_thirteen_figures(servers, load):
    delayed, waiting = crommelin(servers, load)
    queue = deterministic_service(servers, 2 * load, 2.0)
    assert queue.wait_probability == pytest.approx(delayed, rel=2e-13)
    assert queue.mean_queue == pytest.approx(waiting, rel=2e-13)


@pytest.mark.parametrize(("servers", "use"), [(1, 0.995), (7, 0.992), (200, 0.992), (1, 0.9999999)])
def test_heavy_traffic(servers, use):
    queue = deterministic_service(servers, servers * use, 1.0)
    if servers == 1:  # Pollaczek and Khinchine
        assert queue.mean_queue == pytest.approx(use**2 / (2 * (1 - use)), rel=1e-8)
        assert queue.wait_probability == pytest.approx(use, rel=1e-12)
        return
    terms = np.arange(1, int(60 / (servers * (use - 1 - math.log(use)))))
    mean, enough = terms * servers * use, terms * servers
    late = poisson.sf(enough - 1, mean)
    waiting = ((mean - enough) * late + enough * poisson.pmf(enough, mean)) / terms
    assert queue.mean_queue == pytest.approx(waiting.sum(), rel=1e-9)
    assert queue.wait_probability == pytest.approx(-math.expm1(-(late / terms).sum()), rel=1e-9)


def test_the_formula_changes_without_a_step():
    low, high = (deterministic_service(6, 6 * use, 1.0) for use in (0.99 - 1e-13, 0.99 + 1e-13))
    assert low.mean_wait == pytest.approx(high.mean_wait, rel=1e-9)
    assert low.wait_probability == pytest.approx(high.wait_probability, rel=1e-9)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.7), (2, 1.5), (3, 2.7), (5, 2.0), (12, 10.5)])
def test_who_waits_longer_than_whole_services_found_so_many(servers, load):
    """W > kD when more than kc are before the c who are served last: P(N >= (k + 1) c)."""
    law = present(servers, load, 700)
    queue = deterministic_service(servers, load * 3.0, 3.0)
    for services in range(6):
        beyond = law[(services + 1) * servers :].sum()
        assert queue.wait_exceeds(services / 3.0) == pytest.approx(beyond, abs=1e-12)
    assert queue.mean_queue == pytest.approx(law @ np.maximum(0, np.arange(700) - servers), rel=1e-10)


def test_one_server_waits_as_erlang_found():
    """P(W <= τ) = (1 - ρ) Σ_k (λ(kD - τ))ᵏ exp(-λ(kD - τ)) / k!, which alternates."""
    queue = deterministic_service(1, 0.8, 1.0)
    with mpmath.workdps(60):
        for limit in (0.0, 0.3, 0.999, 1.0, 4.7, 20.25, 60.5):
            terms = (mpmath.mpf("0.8") * (k - mpmath.mpf(limit)) for k in range(int(limit) + 1))
            within = sum(x**k * mpmath.exp(-x) / mpmath.factorial(k) for k, x in enumerate(terms)) / 5
            assert queue.service_level(limit) == pytest.approx(float(within), abs=1e-13)


@pytest.mark.parametrize(("servers", "use"), [(1, 0.5), (4, 0.9), (30, 0.95), (200, 0.99), (3, 0.97)])
def test_the_distribution_has_the_mean(servers, use):
    """Mean wait = ∫ P(W > τ) dτ, by Gauss and Legendre within each service time."""
    queue = deterministic_service(servers, servers * use, 1.0)
    nodes, weights = np.polynomial.legendre.leggauss(24 if servers < 100 else 60)
    slots = int(50 / (servers * (1 - use))) + 2
    area = sum(
        w / 2 * queue.wait_exceeds(k + (1 + x) / 2) for k in range(slots) for x, w in zip(nodes, weights, strict=True)
    )
    assert area == pytest.approx(queue.mean_wait, rel=1e-9)
    assert queue.wait_exceeds(0.0) == pytest.approx(queue.wait_probability, rel=1e-9)
    assert queue.wait_exceeds(1e300) == 0.0


def test_an_overloaded_queue_has_no_finite_wait():
    queue = deterministic_service(3, 3.0, 1.0)
    assert (queue.wait_probability, queue.mean_wait, queue.mean_queue) == (1.0, math.inf, math.inf)


def test_no_distribution_next_to_overload():
    with pytest.raises(InvalidParameterError, match="limit"):
        deterministic_service(2, 1.9999, 1.0).wait_exceeds(1.0)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ((0, 1.0, 1.0), "servers"),
        ((2.5, 1.0, 1.0), "servers"),
        ((2, 0.0, 1.0), "arrival_rate"),
        ((2, 1.0, math.nan), "service_rate"),
    ],
)
def test_a_bad_number_is_named(given, name):
    with pytest.raises(InvalidParameterError, match=name):
        deterministic_service(*given)
