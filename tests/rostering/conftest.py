"""A quarter of four weeks in the small branch: long and short shifts, two plans for weekdays, one for Saturdays."""

import itertools
import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from optimizer.problem import Assignment, DayPlan, RosterRules, Shift, Staff
from optimizer.problem.staff import Employee
from optimizer.rostering.contracts import CalendarDay
from optimizer.rostering.costs import roster_costs
from optimizer.rostering.legality import breaches
from optimizer.rostering.problem import (
    Day,
    DaysOff,
    Fairness,
    LeastDaysInARow,
    LeastDaysOffInARow,
    MinutesWithin,
    MostDaysInARow,
    MostDaysWithin,
    MostOfKind,
    MostOvertimeWithin,
    MostWeekends,
    Need,
    Option,
    Pay,
    Person,
    Request,
    Roster,
    RosterProblem,
    ShiftKind,
)
from optimizer.rostering.quarter import DayOption

MONDAY = date(2027, 2, 1)
UNPAID = Pay()
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
    """The law, full time being 20 hours a week in long shifts."""
    return RosterRules(contracts={"full_time": {"hours": 20.0, "shifts": "long"}})


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


# Problems of the engine, made without a branch


@pytest.fixture(scope="session")
def kinds():
    """A day of eight hours, one of ten that is late, and half a day."""
    return {
        "day": ShiftKind("day", 480),
        "late": ShiftKind("late", 600, late=True),
        "half": ShiftKind("half", 240),
    }


@pytest.fixture(scope="session")
def alone(kinds):
    """A function that makes a problem of one person, T01: rules, days, first weekday, pay and more.

    Each day takes whoever is there: nobody is missing and nobody too many.
    """

    def make(*rules, days=7, weekday=0, pay=UNPAID, only=None, holidays=(), forbidden=(), **person):
        named = {name: kind for name, kind in kinds.items() if only is None or name in only}
        free = Option("free", 0.0, {name: Need(0, 0.0) for name in named})
        return RosterProblem(
            kinds=named,
            days=tuple(
                Day((free,), (weekday + d) // 7, d // 4, (weekday + d) % 7 >= 5, d in holidays) for d in range(days)
            ),
            people={"T01": Person("T01", pay=pay, rules=rules, **person)},
            forbidden=frozenset(forbidden),
        )

    return make


@pytest.fixture(scope="session")
def roster_of():
    """A function that makes a roster of words such as "ddl-h": day, day, late, off, half; one word for each person."""

    def make(problem, *words):
        letters = {kind[0]: kind for kind in problem.kinds}
        shifts = {
            (name, d): letters[letter]
            for name, word in zip(problem.people, words, strict=True)
            for d, letter in enumerate(word)
            if letter != "-"
        }
        return Roster(tuple(0 if day.options else None for day in problem.days), shifts)

    return make


@pytest.fixture(scope="session")
def random_problem():
    """A function that makes a small problem with any rules, pay, wishes and fairness, from a seed."""

    def make(seed, people=2, days=4, cover_all=False):
        chance = random.Random(seed)
        lengths = chance.sample([240, 300, 420, 480, 540, 600], chance.choice([1, 2, 2]))
        kinds = {
            f"k{i}": ShiftKind(f"k{i}", length, chance.choice([None, None, "a", "b"]), late=chance.random() < 0.5)
            for i, length in enumerate(lengths)
        }
        staff = {f"T{i}": _person(chance, f"T{i}", days, list(kinds)) for i in range(people)}
        if chance.random() < 0.3:
            staff["T1"] = replace(staff["T0"], name="T1")
        return RosterProblem(
            kinds=kinds,
            days=tuple(_day(chance, d, days, chance.randrange(7), kinds) for d in range(days)),
            people=staff,
            forbidden=frozenset(pair for pair in itertools.product(kinds, kinds) if chance.random() < 0.15),
            requests=tuple(_request(chance, days, list(staff), list(kinds)) for _ in range(chance.randrange(3))),
            fairness=tuple(
                Fairness(counted, tuple(staff), chance.choice([6.0, 30.0, 60.0]))
                for counted in ("weekends", "late", "overtime")
                if chance.random() < 0.35
            ),
            cover_all=cover_all,
        )

    return make


def _day(chance, d, days, start, kinds):
    options = tuple(
        Option(
            f"o{number}",
            float(chance.randrange(200)),
            {
                kind: Need(chance.randrange(3), chance.choice([100.0, 50.0, 70.25]), chance.choice([None, 10.0]))
                for kind in kinds
                if chance.random() < 0.85
            },
        )
        for number in range(chance.choice([0, 1, 1, 2, 2, 2, 2]))
    )
    return Day(
        options, d // 3, 2 * d // days, d % 3 == 2 or start > 5, chance.random() < 0.15, chance.choice([0, 0, 0, 1, -1])
    )


def _person(chance, name, days, kinds):
    def span():
        return sorted((chance.randrange(days), chance.randrange(days)))

    makers = (
        lambda: DaysOff(frozenset(chance.sample(range(days), 1))),
        lambda: MostOfKind(chance.choice(kinds), chance.randrange(3)),
        lambda: MinutesWithin(*span(), chance.choice([0, 0, 240]), chance.choice([None, 960, 1500])),
        lambda: MostDaysWithin(*span(), chance.randrange(1, 4)),
        lambda: MostDaysInARow(chance.randrange(1, 4), chance.randrange(3)),
        lambda: LeastDaysInARow(chance.randrange(2, 4)),
        lambda: LeastDaysOffInARow(chance.randrange(2, 4)),
        lambda: MostWeekends(chance.randrange(2)),
        lambda: MostOvertimeWithin(*span(), chance.choice([0, 100, 400, 700])),
    )
    rate = chance.choice([0.25, 0.5, 1.0])
    pay = Pay(
        guaranteed=chance.choice([0.0, 500.0]),
        ordinary=chance.choice([0.0, rate]),
        normal=chance.choice([None, 480, 960, 1100]),
        normal_a_day=chance.choice([480, 300]),
        days_a_week=chance.choice([1, 2, 7]),
        overtime=chance.choice([1.5 * rate, 0.1]),
        rest_day=chance.choice([2 * rate, 0.1]),
        holiday=3 * rate,
    )
    return Person(
        name,
        skills=frozenset(skill for skill in "ab" if chance.random() < 0.8),
        pay=pay,
        rules=tuple(make() for make in makers if chance.random() < 0.25),
        fixed={chance.randrange(days): chance.choice([None, *kinds])} if chance.random() < 0.2 else {},
    )


def _request(chance, days, names, kinds):
    about = chance.choice([None, frozenset(chance.sample(kinds, 1))])
    return Request(
        chance.choice(names), chance.randrange(days), about, chance.random() < 0.5, float(chance.randrange(1, 60))
    )


@pytest.fixture(scope="session")
def least_cost():
    """A function that finds the least cost of a tiny problem by trying every roster; None where none is legal."""

    def find(problem):
        cells = list(itertools.product(problem.people, range(len(problem.days))))
        chosen = [range(len(day.options)) if day.options else (None,) for day in problem.days]
        costs = []
        for kinds in itertools.product([None, *problem.kinds], repeat=len(cells)):
            shifts = {cell: kind for cell, kind in zip(cells, kinds, strict=True) if kind is not None}
            rosters = [Roster(options, shifts) for options in itertools.product(*chosen)]
            costs += [roster_costs(problem, roster).total for roster in rosters if not breaches(problem, roster)]
        return min(costs, default=None)

    return find


TINY = """# Three people, two kinds of shift, a week
SECTION_HORIZON
7

SECTION_SHIFTS
E,480,
L,480,E

SECTION_STAFF
T01,E=7|L=7,2400,1920,5,2,2,1
T02,E=7|L=2,2400,1920,5,2,2,1
T03,E=0|L=7,1920,960,3,1,1,1

SECTION_DAYS_OFF
T01,0
T03,2

SECTION_SHIFT_ON_REQUESTS
T02,1,L,3
T03,5,L,2

SECTION_SHIFT_OFF_REQUESTS
T01,4,E,4

SECTION_COVER
0,E,1,20,1
0,L,0,20,1
1,E,1,20,1
1,L,1,20,1
2,E,2,20,1
2,L,0,20,1
3,E,1,20,1
3,L,1,20,1
4,E,1,20,1
4,L,1,20,1
5,E,0,20,1
5,L,1,20,1
6,E,0,20,1
6,L,1,20,1
"""


@pytest.fixture
def tiny_instance(tmp_path):
    """A function that writes a tiny shift-scheduling instance, texts in it replaced, and returns its path."""

    def write(*replaced):
        text = TINY
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "tiny.txt"
        path.write_text(text, encoding="utf-8")
        return path

    return write
