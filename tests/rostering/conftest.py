"""A quarter of four weeks in the small branch: long and short shifts, two plans for weekdays, one for Saturdays."""

from datetime import date, timedelta

import pytest

from optimizer.problem import Assignment, DayPlan, RosterRules, Shift, Staff
from optimizer.problem.staff import Employee
from optimizer.rostering.contracts import CalendarDay
from optimizer.rostering.quarter import DayOption

MONDAY = date(2027, 2, 1)
LONG, SHORT = (540, 780), (540, 660)


@pytest.fixture(scope="session")
def roster_branch(small_branch):
    """The small branch, shifts below three hours being part time."""
    skills = {
        name: skill.replace(shifts=skill.shifts.replace(part_time_below=3.0, part_time_premium=0.2))
        for name, skill in small_branch.skills.items()
    }
    return small_branch.replace(skills=skills)


@pytest.fixture(scope="session")
def roster_rules():
    """The law, full time being 20 hours a week."""
    return RosterRules(contracts={"full_time": {"hours": 20.0}})


@pytest.fixture(scope="session")
def assign():
    """A function that makes an assignment: skill, (start, end), people, start of the meal of half an hour."""

    def make(skill, span, people, meal=None):
        end = None if meal is None else meal + 30
        shift = Shift(start=span[0], end=span[1], meal_start=meal, meal_end=end)
        return Assignment(skill=skill, shift=shift, people=people)

    return make


@pytest.fixture(scope="session")
def option(assign):
    """A function that makes a plan for a day of assignments; windows do not matter to a roster."""

    def make(name, cost, *shifts):
        return DayOption(name, cost, DayPlan(windows={}, shifts=tuple(assign(*shift) for shift in shifts)))

    return make


@pytest.fixture(scope="session")
def menus(option):
    """Plans by day type."""
    return {
        "weekday": (
            option("weekday A", 100.0, ("teller", LONG, 2), ("clerk", LONG, 1, 630), ("clerk", LONG, 1, 660)),
            option("weekday B", 400.0, ("teller", LONG, 1), ("teller", SHORT, 1), ("clerk", LONG, 1, 630)),
        ),
        "saturday": (option("saturday A", 50.0, ("teller", SHORT, 1), ("clerk", LONG, 1, 630)),),
    }


@pytest.fixture(scope="session")
def calendar():
    """Four weeks from a Monday; Sundays are closed, the second Monday is a public holiday that is worked."""

    def day(number):
        weekday = number % 7
        day_type = None if weekday == 6 else "saturday" if weekday == 5 else "weekday"
        holiday = number == 7
        return CalendarDay(MONDAY + timedelta(number), day_type, weekday < 5 and not holiday, holiday)

    return tuple(day(number) for number in range(28))


@pytest.fixture(scope="session")
def staff():
    """Three tellers, one of them part time, and two clerks."""
    people = [("T01", "teller", "full_time"), ("T02", "teller", "full_time"), ("T03", "teller", "part_time"),
              ("C01", "clerk", "full_time"), ("C02", "clerk", "full_time")]  # fmt: skip
    return Staff(people={n: Employee(name=n, skills=(skill,), contract=contract) for n, skill, contract in people})
