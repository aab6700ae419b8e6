"""Small problems of the kind that columns take."""

import itertools
import random

import numpy as np
import pytest

from optimizer.rostering.costs import roster_costs
from optimizer.rostering.legality import breaches
from optimizer.rostering.problem import (
    Day,
    DaysOff,
    LeastDaysInARow,
    LeastDaysOffInARow,
    MinutesWithin,
    MostDaysInARow,
    MostOfKind,
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


@pytest.fixture(scope="session")
def priced_problem():
    """A function that makes a small problem with rules, wishes and pay that columns take, from a seed."""

    def make(seed, people=1, days=6):
        chance = random.Random(seed)
        lengths = chance.choice([[480, 480], [480, 600], [480, 240]])
        kinds = {f"k{i}": ShiftKind(f"k{i}", length, chance.choice([None, None, "a"])) for i, length in
                 enumerate(lengths)}  # fmt: skip
        staff = {f"T{i}": _person(chance, f"T{i}", days, list(kinds)) for i in range(people)}
        pairs = itertools.product(kinds, kinds)
        return RosterProblem(
            kinds=kinds,
            days=tuple(_day(chance, d, kinds) for d in range(days)),
            people=staff,
            forbidden=frozenset(pair for pair in pairs if chance.random() < 0.2),
            requests=tuple(_request(chance, days, list(staff), list(kinds)) for _ in range(chance.randrange(4))),
        )

    return make


def _day(chance, d, kinds):
    needs = {
        kind: Need(chance.randrange(3), float(chance.randrange(20, 100)), chance.choice([None, 1.0, 7.0]))
        for kind in kinds
        if chance.random() < 0.9
    }
    options = () if chance.random() < 0.08 else (Option("only", float(chance.randrange(9)), needs),)
    return Day(options, (d + 3) // 7, 0, (d + 3) % 7 >= 5, chance.random() < 0.1)


def _person(chance, name, days, kinds):
    most = chance.choice([None, 1500, 1920, 2400])
    makers = (
        lambda: DaysOff(frozenset(chance.sample(range(days), 1))),
        lambda: MostOfKind(chance.choice(kinds), chance.randrange(4)),
        lambda: MostOfKind(chance.choice(kinds), chance.randrange(1, 4)),
        lambda: MinutesWithin(0, days - 1, chance.choice([0, 480, 1000]), most),
        lambda: MostDaysInARow(chance.randrange(5), chance.randrange(3)),
        lambda: LeastDaysInARow(chance.randrange(4)),
        lambda: LeastDaysOffInARow(chance.randrange(4)),
        lambda: MostWeekends(chance.randrange(2)),
    )
    pay = Pay(
        guaranteed=chance.choice([0.0, 300.0]),
        ordinary=chance.choice([0.0, 0.25]),
        overtime=0.5,
        holiday=0.75,
        normal_a_day=chance.choice([480, 300]),
    )
    return Person(
        name,
        skills=frozenset("a" if chance.random() < 0.8 else ""),
        pay=chance.choice([pay, Pay()]),
        rules=tuple(make() for make in makers if chance.random() < 0.5),
        fixed={chance.randrange(days): chance.choice([None, *kinds])} if chance.random() < 0.2 else {},
    )


def _request(chance, days, names, kinds):
    about = chance.choice([None, frozenset(chance.sample(kinds, 1))])
    return Request(
        chance.choice(names), chance.randrange(days), about, chance.random() < 0.5, float(chance.randrange(1, 60))
    )


@pytest.fixture(scope="session")
def legal_schedules():
    """A function that finds all schedules that one person may have: kinds by day, -1 off."""

    def find(problem, name):
        names = list(problem.kinds)
        alone = RosterProblem(problem.kinds, problem.days, {name: problem.people[name]}, problem.forbidden)
        options = tuple(0 if day.options else None for day in problem.days)
        for kinds in itertools.product(range(-1, len(names)), repeat=len(problem.days)):
            shifts = {(name, d): names[k] for d, k in enumerate(kinds) if k >= 0}
            if not breaches(alone, Roster(options, shifts)):
                yield np.array(kinds)

    return find


@pytest.fixture(scope="session")
def roster_from():
    """A function that makes a roster of schedules, in the order of the people."""

    def make(problem, *schedules):
        names = list(problem.kinds)
        shifts = {
            (name, d): names[k]
            for name, kinds in zip(problem.people, schedules, strict=True)
            for d, k in enumerate(kinds)
            if k >= 0
        }
        return Roster(tuple(0 if day.options else None for day in problem.days), shifts)

    return make


@pytest.fixture(scope="session")
def least_by_trying(legal_schedules, roster_from):
    """A function that finds the least cost of a small problem by trying all rosters; None where none is legal."""

    def find(problem):
        each = [list(legal_schedules(problem, name)) for name in problem.people]
        costs = [roster_costs(problem, roster_from(problem, *chosen)).total for chosen in itertools.product(*each)]
        return min(costs, default=None)

    return find


@pytest.fixture(scope="session")
def own_cost(roster_from):
    """A function that says what T0's schedule costs beside cover, options and guaranteed pay, by the judge of costs."""

    def cost(problem, kinds):
        judged = roster_costs(problem, roster_from(problem, kinds))
        return judged.total - judged.guaranteed - judged.options - judged.under - judged.over

    return cost
