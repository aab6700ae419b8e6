"""From a branch, its people and plans to the roster problem of a quarter."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from optimizer.errors import InvalidParameterError
from optimizer.problem import Leave, RosterRules, Staff, Wish
from optimizer.rostering.legality import breaches
from optimizer.rostering.problem import DaysOff, Fairness, Need, Request, Roster
from optimizer.rostering.quarter import Duty, Settled, of_form, quarter_problem, wishes_in_vain

MONDAY = date(2027, 2, 1)
LONG, SHORT = "teller 09:00-13:00", "teller 09:00-11:00"


@pytest.fixture(scope="module")
def problem_of(roster_branch, roster_rules, staff, calendar, menus):
    """A function that makes the problem, with some of what is given changed."""

    def make(rules=roster_rules, people=None, leave=(), wishes=(), **more):
        given = staff.replace(people=people or staff.people, leave=leave, wishes=wishes)
        return quarter_problem(roster_branch, rules, given, calendar, menus, **more)

    return make


def test_shifts_that_differ_in_their_meal_are_one_kind(problem_of):
    problem = problem_of()
    assert {name: kind.minutes for name, kind in problem.kinds.items()} == {
        "clerk 09:00-13:00": 210, SHORT: 120, LONG: 240,
    }  # fmt: skip
    assert problem.days[0].options[0].needs["clerk 09:00-13:00"].people == 2


def test_a_day_has_the_plans_of_its_type_at_what_they_cost_beside_people(problem_of):
    problem = problem_of()
    assert [(option.name, option.cost) for option in problem.days[0].options] == [
        ("weekday A", 100),
        ("weekday B", 400),
    ]
    assert [option.name for option in problem.days[5].options] == ["saturday A"]
    assert problem.days[6].options == ()


def test_a_missing_person_costs_the_price_of_the_paid_hours(problem_of):
    need = problem_of().days[0].options[1].needs[SHORT]
    assert need == Need(1, under=2000.0, over=20.0)


def test_days_know_their_week_month_weekend_and_holiday(problem_of):
    days = problem_of().days
    assert [day.week - days[0].week for day in days[:8]] == [0] * 7 + [1]
    assert [day.weekend for day in days[:7]] == [False] * 5 + [True] * 2
    assert [index for index, day in enumerate(days) if day.holiday] == [7]
    assert {day.month for day in days} == {days[0].month}


def test_people_have_the_shifts_of_skill_and_contract(problem_of):
    people = problem_of().people
    assert people["T01"].kinds == {LONG}
    assert people["T03"].kinds == {SHORT}
    assert people["C01"].kinds == {"clerk 09:00-13:00"}


def test_salaries_count_the_working_days_of_the_calendar(problem_of):
    assert problem_of().people["T01"].pay.guaranteed == pytest.approx(19 * 4 * 50)


def test_leave_is_days_off_by_reason_and_takes_ordinary_hours(problem_of):
    away = [Leave(person="T01", first=MONDAY, last=MONDAY + timedelta(6), reason="training")]
    person = problem_of(leave=away).people["T01"]
    assert DaysOff(frozenset(range(7)), "training") in person.rules
    assert person.pay.normal == 14 * 240
    assert problem_of().people["T01"].pay.normal == 19 * 240


def test_leave_beyond_the_quarter_is_cut(problem_of):
    away = [Leave(person="T01", first=date(2026, 12, 1), last=MONDAY), Leave(person="T01", first=date(2028, 1, 1),
                                                                             last=date(2028, 1, 9))]  # fmt: skip
    rules = problem_of(leave=away).people["T01"].rules
    assert [rule for rule in rules if isinstance(rule, DaysOff)] == [DaysOff(frozenset({0}), "leave")]


def test_weekdays_off_are_days_off(problem_of, staff):
    people = dict(staff.people) | {"T01": staff.people["T01"].replace(days_off=("tuesday",))}
    assert DaysOff(frozenset({1, 8, 15, 22})) in problem_of(people=people).people["T01"].rules


def test_wishes_are_requests_for_each_day_of_the_quarter(problem_of):
    wishes = [
        Wish(person="T01", first=date(2027, 1, 30), last=MONDAY + timedelta(1), wanted=False, price=30.0),
        Wish(person="T03", first=MONDAY, last=MONDAY, form="9:00-11:00", wanted=True, price=5.0),
        Wish(person="nobody", first=MONDAY, last=MONDAY, wanted=True, price=5.0),
    ]
    assert problem_of(wishes=wishes).requests == (
        Request("T01", 0, None, wanted=False, price=30.0),
        Request("T01", 1, None, wanted=False, price=30.0),
        Request("T03", 0, frozenset({SHORT}), wanted=True, price=5.0),
    )


def test_wishes_to_work_on_days_on_which_nobody_could_are_no_requests(problem_of, staff, calendar):
    """Monday to Sunday: on leave on Monday, off on Tuesdays, closed on Sunday."""
    people = dict(staff.people) | {"T01": staff.people["T01"].replace(days_off=("tuesday",))}
    leave = [Leave(person="T01", first=MONDAY, last=MONDAY)]
    wishes = [Wish(person="T01", first=MONDAY, last=MONDAY + timedelta(6), wanted=True, price=1.0)]
    problem = problem_of(people=people, leave=leave, wishes=wishes)
    assert [request.day for request in problem.requests] == [2, 3, 4, 5]
    assert wishes_in_vain(Staff(people=people, leave=leave, wishes=wishes), calendar) == 3


def test_late_shifts_are_those_that_end_last_unless_the_rules_say_so(problem_of):
    late = [name for name, kind in problem_of().kinds.items() if kind.late]
    assert late == ["clerk 09:00-13:00", LONG]
    told = problem_of(RosterRules(late_from="11:00"))
    assert all(kind.late for kind in told.kinds.values())


@pytest.mark.parametrize(
    ("form", "fits"),
    [("any", True), ("early", True), ("late", False), ("09:00-11:00", True), ("09:00-13:00", False)],
)
def test_a_form_is_about_some_kinds(problem_of, roster_branch, form, fits):
    assert of_form(roster_branch, RosterRules(), form, problem_of().kinds[SHORT]) == fits


@pytest.mark.parametrize(("rest", "pairs"), [(20, set()), (20.5, {(LONG, LONG), (LONG, SHORT)})])
def test_too_little_rest_between_shifts_forbids_a_pair(problem_of, rest, pairs):
    """From 13:00 to 9:00 are 20 hours, from 11:00 22."""
    found = problem_of(RosterRules(rest_between=rest)).forbidden
    assert {pair for pair in found if "clerk" not in pair[0] + pair[1]} == pairs


def test_forbidden_sequences_are_pairs_too(problem_of):
    found = problem_of(RosterRules(forbidden=[["late", "09:00-11:00"]])).forbidden
    assert found == {(LONG, SHORT), ("clerk 09:00-13:00", SHORT)}


def test_fairness_compares_people_of_one_skill_and_contract(problem_of):
    assert set(problem_of().fairness) == {
        Fairness(counted, people, price)
        for counted, price in [("weekends", 30.0), ("late", 5.0), ("overtime", 10.0)]
        for people in [("T01", "T02"), ("C01", "C02")]
    }


def test_fairness_leaves_out_who_is_long_away_and_of_weekends_who_has_them_off(problem_of, staff):
    away = [Leave(person="C01", first=MONDAY, last=MONDAY + timedelta(7))]
    people = dict(staff.people) | {"T01": staff.people["T01"].replace(days_off=("sunday",))}
    found = problem_of(people=people, leave=away).fairness
    assert {(group.counted, group.people) for group in found} == {
        ("late", ("T01", "T02")),
        ("overtime", ("T01", "T02")),
    }


def test_fairness_at_no_price_is_off(problem_of):
    assert problem_of(RosterRules(fairness={"weekends": 0.0, "late": 0.0, "overtime": 0.0})).fairness == ()


def test_settled_days_stay_as_they_were(problem_of, menus, calendar):
    until = MONDAY + timedelta(2)
    settled = Settled(
        until,
        {day.date: menus["weekday"][1] for day in calendar[:2]},
        [Duty(MONDAY, "T01", "teller", 540, 780, None, None, 240),
         Duty(MONDAY + timedelta(1), "C01", "clerk", 600, 720, None, None, 120),
         Duty(until, "T02", "teller", 540, 780, None, None, 240)],
    )  # fmt: skip
    away = [Leave(person="T01", first=MONDAY, last=until)]
    problem = problem_of(settled=settled, leave=away)
    assert problem.people["T01"].fixed == {0: LONG, 1: None}
    assert problem.people["C01"].fixed == {0: None, 1: "clerk 10:00-12:00"}
    assert problem.people["T02"].fixed == {0: None, 1: None}
    assert [len(day.options) for day in problem.days[:3]] == [1, 1, 2]
    assert DaysOff(frozenset({2}), "leave") in problem.people["T01"].rules


@pytest.fixture
def second_week(menus, calendar):
    """Everything before the second week as it was: T01 worked Monday to Friday, clerks never."""
    until = MONDAY + timedelta(7)
    return Settled(
        until,
        {day.date: menus[day.day_type][0] for day in calendar[:7] if day.day_type is not None},
        [Duty(MONDAY + timedelta(n), "T01", "teller", 540, 780, None, None, 240) for n in range(5)],
    )


def test_who_has_left_keeps_what_was_worked_and_the_pay_for_it(problem_of, second_week, staff):
    people = dict(staff.people) | {"T01": staff.people["T01"].replace(left=second_week.until)}
    problem = problem_of(people=people, settled=second_week)
    person = problem.people["T01"]
    assert [person.fixed[day] for day in range(7)] == [LONG] * 5 + [None] * 2
    assert person.rules == (DaysOff(frozenset(range(7, 28)), "not employed"),)
    assert person.pay.guaranteed == pytest.approx(5 * 4 * 50)
    assert not any("T01" in group.people for group in problem.fairness)


def test_who_comes_later_is_paid_from_then_on(problem_of, second_week, staff):
    people = dict(staff.people) | {"T09": staff.people["T01"].replace(name="T09", joined=second_week.until)}
    person = problem_of(people=people, settled=second_week).people["T09"]
    assert person.pay.guaranteed == pytest.approx(14 * 4 * 50)
    assert set(person.fixed.values()) == {None}


def test_a_shift_that_is_no_longer_permitted_stays_where_it_is_past_only(problem_of, second_week, staff):
    people = dict(staff.people) | {"T01": staff.people["C01"].replace(name="T01")}
    problem = problem_of(people=people, settled=second_week)
    roster = Roster(
        tuple(0 if day.options else None for day in problem.days), {("T01", n): LONG for n in (0, 1, 2, 3, 4)}
    )
    assert breaches(problem, roster) == ()
    again = replace(roster, shifts=roster.shifts | {("T01", 8): LONG})
    assert {breach.person for breach in breaches(problem, again)} == {"T01"}


def test_who_was_missing_in_the_past_is_no_clash(problem_of, second_week):
    problem = problem_of(settled=second_week, cover_all=True)
    past, coming = (problem.days[day].options[0].needs for day in (0, 7))
    assert sum(need.people for need in past.values()) == 1
    assert coming == problem_of().days[7].options[0].needs


def test_two_plans_of_one_name_are_refused(roster_branch, roster_rules, staff, calendar, menus):
    doubled = {**menus, "saturday": menus["weekday"]}
    with pytest.raises(InvalidParameterError, match="plans of one name: weekday A, weekday B"):
        quarter_problem(roster_branch, roster_rules, staff, calendar, doubled)


def test_a_day_type_without_a_plan_is_refused(roster_branch, roster_rules, staff, calendar, menus):
    with pytest.raises(InvalidParameterError, match="day types without a plan: saturday"):
        quarter_problem(roster_branch, roster_rules, staff, calendar, {"weekday": menus["weekday"]})


def test_meals_of_two_lengths_in_one_kind_are_refused(roster_branch, roster_rules, staff, calendar, menus, option):
    mixed = {**menus, "saturday": (option("saturday A", 0.0, ("clerk", (540, 780), 1)),)}
    with pytest.raises(InvalidParameterError, match="210 and 240 paid minutes"):
        quarter_problem(roster_branch, roster_rules, staff, calendar, mixed)


def test_make_up_days_and_days_off_change_the_working_days_of_their_week(
    roster_branch, roster_rules, staff, calendar, menus
):
    """The second Monday is a holiday; the first Saturday is worked for the third Monday."""
    working = {5: True, 14: False}
    given = [replace(day, working=working.get(number, day.working)) for number, day in enumerate(calendar)]
    days = quarter_problem(roster_branch, roster_rules, staff, given, menus).days
    assert {number: day.exchanged for number, day in enumerate(days) if day.exchanged} == {5: 1, 7: -1, 14: -1}
