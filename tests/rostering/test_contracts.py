"""What a contract and the law mean for one person."""

from datetime import date

import pytest

from optimizer.evaluation.costs import shift_cost
from optimizer.problem import RosterRules, Shift
from optimizer.rostering.contracts import Terms, kinds_of, paid_minutes, pay_of, rules_of, weeks
from optimizer.rostering.problem import (
    Day,
    MinutesWithin,
    MostDaysInARow,
    MostDaysWithin,
    MostOvertimeWithin,
    ShiftKind,
)


@pytest.fixture
def kinds():
    return {
        "long": ShiftKind("long", 240, "teller", 540, 780),
        "short": ShiftKind("short", 120, "teller", 540, 660),
        "clerk": ShiftKind("clerk", 210, "clerk", 540, 780),
        "endless": ShiftKind("endless", 661, "teller", 500, 1161),
    }


def days(first, count):
    """Days from a date on, with the weeks and months that they have."""
    dates = [date.fromordinal(date.fromisoformat(first).toordinal() + n) for n in range(count)]
    return [Day((), (d.toordinal() - 1) // 7, d.month, date=d) for d in dates]


def test_full_time_works_every_shift_of_its_skill(roster_branch, kinds):
    rules = RosterRules()
    assert kinds_of(rules.contracts["full_time"], roster_branch, rules, ["teller"], kinds) == {"long", "short"}


def test_a_contract_may_have_long_shifts_alone(roster_branch, kinds):
    rules = RosterRules(contracts={"full_time": {"shifts": "long"}})
    assert kinds_of(rules.contracts["full_time"], roster_branch, rules, ["teller"], kinds) == {"long"}


def test_part_time_works_short_shifts_of_its_skill(roster_branch, kinds):
    rules = RosterRules()
    assert kinds_of(rules.contracts["part_time"], roster_branch, rules, ["teller"], kinds) == {"short"}


def test_two_skills_have_the_shifts_of_both(roster_branch, kinds):
    rules = RosterRules()
    able = kinds_of(rules.contracts["full_time"], roster_branch, rules, ["teller", "clerk"], kinds)
    assert able == {"long", "short", "clerk"}


def test_a_day_of_eleven_hours_is_worked_and_one_minute_more_is_not(roster_branch, kinds):
    rules = RosterRules()
    kinds["eleven"] = ShiftKind("eleven", 660, "teller", 500, 1160)
    able = kinds_of(rules.contracts["full_time"], roster_branch, rules, ["teller"], kinds)
    assert able == {"long", "short", "eleven"}


def test_a_salary_is_the_wage_of_the_hours_of_every_working_day(roster_branch):
    rules = RosterRules()
    pay = pay_of(Terms.of(roster_branch, rules, ["teller"], "full_time"), rules, 60)
    assert pay.guaranteed == pytest.approx(60 * 8 * 50)
    assert (pay.ordinary, pay.normal, pay.days_a_week) == (0.0, 60 * 480, 5)
    assert [60 * minute for minute in (pay.overtime, pay.rest_day, pay.holiday)] == pytest.approx([75, 100, 150])


def test_shrinkage_takes_hours_that_are_paid(roster_branch):
    rules = RosterRules()
    pay = pay_of(Terms.of(roster_branch, rules, ["clerk"], "full_time"), rules, 60)
    assert pay.guaranteed == pytest.approx(60 * 8 * 80)
    assert pay.normal == 48 * 480


@pytest.mark.parametrize(("days_on_leave", "left"), [(0, 48), (12, 48), (13, 47), (60, 0)])
def test_leave_counts_as_shrinkage_until_it_is_more(roster_branch, days_on_leave, left):
    rules = RosterRules()
    pay = pay_of(Terms.of(roster_branch, rules, ["clerk"], "full_time"), rules, 60, days_on_leave)
    assert pay.normal == left * 480


def test_fewer_hours_a_week_are_a_smaller_salary(roster_branch):
    rules = RosterRules()
    terms = Terms.of(roster_branch, rules, ["teller"], "full_time", hours=30.0)
    assert pay_of(terms, rules, 60).guaranteed == pytest.approx(60 * 6 * 50)


def test_two_skills_are_paid_as_the_dearest(roster_branch):
    rules = RosterRules()
    assert Terms.of(roster_branch, rules, ["teller", "clerk"], "full_time").skill.wage == 80


@pytest.mark.parametrize("skill", ["teller", "clerk"])
def test_pay_by_the_hour_is_what_the_shift_costs_without_a_roster(roster_branch, skill):
    rules = RosterRules()
    pay = pay_of(Terms.of(roster_branch, rules, [skill], "part_time"), rules, 60)
    given, shift = roster_branch.skills[skill], Shift(start=540, end=660)
    assert (pay.guaranteed, pay.normal) == (0.0, None)
    assert pay.ordinary * paid_minutes(given, shift) == pytest.approx(shift_cost(given, shift))


def test_a_holiday_is_never_free(roster_branch):
    rules = RosterRules()
    for contract in rules.contracts:
        pay = pay_of(Terms.of(roster_branch, rules, ["teller"], contract), rules, 60)
        assert pay.holiday >= 3 * 50 / 60


def test_an_unpaid_meal_is_no_working_time(roster_branch):
    clerk = roster_branch.skills["clerk"]
    shift = Shift(start=540, end=780, meal_start=630, meal_end=660)
    assert paid_minutes(clerk, shift) == 210
    paid = clerk.replace(shifts=clerk.shifts.replace(meal=clerk.shifts.meal.replace(paid=True)))
    assert paid_minutes(paid, shift) == 240


def test_full_time_has_a_day_of_rest_a_week_and_overtime_by_the_month(roster_branch):
    rules = RosterRules()
    terms = Terms.of(roster_branch, rules, ["teller"], "full_time")
    assert list(rules_of(terms, rules, days("2027-02-22", 14), worked_before=2)) == [
        MostDaysInARow(6, 2),
        MostDaysWithin(0, 6, 6),
        MostDaysWithin(7, 13, 6),
        MostOvertimeWithin(0, 6, 36 * 60),
        MostOvertimeWithin(7, 13, 36 * 60),
    ]


def test_part_time_has_its_hours_by_the_week_and_four_a_day_of_a_week_cut_off(roster_branch):
    rules = RosterRules()
    terms = Terms.of(roster_branch, rules, ["teller"], "part_time")
    found = [rule for rule in rules_of(terms, rules, days("2027-01-01", 13)) if isinstance(rule, MinutesWithin)]
    assert found == [MinutesWithin(0, 2, 0, 720), MinutesWithin(3, 9, 0, 1440), MinutesWithin(10, 12, 0, 720)]


def test_a_week_cut_off_is_bound_only_where_its_days_are_more_than_may_be_worked(roster_branch):
    rules = RosterRules(rest_days=2)
    terms = Terms.of(roster_branch, rules, ["teller"], "full_time")
    found = [rule for rule in rules_of(terms, rules, days("2027-02-02", 11)) if isinstance(rule, MostDaysWithin)]
    assert found == [MostDaysWithin(0, 5, 5)]


def test_weeks_run_from_monday_to_sunday():
    assert weeks(days("2027-01-01", 12)) == [(0, 2), (3, 9), (10, 11)]
