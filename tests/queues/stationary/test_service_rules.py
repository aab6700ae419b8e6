"""Services of two lengths decided when they start: against a sparse chain, corners, and the shortcut's error."""

import math

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.erlang import erlang_a, erlang_c
from optimizer.queues.stationary.service_rules import service_rules_queue, service_rules_shortcut

MEASURES = ("wait_probability", "mean_wait", "mean_queue", "abandonment", "utilization", "long_share")


def sparse_chain(servers, arrival, rates, share, abandonment, room=20):
    """Every state (short, long, waiting) by name, cut off at ``room`` waiting; one sparse system of equations."""
    states = [(s, b - s, 0) for b in range(servers) for s in range(b + 1)]
    states += [(s, servers - s, w) for w in range(room + 1) for s in range(servers + 1)]
    index = {state: i for i, state in enumerate(states)}
    moves = []

    def start(short, long, waiting):
        """A service that starts and leaves so many waiting."""
        p = share[min(waiting, len(share) - 1)]
        return [((short, long + 1, waiting), p), ((short + 1, long, waiting), 1 - p)]

    for s, l, w in states:  # noqa: E741
        ends = [((s - 1, l, w), s * rates[0]), ((s, l - 1, w), l * rates[1])]
        for (short, long, waiting), rate in ends:
            if rate > 0:
                after = start(short, long, waiting - 1) if waiting else [((short, long, 0), 1.0)]
                moves += [((s, l, w), state, rate * p) for state, p in after]
        if s + l < servers:
            moves += [((s, l, w), state, arrival * p) for state, p in start(s, l, 0)]
        elif w < room:
            moves.append(((s, l, w), (s, l, w + 1), arrival))
        if w:
            moves.append(((s, l, w), (s, l, w - 1), w * abandonment))
    i, j, rate = np.array([(index[a], index[b], r) for a, b, r in moves]).T
    i, j, n = i.astype(int), j.astype(int), len(states)
    matrix = coo_array(
        (np.concatenate([rate, -rate]), (np.concatenate([j, i]), np.concatenate([i, i]))), (n, n)
    ).tolil()
    matrix[n - 1] = np.ones(n)
    pi = spsolve(matrix.tocsc(), np.eye(1, n, n - 1)[0])
    if pi[-servers - 1 :].sum() > 1e-14:  # no more room than needed: the equations lose digits with every state
        return sparse_chain(servers, arrival, rates, share, abandonment, 2 * room)
    s, l, w = np.array(states).T  # noqa: E741
    served, queue = pi @ (s * rates[0] + l * rates[1]), pi @ w
    return {
        "wait_probability": pi[s + l == servers].sum(),
        "mean_wait": queue / arrival,
        "mean_queue": queue,
        "abandonment": abandonment * queue / arrival,
        "utilization": pi @ (s + l) / servers,
        "long_share": pi @ (l * rates[1]) / served,
    }


@pytest.mark.parametrize("seed", range(30))
def test_the_exact_chain_is_the_sparse_one(seed):
    rng = np.random.default_rng(seed)
    servers = int(rng.integers(1, 7))
    rates = rng.uniform(0.3, 2, 2)
    share = rng.uniform(0, 1, int(rng.integers(1, 5)))
    if seed % 3 == 0:
        share = (np.arange(5) < 2).astype(float)
    if seed % 3 == 1:
        share = (np.arange(4) >= 2).astype(float)
    abandonment = 0.0 if seed % 2 else rng.uniform(0.05, 2)
    lasting = (1 - share[-1]) / rates[0] + share[-1] / rates[1]
    arrival = rng.uniform(0.2, 0.8 if abandonment == 0 else 1.4) * servers / lasting
    queue = service_rules_queue(servers, arrival, tuple(rates), share, abandonment)
    expected = sparse_chain(servers, arrival, rates, share, abandonment)
    assert queue.exact
    for name in MEASURES:
        assert getattr(queue, name) == pytest.approx(expected[name], rel=1e-9, abs=1e-13), name


@pytest.mark.parametrize("form", [service_rules_queue, service_rules_shortcut])
@pytest.mark.parametrize("share", [[0.0], [1.0, 0.3], [0.2, 0.9, 0.0]])
def test_with_equal_lengths_both_are_erlangs_queue(form, share):
    for queue, expected in (
        (form(4, 3.1, (1.0, 1.0), share), erlang_c(4, 3.1, 1.0)),
        (form(4, 5.0, (1.0, 1.0), share, 0.4), erlang_a(4, 5.0, 1.0, 0.4)),
    ):
        for name in ("wait_probability", "mean_wait", "abandonment", "utilization", "service_rate"):
            assert getattr(queue, name) == pytest.approx(getattr(expected, name), rel=1e-10), name


@pytest.mark.parametrize(("share", "rate"), [(0.0, 1.3), (1.0, 0.7)])
def test_with_one_length_only_both_are_erlangs_queue(share, rate):
    for form in (service_rules_queue, service_rules_shortcut):
        queue, expected = form(3, 1.6, (1.3, 0.7), [share]), erlang_c(3, 1.6, rate)
        assert queue.mean_wait == pytest.approx(expected.mean_wait, rel=1e-10)
        assert queue.long_share == pytest.approx(share, abs=1e-12)


def test_one_server_with_a_constant_share_is_pollaczek_and_khinchine():
    mean, square = 0.6 / 1.0 + 0.4 / 0.4, 2 * (0.6 / 1.0**2 + 0.4 / 0.4**2)
    queue = service_rules_queue(1, 0.5, (1.0, 0.4), [0.4])
    assert queue.mean_wait == pytest.approx(0.5 * square / (2 * (1 - 0.5 * mean)), rel=1e-12)
    assert queue.long_share == pytest.approx(0.4, rel=1e-12)


def test_with_a_constant_share_it_is_the_hyperexponential_reference_value(reference):
    for row in reference("days.json")["h2"]:
        share = 0.5 - math.sqrt((row["scv"] - 1) / (row["scv"] + 1)) / 2  # balanced means, mean 1
        queue = service_rules_queue(row["c"], row["rho"] * row["c"], (2 * (1 - share), 2 * share), [share])
        assert queue.mean_wait == pytest.approx(float(row["Wq"]), rel=1e-9), row


def test_the_shortcut_is_wrong_where_the_exact_chain_is_not():
    """A form at the window (10 minutes instead of 4) while fewer than 3 wait: the shortcut says too short a wait."""
    exact = service_rules_queue(3, 0.5, (1 / 4, 1 / 10), [1, 1, 1, 0])
    shortcut = service_rules_shortcut(3, 0.5, (1 / 4, 1 / 10), [1, 1, 1, 0])
    truth = sparse_chain(3, 0.5, (1 / 4, 1 / 10), [1, 1, 1, 0], 0.0)["mean_wait"]
    assert exact.mean_wait == pytest.approx(truth, rel=1e-9)
    assert (exact.exact, shortcut.exact) == (True, False)
    assert 0.5 < shortcut.mean_wait / truth < 0.7


@pytest.mark.parametrize("form", [service_rules_queue, service_rules_shortcut])
def test_a_line_that_grows_without_limit_is_an_answer(form):
    queue = form(2, 1.5, (1.0, 0.5), [0.0, 0.0, 1.0])
    assert (queue.wait_probability, queue.mean_wait, queue.long_share) == (1.0, math.inf, 1.0)
    assert form(2, 1.5, (1.0, 0.5), [1.0, 1.0, 0.0]).mean_wait < math.inf
    assert form(0, 1.5, (1.0, 0.5), [1.0]).mean_wait == math.inf
    assert form(0, 1.5, (1.0, 0.5), [1.0], 0.5).abandonment == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ((-1, 1.0, (1.0, 0.5), [1.0]), "servers"),
        ((2, 0.0, (1.0, 0.5), [1.0]), "arrival_rate"),
        ((2, 1.0, (0.0, 0.5), [1.0]), "short_service_rate"),
        ((2, 1.0, (1.0, math.nan), [1.0]), "long_service_rate"),
        ((2, 1.0, (1.0,), [1.0]), "service_rates"),
        ((2, 1.0, (1.0, 0.5), []), "long_share"),
        ((2, 1.0, (1.0, 0.5), [1.2]), "long_share"),
        ((2, 1.0, (1.0, 0.5), [1.0], -0.1), "abandonment_rate"),
    ],
)
def test_a_bad_parameter_is_named(given, name):
    for form in (service_rules_queue, service_rules_shortcut):
        with pytest.raises(InvalidParameterError, match=name):
            form(*given)
