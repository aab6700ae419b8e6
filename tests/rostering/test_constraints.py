"""Every rule as the solver knows it permits exactly what its judge permits."""

import itertools

import pytest
from ortools.sat.python import cp_model

from optimizer.rostering.constraints import STATEMENTS, barred
from optimizer.rostering.legality import JUDGES, breaches
from optimizer.rostering.model import Neighbourhood, RosterModel
from optimizer.rostering.problem import (
    DaysOff,
    LeastDaysInARow,
    LeastDaysOffInARow,
    MinutesWithin,
    MostDaysInARow,
    MostDaysWithin,
    MostOfKind,
    MostOvertimeWithin,
    MostWeekends,
    Pay,
    Person,
    Roster,
)

SALARY = Pay(normal=960, normal_a_day=480, days_a_week=2)
RULES = [
    (DaysOff(frozenset({1, 4})), "d"),
    (MostOfKind("late", 1), "dl"),
    (MostOfKind("late", 0), "dl"),
    (MinutesWithin(1, 3, least=480, most=960), "dh"),
    (MostDaysWithin(1, 4, 2), "d"),
    (MostDaysInARow(2), "d"),
    (MostDaysInARow(2, before=1), "d"),
    (MostDaysInARow(2, before=4), "d"),
    (LeastDaysInARow(2), "d"),
    (LeastDaysInARow(3), "d"),
    (LeastDaysOffInARow(2), "d"),
    (LeastDaysOffInARow(3), "d"),
    (MostWeekends(0), "d"),
    (MostWeekends(1), "d"),
    (MostOvertimeWithin(0, 4, 300), "dl"),
    (MostOvertimeWithin(1, 3, 480), "dl"),
    (MostOvertimeWithin(3, 4, 200), "lh"),
    (None, "dl"),
]


@pytest.fixture
def can(roster_of):
    """A function that says whether the solver takes a model's person to work as a word says."""

    def ask(model, word):
        roster = roster_of(model.problem, word)
        literals = []
        for d, _ in enumerate(word):
            for kind, term in model.shifts("T01", d):
                worked = roster.shifts.get(("T01", d)) == kind
                if isinstance(term, int):
                    if not worked:
                        return False
                else:
                    literals.append(term if worked else ~term)
            if ("T01", d) in roster.shifts and roster.shifts["T01", d] not in dict(model.shifts("T01", d)):
                return False
        model.rules.program.clear_assumptions()
        model.rules.program.add_assumptions(literals)
        return cp_model.CpSolver().solve(model.rules.program) == cp_model.OPTIMAL

    return ask


def words(letters, days):
    return map("".join, itertools.product("-" + letters, repeat=days))


def test_every_rule_is_stated_and_judged():
    assert set(STATEMENTS) == set(JUDGES) == {type(rule) for rule, _ in RULES if rule is not None}


@pytest.mark.parametrize(("rule", "letters"), RULES)
def test_a_rule_permits_what_its_judge_permits(rule, letters, alone, roster_of, can):
    only = {{"d": "day", "l": "late", "h": "half"}[letter] for letter in letters}
    days, weekday = (7, 6) if len(letters) == 1 else (5, 3)
    rules = [] if rule is None else [rule]
    problem = alone(
        *rules, days=days, weekday=weekday, pay=SALARY, only=only, forbidden=[("late", "day")], holidays=[4]
    )
    model = RosterModel(problem)
    legal = {word for word in words(letters, days) if not breaches(problem, roster_of(problem, word))}
    assert {word for word in words(letters, days) if can(model, word)} == legal
    assert 0 < len(legal) < (len(letters) + 1) ** days


@pytest.mark.parametrize(("rule", "letters"), RULES)
def test_a_rule_holds_too_where_only_some_days_are_free(rule, letters, alone, roster_of, can):
    only = {{"d": "day", "l": "late", "h": "half"}[letter] for letter in letters}
    rules = [] if rule is None else [rule]
    problem = alone(*rules, days=6, weekday=3, pay=SALARY, only=only, forbidden=[("late", "day")])
    free = Neighbourhood(frozenset(("T01", d) for d in (1, 2, 4)), frozenset())
    first = next(word for word in words(letters, 6) if not breaches(problem, roster_of(problem, word)))
    model = RosterModel(problem, roster_of(problem, first), free)
    near = [word for word in words(letters, 6) if all(word[d] == first[d] for d in (0, 3, 5))]
    legal = {word for word in near if not breaches(problem, roster_of(problem, word))}
    assert {word for word in near if can(model, word)} == legal


def test_no_variable_is_made_where_a_rule_bars_the_shift(alone):
    rules = (DaysOff(frozenset({2})), MostOfKind("late", 0), MostOfKind("half", 3))
    person = Person("T01", rules=rules)
    assert [barred(person, 2, "day"), barred(person, 1, "late"), barred(person, 1, "half")] == [True, True, False]
    model = RosterModel(alone(*rules))
    assert dict(model.shifts("T01", 2)) == {}
    assert set(dict(model.shifts("T01", 1))) == {"day", "half"}


def test_what_is_settled_and_breaks_a_rule_is_infeasible(alone):
    problem = alone(MostDaysInARow(1), days=3, fixed={0: "day", 1: "day"})
    assert RosterModel(problem).rules.program.validate() == ""
    assert cp_model.CpSolver().solve(RosterModel(problem).rules.program) == cp_model.INFEASIBLE
    assert breaches(problem, Roster((0, 0, 0), {("T01", 0): "day", ("T01", 1): "day"}))
