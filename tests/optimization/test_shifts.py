"""Legal shifts are generated, all of them, and only they."""

from itertools import pairwise

import numpy as np
import pytest

from optimizer.evaluation import shift_breach, shift_cost
from optimizer.optimization import legal_shifts
from optimizer.optimization.shifts import generate_shifts
from optimizer.problem import ShiftRules

RULES = {"earliest_start": "09:00", "latest_end": "13:00", "lengths": [2.0, 4.0], "start_step": 60.0}
MEAL = {"earliest": "10:00", "latest": "12:00", "minutes": 60.0, "from_hours": 4.0}


def clock(minutes):
    return None if minutes is None else f"{minutes // 60}:{minutes % 60:02d}"


def generated(period=60, **changes):
    rules = ShiftRules.model_validate(RULES | changes)
    shifts = list(generate_shifts(rules, period))
    assert all(shift_breach(rules, shift) is None for shift in shifts)
    return [" ".join(filter(None, map(clock, (s.start, s.meal_start, s.meal_end, s.end)))) for s in shifts]


def test_by_start_and_length():
    assert generated() == ["9:00 11:00", "9:00 13:00", "10:00 12:00", "11:00 13:00"]


def test_by_start_step():
    assert generated(start_step=120.0) == ["9:00 11:00", "9:00 13:00", "11:00 13:00"]
    assert generated(lengths=[3.5], start_step=30.0) == ["9:00 12:30", "9:30 13:00"]


def test_longer_than_the_day():
    assert generated(lengths=[5.0]) == []


def test_a_meal_inside_the_longer_ones():
    expected = ["9:00 11:00", "9:00 10:00 11:00 13:00", "9:00 11:00 12:00 13:00", "10:00 12:00", "11:00 13:00"]
    assert generated(meal=MEAL) == expected


def test_a_meal_in_steps_of_a_period():
    short = MEAL | {"minutes": 30.0}
    meals = [text.split()[1] for text in generated(30, lengths=[4.0], meal=short)]
    assert meals == ["10:00", "10:30", "11:00", "11:30"]


def test_a_meal_neither_begins_nor_ends_a_shift():
    wide = MEAL | {"earliest": "09:00", "latest": "13:00"}
    meals = [text.split()[1:3] for text in generated(lengths=[4.0], meal=wide)]
    assert meals == [["10:00", "11:00"], ["11:00", "12:00"]]


def test_no_place_for_a_meal():
    assert generated(lengths=[4.0], meal=MEAL | {"earliest": "12:30", "latest": "14:00"}) == []


def test_only_the_cheapest_of_those_that_cover_the_same(tiny):
    """A branch that opens at nine and closes at one: an hour before nine or after one covers nothing."""
    branch = tiny(
        skills__teller__shifts__earliest_start="08:00",
        skills__teller__shifts__latest_end="14:00",
        skills__teller__shifts__lengths=[4.0, 5.0],
    )
    found = {tuple(s.covers): (clock(s.shift.start), clock(s.shift.end), s.cost) for s in legal_shifts(branch, "day")}
    assert found == {
        (True, True, True, False): ("8:00", "12:00", 200.0),
        (True, True, True, True): ("9:00", "13:00", 200.0),
        (False, True, True, True): ("10:00", "14:00", 200.0),
    }


def test_shifts_that_cover_nothing_are_left_out(tiny):
    branch = tiny(
        skills__teller__shifts__earliest_start="13:00",
        skills__teller__shifts__latest_end="17:00",
        skills__teller__shifts__lengths=[4.0],
    )
    assert legal_shifts(branch, "day") == ()


def assert_nothing_is_missing(branch, day_type, shifts_of):
    """For every shift that the rules permit one is generated that covers as much and costs no more."""
    found = legal_shifts(branch, day_type)
    for skill, shift, cost, covers in shifts_of(branch, day_type):
        assert any(
            legal.skill == skill and (legal.covers >= np.array(covers)).all() and legal.cost <= cost + 1e-9
            for legal in found
        ), shift
    for legal in found:
        assert shift_breach(branch.skills[legal.skill].shifts, legal.shift) is None
        assert shift_cost(branch.skills[legal.skill], legal.shift) == legal.cost


@pytest.mark.parametrize("seed", range(0, 60, 2))
def test_nothing_is_missing(seed, random_branch, shifts_of):
    branch = random_branch(seed, targets=False)
    for day_type in branch.day_types:
        assert_nothing_is_missing(branch, day_type, shifts_of)


@pytest.mark.parametrize("earliest", ["10:00", "10:10", "10:30", "11:05"])
def test_a_meal_may_begin_between_periods(tiny, shifts_of, earliest):
    """A meal from ten past is legal, and so is one on the hour, which takes a person from fewer periods."""
    meal = {"earliest": earliest, "latest": "13:00", "minutes": 60.0, "from_hours": 4.0}
    branch = tiny(skills__teller__shifts__meal=meal, skills__teller__shifts__lengths=[4.0])
    assert_nothing_is_missing(branch, "day", shifts_of)


def test_covers_says_who_is_on_duty(random_branch):
    branch = random_branch(3, targets=False)
    for day_type in branch.day_types:
        opening, periods = branch.hours(day_type).open, branch.periods(day_type)
        for legal in legal_shifts(branch, day_type):
            edges = opening + branch.period * np.arange(periods + 1)
            works = [legal.shift.works(int(a), int(b)) for a, b in pairwise(edges)]
            assert legal.covers.tolist() == works
