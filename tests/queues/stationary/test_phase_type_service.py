"""M/PH/c and M/PH/c+M against reference values, chains of servers that are told apart, and closed forms."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from scipy.linalg import expm

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.phase_type import PhaseType, erlang_mixture, hyperexponential, phase_type_fit
from optimizer.queues.stationary.phase_type_service import phase_type_service


class NamedServers:
    """The queue with servers told apart, each idle (-1) or in a phase; at most so many waiting."""

    def __init__(self, servers, arrival_rate, service, abandonment_rate, most):
        self.c, self.lam, self.eta, self.most = servers, arrival_rate, abandonment_rate, most
        self.start, self.rates = np.array(service.initial), np.array(service.generator)
        self.ends, self.m = -self.rates.sum(axis=1), len(self.start)
        self.busy = list(itertools.product(range(self.m), repeat=servers))
        some = [x for x in itertools.product(range(-1, self.m), repeat=servers) if -1 in x]
        self.states = [(x, 0) for x in some] + [(x, w) for w in range(most + 1) for x in self.busy]
        self.index = {s: i for i, s in enumerate(self.states)}

    def law(self):
        q = np.zeros((len(self.states),) * 2)
        for (x, w), i in self.index.items():
            if -1 in x:
                for p in range(self.m):
                    k = x.index(-1)
                    q[i, self.index[(*x[:k], p, *x[k + 1 :]), 0]] += self.lam * self.start[p]
            elif w < self.most:
                q[i, self.index[x, w + 1]] += self.lam
            if w > 0:
                q[i, self.index[x, w - 1]] += w * self.eta
            for k, phase in enumerate(x):
                if phase >= 0:
                    self.serve(q, i, x, w, k)
        q -= np.diag(q.sum(axis=1))
        return np.linalg.solve(np.vstack([q.T[1:], np.ones(len(q))]), np.eye(len(q))[-1])

    def serve(self, q, i, x, w, k):
        for p in range(self.m):
            after = (*x[:k], p, *x[k + 1 :])
            if p != x[k]:
                q[i, self.index[after, w]] += self.rates[x[k], p]
            if w > 0:
                q[i, self.index[after, w - 1]] += self.ends[x[k]] * self.start[p]
        if w == 0:
            q[i, self.index[(*x[:k], -1, *x[k + 1 :]), 0]] += self.ends[x[k]]

    def waits(self, law, limit):
        """P(W > τ) and P(served within τ), by the exponential of the matrix of (ahead, phases), served, gone."""
        ahead = [(x, w) for w in range(self.most + 1) for x in self.busy]
        index, size = {s: i for i, s in enumerate(ahead)}, len(ahead)
        q = np.zeros((size + 2, size + 2))
        for (x, w), i in index.items():
            q[i, size + 1] += self.eta
            if w > 0:
                q[i, index[x, w - 1]] += w * self.eta
            for k, phase in enumerate(x):
                for p in range(self.m):
                    after = (*x[:k], p, *x[k + 1 :])
                    if p != phase:
                        q[i, index[after, w]] += self.rates[phase, p]
                    q[i, index[after, w - 1] if w > 0 else size] += self.ends[phase] * self.start[p]
        q -= np.diag(q.sum(axis=1))
        begin = np.zeros(size + 2)
        for s, i in index.items():
            begin[i] = law[self.index[s]]
        end = begin @ expm(q * limit)
        return end[:size].sum(), end[size] + 1 - begin.sum()


def erlang(servers, load, mean_patience=None, room=4000):
    """P(W > 0) and mean wait of M/M/c(+M) with μ = 1, with 30 figures."""
    with mpmath.workdps(30):
        a, weight, total, waits, queue = mpmath.mpf(load), mpmath.mpf(1), mpmath.mpf(1), mpmath.mpf(0), mpmath.mpf(0)
        for n in range(1, servers + room):
            weight *= a / (
                min(n, servers) + max(0, n - servers) * (1 / mpmath.mpf(mean_patience) if mean_patience else 0)
            )
            total += weight
            waits += weight if n >= servers else 0
            queue += weight * max(0, n - servers)
        return float(waits / total), float(queue / total / a)


def unit(value, figures=10):
    """A unit of the last of so many figures."""
    return 10.0 ** (math.floor(math.log10(abs(value))) + 1 - figures)


def service(scv):
    return erlang_mixture(1.0, scv) if scv < 1 else hyperexponential(1.0, scv)


def test_it_is_the_reference_value(reference):
    for row in reference("general_service.json")["mphc"]:
        queue = phase_type_service(row["c"], row["c"] * row["rho"], service(row["scv"]))
        assert queue.exact
        assert queue.mean_wait == pytest.approx(row["Wq"], abs=unit(row["Wq"])), row
        assert queue.wait_probability == pytest.approx(row["Pwait"], abs=unit(row["Pwait"])), row


def test_with_impatience_it_is_the_reference_value(reference):
    for row in reference("general_service.json")["mphcm"]:
        queue = phase_type_service(row["c"], row["c"] * row["rho"], service(row["scv"]), 1 / row["patience"])
        assert queue.mean_wait == pytest.approx(row["EW"], abs=unit(row["EW"])), row
        assert queue.wait_probability == pytest.approx(row["Pwait"], abs=unit(row["Pwait"])), row
        assert queue.abandonment == pytest.approx(row["EW"] / row["patience"], rel=1e-9), row


BACK = PhaseType((0.3, 0.7), ((-2.0, 1.5), (0.2, -1.0)))


@pytest.mark.parametrize(
    ("servers", "load", "time", "eta", "most"),
    [
        (1, 0.6, erlang_mixture(1.0, 0.4), 0.0, 55),
        (2, 0.5, hyperexponential(1.0, 3.0), 0.0, 80),
        (2, 1.2, hyperexponential(0.7, 2.0), 0.6, 32),
        (2, 2.5, erlang_mixture(1.0, 0.3), 1.5, 25),
        (3, 2.0, BACK, 0.8, 22),
    ],
)
def test_it_is_the_queue_of_servers_told_apart(servers, load, time, eta, most):
    chain = NamedServers(servers, load, time, eta, most)
    law = chain.law()
    waiting = np.array([w for _, w in chain.states])
    full = np.array([-1 not in x for x, _ in chain.states])
    queue = phase_type_service(servers, load, time, eta)
    assert queue.mean_queue == pytest.approx(law @ waiting, rel=1e-9)
    assert queue.wait_probability == pytest.approx(law @ full, rel=1e-9)
    assert queue.abandonment == pytest.approx(eta * (law @ waiting) / load, rel=1e-9)
    for limit in (0.0, 0.2, 1.0, 4.0):
        late, served = chain.waits(law, limit)
        assert queue.wait_exceeds(limit) == pytest.approx(late, abs=1e-10)
        assert queue.service_level(limit) == pytest.approx(served, abs=1e-10)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.01), (30, 3.0), (30, 28.0), (60, 55.0)])
def test_two_like_phases_are_erlang_c(servers, load):
    queue = phase_type_service(servers, load, hyperexponential(1.0, 1.0))
    waits, wait = erlang(servers, load)
    assert queue.wait_probability == pytest.approx(waits, rel=1e-11)
    assert queue.mean_wait == pytest.approx(wait, rel=1e-11)
    spare = servers - load
    for limit in (0.0, 0.5, 3.0):
        assert queue.wait_exceeds(limit) == pytest.approx(waits * math.exp(-spare * limit), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(
    ("servers", "load", "patience"), [(1, 5.0, 2.0), (10, 9.0, 0.1), (40, 60.0, 8.0), (3, 2.0, 1e3)]
)
def test_two_like_phases_are_erlang_a(servers, load, patience):
    queue = phase_type_service(servers, load, hyperexponential(1.0, 1.0), 1 / patience)
    waits, wait = erlang(servers, load, patience)
    assert queue.wait_probability == pytest.approx(waits, rel=1e-11)
    assert queue.mean_wait == pytest.approx(wait, rel=1e-11)


@pytest.mark.parametrize("scv", [0.15, 0.5, 1.0, 2.5, 20.0])
@pytest.mark.parametrize("use", [0.001, 0.7, 0.9999])
def test_one_server_is_pollaczek_and_khinchine(scv, use):
    queue = phase_type_service(1, use, phase_type_fit(1.0, scv))
    assert queue.mean_wait == pytest.approx(use * (1 + scv) / (2 * (1 - use)), rel=1e-10)
    assert queue.wait_probability == pytest.approx(use, rel=1e-9)


def test_a_distribution_has_the_mean():
    queue = phase_type_service(4, 3.4, phase_type_fit(1.0, 3.0), 0.2)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    assert sum(w * 20 * queue.wait_exceeds(20 + 20 * x) for x, w in zip(nodes, weights, strict=True)) == pytest.approx(
        queue.mean_wait, rel=1e-7
    )
    assert queue.service_level(1e9) == pytest.approx(1 - queue.abandonment, rel=1e-9)
    assert max(queue.wait_exceeds(1e9), queue.wait_exceeds(1e308)) < 1e-15


def test_overload_is_infinite_only_where_nobody_gives_up():
    assert phase_type_service(2, 2.0, phase_type_fit(1.0, 2.0)).mean_wait == math.inf
    queue = phase_type_service(2, 40.0, phase_type_fit(1.0, 2.0), 0.5)
    assert queue.abandonment == pytest.approx(1 - 2 / 40, rel=1e-9)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ((0, 1.0, BACK), "servers"),
        ((2.5, 1.0, BACK), "servers"),
        ((2, 0.0, BACK), "arrival_rate"),
        ((2, 1.0, BACK, -0.1), "abandonment_rate"),
        ((700, 1.0, BACK), "servers"),
        ((40, 1.0, erlang_mixture(1.0, 0.3)), "servers"),
    ],
)
def test_a_bad_number_is_named(given, name):
    with pytest.raises(InvalidParameterError, match=name):
        phase_type_service(*given)
