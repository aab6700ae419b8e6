"""Distribution of the wait: against incomplete gamma functions with many digits, and matrix exponentials."""

import math
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from scipy.linalg import expm

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.diversion import balking_queue
from optimizer.queues.stationary.erlang import erlang_a, erlang_c

QUANTITIES = ("wait_probability", "exceeds", "service_level", "abandonment")


def palm(servers, arrival, service, abandonment, limit):
    """M/M/c+M from the density of the virtual wait, λ exp(λ (1 - exp(-ηt)) / η - cμt) beside Σ π(n) / π(c-1) (n < c).

    Its integrals are incomplete gamma functions; 60 digits. Nothing here is summed over a line.
    """
    with mpmath.workdps(60):
        lam, mu, eta, tau = map(mpmath.mpf, (arrival, service, abandonment, limit))
        free, term = mpmath.mpf(0), mpmath.mpf(1)
        for n in range(servers - 1, -1, -1):
            free += term
            term *= n * mu / lam
            if term < free * mpmath.mpf(10) ** -60:
                break
        z, stay = lam / eta, mpmath.exp(-eta * tau)

        def beyond(size, part):
            return z * mpmath.exp(z) * z**-size * mpmath.gammainc(size, 0, z * part)

        r = servers * mu / eta
        late, lasting, lasting_served = beyond(r, 1), beyond(r, stay), beyond(r + 1, stay)
        served = beyond(r + 1, 1)
        total = free + late
        values = (
            late / total,
            stay * lasting / total,
            (free + served - lasting_served) / total,
            1 - (free + served) / total,
        )
        return dict(zip(QUANTITIES, map(float, values), strict=True))


def found(servers, arrival, service, abandonment, limit):
    queue = erlang_a(servers, arrival, service, abandonment)
    values = queue.wait_probability, queue.wait_exceeds(limit), queue.service_level(limit), queue.abandonment
    return dict(zip(QUANTITIES, values, strict=True))


def test_the_published_trap_of_underflow_is_not_fallen_into():
    """1,500 customers an hour, 6 minutes, patience 45 minutes, 140 servers, 30 minutes: others say 0.008."""
    assert erlang_a(140, 1500, 10, 60 / 45).service_level(0.5) == pytest.approx(0.932963, abs=5e-7)


def test_reference_values_with_many_digits(reference):
    for row in reference("waiting.json")["erlangA"]:
        given = row["c"], row["lam"], row["mu"], row["theta"], row["tau"]
        for name, value in found(*given).items():
            assert value == pytest.approx(float(row[name]), abs=1e-13), (name, row)


@pytest.mark.parametrize("seed", range(40))
def test_erlang_a_is_palms_integral(seed):
    rng = np.random.default_rng(seed)
    servers = int(np.exp(rng.uniform(0, np.log(2001))))
    service, patience = 1 / rng.uniform(0.5, 20), np.exp(rng.uniform(np.log(0.2), np.log(200)))
    given = servers, servers * service * rng.uniform(0.3, 1.5), service, 1 / patience, rng.uniform(0, 60)
    expected = palm(*given)
    for name, value in found(*given).items():
        assert value == pytest.approx(expected[name], abs=1e-13), (name, given)


@pytest.mark.parametrize("limit", [0.0, 1e-9, 0.3, 20.0])
@pytest.mark.parametrize("servers", [1, 7, 80])
def test_erlang_c_has_an_exponential_wait(servers, limit):
    for occupancy in (0.01, 0.8, 0.999999):
        arrival = servers * occupancy
        queue = erlang_c(servers, arrival, 1.0)
        late = queue.wait_probability * math.exp(-(servers - arrival) * limit)
        assert queue.wait_exceeds(limit) == pytest.approx(late, rel=1e-12)
        assert queue.service_level(limit) == pytest.approx(1 - late, rel=1e-12)


def line(servers, arrival, service, abandonment, joining):
    """π of the chain with the last of ``joining`` 0, by linear equations."""
    top = servers + len(joining) - 1
    rates = np.zeros((top + 1, top + 1))
    for n in range(top):
        rates[n, n + 1] = arrival * (1 if n < servers else joining[n - servers])
        rates[n + 1, n] = min(n + 1, servers) * service + max(n + 1 - servers, 0) * abandonment
    rates -= np.diag(rates.sum(axis=1))
    equations = np.vstack([rates.T[1:], np.ones(top + 1)])
    return np.linalg.solve(equations, np.eye(top + 1)[-1])


def tagged(servers, service, abandonment, places, limit):
    """P(still waiting) and P(called) a time later, by the number ahead, 0 to places - 1."""
    rates = np.zeros((places + 2, places + 2))  # ..., called, gone
    for j in range(places):
        rates[j, j - 1 if j else places] = servers * service + j * abandonment
        rates[j, places + 1] = abandonment
        rates[j, j] = -rates[j].sum()
    later = expm(rates * limit)
    return later[:places, :places].sum(axis=1), later[:places, places]


@pytest.mark.parametrize("seed", range(60))
def test_a_finite_line_is_its_matrices(seed):
    """Any number of servers, 0 included, any joining, never rising or not, with or without abandonment."""
    rng = np.random.default_rng(seed)
    servers, places = int(rng.integers(0, 6)), int(rng.integers(1, 9))
    arrival, service = rng.uniform(0.1, 6), rng.uniform(0.2, 2)
    abandonment = 0.0 if seed % 3 == 0 and servers else rng.uniform(0.01, 3)
    joining = np.append(rng.uniform(0, 1, places), 0.0)
    if seed % 2:
        joining = np.append(np.ones(places), 0.0)
    limit = rng.choice([0.0, rng.uniform(0, 3), 30.0])
    queue = balking_queue(servers, arrival, service, joining, abandonment)
    pi = line(servers, arrival, service, abandonment, joining)
    waits, called = tagged(servers, service, abandonment, places, limit)
    ahead = pi[servers:-1] * joining[:-1]
    free, joined = pi[:servers].sum(), pi[:servers].sum() + ahead.sum()
    number = pi @ np.maximum(np.arange(len(pi)) - servers, 0)
    assert queue.blocking == pytest.approx(1 - joined, abs=1e-13)
    assert queue.mean_queue == pytest.approx(number, rel=1e-11)
    assert queue.mean_wait == pytest.approx(number / (arrival * joined), rel=1e-11)
    assert queue.wait_probability == pytest.approx(ahead.sum() / joined, rel=1e-11)
    assert queue.abandonment == pytest.approx(abandonment * number / arrival, rel=1e-11)
    assert queue.wait_exceeds(limit) == pytest.approx(ahead @ waits / joined, abs=1e-12)
    assert queue.service_level(limit) == pytest.approx(free + ahead @ called, abs=1e-12)
    if seed % 2:
        full = {"capacity": servers + places}
        same = (erlang_a(servers, arrival, service, abandonment, **full) if abandonment
                else erlang_c(servers, arrival, service, **full))  # fmt: skip
        for name in ("blocking", "mean_wait", "wait_probability", "abandonment", "utilization"):
            assert getattr(same, name) == pytest.approx(getattr(queue, name), rel=1e-12), name
        assert same.service_level(limit) == pytest.approx(queue.service_level(limit), rel=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_a_line_that_few_join_beyond_its_array(seed):
    """The geometric tail of a line without abandonment, against one written out."""
    rng = np.random.default_rng(100 + seed)
    servers, arrival = int(rng.integers(1, 5)), rng.uniform(1, 5)
    joining = np.append(rng.uniform(0, 1, int(rng.integers(0, 6))), rng.uniform(0.05, 0.9) * min(1, servers / arrival))
    written = np.concatenate([joining, np.full(260, joining[-1]), [0.0]])
    endless, finite = balking_queue(servers, arrival, 1.0, joining), balking_queue(servers, arrival, 1.0, written)
    assert endless.mean_wait == pytest.approx(finite.mean_wait, rel=1e-9)
    assert endless.blocking == pytest.approx(finite.blocking, rel=1e-9)
    for limit in (0.0, 0.4, 5.0, 40.0):
        assert endless.wait_exceeds(limit) == pytest.approx(finite.wait_exceeds(limit), rel=1e-8, abs=1e-14)
        assert endless.service_level(limit) == pytest.approx(finite.service_level(limit), rel=1e-9)


@pytest.mark.parametrize("load", [0.01, 1.0, 70.0, 5000.0])
@pytest.mark.parametrize("patience", [1e-9, 1e-3, 1.0, 1e4, 1e6])
@pytest.mark.parametrize("part", [0.0, 0.4, 1.0, 1.3])
def test_no_load_patience_or_limit_upsets_it(load, patience, part):
    queue = erlang_a(int(part * load), load, 1.0, 1 / patience)
    assert 0 <= queue.wait_probability <= 1
    assert queue.mean_queue >= 0
    limits = [0.0, 1e-300, 1e-9, 0.01, 1.0, 1e3, 1e9, 1e300]
    late = [queue.wait_exceeds(limit) for limit in limits]
    served = [queue.service_level(limit) for limit in limits]
    assert late == sorted(late, reverse=True)
    assert late[0] == pytest.approx(queue.wait_probability)
    assert late[-1] == 0.0
    assert all(b - a > -1e-15 for a, b in pairwise(served))
    assert served[0] == pytest.approx(1 - queue.wait_probability, abs=1e-12)
    assert served[-1] == pytest.approx(1 - queue.abandonment, abs=1e-9)


def test_patience_of_many_years_in_overload_is_a_steady_flow():
    """With λ = 25, cμ = 15 and η = 10⁻⁶ 10⁷ wait: 1 - cμ/λ give up, whoever is called has waited ln(λ/cμ) / η."""
    queue = erlang_a(90, 25.0, 1 / 6, 1e-6)
    assert queue.abandonment == pytest.approx(0.4, rel=1e-9)
    assert queue.served_wait_percentile(0.5) == pytest.approx(math.log(25 / 15) * 1e6, rel=1e-3)


def test_a_line_too_wide_to_be_written_out_is_refused():
    with pytest.raises(InvalidParameterError, match="abandonment_rate"):
        erlang_a(5000, 5000.0, 1.0, 1e-12)
    with pytest.raises(InvalidParameterError, match="capacity"):
        erlang_c(10, 10.0, 1.0, capacity=10**9)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_percentiles_are_where_the_distribution_reaches_the_share(share):
    for queue in (erlang_a(9, 8.0, 1.0, 0.3), erlang_c(9, 8.0, 1.0), erlang_c(3, 8.0, 1.0, capacity=12)):
        served = 1 - queue.blocking - queue.abandonment
        of_all, of_served = queue.wait_percentile(share), queue.served_wait_percentile(share)
        assert of_all == 0.0 or 1 - queue.wait_exceeds(of_all) == pytest.approx(share, abs=1e-12)
        assert of_served == 0.0 or queue.service_level(of_served) / served == pytest.approx(share, abs=1e-12)
        assert 1 - queue.wait_exceeds(0.0) >= share or of_all > 0
        assert queue.service_level(0.0) / served >= share or of_served > 0


def test_the_median_wait_of_erlang_c_is_its_formula():
    queue = erlang_c(5, 4.8, 1.0)
    assert queue.wait_percentile(0.5) == pytest.approx(math.log(queue.wait_probability / 0.5) / 0.2, rel=1e-10)


def test_percentiles_of_an_endless_wait_are_infinite():
    queue = erlang_c(3, 4.0, 1.0)
    assert (queue.wait_percentile(0.5), queue.served_wait_percentile(0.5)) == (math.inf, math.inf)
    assert (queue.wait_exceeds(1e9), queue.service_level(1e9)) == (1.0, 0.0)
    assert erlang_a(0, 4.0, 1.0, 1.0).served_wait_percentile(0.5) == math.inf


@pytest.mark.parametrize("share", [-0.1, 1.0, math.nan])
def test_a_bad_share_is_named(share):
    with pytest.raises(InvalidParameterError, match="share"):
        erlang_c(3, 2.0, 1.0).wait_percentile(share)


@pytest.mark.parametrize("limit", [-1.0, math.nan, math.inf])
def test_a_bad_limit_is_named(limit):
    with pytest.raises(InvalidParameterError, match="limit"):
        erlang_c(3, 2.0, 1.0).service_level(limit)
