"""A day of a queue against matrices written out, reference values, closed forms, and what must not change it."""

import numpy as np
import pytest

from optimizer.errors import InvalidParameterError
from optimizer.queues import erlang_a, erlang_b, erlang_c, transient_day

BY_PERIOD = ("waiting", "busy", "delayed", "blocked", "abandoned", "present")
AFTER_CLOSING = ("waiting_after_closing", "overtime", "minutes_after_closing", "left_at_closing")


def assert_same(day, other, names=(*BY_PERIOD, *AFTER_CLOSING), within=1e-8):
    for name in names:
        np.testing.assert_allclose(getattr(day, name), getattr(other, name), rtol=0, atol=within, err_msg=name)


# Against matrices


@pytest.mark.parametrize("abandonment", [0.0, 0.08, 0.2, 0.5], ids="eta={}".format)
@pytest.mark.parametrize(
    "servers",
    [[3, 3, 3, 3], [1, 4, 2, 5], [5, 1, 0, 3], [6, 0, 6, 1], [0, 2, 5, 0], [4, 3, 1, 0]],
    ids=lambda servers: "-".join(map(str, servers)),
)
def test_a_day_is_what_matrices_say(matrix_day, servers, abandonment):
    rates = [0.5, 0.3, 0.0, 0.6]
    day = transient_day(rates, servers, 0.2, abandonment, period=8.0)
    assert_same(day, matrix_day(rates, servers, 0.2, abandonment, 8.0))


@pytest.mark.parametrize("seed", range(8))
def test_seeded_days_are_what_matrices_say(matrix_day, seed):
    random = np.random.default_rng([1, seed])
    count, period = int(random.integers(1, 7)), float(random.choice([2.0, 5.0, 15.0]))
    rates = random.uniform(0, 12, count) / (period * count) * random.integers(0, 4, count)
    servers = [int(s) for s in random.integers(0, 6, count)]
    service, abandonment = random.uniform(0.03, 0.6), float(random.choice([0.0, random.uniform(0, 0.6)]))
    day = transient_day(rates, servers, service, abandonment, period=period)
    assert_same(day, matrix_day(rates, servers, service, abandonment, period))


@pytest.mark.parametrize("joining", [(0.9,), (1.0, 0.7, 0.2), (0.5, 0.0)], ids=str)
@pytest.mark.parametrize("servers", [[2, 3, 1], [4, 1, 3], [0, 2, 0]], ids=str)
def test_arrivals_who_turn_away_are_what_matrices_say(matrix_day, servers, joining):
    given = ([0.7, 0.3, 0.6], servers, 0.2, 0.05)
    day = transient_day(*given, period=6.0, limits=[2.0, 9.0], joining=joining)
    matrices = matrix_day(*given, 6.0, limits=[2.0, 9.0], joining=joining)
    assert_same(day, matrices)
    assert_same(day, matrices, ("service_level",))


@pytest.mark.parametrize("capacity", [1, 3, 6])
def test_a_full_system_is_what_matrices_say(matrix_day, capacity):
    given = ([0.5, 0.9, 0.2], [1, 2, 4], 0.15, 0.1)
    day = transient_day(*given, period=6.0, limits=[2.0, 7.0], capacity=capacity)
    full = matrix_day(*given, 6.0, limits=[2.0, 7.0], capacity=capacity)
    assert day.blocked.min() > 0.01
    assert_same(day, full)
    assert_same(day, full, ["service_level"])


@pytest.mark.parametrize("servers", [[2, 3, 3], [5, 1, 4], [3, 0, 0]], ids=lambda servers: "-".join(map(str, servers)))
def test_the_preemptive_rule_is_what_matrices_say(matrix_day, servers):
    given = ([0.6, 0.4, 0.3], servers, 0.2, 0.1)
    assert_same(transient_day(*given, period=9.0, preemptive=True), matrix_day(*given, 9.0, preemptive=True))


def limits_of(period, random):
    """One below the period, the period itself, and one that reaches one or two periods further."""
    return [random.uniform(0.1, 1.0) * period, period, random.uniform(1.0, 2.6) * period]


@pytest.mark.parametrize("abandonment", [0.0, 0.1, 0.4], ids="eta={}".format)
@pytest.mark.parametrize(
    "servers",
    [[2, 2, 2], [1, 3, 1], [3, 0, 2], [0, 3, 0], [3, 2, 1], [4, 1, 3]],
    ids=lambda servers: "-".join(map(str, servers)),
)
def test_service_levels_are_first_passages(matrix_day, servers, abandonment):
    random = np.random.default_rng([2, *servers])
    given, limits = ([0.7, 0.5, 0.6], servers, 0.25, abandonment), limits_of(5.0, random)
    day = transient_day(*given, period=5.0, limits=limits)
    assert_same(day, matrix_day(*given, 5.0, limits=limits), ["service_level"])


@pytest.mark.parametrize("seed", range(6))
def test_service_levels_of_seeded_days_are_first_passages(matrix_day, seed):
    random = np.random.default_rng([3, seed])
    count, period = int(random.integers(2, 5)), float(random.choice([3.0, 6.0, 12.0]))
    rates = random.uniform(0, 6, count) / (period * count) * random.integers(0, 4, count)
    given = (rates, [int(s) for s in random.integers(0, 4, count)], random.uniform(0.1, 0.5), random.uniform(0, 0.3))
    limits = limits_of(period, random)
    day = transient_day(*given, period=period, limits=limits)
    assert_same(day, matrix_day(*given, period, limits=limits), ["service_level"])


# Against reference values and closed forms

MEASURES = {"delayed": "delayed", "abandons": "abandoned", "queue_hours": "waiting", "busy_hours": "busy",
            "L_end": "present"}  # fmt: skip


@pytest.mark.parametrize("rule", ["exhaustive", "preemptive"])
def test_a_day_is_the_reference_day(reference, rule):
    given = reference("transient.json")
    day = transient_day(
        given["lam"], given["s"], given["mu"], given["theta"], period=given["dt"], preemptive=rule == "preemptive"
    )
    for name in given[rule][0]:
        expected = [row[name] for row in given[rule]]
        np.testing.assert_allclose(getattr(day, MEASURES[name]), expected, rtol=0, atol=1e-10, err_msg=name)


def test_the_unit_of_time_does_not_matter(reference):
    given = reference("transient.json")
    day = transient_day(
        np.array(given["lam"]) / 60, given["s"], given["mu"] / 60, given["theta"] / 60, period=60 * given["dt"]
    )
    np.testing.assert_allclose(day.waiting / 60, [row["queue_hours"] for row in given["exhaustive"]], atol=1e-10)


@pytest.mark.parametrize("rule", ["exhaustive", "preemptive"])
def test_a_sharp_drop_is_the_reference_drop(reference, rule):
    given = reference("transient.json")
    sharp = given["sharp"]
    day = transient_day(
        np.full(18, sharp["lam"]), sharp["s"], given["mu"], given["theta"], period=given["dt"],
        preemptive=rule == "preemptive",
    )  # fmt: skip
    assert day.abandoned.sum() == pytest.approx(sharp[f"{rule}_abandons"], abs=1e-9)


@pytest.mark.parametrize(("servers", "arrival"), [(1, 0.12), (3, 0.5), (8, 1.4)])
def test_a_long_day_tends_to_erlang_c(servers, arrival):
    day = transient_day([arrival] * 2, [servers] * 2, 0.2, period=6000.0)
    limit = erlang_c(servers, arrival, 0.2)
    assert day.mean_waiting[1] == pytest.approx(limit.mean_queue, abs=1e-8)
    assert day.delayed[1] / day.arrivals[1] == pytest.approx(limit.wait_probability, abs=1e-9)
    assert day.utilization[1] == pytest.approx(arrival / (servers * 0.2), abs=1e-9)


@pytest.mark.parametrize(("servers", "arrival", "abandonment"), [(1, 0.5, 0.05), (3, 0.5, 0.2), (8, 2.5, 0.4)])
def test_a_long_day_tends_to_erlang_a(servers, arrival, abandonment):
    day = transient_day([arrival] * 2, [servers] * 2, 0.2, abandonment, period=500.0)
    limit = erlang_a(servers, arrival, 0.2, abandonment)
    assert day.mean_waiting[1] == pytest.approx(limit.mean_queue, abs=1e-9)
    assert day.delayed[1] / day.arrivals[1] == pytest.approx(limit.wait_probability, abs=1e-9)
    assert day.abandoned[1] / day.arrivals[1] == pytest.approx(limit.abandonment, abs=1e-9)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (4, 3.0), (10, 25.0)])
def test_a_long_day_without_waiting_room_tends_to_erlang_b(servers, load):
    day = transient_day([0.2 * load] * 2, [servers] * 2, 0.2, period=1000.0, limits=[3.0], capacity=servers)
    blocked = erlang_b(servers, load)
    assert day.blocked[1] / day.arrivals[1] == pytest.approx(blocked, abs=1e-9)
    assert day.service_level[0, 1] == pytest.approx(1 - blocked, abs=1e-9)
    assert day.waiting.max() == 0.0


def test_an_overloaded_day_is_finite_and_grows_as_a_fluid():
    """With ten times what can be served all servers are busy but for the first moments: idle time is short."""
    servers, service, arrival, period = 3, 0.2, 6.0, 30.0
    day = transient_day([arrival] * 4, [servers] * 4, service, period=period, limits=[10.0])
    queue = (arrival - servers * service) * period * np.arange(1, 5)
    idle = servers * 4 * period - day.busy.sum()
    assert 0 < idle < servers / arrival * servers
    np.testing.assert_allclose(day.present, queue + service * idle, rtol=1e-9)
    np.testing.assert_allclose(day.waiting[1:], (queue[1:] + queue[:-1]) / 2 * period, rtol=0.02)
    assert np.isfinite(day.mean_wait).all()
    assert day.service_level[0, 2:].max() < 1e-9
    assert day.lost_mass <= 1e-9


def test_an_overloaded_day_with_abandonment_grows_as_a_fluid():
    servers, service, arrival, abandonment, period = 3, 0.2, 6.0, 0.05, 30.0
    day = transient_day([arrival] * 4, [servers] * 4, service, abandonment, period=period)
    most, ends = (arrival - servers * service) / abandonment, period * np.arange(1, 5)
    np.testing.assert_allclose(day.present - servers, most * (1 - np.exp(-abandonment * ends)), rtol=0.04)
    assert day.present[-1] - servers == pytest.approx(most, rel=3e-3)


# What every day obeys

DAYS = {
    "steady": ([0.5] * 4, [3, 3, 3, 3], 0.2, 0.05),
    "drops": ([0.8, 1.6, 0.4, 0.2], [6, 2, 4, 1], 0.25, 0.0),
    "nobody at the window": ([0.8, 0.4, 0.0, 0.2], [2, 0, 1, 0], 0.25, 0.1),
    "impatient": ([0.8, 2.0, 1.0, 0.5], [5, 3, 6, 2], 0.2, 0.6),
    "busy": ([3.0, 5.0, 6.0, 2.0], [14, 20, 17, 9], 0.25, 0.03),
    "quiet": ([0.001, 0.0, 0.002, 0.0], [9, 0, 3, 1], 0.25, 0.03),
    "empty": ([0.0] * 4, [1, 0, 2, 1], 0.25, 0.03),
}


@pytest.fixture(params=DAYS, ids=lambda name: name.replace(" ", "-"))
def given(request):
    return DAYS[request.param]


def test_customers_balance(given):
    _, _, service, abandonment = given
    day = transient_day(*given, period=30.0)
    np.testing.assert_allclose(day.completed, service * day.busy, atol=1e-9)
    np.testing.assert_allclose(day.abandoned, abandonment * day.waiting, atol=1e-12)
    left = day.arrivals.sum() - day.blocked.sum() - day.abandoned.sum() - service * day.busy.sum()
    assert left == pytest.approx(day.left_at_closing, abs=1e-9)
    assert day.overtime == pytest.approx(day.left_at_closing / service, abs=1e-9)


def test_customers_balance_when_some_are_turned_away():
    day = transient_day([0.5, 0.9, 0.7], [1, 2, 2], 0.15, 0.1, period=30.0, capacity=5)
    assert day.blocked.min() > 1
    np.testing.assert_allclose(day.completed, 0.15 * day.busy, atol=1e-9)


def test_next_to_no_mass_is_lost(given):
    day = transient_day(*given, period=30.0, limits=[5.0])
    assert 0 <= day.lost_mass <= 1e-11


def test_shares_are_shares(given):
    limits = [0.01, 5.0, 10.0, 45.0]
    day = transient_day(*given, period=30.0, limits=limits)
    assert day.service_level.min() >= -1e-12
    assert day.service_level.max() <= 1 + 1e-12
    assert np.diff(day.service_level, axis=0).min() >= -1e-10, "a longer limit is met by more"
    assert (day.service_level[:, day.arrivals == 0] == 1).all()


def test_a_very_short_limit_leaves_those_not_delayed(given):
    day = transient_day(*given, period=30.0, limits=[1e-9])
    some = day.arrivals > 0
    delayed = day.delayed[some] / day.arrivals[some]
    np.testing.assert_allclose(1 - day.service_level[0, some], delayed, atol=1e-7)


def test_a_very_long_limit_leaves_those_who_give_up():
    day = transient_day([0.8, 0.4, 0.3], [2, 0, 1], 0.25, 0.1, period=30.0, limits=[5000.0])
    lost = 1 - day.service_level[0]
    assert lost @ day.arrivals == pytest.approx(day.abandoned.sum(), abs=1e-5)


def test_limits_are_independent_of_each_other(given):
    together = transient_day(*given, period=30.0, limits=[5.0, 10.0, 40.0])
    for i, limit in enumerate([5.0, 10.0, 40.0]):
        alone = transient_day(*given, period=30.0, limits=[limit])
        np.testing.assert_allclose(alone.service_level[0], together.service_level[i], atol=1e-12)


def test_splitting_every_period_in_two_changes_nothing(given):
    rates, servers, service, abandonment = given
    whole = transient_day(*given, period=30.0, limits=[5.0, 20.0, 40.0])
    halves = transient_day(
        np.repeat(rates, 2), np.repeat(servers, 2), service, abandonment, period=15.0, limits=[5.0, 20.0, 40.0]
    )
    for name in ("waiting", "busy", "delayed", "abandoned", "completed"):
        both = getattr(halves, name).reshape(-1, 2).sum(axis=1)
        np.testing.assert_allclose(both, getattr(whole, name), rtol=1e-11, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(halves.present[1::2], whole.present, rtol=1e-11, atol=1e-9)
    assert_same(halves, whole, AFTER_CLOSING, 1e-8)
    both = halves.service_level.reshape(3, -1, 2).mean(axis=2)
    np.testing.assert_allclose(both, whole.service_level, atol=1e-5)


def test_what_happens_later_changes_nothing_before():
    early = transient_day([0.8, 1.6], [4, 3], 0.25, 0.1, period=30.0)
    longer = transient_day([0.8, 1.6, 2.0], [4, 3, 0], 0.25, 0.1, period=30.0)
    np.testing.assert_allclose(longer.waiting[:2], early.waiting, rtol=1e-13)


def test_both_rules_are_one_while_servers_only_rise():
    given = ([0.8, 1.6, 2.0], [2, 3, 7], 0.25, 0.1)
    assert_same(transient_day(*given, period=30.0), transient_day(*given, period=30.0, preemptive=True), within=1e-10)


def test_interruption_makes_more_wait():
    given = ([2.0, 1.0, 1.0], [8, 2, 3], 0.25, 0.1)
    day, interrupted = transient_day(*given, period=30.0), transient_day(*given, period=30.0, preemptive=True)
    assert (interrupted.waiting[1:] > day.waiting[1:]).all()


def test_servers_who_leave_are_taken_back_when_next_to_nobody_comes():
    """Those finishing outnumber the columns of the distribution that they come back to."""
    day = transient_day([0.04, 0.02, 1e-4, 0.01], [9, 9, 0, 3], 0.25, 0.2, period=15.0, limits=[1.0])
    split = transient_day(
        np.repeat([0.04, 0.02, 1e-4, 0.01], 3), np.repeat([9, 9, 0, 3], 3), 0.25, 0.2, period=5.0, limits=[1.0]
    )
    np.testing.assert_allclose(split.present[2::3], day.present, atol=1e-12)
    np.testing.assert_allclose(day.completed, 0.25 * day.busy, atol=1e-12)


def test_a_queue_grows_behind_servers_who_next_to_never_finish():
    day = transient_day([1.6, 0.1, 0.5, 3.1, 1.5], [5, 6, 0, 5, 3], 1e-7, 1e-7, period=10.0)
    assert day.present[-1] == pytest.approx(day.arrivals.sum(), rel=1e-4)
    np.testing.assert_allclose(day.completed, 1e-7 * day.busy, atol=1e-9)


def test_the_lists_given_are_not_changed():
    rates, servers = np.array([0.5, 0.2]), np.array([2, 1])
    transient_day(rates, servers, 0.2, period=30.0)
    assert rates.tolist() == [0.5, 0.2]
    assert servers.tolist() == [2, 1]


# Bad parameters

FINE = {"arrival_rate": [0.5, 0.5], "servers": [2, 1], "service_rate": 0.2, "abandonment_rate": 0.1, "period": 30.0}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("arrival_rate", [0.5]),
        ("arrival_rate", [[0.5, 0.5]]),
        ("arrival_rate", [0.5, -0.1]),
        ("arrival_rate", [0.5, np.nan]),
        ("arrival_rate", [0.5, np.inf]),
        ("servers", [2, -1]),
        ("servers", [2, 1.5]),
        ("servers", [2, np.nan]),
        ("servers", [2, np.inf]),
        ("servers", [2, 1, 1]),
        *(("service_rate", value) for value in (0.0, -0.2, np.nan, np.inf)),
        *(("period", value) for value in (0.0, -30.0, np.nan, np.inf)),
        *(("abandonment_rate", value) for value in (-0.1, np.nan, np.inf)),
        *(("limits", [5.0, value]) for value in (0.0, -1.0, np.nan, np.inf)),
        ("capacity", 0),
        ("capacity", -3),
        ("capacity", 2.5),
    ],
)
def test_a_bad_parameter_is_named(name, value):
    with pytest.raises(InvalidParameterError, match=name):
        transient_day(**FINE | {name: value})


def test_a_day_without_periods_is_refused():
    with pytest.raises(InvalidParameterError, match="arrival_rate and servers"):
        transient_day([], [], 0.2, period=30.0)


def test_limits_are_refused_under_the_preemptive_rule():
    with pytest.raises(InvalidParameterError, match="limits"):
        transient_day(**FINE, limits=[5.0], preemptive=True)
