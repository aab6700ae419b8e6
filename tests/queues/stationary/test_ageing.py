"""Priority that ages, against a simulation that knows only the rule, and against its limits."""

import heapq
import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import diags_array
from scipy.sparse.linalg import expm_multiply

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.ageing import accumulating_priority, head_start_priority
from optimizer.queues.stationary.erlang import erlang_c
from optimizer.queues.stationary.priority import priority_queue

LIMITS = np.array([0.0, 0.5, 1.5, 3.0])


def simulate(servers, arrivals, high_first, customers, seed):
    """Waits of high customers, of low ones, and of all in order of arrival, the first tenth left out; μ = 1.

    ``high_first`` says, from the time and the moments at which the first in either line arrived, whether the high one
    is called.
    """
    stream = np.random.default_rng(seed)
    arrived = np.cumsum(stream.exponential(1 / sum(arrivals), customers)).tolist()
    tier = (stream.random(customers) > arrivals[0] / sum(arrivals)).astype(int).tolist()
    service = stream.exponential(1.0, customers).tolist()
    free, lines, waits = [0.0] * servers, ([], []), np.zeros(customers)
    heads, coming = [0, 0], 0
    for _ in range(customers):
        now = heapq.heappop(free)
        if all(heads[k] == len(lines[k]) for k in (0, 1)):
            now = max(now, arrived[coming])
        while coming < customers and arrived[coming] <= now:
            lines[tier[coming]].append(coming)
            coming += 1
        first = [lines[k][heads[k]] if heads[k] < len(lines[k]) else None for k in (0, 1)]
        if None in first:
            called = 0 if first[1] is None else 1
        else:
            called = 0 if high_first(now, arrived[first[0]], arrived[first[1]]) else 1
        customer = first[called]
        heads[called] += 1
        waits[customer] = now - arrived[customer]
        heapq.heappush(free, now + service[customer])
    return np.split(np.array([waits, tier], dtype=float)[:, customers // 10 :], 40, axis=1)


def estimates(batches, tier, known):
    """Mean wait and P(wait > limit) of a tier with their standard errors, from batch means.

    The mean wait of all customers, which is known and the same for every rule, takes out most of the noise.
    """
    rows, totals = [], []
    for waits, tiers in batches:
        mine = waits[tiers == tier]
        rows.append([mine.mean(), *(np.mean(mine > limit) for limit in LIMITS)])
        totals.append(waits.mean() - known)
    rows, totals = np.array(rows), np.array(totals)
    slopes = totals @ (rows - rows.mean(axis=0)) / (totals @ (totals - totals.mean()))
    rest = rows - np.outer(totals, slopes)
    return rest.mean(axis=0), rest.std(axis=0, ddof=2) / math.sqrt(len(rows))


def head_start(hours):
    return lambda servers, arrivals: (
        head_start_priority(servers, arrivals, 1.0, hours),
        lambda now, high, low: high - hours <= low,
    )


def accumulating(ratio):
    return lambda servers, arrivals: (
        accumulating_priority(servers, arrivals, 1.0, (1.0, ratio)),
        lambda now, high, low: now - high >= ratio * (now - low),
    )


@pytest.mark.parametrize(
    ("rule", "servers", "arrivals"),
    [
        (head_start(1.5), 1, [0.3, 0.4]),
        (head_start(2.5), 3, [1.0, 1.3]),
        (accumulating(0.3), 3, [1.0, 1.3]),
        (accumulating(0.6), 2, [0.9, 0.5]),
    ],
    ids=["head-start-1", "head-start-3", "accumulating-3", "accumulating-2"],
)
def test_waits_agree_with_the_simulated_rule(rule, servers, arrivals):
    queue, high_first = rule(servers, arrivals)
    batches = simulate(servers, arrivals, high_first, 200_000, seed=7)
    known = erlang_c(servers, sum(arrivals), 1.0).mean_wait
    for tier, found in enumerate(queue.tiers):
        assert found.exact
        mean, error = estimates(batches, tier, known)
        values = np.array([found.mean_wait, *(found.wait_exceeds(limit) for limit in LIMITS)])
        assert (np.abs(values - mean) < 4 * error + 1e-9).all(), (values - mean) / error
        assert (error < 0.02 * np.maximum(mean, 0.1)).all()


def chain_after(arrival, completion, ratio, time, low):
    """Number ahead after a time in which high customers arrive, from a geometric start: a low customer is called when
    it is the first; a high one's line stays at 0."""
    start = (1 - ratio) * ratio ** np.arange(int(40 / -math.log(ratio)))
    rates = diags_array([np.full(len(start) - 1, arrival), np.full(len(start) - 1, completion)], offsets=[1, -1])
    leaving = rates.sum(axis=1)
    leaving[0] += completion * low
    return expm_multiply((rates - diags_array(leaving)).T.tocsr() * time, start)


@pytest.mark.parametrize(("arrivals", "hours", "rest"), [([1.0, 1.4], 2.0, 0.6), ([0.2, 2.6], 5.0, 3.0)])
def test_waits_with_a_head_start_agree_with_a_chain(arrivals, hours, rest):
    """Those ahead after the head start are called one by one: more stages left than calls in the rest of the limit."""
    queue = head_start_priority(3, arrivals, 1.0, hours)
    calls = np.cumsum(
        np.exp(-3 * rest + np.arange(900) * math.log(3 * rest) - [math.lgamma(n + 1) for n in range(900)])
    )
    for tier, limit, low in ((0, rest, False), (1, hours + rest, True)):
        ahead = chain_after(arrivals[0], 3.0, sum(arrivals) / 3, hours, low)
        late = queue.total.wait_probability * ahead @ calls[: len(ahead)]
        assert queue.tiers[tier].wait_exceeds(limit) == pytest.approx(late, abs=1e-11)
    ahead = chain_after(arrivals[0], 3.0, sum(arrivals) / 3, hours, low=False)
    mean = queue.total.wait_probability * ahead @ np.arange(1, len(ahead) + 1) / 3
    assert queue.tiers[0].mean_wait == pytest.approx(mean, rel=1e-10)


QUEUES = [
    head_start_priority(4, [1.0, 2.3], 1.0, 0.7),
    head_start_priority(4, [2.5, 0.5], 1.0, 3.0),
    accumulating_priority(4, [1.0, 2.3], 1.0, (3.0, 1.0)),
    accumulating_priority(4, [0.7, 2.0], 1.0, (1.0, 0.9)),
]


@pytest.mark.parametrize("queue", QUEUES)
def test_the_tail_is_that_of_the_mean_and_all_together_wait_as_ever(queue):
    nodes, weights = np.polynomial.legendre.leggauss(16)
    for tier in queue.tiers:
        mean = 0.0
        for start, end in pairwise([0.0, 0.3, 0.7, 1.5, 3.0, 6.0, 12.0, 24.0, 48.0, 96.0]):
            limits = start + (end - start) / 2 * (1 + nodes)
            mean += (end - start) / 2 * weights @ [tier.wait_exceeds(limit) for limit in limits]
        assert mean == pytest.approx(tier.mean_wait, rel=1e-9)
        assert tier.service_level(1.0) == pytest.approx(1 - tier.wait_exceeds(1.0), rel=1e-14)
    arrivals = [tier.arrival_rate for tier in queue.tiers]
    first_come = erlang_c(4, sum(arrivals), 1.0)
    assert queue.total.mean_wait == pytest.approx(first_come.mean_wait, rel=1e-12)


def values(queue):
    return [[tier.mean_wait, *(tier.wait_exceeds(limit) for limit in LIMITS)] for tier in queue.tiers]


def test_both_lie_between_first_come_and_priority_and_reach_them():
    arrivals = [1.0, 1.4]
    strict = values(priority_queue(3, arrivals, 1.0))
    first = erlang_c(3, 2.4, 1.0)
    plain = [first.mean_wait, *(first.wait_probability * math.exp(-0.6 * limit) for limit in LIMITS)]
    for even in (head_start_priority(3, arrivals, 1.0, 0.0), accumulating_priority(3, arrivals, 1.0, (2.0, 2.0))):
        np.testing.assert_allclose(values(even), [plain, plain], rtol=1e-9, atol=1e-13)
    near = (head_start_priority(3, arrivals, 1.0, 1e-9), accumulating_priority(3, arrivals, 1.0, (1.0, 1 - 1e-9)))
    for queue in near:
        np.testing.assert_allclose(values(queue), [plain, plain], rtol=1e-7)
    far = (
        head_start_priority(3, arrivals, 1.0, math.inf), head_start_priority(3, arrivals, 1.0, 1e4),
        accumulating_priority(3, arrivals, 1.0, (1.0, 0.0)), accumulating_priority(3, arrivals, 1.0, (1.0, 1e-9)),
    )  # fmt: skip
    for queue in far:
        np.testing.assert_allclose(values(queue), strict, rtol=1e-7, atol=1e-12)


def test_more_advantage_shortens_the_high_tiers_wait_and_lengthens_the_low_ones():
    starts = [head_start_priority(3, [1.0, 1.4], 1.0, h) for h in (0.0, 0.1, 1.0, 10.0, math.inf)]
    rates = [accumulating_priority(3, [1.0, 1.4], 1.0, (1.0, b)) for b in (1.0, 0.9, 0.5, 0.1, 0.0)]
    for queues in (starts, rates):
        for weak, strong in pairwise(queues):
            assert strong.tiers[0].mean_wait < weak.tiers[0].mean_wait
            assert strong.tiers[1].mean_wait > weak.tiers[1].mean_wait


def test_in_heavy_traffic_the_waits_differ_by_the_head_start():
    queue = head_start_priority(3, [1.0, 1.9999], 1.0, 4.0)
    assert queue.tiers[1].mean_wait - queue.tiers[0].mean_wait == pytest.approx(4.0, rel=1e-3)


def test_the_limit_at_the_head_start_is_no_edge():
    low = head_start_priority(3, [1.0, 1.4], 1.0, 2.0).tiers[1]
    below, at, above = (low.wait_exceeds(limit) for limit in (2.0 - 1e-9, 2.0, 2.0 + 1e-9))
    assert below == pytest.approx(at, abs=1e-9)
    assert above == pytest.approx(at, abs=1e-9)


def test_poles_that_fall_together_do_no_harm():
    """With ρ1 = .3, ρ = .6, b = .4 two exponentials of the high tier's wait have one rate."""
    at, beside = (accumulating_priority(1, [0.3, 0.3], 1.0, (1.0, b)).tiers[0].wait_exceeds(4.0) for b in (0.4, 0.4001))
    assert at == pytest.approx(beside, rel=1e-3)


@pytest.mark.parametrize("arrivals", [[1.0, 1.0], [1.5, 1.0]])
def test_overload_makes_both_wait_for_ever_unless_nothing_ages(arrivals):
    for queue in (head_start_priority(2, arrivals, 1.0, 3.0), accumulating_priority(2, arrivals, 1.0, (1.0, 0.5))):
        assert [tier.mean_wait for tier in queue.tiers] == [math.inf, math.inf]
        assert queue.tiers[0].service_level(10.0) == 0.0
    for queue in (
        head_start_priority(2, arrivals, 1.0, math.inf), accumulating_priority(2, arrivals, 1.0, (1.0, 0.0))
    ):  # fmt: skip
        assert queue.tiers[0].mean_wait == pytest.approx(1 / (2 - arrivals[0]))
        assert queue.tiers[1].mean_wait == math.inf


def test_without_servers_nobody_is_called():
    assert head_start_priority(0, [1.0, 1.0], 1.0, 3.0).total.mean_wait == math.inf


@pytest.mark.parametrize("value", [-1.0, math.nan])
def test_a_bad_head_start_is_named(value):
    with pytest.raises(InvalidParameterError, match="head_start"):
        head_start_priority(2, [0.5, 0.5], 1.0, value)


@pytest.mark.parametrize("value", [(1.0, 2.0), (0.0, 0.0), (1.0, -0.1), (math.inf, 1.0), (math.nan, 0.5), (1.0,)])
def test_bad_growth_rates_are_named(value):
    with pytest.raises(InvalidParameterError, match="growth_rates"):
        accumulating_priority(2, [0.5, 0.5], 1.0, value)


@pytest.mark.parametrize(("arrivals", "service"), [([0.5], 1.0), ([0.5, 0.2, 0.1], 1.0), ([0.5, 0.5], [1.0, 1.0])])
def test_other_than_two_tiers_with_one_service_rate_are_refused(arrivals, service):
    for form, given in ((head_start_priority, 1.0), (accumulating_priority, (2.0, 1.0))):
        with pytest.raises(InvalidParameterError, match="two tiers"):
            form(2, arrivals, service, given)
