"""A day at machines that fail against matrices written out, machines that do not, and the long run."""

import numpy as np
import pytest
from scipy.stats import poisson

from optimizer.errors import InvalidParameterError
from optimizer.queues import transient_day
from optimizer.queues.transient.breakdowns import breakdown_day

CALLED, GONE = "called", "gone"


class Machines:
    """States (down, in system); a waiting customer's are (down, ahead in system)."""

    def __init__(self, event_day, rates, machines, service, abandonment, failure, repair, repairers, period,
                 capacity=10**9, joining=(1.0,)):  # fmt: skip
        self.rates, self.machines, self.service, self.abandonment = np.array(rates), machines, service, abandonment
        self.failure, self.repair, self.repairers = failure, repair, repairers
        self.capacity, self.joining, self.count = capacity, joining, len(rates)
        room = 2 + int(poisson.isf(1e-11, self.rates.sum() * period))
        self.day = event_day(
            self.count, period, (0, 0), self.events, lambda t, state: [(1.0, state)], lambda state: state[1] <= room
        ).follow()

    def queue(self, state):
        return max(0, state[1] - (self.machines - state[0]))

    def join(self, state):
        if state[1] >= self.capacity:
            return 0.0
        held = state[1] >= self.machines - state[0]
        return self.joining[min(self.queue(state), len(self.joining) - 1)] if held else 1.0

    def events(self, t, state):
        down, n = state
        if t < self.count:
            yield self.join(state) * self.rates[t], [(1.0, (down, n + 1))]
        yield from self.both(t, state)

    def both(self, t, state):
        down, n = state
        up = self.machines - down
        if t < self.count:
            yield self.queue(state) * self.abandonment, [(1.0, (down, n - 1))]
        yield min(up, n) * self.service, [(1.0, (down, n - 1))]
        yield up * self.failure, [(1.0, (down + 1, n))]
        yield min(down, self.repairers) * self.repair, [(1.0, (down - 1, n))]

    def settled(self, t, state):
        return [(1.0, CALLED if state[1] < self.machines - state[0] else state)]

    def entry(self, t, state):
        return [(self.join(state) * share, new) for share, new in self.settled(t, state)]

    def ahead(self, t, state):
        for rate, [(_, new)] in self.both(t, state):
            yield rate, self.settled(t, new)
        if t < self.count:
            yield self.abandonment, [(1.0, GONE)]

    def level(self, limit):
        return self.day.level(limit, self.rates, self.entry, self.ahead, self.settled)

    def measures(self):
        up = lambda x: self.machines - x[0]  # noqa: E731
        waiting, busy, up_time, joined, delayed = self.day.integrals(
            lambda t, x: self.queue(x), lambda t, x: min(x[1], up(x)), lambda t, x: up(x), lambda t, x: self.join(x),
            lambda t, x: self.join(x) * (x[1] >= up(x)),
        )  # fmt: skip
        present = self.day.ends(lambda x: x[1])[0]
        empty = lambda reward: self.day.until_empty(lambda t, x: reward(x), lambda x: x[1])  # noqa: E731
        return {
            "waiting": waiting,
            "busy": busy,
            "completed": self.service * busy,
            "abandoned": self.abandonment * waiting,
            "present": present,
            "delayed": self.rates * delayed,
            "blocked": self.rates * (self.day.length - joined),
            "availability": up_time / (self.machines * self.day.length),
            "left_at_closing": present[-1],
            "waiting_after_closing": empty(self.queue),
            "overtime": empty(lambda x: min(x[1], up(x))),
            "minutes_after_closing": empty(lambda x: 1.0),
        }


CASES = {
    "one machine": ([0.3, 0.2, 0.3], 1, 0.4, 0.05, 0.1, 0.3, 1),
    "one repairer": ([0.4, 0.1, 0.6], 3, 0.2, 0.1, 0.2, 0.15, 1),
    "two repairers": ([0.2, 0.0, 0.7], 4, 0.1, 0.0, 0.1, 0.1, 2),
    "impatient": ([0.5, 0.5, 0.0], 2, 0.1, 0.5, 0.3, 0.2, 2),
}


@pytest.mark.parametrize("more", [{}, {"joining": (0.9, 0.5, 0.1)}, {"capacity": 3}], ids=["all", "some", "full"])
@pytest.mark.parametrize("case", CASES)
def test_a_day_is_what_matrices_say(event_day, case, more):
    *given, failure, repair, repairers = CASES[case]
    day = breakdown_day(
        *given, failure_rate=failure, repair_rate=repair, repairers=repairers, period=4.0, limits=[2.0, 6.0], **more
    )
    matrices = Machines(event_day, *CASES[case], 4.0, **more)
    for name, expected in matrices.measures().items():
        np.testing.assert_allclose(getattr(day, name), expected, rtol=0, atol=1e-8, err_msg=name)
    kept = 0 if case == "impatient" else 1
    np.testing.assert_allclose(day.service_level[kept], matrices.level([2.0, 6.0][kept]), rtol=0, atol=1e-8)


# Against machines that do not fail, and the long run


def test_machines_that_do_not_fail_are_servers():
    given = {"period": 20.0, "limits": [5.0, 20.0, 33.0]}
    for more in ({}, {"joining": (0.9, 0.5)}, {"capacity": 6}):
        day = breakdown_day([0.6, 0.9, 0.3], 4, 0.2, 0.05, failure_rate=0.0, repair_rate=0.1, **given, **more)
        one = transient_day([0.6, 0.9, 0.3], [4] * 3, 0.2, 0.05, **given, **more)
        for name in ("waiting", "busy", "delayed", "blocked", "abandoned", "completed", "present", "overtime",
                     "waiting_after_closing", "minutes_after_closing", "left_at_closing"):  # fmt: skip
            np.testing.assert_allclose(getattr(day, name), getattr(one, name), rtol=0, atol=1e-8, err_msg=name)
        np.testing.assert_allclose(day.service_level, one.service_level, rtol=0, atol=1e-6)
        np.testing.assert_allclose(day.availability, 1.0)


def test_one_machine_tends_to_the_published_mean():
    """White and Christie (1958): L = λ ((φ + ρ)² + φ μ) / ((φ + ρ) (ρ μ - λ (φ + ρ)))."""
    lam, mu, fail, repair = 0.2, 0.5, 0.1, 0.3
    day = breakdown_day([lam] * 2, 1, mu, failure_rate=fail, repair_rate=repair, period=1500.0)
    both = fail + repair
    present = lam * (both**2 + fail * mu) / (both * (repair * mu - lam * both))
    assert day.mean_waiting[1] + day.busy[1] / day.period == pytest.approx(present, rel=1e-8)
    assert day.availability[1] == pytest.approx(repair / both, abs=1e-9)


def test_a_long_day_tends_to_the_stationary_chain():
    lam, c, mu, eta, fail, repair, repairers, room = 0.6, 4, 0.2, 0.05, 0.05, 0.1, 2, 90
    index = {(u, n): u * room + n for u in range(c + 1) for n in range(room)}
    q = np.zeros((len(index), len(index)))
    for (u, n), i in index.items():
        for rate, target in (
            (lam, (u, n + 1)), (min(u, n) * mu + max(0, n - u) * eta, (u, n - 1)),
            (u * fail, (u - 1, n)), (min(c - u, repairers) * repair, (u + 1, n)),
        ):  # fmt: skip
            if target in index:
                q[i, index[target]] += rate
                q[i, i] -= rate
    q[:, 0] = 1.0
    pi = np.linalg.solve(q.T, np.eye(len(index))[0])
    queue = sum(pi[i] * max(0, n - u) for (u, n), i in index.items())
    day = breakdown_day([lam] * 2, c, mu, eta, failure_rate=fail, repair_rate=repair, repairers=repairers, period=800.0)
    assert day.mean_waiting[1] == pytest.approx(queue, rel=1e-8)
    assert day.availability[1] == pytest.approx(sum(pi[i] * u for (u, _), i in index.items()) / c, rel=1e-9)


# What every day obeys


def test_customers_balance_and_periods_may_be_split():
    rates, rest = np.array([0.8, 1.2, 0.4]), {"failure_rate": 0.02, "repair_rate": 0.05, "repairers": 1}
    whole = breakdown_day(rates, 5, 0.2, 0.05, period=20.0, limits=[6.0], **rest)
    halves = breakdown_day(rates.repeat(2), 5, 0.2, 0.05, period=10.0, limits=[6.0], **rest)
    for name in ("waiting", "busy", "delayed", "abandoned", "completed"):
        both = getattr(halves, name).reshape(-1, 2).sum(axis=1)
        np.testing.assert_allclose(both, getattr(whole, name), rtol=0, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(halves.service_level.reshape(1, -1, 2).mean(axis=2), whole.service_level, atol=1e-7)
    left = np.cumsum(whole.arrivals - whole.abandoned - whole.completed)
    np.testing.assert_allclose(left, whole.present, atol=1e-9)
    assert whole.overtime == pytest.approx(whole.left_at_closing / 0.2, rel=1e-9)
    assert whole.lost_mass < 1e-11


FINE = {"arrival_rate": [0.5, 0.5], "machines": 2, "service_rate": 0.2, "failure_rate": 0.01, "repair_rate": 0.1,
        "period": 30.0}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("arrival_rate", []),
        ("arrival_rate", [0.5, -0.1]),
        ("machines", 0),
        ("machines", 1.5),
        ("service_rate", 0.0),
        ("abandonment_rate", -0.1),
        ("failure_rate", -0.1),
        ("repair_rate", 0.0),
        ("repairers", 0),
        ("capacity", 0),
        ("period", 0.0),
        ("limits", [-1.0]),
        ("joining", [2.0]),
    ],
)
def test_a_bad_parameter_is_named(name, value):
    with pytest.raises(InvalidParameterError, match=name.removesuffix("s")):
        breakdown_day(**{**FINE, name: value})
