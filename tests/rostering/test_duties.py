"""From a roster back to the hall."""

from datetime import date, timedelta

import pytest

from optimizer.problem import Leave
from optimizer.rostering.duties import Shortage, changed_days, duties, replan_requests, shortages
from optimizer.rostering.problem import Request, Roster
from optimizer.rostering.quarter import Duty, Settled, quarter_problem

MONDAY = date(2027, 2, 1)
LONG, CLERK = "teller 09:00-13:00", "clerk 09:00-13:00"


@pytest.fixture(scope="module")
def problem(roster_branch, roster_rules, staff, calendar, menus):
    return quarter_problem(roster_branch, roster_rules, staff, calendar, menus)


@pytest.fixture
def roster_of(problem):
    """A function that makes a roster of (person, day): kind; plan A on every day that has one."""

    def make(shifts):
        return Roster(tuple(0 if day.options else None for day in problem.days), shifts)

    return make


def test_meals_are_dealt_out_another_first_every_day(problem, roster_of, menus):
    roster = roster_of({(person, day): CLERK for person in ("C01", "C02") for day in (0, 1)})
    meals = [(duty.date.day, duty.person, duty.meal_start, duty.meal_end) for duty in duties(problem, roster, menus)]
    assert meals == [(1, "C01", 630, 660), (1, "C02", 660, 690), (2, "C01", 660, 690), (2, "C02", 630, 660)]


def test_a_duty_says_skill_clock_and_paid_minutes(problem, roster_of, menus):
    (duty,) = duties(problem, roster_of({("T01", 0): LONG}), menus)
    assert duty == Duty(MONDAY, "T01", "teller", 540, 780, None, None, 240)


def test_one_of_two_has_one_of_the_meals(problem, roster_of, menus):
    (duty,) = duties(problem, roster_of({("C02", 0): CLERK}), menus)
    assert (duty.meal_start, duty.meal_end) == (630, 660)


def test_one_too_many_has_a_meal_as_well(problem, roster_of, menus):
    found = duties(problem, roster_of({("C01", 5): CLERK, ("C02", 5): CLERK}), menus)
    assert [duty.meal_start for duty in found] == [630, 630]


def test_settled_duties_keep_their_meals(problem, roster_of, menus):
    past = Duty(MONDAY, "C01", "clerk", 540, 780, 700, 730, 210)
    settled = Settled(MONDAY + timedelta(1), {}, [past])
    found = duties(problem, roster_of({("C01", 0): CLERK, ("C01", 1): CLERK}), menus, settled)
    assert found[0] == past
    assert [duty.date for duty in found] == [MONDAY, MONDAY + timedelta(1)]


def test_who_is_missing_is_told_with_its_price(problem, roster_of):
    full = {(person, day): LONG for person in ("T01", "T02") for day in range(28)}
    full |= {(person, day): CLERK for person in ("C01", "C02") for day in range(28)}
    full |= {("T03", day): "teller 09:00-11:00" for day in range(5, 28, 7)}
    assert shortages(problem, roster_of(full)) == ()
    del full["T01", 2], full["T02", 2]
    assert shortages(problem, roster_of(full)) == (Shortage(date(2027, 2, 3), "teller", 540, 780, 2, 8000.0),)


def test_a_new_roster_is_asked_to_stay_as_the_old_one(problem):
    before = [Duty(MONDAY + timedelta(26), "T01", "teller", 540, 780, None, None, 240),
              Duty(MONDAY, "C01", "clerk", 540, 780, None, None, 210)]  # fmt: skip
    found = replan_requests(problem, before, MONDAY + timedelta(26), 100.0)
    assert [(request.person, request.day) for request in found] == [(n, d) for n in ("T01", "C01") for d in (26, 27)]
    assert Request("T01", 26, frozenset({LONG}), wanted=True, price=100.0, of_change=True) in found
    assert Request("T01", 27, None, wanted=False, price=100.0, of_change=True) in found


def test_nothing_is_asked_where_the_old_day_cannot_stay(roster_branch, roster_rules, staff, calendar, menus):
    last = calendar[-1].date
    away = staff.replace(leave=[Leave(person="T01", first=last, last=last)])
    problem = quarter_problem(roster_branch, roster_rules, away, calendar, menus)
    before = [Duty(last, "T01", "teller", 540, 780, None, None, 240),
              Duty(last, "T02", "teller", 500, 700, None, None, 200),
              Duty(MONDAY, "C02", "clerk", 540, 780, None, None, 210)]  # fmt: skip
    assert {request.person for request in replan_requests(problem, before, last, 1.0)} == {"C02"}


def test_nothing_is_asked_of_people_who_are_new(problem):
    assert replan_requests(problem, [], MONDAY, 100.0) == ()


def test_changed_days_are_told_with_before_and_after():
    old = [
        Duty(MONDAY, "T01", "teller", 540, 780, 630, 660, 240),
        Duty(MONDAY, "T02", "teller", 540, 780, None, None, 240),
    ]
    new = [
        Duty(MONDAY, "T01", "teller", 540, 780, 660, 690, 240),
        Duty(MONDAY, "T03", "teller", 540, 660, None, None, 120),
    ]
    assert changed_days(old, new, MONDAY) == ((MONDAY, "T02", old[1], None), (MONDAY, "T03", None, new[1]))
    assert changed_days(old, new, MONDAY + timedelta(1)) == ()
