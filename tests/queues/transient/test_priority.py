"""A day with two classes against matrices written out, the queue without classes, and the long run."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.linalg import spsolve
from scipy.stats import poisson

from optimizer.errors import InvalidParameterError
from optimizer.queues import transient_day
from optimizer.queues.transient.priority import priority_day

CALLED, GONE = "called", "gone"


class TwoClasses:
    """States (high in service, low in service, high waiting, low waiting)."""

    def __init__(self, event_day, rates, servers, service, abandonment, period, joining=(1.0,)):
        self.rates, self.servers, self.service = np.array(rates), servers, service
        self.abandonment, self.joining = abandonment, joining if np.ndim(joining) == 2 else (joining, joining)
        room = 2 + int(poisson.isf(1e-11, self.rates.sum() * period))
        self.day = event_day(
            len(servers), period, (0, 0, 0, 0), self.events, lambda t, state: [(1.0, self.call(t, state))],
            lambda state: sum(state) <= room,
        ).follow()  # fmt: skip

    def open(self, t):
        return self.servers[t] if t < len(self.servers) else max(1, self.servers[-1])

    def join(self, kind, waiting):
        return self.joining[kind][min(waiting, len(self.joining[kind]) - 1)]

    def call(self, t, state):
        a, b, h, k = state
        while a + b < self.open(t) and h + k > 0:
            a, b, h, k = (a + 1, b, h - 1, k) if h else (a, b + 1, h, k - 1)
        return a, b, h, k

    def events(self, t, state):
        a, b, h, k = state
        if t < len(self.servers):
            join = [1.0 if a + b < self.open(t) else self.join(kind, h + k) for kind in range(2)]
            yield join[0] * self.rates[0, t], [(1.0, self.call(t, (a, b, h + 1, k)))]
            yield join[1] * self.rates[1, t], [(1.0, self.call(t, (a, b, h, k + 1)))]
            yield h * self.abandonment[0], [(1.0, (a, b, h - 1, k))]
            yield k * self.abandonment[1], [(1.0, (a, b, h, k - 1))]
        yield a * self.service, [(1.0, self.call(t, (a - 1, b, h, k)))]
        yield b * self.service, [(1.0, self.call(t, (a, b - 1, h, k)))]

    # One who waits: (in service, high ahead, low ahead, behind); low customers are behind a high one.

    def entry(self, kind):
        def enter(t, state):
            a, b, h, k = state
            if a + b < self.open(t):
                return [(1.0, CALLED)]
            return [(self.join(kind, h + k), (a + b, h, k if kind else 0, 0 if kind else k))]

        return enter

    def ahead(self, kind):
        def events(t, state):
            n, h, k, behind = state
            if t < len(self.servers):
                if kind:
                    yield self.join(0, h + k + behind + 1) * self.rates[0, t], [(1.0, (n, h + 1, k, behind))]
                if kind and len(set(self.joining[0])) > 1:
                    yield self.join(1, h + k + behind + 1) * self.rates[1, t], [(1.0, (n, h, k, behind + 1))]
                    yield behind * self.abandonment[1], [(1.0, (n, h, k, behind - 1))]
                yield h * self.abandonment[0], [(1.0, (n, h - 1, k, behind))]
                yield k * self.abandonment[1], [(1.0, (n, h, k - 1, behind))]
                yield self.abandonment[kind], [(1.0, GONE)]
            yield n * self.service, self.advance(t, (n - 1, h, k, behind))

        return events

    def advance(self, t, state):
        n, h, k, behind = state
        while n < self.open(t):
            if h + k == 0:
                return [(1.0, CALLED)]
            n, h, k = (n + 1, h - 1, k) if h else (n + 1, h, k - 1)
        return [(1.0, (n, h, k, behind))]

    def level(self, kind, limit):
        return self.day.level(limit, self.rates[kind], self.entry(kind), self.ahead(kind), self.advance)

    def measures(self):
        def full(t, x):
            return x[0] + x[1] >= self.open(t)

        day = self.day
        high, low, high_waiting, low_waiting, held, *joined = day.integrals(
            *(lambda t, x, i=i: x[i] for i in range(4)), full,
            *(lambda t, x, c=c: full(t, x) * self.join(c, x[2] + x[3]) for c in range(2)),
        )  # fmt: skip
        work, waiting, joined = np.stack([high, low]), np.stack([high_waiting, low_waiting]), np.stack(joined)
        return {
            "waiting": waiting,
            "busy": work,
            "completed": self.service * work,
            "abandoned": np.array(self.abandonment)[:, None] * waiting,
            "present": day.ends(lambda x: x[0] + x[2], lambda x: x[1] + x[3]),
            "delayed": self.rates * joined,
            "blocked": self.rates * (held - joined),
            "waiting_after_closing": [day.until_empty(lambda t, x, c=c: x[c], sum) for c in (2, 3)],
            "overtime": [day.until_empty(lambda t, x, c=c: x[c], sum) for c in (0, 1)],
            "minutes_after_closing": day.until_empty(lambda t, x: 1.0, sum),
        }


CASES = {
    "steady": ([[0.1, 0.1, 0.1], [0.1, 0.2, 0.1]], [1, 1, 1], 0.25, (0.0, 0.0)),
    "rises": ([[0.1, 0.1, 0.0], [0.2, 0.1, 0.2]], [0, 1, 3], 0.25, (0.1, 0.3)),
    "drops": ([[0.1, 0.1, 0.1], [0.3, 0.1, 0.0]], [3, 1, 0], 0.2, (0.4, 0.05)),
    "swings": ([[0.2, 0.1, 0.0], [0.2, 0.0, 0.1]], [2, 0, 2], 0.3, (0.02, 0.1)),
}


@pytest.mark.parametrize("joining", [(1.0,), ((1.0, 0.9, 0.9), (0.9, 0.6, 0.1))], ids=["all", "some"])
@pytest.mark.parametrize("case", CASES)
def test_a_day_is_what_matrices_say(event_day, case, joining):
    day = priority_day(*CASES[case], period=4.0, joining=joining)
    for name, expected in TwoClasses(event_day, *CASES[case], 4.0, joining).measures().items():
        np.testing.assert_allclose(getattr(day, name), expected, rtol=0, atol=1e-8, err_msg=name)


@pytest.mark.parametrize(("case", "limit"), [("steady", 3.0), ("rises", 5.5), ("drops", 5.5), ("swings", 3.0)])
def test_service_levels_are_first_passages(event_day, case, limit):
    day = priority_day(*CASES[case], period=4.0, limits=[1.0, limit])
    matrices = TwoClasses(event_day, *CASES[case], 4.0)
    assert day.exact_levels
    for kind in range(2):
        np.testing.assert_allclose(day.service_level[kind, 1], matrices.level(kind, limit), rtol=0, atol=1e-8)


def test_levels_are_exact_where_only_the_second_class_turns_away(event_day):
    joining = ((1.0, 1.0), (0.9, 0.4))
    day = priority_day(*CASES["rises"], period=4.0, limits=[3.0], joining=joining)
    matrices = TwoClasses(event_day, *CASES["rises"], 4.0, joining)
    assert day.exact_levels
    np.testing.assert_allclose(day.service_level[1, 0], matrices.level(1, 3.0), rtol=0, atol=1e-8)


def test_levels_of_the_second_class_are_too_low_where_joining_falls(event_day):
    """Those who come later join as if nobody waited behind; the first class's level stays exact."""
    joining = (0.9, 0.5, 0.1)
    day = priority_day(*CASES["rises"], period=4.0, limits=[3.0], joining=joining)
    matrices = TwoClasses(event_day, *CASES["rises"], 4.0, joining)
    assert not day.exact_levels
    np.testing.assert_allclose(day.service_level[0, 0], matrices.level(0, 3.0), rtol=0, atol=1e-8)
    short = matrices.level(1, 3.0) - day.service_level[1, 0]
    assert short.min() >= -1e-9
    assert short.max() < 0.005


# Against the queue without classes, and the long run


@pytest.mark.parametrize("joining", [(1.0,), (0.9, 0.8, 0.5, 0.4, 0.1)], ids=["all", "some"])
@pytest.mark.parametrize("servers", [[3, 4, 2, 4], [6, 2, 0, 5]], ids=lambda servers: "-".join(map(str, servers)))
def test_both_classes_together_are_the_queue_without_classes(servers, joining):
    rates = np.array([[0.2, 0.3, 0.1, 0.0], [0.4, 0.5, 0.3, 0.4]])
    given = {"period": 20.0, "joining": joining}
    day = priority_day(rates, servers, 0.2, (0.05, 0.05), limits=[5.0], **given)
    one = transient_day(rates.sum(axis=0), servers, 0.2, 0.05, **given)
    for name in ("waiting", "busy", "delayed", "blocked", "abandoned", "completed", "present", "arrivals"):
        np.testing.assert_allclose(getattr(day, name).sum(axis=0), getattr(one, name), rtol=0, atol=1e-8, err_msg=name)
    for name in ("waiting_after_closing", "overtime", "left_at_closing"):
        assert getattr(day, name).sum() == pytest.approx(getattr(one, name), abs=1e-9), name
    assert day.minutes_after_closing == pytest.approx(one.minutes_after_closing, abs=1e-9)
    np.testing.assert_allclose(day.utilization, one.utilization, atol=1e-10)


@pytest.mark.parametrize("alone", [0, 1])
def test_a_class_alone_is_the_queue_without_classes(alone):
    rates = np.zeros((2, 3))
    rates[alone] = [0.6, 0.9, 0.5]
    etas = [0.3, 0.3]
    etas[alone] = 0.1
    day = priority_day(rates, [4, 2, 3], 0.25, etas, period=20.0, limits=[4.0, 25.0])
    one = transient_day(rates[alone], [4, 2, 3], 0.25, 0.1, period=20.0, limits=[4.0, 25.0])
    for name in ("waiting", "busy", "delayed", "abandoned", "completed", "present"):
        np.testing.assert_allclose(getattr(day, name)[alone], getattr(one, name), rtol=0, atol=1e-8, err_msg=name)
        np.testing.assert_allclose(getattr(day, name)[1 - alone], 0.0, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(day.service_level[alone], one.service_level, rtol=0, atol=1e-6)
    assert (day.service_level[1 - alone] == 1).all()


@pytest.mark.parametrize("first", [1, 2])
def test_a_long_day_tends_to_the_reference_waits(reference, first):
    """Three classes of the reference make two: the first ``first`` of them, and the rest, whose mean wait is theirs."""
    case = reference("days.json")["hol"]
    lam, waits = np.array(case["lam"]), np.array(case["Wq"], float)
    parts = slice(None, first), slice(first, None)
    rates = np.array([[lam[part].sum()] * 2 for part in parts])
    day = priority_day(rates, [case["c"]] * 2, case["mu"], period=600.0 / case["mu"])
    expected = [lam[part] @ waits[part] / lam[part].sum() for part in parts]
    np.testing.assert_allclose(day.mean_waiting[:, 1] / rates[:, 1], expected, rtol=1e-8)


def test_a_long_day_with_abandonment_tends_to_the_stationary_chain():
    lam, s, mu, etas, room = (0.3, 0.5), 3, 0.2, (0.05, 0.15), 40
    index = {n: n for n in range(s)} | {(h, k): s + h * room + k for h in range(room) for k in range(room)}
    q = np.zeros((len(index), len(index)))

    def move(source, target, rate):
        if target in index:
            q[index[source], index[target]] += rate
            q[index[source], index[source]] -= rate

    for n in range(s):
        move(n, n + 1 if n < s - 1 else (0, 0), sum(lam))
        move(n, n - 1, n * mu)
    for h in range(room):
        for k in range(room):
            move((h, k), (h + 1, k), lam[0])
            move((h, k), (h, k + 1), lam[1])
            move((h, k), (h - 1, k) if h else (0, k - 1) if k else s - 1, s * mu)
            move((h, k), (h - 1, k), h * etas[0])
            move((h, k), (h, k - 1), k * etas[1])
    q[:, 0] = 1.0
    right = np.zeros(len(index))
    right[0] = 1.0
    pi = spsolve(csr_array(q.T).tocsc(), right)
    queues = [sum(pi[i] * state[c] for state, i in index.items() if isinstance(state, tuple)) for c in range(2)]
    day = priority_day([[lam[0]] * 2, [lam[1]] * 2], [s, s], mu, etas, period=400.0)
    np.testing.assert_allclose(day.mean_waiting[:, 1], queues, rtol=1e-8)
    assert day.delayed[0, 1] / day.arrivals[0, 1] == pytest.approx(pi[s:].sum(), abs=1e-9)


# What every day obeys


def test_customers_balance():
    rates = np.array([[0.4, 0.5, 0.1], [0.9, 1.2, 0.8]])
    day = priority_day(rates, [5, 2, 6], 0.2, (0.02, 0.1), period=30.0, joining=(0.95, 0.7))
    before = np.concatenate([np.zeros((2, 1)), day.present[:, :-1]], axis=1)
    left = before + day.arrivals - day.blocked - day.abandoned - day.completed
    np.testing.assert_allclose(left, day.present, atol=1e-8)
    np.testing.assert_allclose(day.completed, 0.2 * day.busy, atol=1e-12)
    assert day.lost_mass < 1e-11


def test_splitting_every_period_changes_nothing():
    rates, servers, limits = np.array([[0.3, 0.1], [0.6, 0.8]]), np.array([3, 5]), [4.0, 12.0, 20.0]
    whole = priority_day(rates, servers, 0.2, (0.02, 0.1), period=20.0, limits=limits)
    halves = priority_day(rates.repeat(2, axis=1), servers.repeat(2), 0.2, (0.02, 0.1), period=10.0, limits=limits)
    for name in ("waiting", "busy", "delayed", "abandoned", "completed"):
        both = getattr(halves, name).reshape(2, 2, 2).sum(axis=2)
        np.testing.assert_allclose(both, getattr(whole, name), rtol=0, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(halves.service_level.reshape(2, 3, 2, 2).mean(axis=3), whole.service_level, atol=1e-6)


def test_mean_waits_add_up():
    day = priority_day([[0.3, 0.1], [0.6, 0.8]], [3, 2], 0.2, period=20.0)
    total = day.waiting.sum(axis=1) + day.waiting_after_closing
    np.testing.assert_allclose((day.mean_wait * day.arrivals).sum(axis=1), total)


FINE = {"arrival_rates": [[0.1, 0.1], [0.3, 0.2]], "servers": [2, 1], "service_rate": 0.2, "period": 30.0}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("arrival_rates", [0.1, 0.2]),
        ("arrival_rates", [[0.1, 0.1], [0.3, -0.2]]),
        ("arrival_rates", [[0.1, 0.1, 0.1], [0.3, 0.2, 0.1]]),
        ("servers", [2, -1]),
        ("servers", [2, 1.5]),
        ("servers", []),
        ("service_rate", 0.0),
        ("period", np.inf),
        ("abandonment_rates", (0.1,)),
        ("abandonment_rates", (0.1, -0.1)),
        ("limits", [0.0]),
        ("joining", [1.1]),
        ("joining", []),
    ],
)
def test_a_bad_parameter_is_named(name, value):
    with pytest.raises(InvalidParameterError, match=name.rstrip("s")):
        priority_day(**{**FINE, name: value})


@pytest.mark.parametrize(
    ("abandonment", "limits"), [((50.0, 100.0), [5.0]), ((1e-9, 1e-12), [1e-9, 200.0]), ((0.0, 3.0), [70.0])]
)
def test_extreme_patience_and_limits_give_shares(abandonment, limits):
    day = priority_day([[0.1] * 3, [0.2] * 3], [1, 0, 2], 0.2, abandonment, period=30.0, limits=limits)
    assert day.service_level.min() > -1e-9
    assert day.service_level.max() < 1 + 1e-9
    np.testing.assert_allclose(day.completed, 0.2 * day.busy, atol=1e-9)


def test_a_very_long_limit_leaves_those_who_give_up():
    day = priority_day([[0.3, 0.1], [0.6, 0.8]], [3, 2], 0.2, (0.02, 0.1), period=20.0, limits=[150.0])
    lost = (1 - day.service_level[:, 0]) * day.arrivals
    np.testing.assert_allclose(lost.sum(axis=1), day.abandoned.sum(axis=1), atol=1e-5)


# Facts that bounds may rely on


@pytest.mark.parametrize("share", [0.5, 1.0], ids="eta<={}mu".format)
def test_a_day_lies_between_queues_without_classes(share):
    random = np.random.default_rng([31, int(10 * share)])
    for _ in range(20):
        count, mu, limit = int(random.integers(1, 5)), random.uniform(0.1, 0.5), random.uniform(1, 15)
        rates, servers = random.uniform(0, 0.6, (2, count)), random.integers(0, 5, count)
        etas = random.uniform(0, share, 2) * mu
        day = priority_day(rates, servers, mu, etas, period=10.0, limits=[limit])
        quick, slow = (
            transient_day(rates.sum(axis=0), servers, mu, eta, period=10.0, limits=[limit])
            for eta in (etas.max(), etas.min())
        )
        alone = transient_day(rates[0], servers, mu, etas[0], period=10.0, limits=[limit])
        given = (rates, servers, mu, etas, limit)
        assert (day.waiting.sum(axis=0) >= quick.waiting - 1e-8).all(), given
        assert (day.waiting.sum(axis=0) <= slow.waiting + 1e-8).all(), given
        assert day.waiting_after_closing.sum() >= quick.waiting_after_closing - 1e-8, given
        assert (day.waiting[0] >= alone.waiting - 1e-8).all(), given
        assert (day.service_level[0] <= alone.service_level + 1e-6).all(), given
        at_once = 1 - quick.delayed / quick.arrivals
        most = at_once + (quick.service_level[0] - at_once) * np.exp((etas.max() - etas[1]) * limit)
        assert (day.service_level[1, 0] <= most + 1e-6).all(), given


def test_total_waiting_falls_with_a_server_but_the_first_class_may_wait_longer():
    rates = [[0.05, 0.06, 0.01], [0.001, 0.46, 0.14]]
    few, more = (priority_day(rates, servers, 0.12, period=10.0) for servers in ([4, 2, 3], [4, 3, 3]))
    assert (more.waiting.sum(axis=0) <= few.waiting.sum(axis=0) + 1e-9).all()
    assert more.waiting[0, 2] > few.waiting[0, 2] + 0.01
