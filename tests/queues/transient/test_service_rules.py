"""A day with short and long services against matrices written out, one kind of service, and the long run."""

import numpy as np
import pytest
from scipy.stats import poisson

from optimizer.errors import InvalidParameterError
from optimizer.queues import transient_day
from optimizer.queues.transient.service_rules import service_rules_day

CALLED, GONE = "called", "gone"


class Rules:
    """States (short in service, long in service, waiting)."""

    def __init__(self, event_day, rates, servers, service, share, abandonment, period, joining=(1.0,)):
        self.rates, self.servers, self.service, self.share = np.array(rates), servers, service, share
        self.abandonment, self.joining = abandonment, joining
        room = 2 + int(poisson.isf(1e-11, self.rates.sum() * period))
        self.day = event_day(
            len(servers), period, (0, 0, 0), self.events, self.call, lambda state: sum(state) <= room
        ).follow()

    def open(self, t):
        return self.servers[t] if t < len(self.servers) else max(1, self.servers[-1])

    def join(self, waiting):
        return self.joining[min(waiting, len(self.joining) - 1)]

    def long(self, left):
        return self.share[min(left, len(self.share) - 1)]

    def call(self, t, state):
        x, y, w = state
        if x + y >= self.open(t) or w == 0:
            return [(1.0, state)]
        p = self.long(w - 1)
        outcomes = [(p, (x, y + 1, w - 1)), (1 - p, (x + 1, y, w - 1))]
        return [(q * share, new) for q, called in outcomes for share, new in self.call(t, called)]

    def events(self, t, state):
        x, y, w = state
        if t < len(self.servers):
            join = 1.0 if x + y < self.open(t) else self.join(w)
            yield join * self.rates[t], self.call(t, (x, y, w + 1))
            yield w * self.abandonment, [(1.0, (x, y, w - 1))]
        yield x * self.service[0], self.call(t, (x - 1, y, w))
        yield y * self.service[1], self.call(t, (x, y - 1, w))

    # One who waits: (short, long, ahead, behind); those behind are followed where they matter.

    def entry(self, t, state):
        x, y, w = state
        return [(1.0, CALLED)] if x + y < self.open(t) else [(self.join(w), (x, y, w, 0))]

    def ahead(self, t, state):
        x, y, k, behind = state
        if t < len(self.servers):
            if len(self.share) > 1:
                yield self.join(k + behind + 1) * self.rates[t], [(1.0, (x, y, k, behind + 1))]
                yield behind * self.abandonment, [(1.0, (x, y, k, behind - 1))]
            yield k * self.abandonment, [(1.0, (x, y, k - 1, behind))]
            yield self.abandonment, [(1.0, GONE)]
        yield x * self.service[0], self.advance(t, (x - 1, y, k, behind))
        yield y * self.service[1], self.advance(t, (x, y - 1, k, behind))

    def advance(self, t, state):
        x, y, k, behind = state
        if x + y >= self.open(t):
            return [(1.0, state)]
        if k == 0:
            return [(1.0, CALLED)]
        p = self.long(k + behind)
        outcomes = [(p, (x, y + 1, k - 1, behind)), (1 - p, (x + 1, y, k - 1, behind))]
        return [(q * share, new) for q, called in outcomes for share, new in self.advance(t, called)]

    def level(self, limit):
        return self.day.level(limit, self.rates, self.entry, self.ahead, self.advance)

    def measures(self):
        day, fewest = self.day, lambda t, x: x[0] + x[1] >= self.open(t)
        short, long, waiting, held, joined = day.integrals(
            lambda t, x: x[0], lambda t, x: x[1], lambda t, x: x[2], fewest,
            lambda t, x: fewest(t, x) * self.join(x[2]),
        )  # fmt: skip
        at_end = day.ends(lambda x: x[0], lambda x: x[1], sum)
        ended = np.stack([self.service[0] * short, self.service[1] * long])
        started = ended + np.diff(at_end[:2], prepend=0.0, axis=1)
        after = [day.until_empty(lambda t, x, i=i: x[i], sum) for i in range(3)]
        return {
            "waiting": waiting,
            "busy": short + long,
            "completed": ended.sum(axis=0),
            "abandoned": self.abandonment * waiting,
            "present": at_end[2],
            "delayed": self.rates * joined,
            "blocked": self.rates * (held - joined),
            "starts": started.sum(axis=0),
            "long_starts": started[1],
            "waiting_after_closing": after[2],
            "overtime": after[0] + after[1],
            "long_starts_after_closing": self.service[1] * after[1] - at_end[1, -1],
            "starts_after_closing": at_end[2, -1] - at_end[:2, -1].sum(),
            "minutes_after_closing": day.until_empty(lambda t, x: 1.0, sum),
        }


CASES = {
    "constant": ([0.3, 0.2, 0.3], [2, 1, 2], (0.4, 0.15), (0.4,), 0.05),
    "form at the window when few wait": ([0.3, 0.4, 0.2], [1, 3, 2], (0.4, 0.2), (1.0, 0.8, 0.0), 0.1),
    "pitch while many wait": ([0.4, 0.2, 0.4], [3, 0, 1], (0.3, 0.12), (0.0, 0.0, 0.5, 1.0), 0.3),
    "servers leave": ([0.5, 0.2, 0.1], [4, 1, 0], (0.3, 0.1), (0.5, 0.2), 0.0),
    "long is faster": ([0.2, 0.0, 0.5], [0, 2, 1], (0.15, 0.5), (0.3, 0.9), 0.02),
}


@pytest.mark.parametrize("joining", [(1.0,), (0.9, 0.6, 0.6, 0.1)], ids=["all", "some"])
@pytest.mark.parametrize("case", CASES)
def test_a_day_is_what_matrices_say(event_day, case, joining):
    day = service_rules_day(*CASES[case], period=4.0, joining=joining)
    for name, expected in Rules(event_day, *CASES[case], 4.0, joining).measures().items():
        np.testing.assert_allclose(getattr(day, name), expected, rtol=0, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("seed", range(6))
def test_seeded_days_are_what_matrices_say(event_day, seed):
    random = np.random.default_rng([21, seed])
    count = int(random.integers(1, 5))
    given = (
        random.uniform(0, 1.2, count) / count, [int(s) for s in random.integers(0, 5, count)],
        tuple(random.uniform(0.05, 0.6, 2)), random.uniform(0, 1, int(random.integers(1, 4))), random.uniform(0, 0.4),
    )  # fmt: skip
    day = service_rules_day(*given, period=4.0)
    for name, expected in Rules(event_day, *given, 4.0).measures().items():
        np.testing.assert_allclose(getattr(day, name), expected, rtol=0, atol=1e-8, err_msg=name)


@pytest.mark.parametrize(("servers", "limit"), [([2, 1, 2], 5.5), ([0, 3, 1], 3.0), ([3, 1, 0], 9.0)])
def test_service_levels_are_first_passages_where_the_share_is_constant(event_day, servers, limit):
    given = ([0.3, 0.2, 0.3], servers, (0.4, 0.15), (0.4,), 0.05)
    day = service_rules_day(*given, period=4.0, limits=[1.0, limit], joining=(0.8, 0.5))
    matrices = Rules(event_day, *given, 4.0, joining=(0.8, 0.5))
    assert day.exact_levels
    np.testing.assert_allclose(day.service_level[1], matrices.level(limit), rtol=0, atol=1e-8)


@pytest.mark.parametrize("case", ["servers leave", "long is faster"])
def test_service_levels_are_first_passages_where_the_share_varies_below_one_waiting(event_day, case):
    day = service_rules_day(*CASES[case], period=4.0, limits=[3.0])
    assert day.exact_levels
    exact = Rules(event_day, *CASES[case], 4.0).level(3.0)
    np.testing.assert_allclose(day.service_level[0], exact, rtol=0, atol=1e-8)


@pytest.mark.parametrize("case", ["form at the window when few wait", "pitch while many wait"])
def test_service_levels_are_close_where_the_share_varies(event_day, case):
    day = service_rules_day(*CASES[case], period=4.0, limits=[3.0])
    assert not day.exact_levels
    exact = Rules(event_day, *CASES[case], 4.0).level(3.0)
    np.testing.assert_allclose(day.service_level[0], exact, rtol=0, atol=0.004)


# Against one kind of service, and the long run

DAY = ([0.6, 0.9, 0.3, 0.5], [4, 6, 1, 3])
SAME = ("waiting", "busy", "delayed", "blocked", "abandoned", "completed", "present", "waiting_after_closing",
        "overtime", "minutes_after_closing", "left_at_closing")  # fmt: skip


@pytest.mark.parametrize(("rates", "share"), [((0.2, 0.05), (0.0,)), ((0.7, 0.2), (1.0,)), ((0.2, 0.2), (0.3, 0.9))])
def test_one_kind_of_service_is_the_queue_without_rules(rates, share):
    given = {"period": 20.0, "limits": [5.0, 20.0, 33.0], "joining": (0.9, 0.8, 0.4)}
    day = service_rules_day(*DAY, rates, share, 0.05, **given)
    one = transient_day(*DAY, 0.2, 0.05, **given)
    for name in SAME:
        np.testing.assert_allclose(getattr(day, name), getattr(one, name), rtol=0, atol=1e-8, err_msg=name)
    np.testing.assert_allclose(day.service_level, one.service_level, rtol=0, atol=1e-6)


@pytest.mark.parametrize("row", range(5))
def test_a_long_day_tends_to_the_reference_waits(reference, row):
    """M/H2/c with balanced means: p μ₁⁻¹ = (1 - p) μ₂⁻¹ = 1/2."""
    case = reference("days.json")["h2"][row]
    p = (1 + np.sqrt((case["scv"] - 1) / (case["scv"] + 1))) / 2
    rate, servers = case["rho"] * case["c"], [case["c"]] * 2
    day = service_rules_day([rate] * 2, servers, (2 * p, 2 * (1 - p)), [1 - p], period=1600.0)
    assert day.mean_waiting[1] / rate == pytest.approx(float(case["Wq"]), rel=1e-8)
    assert day.long_starts[1] / day.starts[1] == pytest.approx(1 - p)


def test_a_long_day_under_a_rule_tends_to_the_stationary_chain():
    lam, s, (short, long), share, room = 0.6, 3, (0.3, 0.15), (1.0, 0.7, 0.0), 120
    states = [(j, n) for n in range(room) for j in range(min(n, s) + 1)]
    index = {state: i for i, state in enumerate(states)}
    q = np.zeros((len(states), len(states)))
    for (j, n), i in index.items():
        busy = min(n, s)
        moves = [(lam * share[0], (j + 1, n + 1)), (lam * (1 - share[0]), (j, n + 1))] if n < s else [(lam, (j, n + 1))]
        for rate, stay in (((busy - j) * short, j), (j * long, j - 1)):
            p = share[min(n - s - 1, 2)] if n > s else 0.0
            moves += [(rate * p, (stay + 1, n - 1)), (rate * (1 - p), (stay, n - 1))]
        for rate, target in moves:
            if rate > 0 and target in index:
                q[i, index[target]] += rate
                q[i, i] -= rate
    q[:, 0] = 1.0
    pi = np.linalg.solve(q.T, np.eye(len(states))[0])
    queue = sum(pi[i] * max(0, n - s) for (_, n), i in index.items())
    longs = sum(pi[i] * j for (j, _), i in index.items())
    day = service_rules_day([lam] * 2, [s] * 2, (short, long), share, period=1000.0)
    assert day.mean_waiting[1] == pytest.approx(queue, rel=1e-8)
    assert day.long_starts[1] / 1000.0 == pytest.approx(long * longs, rel=1e-8)


# What every day obeys


def test_customers_and_services_balance():
    day = service_rules_day(*DAY, (0.25, 0.1), (0.9, 0.5, 0.0), 0.05, period=30.0, joining=(0.9, 0.7))
    left = np.cumsum(day.arrivals - day.blocked - day.abandoned - day.completed)
    np.testing.assert_allclose(left, day.present, atol=1e-8)
    assert day.starts.sum() + day.starts_after_closing == pytest.approx(day.completed.sum() + day.left_at_closing)
    work = (day.starts.sum() + day.starts_after_closing) / 0.25
    extra = (day.long_starts.sum() + day.long_starts_after_closing) * (1 / 0.1 - 1 / 0.25)
    assert day.busy.sum() + day.overtime == pytest.approx(work + extra, rel=1e-9)
    assert day.lost_mass < 1e-11


def test_splitting_every_period_changes_nothing():
    (rates, servers), rest = DAY, ((0.25, 0.1), (0.9, 0.5, 0.0), 0.05)
    whole = service_rules_day(rates, servers, *rest, period=20.0)
    halves = service_rules_day(np.repeat(rates, 2), np.repeat(servers, 2), *rest, period=10.0)
    for name in ("waiting", "busy", "delayed", "abandoned", "completed", "starts", "long_starts"):
        both = getattr(halves, name).reshape(-1, 2).sum(axis=1)
        np.testing.assert_allclose(both, getattr(whole, name), rtol=0, atol=1e-9, err_msg=name)


FINE = {"arrival_rate": [0.5, 0.5], "servers": [2, 1], "service_rates": (0.2, 0.1), "long_share": [0.5], "period": 30.0}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("arrival_rate", [0.5]),
        ("arrival_rate", [0.5, np.nan]),
        ("servers", [2, -1]),
        ("service_rates", (0.2,)),
        ("service_rates", (0.2, 0.0)),
        ("long_share", []),
        ("long_share", [1.2]),
        ("abandonment_rate", -0.1),
        ("period", 0.0),
        ("limits", [np.inf]),
        ("joining", [-0.1]),
    ],
)
def test_a_bad_parameter_is_named(name, value):
    with pytest.raises(InvalidParameterError, match=name.removesuffix("s")):
        service_rules_day(**{**FINE, name: value})


def test_days_without_arrivals_or_servers_are_days():
    empty = service_rules_day([0.0, 0.0], [1, 0], (0.2, 0.1), (0.5, 0.2), period=10.0, limits=[5.0])
    assert empty.waiting.sum() == empty.long_starts.sum() == 0
    assert (empty.service_level == 1).all()
    shut = service_rules_day([0.3, 0.1], [0, 0], (0.2, 0.1), (0.5, 0.2), period=10.0, limits=[5.0, 40.0])
    assert shut.starts.sum() == pytest.approx(0, abs=1e-12)
    assert shut.left_at_closing == pytest.approx(4.0)
    assert shut.starts_after_closing == pytest.approx(4.0)
    assert 0 < shut.service_level[1, 1] < 1
    assert shut.service_level[0, 0] == 0


# Facts that bounds may rely on


def test_waiting_lies_between_all_short_and_all_long():
    random = np.random.default_rng(32)
    for _ in range(25):
        count, short = int(random.integers(1, 5)), random.uniform(0.1, 0.5)
        long, share = short * random.uniform(0.2, 1), random.uniform(0, 1, int(random.integers(1, 4)))
        day = (random.uniform(0, 1, count), random.integers(0, 5, count))
        eta = random.uniform(0, 1) * long
        mixed = service_rules_day(*day, (short, long), share, eta, period=10.0)
        best, worst = (transient_day(*day, rate, eta, period=10.0) for rate in (short, long))
        assert (mixed.waiting >= best.waiting - 1e-8).all(), (day, short, long, share, eta)
        assert (mixed.waiting <= worst.waiting + 1e-8).all(), (day, short, long, share, eta)
        assert mixed.waiting_after_closing >= best.waiting_after_closing - 1e-8


@pytest.mark.parametrize("share", [(0.4,), (0.0, 0.5, 1.0)])
def test_one_more_server_never_hurts_where_the_share_does_not_fall(share):
    random = np.random.default_rng(33)
    for _ in range(10):
        rates, servers, short = random.uniform(0, 1, 3), random.integers(0, 5, 3), random.uniform(0.1, 0.5)
        day = service_rules_day(rates, servers, (short, 0.5 * short), share, 0.3 * short, period=10.0)
        for t in range(3):
            more = servers + (np.arange(3) == t)
            better = service_rules_day(rates, more, (short, 0.5 * short), share, 0.3 * short, period=10.0)
            assert (better.waiting <= day.waiting + 1e-8).all(), (rates, servers, t, short)


def test_one_more_server_can_hurt_where_the_share_falls():
    rates, rest = [0.1, 2.0, 1.1, 1.2], ((0.4, 0.08), (1.0, 0.0), 0.03)
    few, more = (service_rules_day(rates, servers, *rest, period=10.0) for servers in ([3, 2, 4, 4], [3, 3, 4, 4]))
    assert (more.waiting > few.waiting + 0.1).any()
