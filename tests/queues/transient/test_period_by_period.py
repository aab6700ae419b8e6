"""The planners' approximations: each is what its definition says, and fails where it is said to."""

import math

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.stats import poisson

from optimizer.errors import InvalidParameterError
from optimizer.queues.transient.day import transient_day
from optimizer.queues.transient.period_by_period import (
    lagged_sipp,
    modified_offered_load,
    sipp,
    stationary_backlog_carryover,
)

RATES = [0.2, 0.5, 0.9, 0.6, 0.0, 0.3]
SERVERS = [2, 4, 6, 4, 2, 2]
SERVICE = 0.2
TIMED = [lagged_sipp, modified_offered_load, stationary_backlog_carryover]


def loss(servers, load):
    """Erlang's formula by Poisson probabilities."""
    return poisson.pmf(servers, load) / poisson.cdf(servers, load)


def delay(servers, rate, service, limit=None):
    """P(wait), mean wait, mean queue of M/M/s, and with a limit P(wait ≤ τ)."""
    blocked, spare = loss(servers, rate / service), servers * service - rate
    waits = blocked * servers * service / (spare + rate * blocked)
    if limit is None:
        return waits, waits / spare, rate * waits / spare
    return 1 - waits * math.exp(-spare * limit)


def impatient(servers, rate, service, abandonment):
    """P(wait), mean wait, mean queue and share abandoned of M/M/s+M, by its probabilities up to 400 in system."""
    chain = [1.0]
    for n in range(1, 400):
        chain.append(chain[-1] * rate / (min(n, servers) * service + max(n - servers, 0) * abandonment))
    chain = np.array(chain) / sum(chain)
    queue = chain @ np.maximum(np.arange(400) - servers, 0)
    return chain[servers:].sum(), queue / rate, queue, abandonment * queue / rate


def measures(day):
    return np.array([day.wait_probability, day.mean_wait, day.mean_queue])


def test_sipp_is_the_stationary_queue_of_every_period():
    day = sipp(RATES, SERVERS, SERVICE, limits=[4.0])
    for i, (rate, count) in enumerate(zip(RATES, SERVERS, strict=True)):
        if rate > 0:
            assert measures(day)[:, i] == pytest.approx(delay(count, rate, SERVICE), rel=1e-10)
            assert day.service_level[0, i] == pytest.approx(delay(count, rate, SERVICE, 4.0), rel=1e-10)
    assert day.arrival_rate.tolist() == RATES
    assert not day.exact


def test_sipp_with_impatience_is_erlang_a():
    day = sipp(RATES, SERVERS, SERVICE, 0.1)
    for i, (rate, count) in enumerate(zip(RATES, SERVERS, strict=True)):
        if rate > 0:
            found = [*measures(day)[:, i], day.abandonment[i]]
            assert found == pytest.approx(impatient(count, rate, SERVICE, 0.1), rel=1e-9)


@pytest.mark.parametrize("service", [0.02, 0.09, 0.2, 5.0])
def test_lagged_sipp_has_the_arrivals_of_a_service_time_earlier(service):
    day = lagged_sipp(RATES, [60] * 6, service, period=15.0)

    def earlier(minute):
        before = minute - 1 / service
        return RATES[int(before // 15)] if before >= 0 else 0.0

    for i in range(6):
        breaks = [15 * j + 1 / service for j in range(7) if 15 * i < 15 * j + 1 / service < 15 * (i + 1)]
        mean = quad(earlier, 15 * i, 15 * (i + 1), points=breaks or None, limit=200)[0] / 15
        assert day.arrival_rate[i] == pytest.approx(mean, abs=1e-9)


def test_the_modified_offered_load_solves_its_equation():
    day = modified_offered_load(RATES, SERVERS, SERVICE, 0.1, period=15.0)
    present = 0.0
    for i, rate in enumerate(RATES):
        path = solve_ivp(lambda _, m, rate=rate: [rate - SERVICE * m[0], m[0]], (0, 15), [present, 0.0],
                         rtol=1e-10, atol=1e-12)  # fmt: skip
        load, present = path.y[1, -1] / 15, path.y[0, -1]
        assert day.arrival_rate[i] == pytest.approx(SERVICE * load, rel=1e-8)
        found = [*measures(day)[:, i], day.abandonment[i]]
        assert found == pytest.approx(impatient(SERVERS[i], SERVICE * load, SERVICE, 0.1), rel=1e-7)


def test_the_backlog_is_carried_as_by_hand():
    """One server, λ = μ: a step offers 1, loses 1/2; the next offers 3/2, loses 3/5 of it, 9/10."""
    day = stationary_backlog_carryover([0.2, 0.2, 0.0], [1, 1, 1], 0.2, period=5.0)
    assert day.arrival_rate == pytest.approx([0.1, 0.12, 0.18 / 1.9])
    assert day.mean_queue == pytest.approx([0.5, 0.9, (0.9 / 1.9) ** 2 / (1 - 0.9 / 1.9)])
    assert day.wait_probability == pytest.approx([0.5, 0.6, 0.9 / 1.9])


def test_the_backlog_is_carried_in_steps_of_a_service_time():
    """A period of 15 minutes has three of 5."""
    day = stationary_backlog_carryover(RATES, SERVERS, SERVICE, period=15.0, limits=[4.0])
    backlog = 0.0
    for i, (rate, count) in enumerate(zip(RATES, SERVERS, strict=True)):
        steps = []
        for _ in range(3):
            offered = rate + backlog
            backlog = offered * loss(count, offered / SERVICE)
            taken = offered - backlog
            steps.append((taken, *delay(count, taken, SERVICE), delay(count, taken, SERVICE, 4.0)))
        found = [day.arrival_rate[i], *measures(day)[:, i], day.service_level[0, i]]
        assert found == pytest.approx(np.mean(steps, axis=0), rel=1e-9)


@pytest.mark.parametrize("approximation", TIMED)
def test_constant_rates_for_long_tend_to_the_stationary_queue(approximation):
    day = approximation([0.5] * 40, [3] * 40, SERVICE, period=30.0, limits=[4.0])
    assert measures(day)[:, -1] == pytest.approx(delay(3, 0.5, SERVICE), rel=1e-6)
    assert day.service_level[0, -1] == pytest.approx(delay(3, 0.5, SERVICE, 4.0), rel=1e-6)
    assert day.mean_wait[0] < day.mean_wait[-1]


@pytest.mark.parametrize("approximation", [lagged_sipp, modified_offered_load])
def test_constant_rates_with_impatience_tend_to_erlang_a(approximation):
    day = approximation([0.8] * 30, [3] * 30, SERVICE, 0.1, period=30.0)
    found = [*measures(day)[:, -1], day.abandonment[-1]]
    assert found == pytest.approx(impatient(3, 0.8, SERVICE, 0.1), rel=1e-9)


def test_the_modified_offered_load_is_exact_when_patience_is_as_long_as_service():
    """The number in system is then that of endless servers; short periods leave the mean over them no room to err."""
    rates = np.repeat([0.4, 1.2, 0.2], 100)
    given = (rates, [3] * 300, SERVICE, SERVICE)
    exact, found = transient_day(*given, period=0.2), modified_offered_load(*given, period=0.2)
    assert exact.mean_waiting.max() > 1.5
    assert found.mean_queue == pytest.approx(exact.mean_waiting, abs=4e-4)


def test_overload_is_endless_by_sipp_and_finite_by_carrying_the_backlog():
    rates, servers = [0.3, 0.8, 0.3, 0.1], [3, 3, 3, 3]
    alone, exact = sipp(rates, servers, SERVICE, limits=[5.0]), transient_day(rates, servers, SERVICE, period=30.0)
    assert np.isinf(alone.mean_wait).tolist() == [False, True, False, False]
    assert (alone.wait_probability[1], alone.mean_queue[1], alone.service_level[0, 1]) == (1.0, math.inf, 0.0)
    carried = stationary_backlog_carryover(rates, servers, SERVICE, period=30.0)
    assert np.isfinite(carried.mean_queue).all()
    after = abs(carried.mean_queue[2] - exact.mean_waiting[2])
    assert alone.mean_queue[2] < 0.2 * exact.mean_waiting[2]
    assert after < abs(alone.mean_queue[2] - exact.mean_waiting[2])


@pytest.mark.parametrize("approximation", [*TIMED, sipp])
def test_nobody_arrives_and_nobody_waits(approximation):
    more = {} if approximation is sipp else {"period": 30.0}
    day = approximation([0.0, 0.0], [2, 0], SERVICE, limits=[1.0, 5.0], **more)
    assert measures(day).tolist() == np.zeros((3, 2)).tolist()
    assert day.service_level.tolist() == [[1.0, 1.0], [1.0, 1.0]]


@pytest.mark.parametrize("approximation", TIMED)
def test_without_servers_the_wait_is_endless(approximation):
    day = approximation([0.1, 0.1], [0, 0], SERVICE, period=30.0, limits=[5.0])
    assert np.isinf(day.mean_wait).all()
    assert day.service_level.tolist() == [[0.0, 0.0]]


BAD = [
    ("arrival_rate", [0.1, math.nan]),
    ("arrival_rate", [0.1, -1.0]),
    ("servers", [1, 2.5]),
    ("servers", [1, -1]),
    ("servers", [1]),
    ("servers", [1, math.inf]),
    ("service_rate", 0.0),
    ("service_rate", math.inf),
    ("limits", [0.0]),
    ("limits", [math.nan]),
]


@pytest.mark.parametrize("approximation", [*TIMED, sipp])
@pytest.mark.parametrize(("name", "value"), BAD)
def test_bad_numbers_are_named(approximation, name, value):
    given = {"arrival_rate": [0.1, 0.2], "servers": [1, 2], "service_rate": 0.2, "limits": [1.0]}
    more = {} if approximation is sipp else {"period": 30.0}
    with pytest.raises(InvalidParameterError, match=name):
        approximation(**{**given, name: value}, **more)


@pytest.mark.parametrize("approximation", TIMED)
@pytest.mark.parametrize("period", [0.0, -1.0, math.nan])
def test_a_bad_period_is_named(approximation, period):
    with pytest.raises(InvalidParameterError, match="period"):
        approximation([0.1], [1], 0.2, period=period)


@pytest.mark.parametrize("abandonment", [-0.1, math.nan, math.inf])
def test_a_bad_abandonment_rate_is_named(abandonment):
    with pytest.raises(InvalidParameterError, match="abandonment_rate"):
        sipp([0.1], [1], 0.2, abandonment)
