"""Facts that bounds rely on: one more server never makes anyone wait longer, if patience outlasts service (η ≤ μ)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.queues import transient_day

ROUNDING = 1e-9
INTEGRATION = 1e-3
"""What the rule over moments of arrival may be wrong by in a service level where a period sees dozens of events."""


def rises(less, more, within=ROUNDING):
    """Whether any of ``more`` is above ``less``, beyond rounding."""
    less, more = np.asarray(less), np.asarray(more)
    return bool((more > less + within * (1 + abs(less))).any())


def worsens(day, better, within=INTEGRATION):
    """Measures of ``better`` that are worse than those of ``day``."""
    names = ("waiting", "waiting_after_closing", "overtime")
    found = [name for name in names if rises(getattr(day, name), getattr(better, name))]
    return found + ["service_level"] * rises(1 - day.service_level, 1 - better.service_level, within)


def one_more(servers):
    """The same servers with one more in a period, for each period."""
    return [[s + (i == t) for i, s in enumerate(servers)] for t in range(len(servers))]


@st.composite
def days(draw):
    """Rates, servers, μ, η ≤ μ, length of a period and a limit."""
    count = draw(st.integers(1, 5))
    rates = draw(st.lists(st.floats(0, 2), min_size=count, max_size=count))
    servers = draw(st.lists(st.integers(0, 6), min_size=count, max_size=count))
    service = draw(st.floats(0.05, 0.5))
    share = draw(st.sampled_from([0.0, 1.0]) | st.floats(0, 1))
    period = draw(st.sampled_from([5.0, 15.0, 30.0]))
    return rates, servers, service, share * service, period, draw(st.floats(0.5, 40))


@settings(derandomize=True, max_examples=150, deadline=None)
@given(days())
def test_one_more_server_never_hurts(drawn):
    rates, servers, service, abandonment, period, limit = drawn
    day = transient_day(rates, servers, service, abandonment, period=period, limits=[limit])
    for more in one_more(servers):
        better = transient_day(rates, more, service, abandonment, period=period, limits=[limit])
        assert worsens(day, better) == []


@settings(derandomize=True, max_examples=200, deadline=None)
@given(days(), st.integers(0, 4), st.floats(0.001, 1))
def test_more_arrivals_never_shorten_waiting(drawn, at, added):
    rates, servers, service, abandonment, period, _ = drawn
    higher = [rate + added * (t == at % len(rates)) for t, rate in enumerate(rates)]
    day = transient_day(rates, servers, service, abandonment, period=period)
    busier = transient_day(higher, servers, service, abandonment, period=period)
    assert not rises(busier.waiting, day.waiting)
    assert not rises(busier.waiting_after_closing, day.waiting_after_closing)
    assert not rises(busier.overtime, day.overtime)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0], ids="eta={}mu".format)
def test_one_more_server_never_hurts_on_seeded_days(share):
    random = np.random.default_rng([4, int(10 * share)])
    for _ in range(40):
        count = int(random.integers(2, 6))
        rates, servers = random.uniform(0, 2, count), random.integers(0, 9, count)
        service, period = random.uniform(0.05, 0.5), float(random.choice([10.0, 15.0, 30.0]))
        day = transient_day(rates, servers, service, share * service, period=period)
        for more in one_more(servers):
            better = transient_day(rates, more, service, share * service, period=period)
            assert worsens(day, better) == [], (rates, servers, more, service, period)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0], ids="eta={}mu".format)
def test_one_more_server_lowers_no_service_level_on_short_periods(share):
    """Short periods, in which the rule over moments of arrival is exact to ten digits."""
    random = np.random.default_rng([5, int(10 * share)])
    for _ in range(25):
        rates, servers = random.uniform(0, 0.6, 4), random.integers(0, 5, 4)
        limits = [float(random.uniform(0.5, 5)), float(random.uniform(5, 15))]
        day = transient_day(rates, servers, 0.25, share * 0.25, period=5.0, limits=limits)
        for more in one_more(servers):
            better = transient_day(rates, more, 0.25, share * 0.25, period=5.0, limits=limits)
            assert worsens(day, better, ROUNDING) == [], (rates, servers, more, limits)


def test_more_servers_can_mean_longer_waiting_when_patience_is_shorter_than_service():
    """Those who wait leave faster than those in service, so that a drop in servers later finds more of them."""
    given = {"service_rate": 0.2, "abandonment_rate": 0.3, "period": 30.0}
    more = transient_day([0.5, 0.5, 1.2, 0.8], [4, 1, 6, 4], **given)
    fewer = transient_day([0.5, 0.5, 1.2, 0.8], [4, 1, 2, 4], **given)
    assert round(float(more.waiting[3]), 2) == 20.32
    assert round(float(fewer.waiting[3]), 2) == 19.07
    assert more.waiting[2] < fewer.waiting[2]


def test_one_more_server_never_hurts_under_the_preemptive_rule():
    random = np.random.default_rng(6)
    for _ in range(60):
        rates, servers = random.uniform(0, 2, 4), random.integers(0, 9, 4)
        service, share = random.uniform(0.05, 0.5), float(random.choice([0.0, 0.5, 1.0]))
        day = transient_day(rates, servers, service, share * service, period=15.0, preemptive=True)
        for more in one_more(servers):
            better = transient_day(rates, more, service, share * service, period=15.0, preemptive=True)
            assert worsens(day, better) == [], (rates, servers, more, service, share)
