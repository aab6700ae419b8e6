"""The events of a day: whole, in order, and adding up to what the simulation counts on that day."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest

from optimizer.simulation import (
    CustomerClass,
    Distribution,
    Hall,
    Happening,
    Replications,
    Station,
    Visit,
    branch_hall,
    follow_events,
    seed_of,
    simulate_hall,
    simulated_day,
)
from optimizer.simulation.arrays import hall_arrays
from optimizer.simulation.records import ABANDONED, ARRIVALS, SERVED, TURNED_AWAY, WAITING

HALLS = range(100, 160)
LAST = {Happening.LEAVES, Happening.GIVES_UP, Happening.TURNS_AWAY}
COUNTED = {ABANDONED: Happening.GIVES_UP, TURNED_AWAY: Happening.TURNS_AWAY, SERVED: Happening.IS_SERVED}


@pytest.fixture(scope="module")
def halls(random_hall):
    """Random halls with every rule, and a day of each."""
    made = [(random_hall(number)[0], number) for number in HALLS]
    return [(hall, number, follow_events(hall, number)) for hall, number in made]


def of_customers(day):
    """Events by customer."""
    events = defaultdict(list)
    for event in day.events:
        if event.customer is not None and event.happening is not Happening.FAILS:
            events[event.customer].append(event)
    return events


def minutes(events, count):
    """Integral of a number over the day."""
    moments = [event.moment for event in events]
    return sum(
        count(event.after) * (end - begin) for event, (begin, end) in zip(events, pairwise(moments), strict=False)
    )


def test_every_rule_is_met(halls):
    happened = Counter(event.happening for _, _, day in halls for event in day.events)
    assert [happening for happening in Happening if happened[happening] < 20] == []


def test_every_customer_comes_in_once_and_leaves_once(halls):
    for _, number, day in halls:
        events = of_customers(day)
        assert sorted(events) == list(range(1, day.customers + 1)), number
        for customer, own in events.items():
            told = [event.happening for event in own]
            assert told[0] is Happening.COMES_IN, (number, customer)
            assert told.count(Happening.COMES_IN) == 1
            assert [happening for happening in told if happening in LAST] == told[-1:], (number, customer)


def test_events_stand_in_the_order_of_time(halls):
    for _, _, day in halls:
        assert all(before.moment <= after.moment for before, after in pairwise(day.events))


def test_no_number_falls_below_zero_and_the_hall_is_left_empty(halls):
    for hall, number, day in halls:
        assert min((min(event.after) for event in day.events if event.after is not None), default=0) >= 0, number
        for station in hall.stations:
            assert [each.after[:3] for each in day.at(station.name)[-1:]] in ([(0, 0, 0)], []), (number, station.name)


def test_nobody_is_called_unless_a_server_is_free(halls):
    calls = (Happening.IS_CALLED, Happening.CALLED_IN_VAIN)
    for _, number, day in halls:
        after = [event.after for event in day.events if event.happening in calls]
        assert all(each.in_service <= each.servers for each in after), number


def test_the_events_recompute_what_is_counted_on_the_day(halls, followed):
    for hall, number, day in halls:
        counted = followed(hall, number, watched=False)
        station_of_visit = hall_arrays(hall).station
        for s, station in enumerate(hall.stations):
            events, visits = day.at(station.name), counted.totals[station_of_visit == s]
            total = visits.sum(axis=(0, 2))
            assert minutes(events, lambda after: after.waiting) == pytest.approx(total[WAITING], abs=1e-9), number
            assert minutes(events, lambda after: after.in_service) == pytest.approx(counted.occupied[s].sum(), abs=1e-9)
            if not station.remote:
                happened = Counter(event.happening for event in events)
                assert {m: happened[happening] for m, happening in COUNTED.items()} == {m: total[m] for m in COUNTED}
                joined = happened[Happening.TAKES_NUMBER] + happened[Happening.TURNS_AWAY]
                assert joined == total[ARRIVALS], number


def test_the_same_seed_gives_the_same_day_and_another_another(halls):
    hall, number, day = halls[0]
    assert follow_events(hall, number) == day
    assert follow_events(hall, number + 1) != day
    assert follow_events(hall, number, index=1) != day


@pytest.fixture(scope="module")
def line():
    """One server, a customer every two minutes, three minutes for each, and a door that closes after seven."""
    visits = {"desk": Visit(Distribution.constant(3.0))}
    classes = (CustomerClass("all", (0.5,), ("desk",), visits),)
    return Hall(7.0, (Station("desk"),), classes, gap=Distribution.constant(1.0))


def test_a_day_that_can_be_followed_by_hand(line):
    day = follow_events(line, 0)
    told = [(event.moment, event.happening.value, event.customer, event.after) for event in day.events]
    assert (day.closing, day.customers) == (7.0, 3)
    assert told == [
        (0.0, "servers change", None, (0, 0, 0, 1)),
        (2.0, "comes in", 1, None), (2.0, "takes a number", 1, (1, 0, 0, 1)), (2.0, "is called", 1, (0, 0, 1, 1)),
        (4.0, "comes in", 2, None), (4.0, "takes a number", 2, (1, 0, 1, 1)),
        (5.0, "has been served", 1, (1, 0, 0, 1)), (5.0, "leaves", 1, (1, 0, 0, 1)),
        (5.0, "is called", 2, (0, 0, 1, 1)),
        (6.0, "comes in", 3, None), (6.0, "takes a number", 3, (1, 0, 1, 1)),
        (7.0, "servers change", None, (1, 0, 1, 1)),
        (8.0, "has been served", 2, (1, 0, 0, 1)), (8.0, "leaves", 2, (1, 0, 0, 1)),
        (8.0, "is called", 3, (0, 0, 1, 1)),
        (11.0, "has been served", 3, (0, 0, 0, 1)), (11.0, "leaves", 3, (0, 0, 0, 1)),
    ]  # fmt: skip


def test_servers_change_after_the_last_customer_too():
    visits = {"desk": Visit(Distribution.constant(3.0))}
    classes = (CustomerClass("all", (0.0, 0.0), ("desk",), visits),)
    day = follow_events(Hall(30.0, (Station("desk", ((0.0, 2), (40.0, 1))),), classes), 0)
    assert [(event.moment, event.after.servers) for event in day.events] == [(0, 2), (40, 1), (60, 1)]


def test_the_day_shown_is_the_first_of_those_that_are_measured(small_branch, small_policy, followed):
    for index, day_type in enumerate(small_branch.day_types):
        hall = branch_hall(small_branch, small_policy, day_type)
        day = simulated_day(small_branch, small_policy, day_type, 3)
        counted = followed(hall, seed_of(3, index), watched=False)
        stations = hall_arrays(hall).station
        for s, station in enumerate(hall.stations):
            waiting = counted.totals[stations == s, WAITING].sum()
            assert minutes(day.at(station.name), lambda after: after.waiting) == pytest.approx(waiting, abs=1e-9)


def test_what_many_days_tell_is_what_is_estimated(small_branch, small_policy):
    hall = branch_hall(small_branch, small_policy, "weekday")
    estimate = simulate_hall(hall, Replications(30, seed=9))
    days = [follow_events(hall, 9, index) for index in range(30)]
    for station in ("lobby", "cash", "general", "atm"):
        waits = [minutes(day.at(station), lambda after: after.waiting) for day in days]
        assert np.mean(waits) == pytest.approx(float(estimate.measures(station).waiting.value), rel=1e-9)


def test_a_station_outside_the_hall_has_no_servers_that_change(small_branch, small_policy):
    day = simulated_day(small_branch, small_policy, "weekday", 0)
    assert {event.happening for event in day.at("ebank")} == {Happening.LEAVES}
