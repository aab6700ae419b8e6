"""Every event of small days with every rule, as the kernel writes it down, against a plain reference."""

import os
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest

from optimizer.simulation import records as names
from optimizer.simulation.distributions import Distribution
from optimizer.simulation.hall import CustomerClass, Hall, Pitch, Station, Visit

HALLS, DAYS = range(240), (0, 3)
CLOSE = {"rtol": 1e-10, "atol": 1e-9}
OF_STATIONS = {names.FAILURE, names.REPAIRED, names.SERVERS}
"""Events that go on until the last customer is known to have gone, which may be late."""


def by_what(log, but=()):
    """Moments of the events of a log by event, customer, station and number."""
    moments = defaultdict(list)
    for moment, *what in log:
        if what[0] not in but:
            moments[tuple(what)].append(moment)
    return {what: sorted(found) for what, found in sorted(moments.items())}


def assert_same_log(log, other, but=()):
    moments, others = by_what(log, but), by_what(other, but)
    assert list(moments) == list(others)
    for what, found in moments.items():
        np.testing.assert_allclose(found, others[what], rtol=0, atol=1e-9, err_msg=str(what))


@pytest.fixture
def check(followed, reference, totals_of):
    """A function that follows a day by both and holds them against each other; returns the plain one."""

    def check(hall, seed=0, index=0, given=None, **how):
        plain = reference.ReferenceDay(hall, seed, index, given)
        day = followed(hall, seed, index, given, **how)
        assert day.ending == (names.STUCK if plain.stuck else names.DONE)
        if not plain.stuck:
            lazy = OF_STATIONS if how.get("watched") is False else ()
            assert_same_log(day.log, plain.log, lazy)
            np.testing.assert_allclose(day.totals, totals_of(hall, plain), **CLOSE)
            np.testing.assert_allclose(day.occupied, plain.occupied, **CLOSE)
        return plain

    return check


@pytest.mark.parametrize("number", HALLS)
def test_every_event_of_a_random_hall_is_as_in_the_reference(number, random_hall, check):
    hall, given = random_hall(number)
    for index in DAYS:
        check(hall, number, index, given)


def unwatched(hall):
    """The hall without what depends on the number waiting."""
    classes = tuple(
        replace(
            each,
            visits={name: replace(v, balking=0.0, form=v.form and replace(v.form, below=0), pitch=None)
                    for name, v in each.visits.items()},
            advice=each.advice and replace(each.advice, when_waiting=0),
        )
        for each in hall.classes
    )  # fmt: skip
    return replace(hall, stations=tuple(replace(each, capacity=None) for each in hall.stations), classes=classes)


@pytest.mark.parametrize("number", HALLS[::2])
def test_giving_up_late_changes_nothing(number, random_hall, check, followed):
    """Where nobody looks at the number waiting, the kernel finds those who have given up when it calls."""
    hall, given = random_hall(number)
    hall = unwatched(hall)
    check(hall, number, 1, given, watched=False)
    late, watched = (followed(hall, number, 1, given, watched=how) for how in (False, True))
    np.testing.assert_allclose(late.totals, watched.totals, **CLOSE)
    np.testing.assert_allclose(late.occupied, watched.occupied, **CLOSE)
    assert_same_log(late.log, watched.log, OF_STATIONS)


def test_random_halls_use_every_rule(random_hall, reference):
    measures, events, seen = np.zeros(names.WITHIN), Counter(), Counter()
    for number in HALLS:
        hall, given = random_hall(number)
        day = reference.ReferenceDay(hall, number, 0, given)
        measures += sum(each[: names.WITHIN].sum(axis=1) for each in day.totals.values())
        events.update(event for _, event, *_ in day.log)
        events["dead"] += sum(who < 0 and event == names.START for _, event, who, *_ in day.log)
        seen += day.seen
    used = set(range(names.WITHIN)) - {names.LOST}
    assert min(measures[list(used)]) > 500, measures
    assert set(events) == {*range(names.SERVERS + 1), "dead"}
    assert min(events.values()) > 300, events
    assert {what: n for what, n in seen.items() if n < 10} == {}
    assert set(seen) == {
        "advice withheld", "come back", "interrupted", "dead number interrupted", "gives up again", "second turn",
        "second turn after a failure",
    }  # fmt: skip


def test_the_kernel_stays_inside_its_arrays():
    """Compiled, it does not check indices; interpreted, it does, and here refuses those below 0 as well."""
    chosen = [f"test_every_event_of_a_random_hall_is_as_in_the_reference[{number}]" for number in HALLS[::5]]
    chosen += [each.__name__ for each in (test_all_servers_of_a_shift_begin_at_once, test_a_day_that_is_too_large)]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(f"{__file__}::{name}" for name in chosen)],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    assert f"{len(chosen)} passed" in run.stdout


# By hand: one line, customers of a log who come at whole minutes.


def desk(*servers, closing=200.0, patience=None, service=5.0, **more):
    """A hall of one station, "desk", and one class."""
    visit = Visit(
        Distribution.constant(service),
        patience=Distribution.never() if patience is None else Distribution.constant(patience),
        balking=more.pop("balking", 0.0),
        pitch=more.pop("pitch", None),
    )
    station = Station("desk", servers, **more)
    return Hall(closing, (station,), (CustomerClass("all", (0.0,), ("desk",), {"desk": visit}),))


def customers(*moments, services=None):
    """Customers of a log, all of the first class."""
    return moments, (0,) * len(moments), services or (float("nan"),) * len(moments)


def moments_of(day, event):
    return {customer: moment for moment, kind, customer, *_ in day.log if kind == event}


both = pytest.mark.parametrize("watched", [False, True])


def test_at_one_moment_a_service_ends_before_a_customer_comes_in(followed):
    day = followed(desk((0, 1), capacity=1), given=customers(0, 5))
    assert moments_of(day, names.START) == {0: 0, 1: 5}
    assert moments_of(day, names.TURN_AWAY) == {}


def test_at_one_moment_patience_runs_out_before_a_customer_comes_in(followed):
    day = followed(desk((0, 1), balking=1.0, patience=4.0, service=50.0), given=customers(0, 1, 5))
    assert moments_of(day, names.GIVE_UP) == {1: 5, 2: 9}
    assert moments_of(day, names.TURN_AWAY) == {}


@both
def test_whose_patience_runs_out_when_a_server_becomes_free_is_not_called(followed, watched):
    day = followed(desk((0, 1), patience=4.0), given=customers(0, 1, 2), watched=watched)
    assert moments_of(day, names.GIVE_UP) == {1: 5}
    assert moments_of(day, names.START) == {0: 0, 2: 5}


def test_whose_patience_runs_out_when_a_server_becomes_free_leaves_room(followed):
    day = followed(desk((0, 1), patience=4.0, capacity=3), given=customers(0, 1, 2, 6, 6, 6))
    assert moments_of(day, names.GIVE_UP) == {1: 5, 3: 10, 4: 10}
    assert moments_of(day, names.TURN_AWAY) == {5: 6}


@both
def test_whose_patience_runs_out_when_servers_rise_is_not_called(followed, watched):
    day = followed(desk((0, 0), (10, 2), patience=8.0), given=customers(2, 3, 4), watched=watched)
    assert moments_of(day, names.GIVE_UP) == {0: 10}
    assert moments_of(day, names.START) == {1: 10, 2: 10}


@both
def test_whose_patience_is_0_is_served_at_once_or_not_at_all(followed, watched):
    day = followed(desk((0, 1), patience=0.0), given=customers(0, 1, 5, 10, 10), watched=watched)
    assert moments_of(day, names.START) == {0: 0, 2: 5, 3: 10}
    assert moments_of(day, names.GIVE_UP) == {1: 1, 4: 10}


def test_at_one_moment_services_end_before_servers_leave(followed):
    """Those who leave finish what they began, and have called the next already."""
    day = followed(desk((0, 2), (5, 1)), given=customers(0, 0, 1, 2, 3))
    assert moments_of(day, names.START) == {0: 0, 1: 0, 2: 5, 3: 5, 4: 10}


def test_nobody_is_called_until_fewer_than_the_new_number_are_in_service(followed):
    services = (9.0, 7.0, 8.0, 5.0, 5.0)
    day = followed(desk((0, 3), (5, 1)), given=customers(0, 0, 0, 1, 2, services=services))
    assert moments_of(day, names.START) == {0: 0, 1: 0, 2: 0, 3: 9, 4: 14}


def test_at_one_moment_servers_change_before_a_customer_comes_in(followed):
    day = followed(desk((0, 0), (10, 2), balking=1.0), given=customers(1, 10))
    assert moments_of(day, names.START) == {0: 10, 1: 10}


def test_those_who_come_at_one_moment_are_taken_in_their_order(followed):
    day = followed(desk((0, 1), capacity=2), given=customers(3, 3, 3))
    assert moments_of(day, names.START) == {0: 3, 1: 8}
    assert moments_of(day, names.TURN_AWAY) == {2: 3}


def test_a_pitch_depends_on_those_left_waiting(followed):
    day = followed(desk((0, 1), pitch=Pitch(2.0, 1)), given=customers(0, 1, 2))
    assert moments_of(day, names.END) == {0: 7, 1: 12, 2: 19}
    assert day.totals[0, names.PITCHES, 0] == 2


@both
def test_after_closing_nobody_gives_up_or_turns_away(followed, watched):
    rules = {"balking": 1.0, "capacity": 2} if watched else {}
    hall = desk((0, 1), (10, 0), closing=20.0, patience=12.0, **rules)
    day = followed(hall, given=customers(5, 9, 20, 21, services=(30.0, 5.0, 5.0, 5.0)), watched=watched)
    assert moments_of(day, names.START) == {0: 5, 1: 35, 2: 40, 3: 45}
    assert day.totals[0, names.SERVED].tolist() == [0, 4]
    assert day.totals[0, names.WAITING].tolist() == [11, 59 - 11 + 11]


def test_at_equal_standing_the_higher_rank_is_called(followed):
    visit = Visit(Distribution.constant(5.0))
    low, high = ({"desk": replace(visit, rank=rank)} for rank in (0, 1))
    hall = Hall(
        100.0, (Station("desk"),),
        (CustomerClass("low", (0.0,), ("desk",), low), CustomerClass("high", (0.0,), ("desk",), high)), head_start=3.0,
    )  # fmt: skip
    given = (0, 1, 4, 6), (0, 0, 1, 1), (7.0, 5.0, 5.0, 5.0)
    assert moments_of(followed(hall, given=given), names.START) == {0: 0, 2: 7, 1: 12, 3: 17}


# Where the kernel could fail as a program.


def test_all_servers_of_a_shift_begin_at_once(check, followed):
    """All wait at four stations in a row with patience to spare, which fills the events to come, and then all start."""
    row = ("first", "second", "third", "last")
    visit = Visit(Distribution.constant(0.1), patience=Distribution.constant(100.0))
    stations = (*map(Station, row[:-1]), Station("last", ((0.0, 0), (50.0, 26))))
    each = CustomerClass("all", (0.0,), row, dict.fromkeys(row, visit))
    hall, given = Hall(300.0, stations, (each,)), customers(*[0.5] * 26)
    check(hall, given=given, room=100)
    endings = [followed(hall, given=given, room=room).ending for room in range(26, 100)]
    assert set(endings) == {names.NO_ROOM, names.DONE}
    assert endings == sorted(endings, reverse=True)


def test_a_day_that_is_too_large(followed):
    busy = desk((0, 1), patience=500.0, closing=1000.0)
    for many, room in ((0, 0), (10, 9), (10, 10)):
        ending = followed(busy, given=customers(*range(1, many + 2)), room=room).ending
        assert ending == (names.DONE if many < room else names.NO_ROOM)


@both
def test_a_day_ends_where_all_have_given_up_at_machines_that_are_never_repaired(followed, watched):
    hall = desk((0, 1), patience=20.0, failure_rate=0.3)
    day = followed(hall, given=customers(0, 1, 2, services=(1e6,) * 3), watched=watched)
    assert day.ending == names.DONE
    assert set(moments_of(day, names.GIVE_UP)) == {0, 1, 2}
    endless = followed(desk((0, 1), failure_rate=0.3), given=customers(0, services=(1e6,)), watched=watched)
    assert endless.ending == names.STUCK
