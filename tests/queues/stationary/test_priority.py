"""Priority against reference values, and against a hall of customers written out state by state."""

import math
from collections import deque
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.linalg import expm_multiply, spsolve

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.priority import priority_approximation, priority_queue

CALLED = "called"


class Hall:
    """Who is in service and who waits, by tier, with room for so many of each tier; rates between the states met.

    Where all tiers have one service rate, ``alike`` counts those in service together: fewer states of the same chain.
    """

    def __init__(self, servers, arrivals, services, abandonments, room, alike=False):
        self.servers, self.arrivals, self.abandonments, self.room = servers, arrivals, abandonments, room
        self.kind = [0] * len(arrivals) if alike else list(range(len(arrivals)))
        self.services = services
        empty = ((0,) * (max(self.kind) + 1), (0,) * len(arrivals))
        self.index, rates = self.reach([empty], self.moves)
        balance = (rates - diagonal(rates.sum(axis=1))).T.tolil()
        balance[0, :] = 1.0
        target = np.zeros(len(self.index))
        target[0] = 1.0
        self.mass = spsolve(balance.tocsc(), target)

    def reach(self, starts, moves):
        """States reached, and the rates between them."""
        index, queue, entries = {state: i for i, state in enumerate(starts)}, deque(starts), []
        while queue:
            state = queue.popleft()
            for rate, target in moves(state):
                if rate > 0:
                    if target not in index:
                        index[target] = len(index)
                        queue.append(target)
                    entries.append((index[state], index[target], rate))
        rows, columns, values = zip(*entries, strict=True)
        return index, coo_array((values, (rows, columns)), shape=(len(index), len(index))).tocsr()

    def moves(self, state, coming=None, tagged=False):
        """What can happen; a tagged customer stands behind all that are counted, and is called when none is left."""
        service, waiting = state
        for tier, rate in enumerate(self.arrivals[:coming]):
            if sum(service) < self.servers:
                yield rate, (more(service, self.kind[tier], 1), waiting)
            elif waiting[tier] < self.room[tier]:
                yield rate, (service, more(waiting, tier, 1))
        for kind, busy in enumerate(service):
            rate, left = busy * self.services[kind], more(service, kind, -1)
            following = next((tier for tier, count in enumerate(waiting) if count), None)
            if following is not None:
                yield rate, (more(left, self.kind[following], 1), more(waiting, following, -1))
            else:
                yield rate, CALLED if tagged else (left, waiting)
        for tier, count in enumerate(waiting):
            yield count * self.abandonments[tier], (service, more(waiting, tier, -1))

    def waits(self):
        """P(all servers are busy), and the mean wait of each tier."""
        busy = sum(p for (service, _), p in zip(self.index, self.mass, strict=True) if sum(service) == self.servers)
        queues = np.array([waiting for _, waiting in self.index]).T @ self.mass
        return busy, queues / self.arrivals

    def within(self, tier, limit):
        """P(wait > limit) and the share called by then, of one tier."""
        met = {}
        for (service, waiting), p in zip(self.index, self.mass, strict=True):
            if sum(service) == self.servers:
                ahead = service, waiting[: tier + 1]
                met[ahead] = met.get(ahead, 0.0) + p

        def moves(state):
            return () if state == CALLED else self.moves(state, tier, tagged=True)

        index, rates = self.reach([CALLED, *met], moves)
        eta = np.full(len(index), self.abandonments[tier])
        eta[0] = 0.0
        start = np.zeros(len(index))
        start[1 : len(met) + 1] = list(met.values())
        end = expm_multiply((rates - diagonal(rates.sum(axis=1) + eta)).T.tocsr() * limit, start)
        return end[1:].sum(), 1 - start.sum() + end[0]


def diagonal(values):
    return coo_array((values, (range(len(values)), range(len(values)))), shape=(len(values),) * 2).tocsr()


def more(counts, place, change):
    return (*counts[:place], counts[place] + change, *counts[place + 1 :])


def mean_waits(queue):
    return [tier.mean_wait for tier in queue.tiers]


def check_against(hall, queue, limit, means=1e-9, tails=1e-6):
    busy, waits = hall.waits()
    assert queue.total.wait_probability == pytest.approx(busy, rel=means)
    assert mean_waits(queue) == pytest.approx(waits, rel=means)
    assert queue.total.mean_queue == pytest.approx(waits @ hall.arrivals, rel=means)
    assert queue.total.abandonment == pytest.approx(
        np.sum(waits * hall.abandonments * hall.arrivals) / sum(hall.arrivals), rel=means, abs=1e-15
    )
    for i, tier in enumerate(queue.tiers):
        late, served = hall.within(i, limit)
        assert tier.wait_exceeds(limit) == pytest.approx(late, abs=tails)
        assert tier.service_level(limit) == pytest.approx(served, abs=tails)


def test_one_service_rate_gives_the_reference_values(reference):
    for row in reference("priority.json")["hol"]:
        queue = priority_queue(row["c"], row["lam"], row["mu"])
        assert mean_waits(queue) == pytest.approx([float(wait) for wait in row["Wq"]], rel=3e-14), row
        assert queue.total.exact


def test_service_rates_of_their_own_give_the_reference_values(reference):
    for row in reference("priority.json")["hol_hetero"]:
        queue = priority_queue(row["c"], row["lam"], row["mu"])
        assert [float(f"{wait:.8g}") for wait in mean_waits(queue)] == row["Wq"]
        assert queue.total.exact
        assert queue.lost_mass < 1e-10


def test_five_servers_that_a_comparable_package_gets_wrong():
    """Service of 6 minutes, ρ = .9, one customer in three in the high tier: no waiting at all is the wrong answer."""
    queue = priority_queue(5, [0.25, 0.5], 1 / 6)
    assert [round(tier.mean_time_in_system, 3) for tier in queue.tiers] == [7.307, 19.071]


@pytest.mark.parametrize(
    ("servers", "arrivals", "room", "limit"),
    [
        (1, [0.3, 0.3], (25, 130), 2.0),
        (3, [0.9, 1.2], (22, 95), 1.0),
        (8, [4.0, 3.0], (36, 260), 0.7),
        (20, [3.0, 13.0], (16, 130), 0.2),
        (2, [0.15, 0.2, 0.25], (10, 14, 22), 1.5),
    ],
)
def test_one_service_rate_agrees_with_the_hall(servers, arrivals, room, limit):
    services = np.ones(len(arrivals))
    hall = Hall(servers, arrivals, services, 0 * services, room, alike=True)
    check_against(hall, priority_queue(servers, arrivals, 1.0), limit)


@pytest.mark.parametrize(
    ("servers", "arrivals", "services", "abandonments", "room", "alike"),
    [
        (2, [0.4, 0.3], [1.0, 0.6], [0.0, 0.0], (18, 40), False),
        (3, [0.6, 0.5], [0.7, 1.4], [0.0, 0.0], (26, 42), False),
        (2, [0.5, 0.6], [1.0, 0.6], [0.8, 0.6], (12, 18), False),
        (2, [0.4, 0.4], [0.6, 1.0], [0.3, 0.0], (14, 50), False),
        (4, [2.0, 4.0], [1.0, 1.0], [0.5, 0.2], (24, 60), True),
        (4, [2.0, 1.0], [1.0, 1.0], [0.0, 0.5], (38, 25), True),
        (3, [2.0, 2.5], [1.0, 1.0], [0.3, 0.3], (30, 45), True),
        (2, [0.5, 0.4, 0.5], [1.0, 1.0, 1.0], [0.9, 0.9, 0.9], (9, 10, 11), True),
    ],
)
def test_chains_with_rates_of_their_own_agree_with_the_hall(servers, arrivals, services, abandonments, room, alike):
    hall = Hall(servers, arrivals, services, np.array(abandonments), room, alike)
    queue = priority_queue(servers, arrivals, services, abandonments)
    assert queue.total.exact
    check_against(hall, queue, 1.3, means=2e-9)


def busy_period(s, arrival, service):
    total = arrival + service + s
    return (total - mpmath.sqrt(total**2 - 4 * arrival * service)) / (2 * arrival)


@pytest.mark.parametrize("limit", [1e-3, 0.05, 0.4, 3.0])
def test_the_tail_of_two_hundred_servers_is_that_of_the_transform_with_many_digits(limit):
    """The wait of a low customer who waits: all work before it, each piece with the busy period that it starts."""
    arrivals, completion = (70.0, 115.0), 200.0
    spare = completion - sum(arrivals)
    with mpmath.workdps(40):

        def tail(s):
            delayed = s + arrivals[0] * (1 - busy_period(s, arrivals[0], completion))
            return (1 - spare / (spare + delayed)) / s

        late = mpmath.invertlaplace(tail, limit, method="dehoog", degree=40)
    low = priority_queue(200, arrivals, 1.0).tiers[1]
    assert low.wait_exceeds(limit) == pytest.approx(low.wait_probability * float(late), abs=1e-13)


rates = st.lists(st.floats(0.01, 3.0), min_size=1, max_size=5)


@given(st.integers(1, 40), rates, st.floats(0.05, 0.999))
@settings(max_examples=60, deadline=None)
def test_waits_keep_the_conservation_law_and_the_order_of_tiers(servers, shares, load):
    """Σ λ W is that of Erlang C in whatever order customers are called."""
    arrivals = np.array(shares) / sum(shares) * load * servers
    terms = [math.exp(n * math.log(load * servers) - math.lgamma(n + 1)) for n in range(servers + 1)]
    waits = terms[-1] / (1 - load) / (sum(terms[:-1]) + terms[-1] / (1 - load))
    queue = priority_queue(servers, arrivals, 1.0)
    assert queue.total.mean_queue == pytest.approx(waits * load / (1 - load), rel=1e-9)
    assert mean_waits(queue) == sorted(mean_waits(queue))
    late = [tier.wait_exceeds(1.0) for tier in queue.tiers]
    assert all(above <= below + 1e-13 for above, below in pairwise(late))


@pytest.mark.parametrize(
    "queue",
    [
        priority_queue(4, [0.8, 0.8, 0.8], 1.0),
        priority_queue(4, [1.0, 1.0, 1.5], 1.0, 0.4),
        priority_queue(2, [0.5, 0.6], [1.0, 0.8], [0.4, 0.3]),
        priority_approximation(4, [0.8, 0.8, 0.8], [1.0, 0.9, 1.3]),
    ],
)
def test_the_tail_is_that_of_the_mean(queue):
    nodes, weights = np.polynomial.legendre.leggauss(12)
    for tier in queue.tiers:
        mean = 0.0
        for start, end in pairwise([0.0, 0.5, 2.0, 6.0, 16.0, 40.0]):
            limits = start + (end - start) / 2 * (1 + nodes)
            mean += (end - start) / 2 * weights @ [tier.wait_exceeds(limit) for limit in limits]
        assert mean == pytest.approx(tier.mean_wait, rel=1e-5)
        assert tier.wait_exceeds(0.0) == pytest.approx(tier.wait_probability, rel=1e-12)


def test_equal_abandonment_leaves_erlang_a_for_all_together():
    """With η = μ the number in system is Poisson."""
    queue = priority_queue(3, [0.8, 1.2], 1.0, 1.0)
    terms = [math.exp(-2.0) * 2.0**n / math.factorial(n) for n in range(60)]
    assert queue.total.wait_probability == pytest.approx(sum(terms[3:]), rel=1e-12)
    assert queue.total.mean_queue == pytest.approx(sum((n - 3) * p for n, p in enumerate(terms) if n > 3), rel=1e-12)


def test_nearly_equal_rates_lead_through_the_chain_to_the_closed_form():
    closed = priority_queue(6, [2.0, 3.0], 1.0)
    for services, abandonments in (([1.0, 1 + 1e-13], 0.0), (1.0, [0.0, 1e-12]), (1.0, [1e-12, 0.0])):
        chain = priority_queue(6, [2.0, 3.0], services, abandonments)
        assert mean_waits(chain) == pytest.approx(mean_waits(closed), rel=1e-8)


def test_an_overload_below_leaves_the_high_tiers_finite_waits():
    """All servers are always busy: a high customer waits for one of them, and for its own kind."""
    queue = priority_queue(4, [1.0, 1.0, 2.5], 1.0)
    assert mean_waits(queue)[:2] == pytest.approx([1 / (4 * 0.75), 1 / (4 * 0.75 * 0.5)])
    assert (queue.tiers[2].mean_wait, queue.total.mean_wait, queue.tiers[2].mean_queue) == (math.inf,) * 3
    assert queue.tiers[2].wait_exceeds(1e6) == 1.0
    assert queue.tiers[2].service_level(1e6) == 0.0
    assert queue.tiers[0].wait_exceeds(0.5) == pytest.approx(math.exp(-3 * 0.5), rel=1e-12)


@pytest.mark.parametrize("services", [[1.0, 0.7], [0.7, 1.0]])
def test_an_overload_below_with_service_rates_of_their_own(services):
    """Low customers without end: as many as stand in line when there are 400 of them, and none gives up."""
    queue = priority_queue(2, [0.5, 2.0], services)
    assert queue.tiers[1].mean_wait == math.inf
    hall = Hall(2, [0.5, 2.0], services, np.zeros(2), (22, 60))
    assert queue.tiers[0].mean_wait == pytest.approx(hall.waits()[1][0], rel=1e-7)
    assert queue.total.wait_probability == 1.0


def test_an_overload_above_starves_those_below():
    endless = priority_queue(2, [2.5, 1.0], [1.0, 2.0])
    assert mean_waits(endless) == [math.inf, math.inf]
    starved = priority_queue(2, [2.5, 1.0], 1.0, [0.0, 0.5])
    assert mean_waits(starved) == [math.inf, 2.0]
    assert starved.tiers[1].abandonment == 1.0
    assert starved.tiers[1].service_level(100.0) == 0.0
    assert starved.tiers[1].wait_exceeds(3.0) == pytest.approx(math.exp(-1.5))
    three = priority_queue(2, [2.5, 1.0, 1.0], 1.0, [0.0, 0.5, 0.1])
    assert mean_waits(three) == [math.inf, 2.0, 10.0]
    assert not three.total.exact


def test_low_customers_who_never_give_up_wait_for_ever_where_high_ones_leave_too_few_servers():
    assert priority_queue(3, [2.0, 2.0], 1.0, [0.5, 0.0]).tiers[1].mean_wait == math.inf
    assert priority_queue(3, [2.0, 1.3], 1.0, [0.5, 0.0]).tiers[1].mean_wait < math.inf


def test_without_servers_nobody_is_served():
    assert mean_waits(priority_queue(0, [1.0, 2.0], 1.0)) == [math.inf, math.inf]
    queue = priority_queue(0, [1.0, 2.0], 1.0, 0.5)
    assert mean_waits(queue) == pytest.approx([2.0, 2.0])
    assert queue.total.abandonment == pytest.approx(1.0)
    assert queue.tiers[1].service_level(5.0) == pytest.approx(0.0, abs=1e-12)
    apart = priority_queue(0, [1.0, 2.0], 1.0, [0.5, 0.25])
    assert mean_waits(apart) == pytest.approx([2.0, 4.0])


def test_extremes_of_load_and_limit():
    light = priority_queue(3, [1e-4, 1e-4], 1.0)
    assert light.tiers[0].mean_wait == pytest.approx((2e-4) ** 3 / 6 / 3, rel=1e-3)
    busy = priority_queue(5000, [2000.0, 2900.0], 1.0)
    assert 0 < busy.tiers[0].mean_wait < busy.tiers[1].mean_wait < 1
    for queue in (light, busy, priority_queue(50, [30.0, 40.0], 1.0, 0.1), priority_queue(3, [2.0, 2.0], 1.0, 1e5)):
        for tier in queue.tiers:
            assert tier.wait_exceeds(1e-300) == pytest.approx(tier.wait_probability, rel=1e-9)
            assert tier.wait_exceeds(1e5) == pytest.approx(0.0, abs=1e-13)


def test_the_approximation_is_cobham_with_one_server():
    arrivals, means = np.array([0.2, 0.1, 0.15]), np.array([1.0, 3.0, 1.5])
    left = arrivals @ means**2
    used = np.cumsum(arrivals * means)
    expected = left / ((1 - np.array([0.0, *used[:-1]])) * (1 - used))
    queue = priority_queue(1, arrivals, 1 / means)
    assert mean_waits(queue) == pytest.approx(expected, rel=1e-12)
    assert not queue.total.exact


def test_the_approximation_keeps_within_its_stated_range(reference):
    for row in reference("priority.json")["hol_hetero"]:
        queue = priority_approximation(row["c"], row["lam"], row["mu"])
        assert not queue.total.exact
        assert mean_waits(queue) == pytest.approx(row["Wq"], rel=0.03), row
    hall = Hall(3, [1.5, 1.5], [1.0, 1.0], np.array([0.4, 0.1]), (24, 60), alike=True)
    queue = priority_approximation(3, [1.5, 1.5], 1.0, [0.4, 0.1])
    assert mean_waits(queue) == pytest.approx(hall.waits()[1], rel=0.03)
    assert queue.tiers[1].service_level(1.3) == pytest.approx(hall.within(1, 1.3)[1], abs=0.02)


def test_a_chain_that_does_not_fit_is_approximated():
    queue = priority_queue(60, [30.0, 20.0], [1.0, 0.8])
    assert not queue.total.exact
    assert mean_waits(queue) == mean_waits(priority_approximation(60, [30.0, 20.0], [1.0, 0.8]))


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("name", ["arrival_rates", "service_rates"])
def test_a_bad_rate_is_named(name, value):
    good = {"servers": 2, "arrival_rates": [0.5, 0.5], "service_rates": [1.0, 1.0]}
    with pytest.raises(InvalidParameterError, match=name):
        priority_queue(**{**good, name: [1.0, value]})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("abandonment_rates", [0.1, -0.1]),
        ("abandonment_rates", math.nan),
        ("abandonment_rates", [0.1, 0.1, 0.1]),
        ("service_rates", [1.0]),
        ("arrival_rates", []),
        ("arrival_rates", 2.0),
        ("servers", -1),
        ("servers", 1.5),
    ],
)
def test_a_bad_parameter_is_named(name, value):
    good = {"servers": 2, "arrival_rates": [0.5, 0.5], "service_rates": 1.0, "abandonment_rates": 0.0}
    with pytest.raises(InvalidParameterError, match=name):
        priority_queue(**{**good, name: value})


def test_a_line_too_long_to_write_out_is_refused():
    with pytest.raises(InvalidParameterError, match="abandonment_rates"):
        priority_queue(2, [2.0, 2.0], 1.0, 1e-8)
