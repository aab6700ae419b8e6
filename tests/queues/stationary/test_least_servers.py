"""The least number of servers against a linear scan of formulas of their own, small branches included."""

import math

import numpy as np
import pytest
from scipy.special import betainc

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.erlang import erlang_a, erlang_c
from optimizer.queues.stationary.least_servers import least_servers
from optimizer.queues.stationary.measures import StationaryQueue
from optimizer.queues.stationary.service_rules import service_rules_queue

TIMED = ("service_level", "wait_exceeds")


def endless(servers, load, limit):
    """M/M/c at μ = 1 by factorials."""
    if servers <= load:
        return {"service_level": 0.0, "wait_exceeds": 1.0, "wait_probability": 1.0, "mean_wait": math.inf}
    terms = [math.exp(n * math.log(load) - math.lgamma(n + 1)) for n in range(servers + 1)]
    full = terms[-1] * servers / (servers - load)
    waits = full / (full + sum(terms[:-1]))
    late = waits * math.exp(-(servers - load) * limit)
    return {"service_level": 1 - late, "wait_exceeds": late, "wait_probability": waits,
            "mean_wait": waits / (servers - load)}  # fmt: skip


def limited(servers, load, limit, abandonment, capacity):
    """M/M/c/K+M at μ = 1 by its chain in logarithms, and order statistics of the patience of those ahead."""
    n = np.arange(capacity + 1)
    waiting = np.maximum(n - servers, 0)
    deaths = np.minimum(n, servers) + waiting * abandonment
    logs = np.concatenate([[0.0], np.cumsum(np.log(load / deaths[1:]))])
    pi = np.exp(logs - logs.max())
    pi /= pi.sum()
    joined, free, busy = pi[:-1].sum(), pi[: min(servers, capacity)].sum(), pi[servers:-1]
    stages, r, gone = np.arange(1.0, len(busy) + 1), servers / abandonment, -math.expm1(-abandonment * limit)
    called = r / (r + stages) * betainc(stages, r + 1, gone)
    still = (1 - gone) * (betainc(r, stages, 1 - gone) if servers else 1.0)
    queue = pi @ waiting
    return {"service_level": free + busy @ called, "wait_exceeds": busy @ (still + 0 * stages) / joined,
            "wait_probability": busy.sum() / joined, "mean_wait": queue / load / joined, "mean_queue": queue,
            "abandonment": abandonment * queue / load, "blocking": pi[-1]}  # fmt: skip


def cases(seed, count):
    """Random questions: the load of a corner shop to that of a busy branch, the limit from nothing to ten services."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        load, limit = float(np.exp(rng.uniform(np.log(0.02), np.log(20)))), float(rng.choice([0, rng.uniform(0, 10)]))
        kind = rng.integers(3)
        patience, capacity = rng.uniform(0.3, 6), int(rng.integers(1, 40)) if kind == 2 else 160
        if kind == 0:
            model, scan = (lambda c, a=load: erlang_c(c, a, 1.0)), (lambda c, a=load, t=limit: endless(c, a, t))
        else:
            given = {"capacity": capacity} if kind == 2 else {}
            model = lambda c, a=load, p=patience, g=given: erlang_a(c, a, 1.0, 1 / p, **g)  # noqa: E731
            scan = lambda c, a=load, t=limit, p=patience, k=capacity: limited(c, a, t, 1 / p, k)  # noqa: E731
        measure = str(rng.choice(list(scan(1))))
        target = rng.uniform(0.5, 0.999) if measure == "service_level" else float(np.exp(rng.uniform(-7, 0)))
        yield model, measure, target, limit if measure in TIMED else None, scan


def scanned(scan, measure, target):
    """The first number that is enough, of those up to 100."""
    for servers in range(101):
        value = scan(servers)[measure]
        if value >= target if measure == "service_level" else value <= target:
            return servers
    return None


def disagreements(seed, count):
    """Questions that are not answered as the scan answers them, and how many cannot be answered."""
    wrong, impossible = [], 0
    for model, measure, target, limit, scan in cases(seed, count):
        expected = scanned(scan, measure, target)
        try:
            found = least_servers(model, measure, target, within=limit)
        except InvalidParameterError:
            found, impossible = None, impossible + 1
        if found != expected:
            wrong.append((model(1), measure, target, limit, expected, found))
    return wrong, impossible


def test_it_agrees_with_a_scan_of_every_number():
    wrong, impossible = disagreements(7, 2000)
    assert wrong == []
    assert 10 < impossible < 40


def test_small_branches_are_not_overstaffed():
    """Two windows serve a load of 1.5 to this promise; a search from round(load) + 1 = 3 would not look at them."""
    assert least_servers(erlang_a, "service_level", 0.8, within=2.0, arrival_rate=1.5, service_rate=1.0,
                         abandonment_rate=0.1) == 2  # fmt: skip
    assert least_servers(erlang_c, "mean_wait", 10.0, arrival_rate=0.9, service_rate=1.0) == 1
    assert least_servers(erlang_a, "abandonment", 1.0, arrival_rate=9.0, service_rate=1.0, abandonment_rate=1.0) == 0


@pytest.mark.parametrize("load", [0.01, 5000.0])
def test_neither_the_least_nor_the_greatest_load_is_missed(load):
    found = least_servers(erlang_c, "wait_probability", 0.2, arrival_rate=load, service_rate=1.0)
    assert erlang_c(found, load, 1.0).wait_probability <= 0.2 < erlang_c(found - 1, load, 1.0).wait_probability


def fake(value):
    """A model whose mean wait is a function of the number of servers."""
    return lambda c: StationaryQueue("fake", True, c, 1.0, 1.0, 0.5, value(c), 1.0)


@pytest.mark.parametrize("answer", [*range(40), 1000, 4095, 4096, 4097])
def test_every_answer_is_found_from_every_start_in_few_steps(answer):
    for least in (0, 1, 7):
        asked = []
        model = fake(lambda c: asked.append(c) or (0.0 if c >= answer else 2.0))  # noqa: B023
        assert least_servers(model, "mean_wait", 1.0, least=least) == max(answer, least)
        assert len(asked) <= 2 * math.log2(answer + 2) + 2
        assert len(set(asked)) == len(asked)


def test_a_target_may_be_met_exactly():
    assert least_servers(fake(lambda c: 8.0 - c), "mean_wait", 3.0) == 5


def test_every_number_is_tried_where_the_measure_is_not_monotone():
    model = fake(lambda c: 0.0 if c in (5, 20) else 2.0)
    assert least_servers(model, "mean_wait", 1.0, monotone=False) == 5
    assert least_servers(model, "mean_wait", 1.0, least=6, monotone=False) == 20


def test_it_searches_any_model():
    def rules(servers):
        return service_rules_queue(servers, 0.5, (1 / 4, 1 / 10), [1, 1, 1, 0])

    found = least_servers(rules, "mean_wait", 2.0)
    assert rules(found).mean_wait <= 2.0 < rules(found - 1).mean_wait


def test_erlang_b_is_searched_with_a_capacity_that_grows():
    assert least_servers(lambda c: erlang_c(c, 7.0, 1.0, capacity=c), "blocking", 0.08) == 10


def test_what_no_number_reaches_is_said():
    with pytest.raises(InvalidParameterError, match="no number of servers reaches it"):
        least_servers(erlang_c, "blocking", 0.1, arrival_rate=9.0, service_rate=1.0, capacity=5)
    with pytest.raises(InvalidParameterError, match="no number of servers reaches it; with 50"):
        least_servers(fake(lambda c: 2.0), "mean_wait", 1.0, most=50)
    with pytest.raises(InvalidParameterError, match="with 50"):
        least_servers(fake(lambda c: 2.0), "mean_wait", 1.0, most=50, monotone=False)


@pytest.mark.parametrize(
    ("measure", "target", "more", "name"),
    [
        ("utilization", 0.5, {}, "measure"),
        ("service_level", 0.8, {}, "within"),
        ("mean_wait", 0.8, {"within": 3.0}, "within"),
        ("service_level", 1.0, {"within": 3.0}, "target"),
        ("service_level", math.nan, {"within": 3.0}, "target"),
        ("mean_wait", 0.0, {}, "target"),
        ("wait_probability", -0.1, {}, "target"),
        ("mean_wait", 1.0, {"least": -1}, "least"),
        ("service_level", 0.5, {"within": -3.0}, "limit"),
    ],
)
def test_a_bad_question_is_refused(measure, target, more, name):
    with pytest.raises(InvalidParameterError, match=name):
        least_servers(erlang_c, measure, target, arrival_rate=2.0, service_rate=1.0, **more)
