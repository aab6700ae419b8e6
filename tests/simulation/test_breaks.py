"""Short breaks: when people are away, and which places are empty then."""

from itertools import pairwise

import numpy as np
import pytest

from optimizer.problem import Assignment, Shift, ShiftRules
from optimizer.simulation import Replications, branch_hall, simulate_pair
from optimizer.simulation.breaks import short_breaks, staffed


def clock(text):
    hours, minutes = text.split(":")
    return 60 * int(hours) + float(minutes)


@pytest.fixture
def breaks_of():
    """A function that gives begin and end of the breaks of people on a shift, in order."""

    def find(start, end, *, people=1, breaks=1, minutes=15.0, meal=(None, None)):
        rules = ShiftRules(
            earliest_start="06:00", latest_end="22:00", lengths=(4.0,), start_step=30.0, short_breaks=breaks,
            short_break_minutes=minutes,
        )  # fmt: skip
        shift = Shift(start=start, end=end, meal_start=meal[0], meal_end=meal[1])
        return sorted(short_breaks(rules, Assignment(skill="teller", shift=shift, people=people)))

    return find


@pytest.fixture
def steps_of(small_branch, small_policy, changed):
    """A function that gives the servers of a weekday of the small branch whose tellers have a break of 15 minutes."""

    def find(branch=None, policy=None, breaks="teller"):
        rules = {f"skills.{breaks}.shifts.short_breaks": 1, f"skills.{breaks}.shifts.short_break_minutes": 15}
        return staffed(changed(small_branch, rules | (branch or {})), changed(small_policy, policy or {}), "weekday")

    return find


def people(*shifts):
    """Assignments from skill, start, end, people."""
    return [{"skill": skill, "shift": {"start": start, "end": end}, "people": n} for skill, start, end, n in shifts]


def level_at(steps, moment):
    return next(servers for begin, servers in reversed(steps) if begin <= moment)


# When people are away.


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        ({}, ["10:52.5"]),
        ({"breaks": 2}, ["10:12.5", "11:32.5"]),
        ({"breaks": 3, "minutes": 10}, ["09:55", "10:55", "11:55"]),
        ({"people": 2}, ["10:45", "11:00"]),
        ({"people": 3, "minutes": 20}, ["10:30", "10:50", "11:10"]),
        ({"breaks": 0}, []),
    ],
)
def test_breaks_are_in_the_middle_of_the_shift_one_after_the_other(shift, expected, breaks_of):
    found = breaks_of("09:00", "13:00", **shift)
    minutes = shift.get("minutes", 15)
    assert found == [(clock(begin), clock(begin) + minutes) for begin in expected]


@pytest.mark.parametrize(
    ("meal", "people", "expected"),
    [
        # 210 minutes at work, the middle of them after 105.
        (("11:00", "11:30"), 1, ["10:37.5"]),
        (("10:00", "10:30"), 1, ["11:07.5"]),
        # The meal would cut the break: it is taken afterwards.
        (("10:45", "11:15"), 1, ["11:15"]),
        # 82.5, 97.5 and 112.5 minutes after the start; the last does not end by 11:00.
        (("11:00", "11:30"), 3, ["10:22.5", "10:37.5", "11:30"]),
        # The second is put off, and the third waits for it.
        (("10:45", "11:15"), 3, ["10:22.5", "11:15", "11:30"]),
    ],
)
def test_no_break_falls_into_a_meal_and_colleagues_do_not_all_go_after_it(meal, people, expected, breaks_of):
    found = breaks_of("09:00", "13:00", people=people, meal=meal)
    assert [begin for begin, _ in found] == [clock(begin) for begin in expected]


def test_breaks_of_random_shifts_are_inside_them_outside_the_meal_and_staggered_where_there_is_time(breaks_of):
    rng = np.random.default_rng(3)
    staggered = 0
    for _ in range(500):
        start, length = 60 * int(rng.integers(6, 12)), 60 * int(rng.integers(2, 10))
        people, breaks, minutes = int(rng.integers(1, 9)), int(rng.integers(1, 4)), float(rng.integers(1, 5) * 5)
        meal = (None, None)
        if length >= 180 and rng.random() < 0.6:
            begin = start + 30 * int(rng.integers(1, length // 30 - 2))
            meal = (begin, begin + 30)
        found = breaks_of(start, start + length, people=people, breaks=breaks, minutes=minutes, meal=meal)
        assert len(found) == people * breaks
        assert all(start <= begin < end <= start + length + 1e-9 for begin, end in found)
        assert all(end == pytest.approx(begin + minutes) for begin, end in found)
        if meal[0] is not None:
            assert all(end <= meal[0] + 1e-9 or begin >= meal[1] - 1e-9 for begin, end in found)
        at_work = length - (30 if meal[0] is not None else 0)
        if at_work / (breaks + 1) >= (people + 1) * minutes:
            assert all(end <= begin + 1e-9 for (_, end), (begin, _) in pairwise(found))
            staggered += people * breaks > 1
    assert staggered > 100


def test_many_people_share_a_short_shift_evenly(breaks_of):
    found = breaks_of("09:00", "11:00", people=10, minutes=30)
    assert [begin - 540 for begin, _ in found] == pytest.approx([18 + 6 * person for person in range(10)])


# Which places are empty then.


def test_without_breaks_the_servers_are_those_of_the_plan(small_branch, small_policy, changed):
    rng = np.random.default_rng(1)
    for _ in range(20):
        windows = {role: rng.integers(0, 4, 8).tolist() for role in ("cash", "general")}
        policy = changed(small_policy, {"days.weekday.windows": windows})
        steps = staffed(small_branch, policy, "weekday")
        for role, levels in windows.items():
            assert [level_at(steps[role], 30 * t) for t in range(8)] == levels
            assert all(before != after for (_, before), (_, after) in pairwise(steps[role]))
            assert all(moment % 30 == 0 for moment, _ in steps[role])
        assert steps["lobby"] == ((0.0, 1),)


def test_a_window_is_closed_while_nobody_can_take_the_place(steps_of):
    # Three tellers and a clerk for two cash windows, a general one and the lobby: from 10:37.5 on one teller after the
    # other is away, for 45 minutes.
    assert steps_of() == {
        "cash": ((0.0, 2), (97.5, 1), (142.5, 2)), "general": ((0.0, 1),), "lobby": ((0.0, 1),),
    }  # fmt: skip


def test_nobody_else_can_take_the_place_of_the_only_clerk(steps_of):
    # Clerks work from 9 to 11 and from 11 to 13; tellers cannot open the general window.
    assert steps_of(breaks="clerk") == {
        "cash": ((0.0, 2),), "general": ((0.0, 1), (52.5, 0), (67.5, 1), (172.5, 0), (187.5, 1)), "lobby": ((0.0, 1),),
    }  # fmt: skip


def test_a_colleague_to_spare_takes_the_place(steps_of):
    spare = people(("teller", "09:00", "13:00", 4), ("clerk", "09:00", "13:00", 1))
    steps = steps_of(policy={"days.weekday.shifts": spare})
    assert steps == {"cash": ((0.0, 2),), "general": ((0.0, 1),), "lobby": ((0.0, 1),)}


def test_people_move_on_so_that_a_colleague_can_take_the_place(steps_of):
    # One cash window, one general, the lobby; while a clerk is away the only teller, who could open the cash window,
    # greets, as only a teller can, and the other clerks open both windows.
    policy = {
        "days.weekday.windows": {"cash": [1] * 8, "general": [1] * 8},
        "days.weekday.shifts": people(("teller", "09:00", "13:00", 1), ("clerk", "09:00", "13:00", 3)),
    }
    steps = steps_of(policy=policy, breaks="clerk")
    assert steps == {"cash": ((0.0, 1),), "general": ((0.0, 1),), "lobby": ((0.0, 1),)}


def test_the_window_is_lost_where_most_are_open(steps_of):
    policy = {
        "greeters": 0,
        "days.weekday.windows": {"cash": [1] * 8, "general": [2] * 8},
        "days.weekday.shifts": people(("clerk", "09:00", "13:00", 3)),
    }
    steps = steps_of(policy=policy, breaks="clerk")
    assert steps["cash"] == ((0.0, 1),)
    assert steps["general"] == ((0.0, 2), (97.5, 1), (142.5, 2))
    policy["days.weekday.windows"] = {"cash": [2] * 8, "general": [1] * 8}
    steps = steps_of(policy=policy, breaks="clerk")
    assert steps["cash"] == ((0.0, 2), (97.5, 1), (142.5, 2))
    assert steps["general"] == ((0.0, 1),)


def test_windows_are_lost_in_proportion_where_several_people_are_away(steps_of):
    # Of two shifts of three one each is away from 10:37.5 to 11:22.5: four people for four cash windows and two others.
    policy = {
        "greeters": 0,
        "days.weekday.windows": {"cash": [4] * 8, "general": [2] * 8},
        "days.weekday.shifts": people(("clerk", "09:00", "13:00", 3), ("clerk", "09:00", "13:00", 3)),
    }
    steps = steps_of(policy=policy, breaks="clerk")
    assert steps["cash"] == ((0.0, 4), (97.5, 3), (142.5, 4))
    assert steps["general"] == ((0.0, 2), (97.5, 1), (142.5, 2))


def test_levels_that_change_during_a_break_are_those_of_the_period(steps_of):
    # From 10:37.5 to 11:22.5 one of three tellers is away; at 11:00 the plan opens a third cash window.
    policy = {
        "greeters": 0,
        "days.weekday.windows": {"cash": [2, 2, 2, 2, 3, 3, 3, 3], "general": [1] * 8},
    }
    assert steps_of(policy=policy)["cash"] == ((0.0, 2), (142.5, 3))


def test_a_break_that_has_begun_before_the_door_opens_ends_after_it(steps_of):
    policy = {
        "greeters": 0,
        "days.weekday.shifts": people(("teller", "08:00", "10:00", 2), ("clerk", "09:00", "13:00", 1)),
    }
    steps = steps_of(policy=policy)
    # Both tellers serve until 10:00; the break of the second is from 9:00 to 9:15.
    assert steps["cash"] == ((0.0, 1), (15.0, 2))


def test_a_break_outside_the_periods_on_duty_takes_nobody_away(steps_of):
    # Who comes at 9:15 is not counted on from 9:00 to 9:30, so the break from 9:28 is no loss before 9:30.
    rules = {"skills.teller.shifts.short_breaks": 3, "skills.teller.shifts.short_break_minutes": 34}
    policy = {
        "greeters": 0,
        "days.weekday.windows": {"cash": [1, 2, 2, 2, 1, 1, 1, 1], "general": [0] * 8},
        "days.weekday.shifts": people(("teller", "09:00", "13:00", 1), ("teller", "09:15", "11:15", 1)),
    }
    cash = steps_of(rules, policy)["cash"]
    assert [level_at(cash, moment) for moment in (0, 28, 29.9)] == [1, 1, 1]
    # From 9:28 to 10:02 the second is away, from 9:43 to 10:17 the first.
    assert [level_at(cash, moment) for moment in (30, 43, 61)] == [1, 0, 0]


def test_breaks_reach_the_hall_and_make_customers_wait_longer(counter_branch, counter_policy, changed):
    rules = {"skills.teller.shifts.short_breaks": 1, "skills.teller.shifts.short_break_minutes": 20}
    halls = [branch_hall(each, counter_policy, "busy") for each in (counter_branch, changed(counter_branch, rules))]
    # One person each from 9 to 13, 9 to 11 and 10 to 12; breaks from 10:50, 9:50 and 10:50, when three are on duty
    # until 11:00 and two until 12:00.
    assert halls[1].stations[0].servers == (
        (0.0, 2), (50.0, 1), (60.0, 2), (70.0, 3), (110.0, 1), (120.0, 0), (130.0, 2), (180.0, 1),
    )  # fmt: skip
    difference = simulate_pair(*halls, Replications(1000, seed=5)).mean_wait("counter")
    assert difference.value > 10 * difference.error > 0
