"""What the rules of one person are to the dynamic program."""

from dataclasses import dataclass
from math import gcd
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from optimizer.rostering.problem import (
    DaysOff,
    LeastDaysInARow,
    LeastDaysOffInARow,
    MinutesWithin,
    MostDaysInARow,
    MostOfKind,
    MostWeekends,
    Person,
    RosterProblem,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
R = TypeVar("R")


@dataclass(frozen=True)
class Contract:
    """Rules of one person as numbers; of two that say the same, the tighter."""

    permitted: Bools
    """Whether a kind may be worked on a day. Axes (day, kind)."""
    may_rest: Bools
    """Whether a day may be off. Axis day."""
    cost: Floats
    """Pay of a kind on a day and wishes that it does not grant [yuan]. Axes (day, kind)."""
    rest_cost: Floats
    """Wishes that a day off does not grant [yuan]. Axis day."""
    most: dict[int, int]
    """Most shifts, by kind, where there is a limit that can bind."""
    least_minutes: int
    most_minutes: int | None
    longest: int | None
    before: int
    least_run: int
    least_off: int
    weekends: int | None


def contract_of(problem: RosterProblem, person: Person) -> Contract:
    """The rules of one person as numbers."""
    minutes = np.array([kind.minutes for kind in problem.kinds.values()])
    permitted, may_rest = _permitted(problem, person)
    cost, rest_cost = _wishes(problem, person)
    within = _rules(person, MinutesWithin)
    runs = _rules(person, MostDaysInARow)
    limits = _most_of_kinds(problem, person)
    most = min((rule.most for rule in within if rule.most is not None), default=None)
    shifts = len(problem.days) if most is None else most // max(int(minutes.min(initial=1)), 1)
    return Contract(
        permitted=permitted & np.array([limits.get(k, 1) > 0 for k in range(len(minutes))]),
        may_rest=may_rest,
        cost=cost + _pay(problem, person, minutes),
        rest_cost=rest_cost,
        most={k: limit for k, limit in limits.items() if 0 < limit < shifts and permitted[:, k].sum() > limit},
        least_minutes=max((rule.least for rule in within), default=0),
        most_minutes=most,
        longest=min((rule.most for rule in runs), default=None),
        before=max((rule.before for rule in runs), default=0),
        least_run=max(1, *(rule.least for rule in _rules(person, LeastDaysInARow)), 1),
        least_off=max(1, *(rule.least for rule in _rules(person, LeastDaysOffInARow)), 1),
        weekends=min((rule.most for rule in _rules(person, MostWeekends)), default=None),
    )


def time_unit(minutes: list[int]) -> int:
    """Greatest number of minutes of which every length is a multiple."""
    return max(gcd(*minutes), 1)


def weekend_days(problem: RosterProblem) -> NDArray[np.int64]:
    """0 on weekdays, 1 on the first day of a weekend, 2 on the second. Axis day."""
    found = np.zeros(len(problem.days), dtype=np.int64)
    for d, day in enumerate(problem.days):
        if day.weekend:
            before = problem.days[d - 1] if d else None
            found[d] = 2 if before is not None and before.weekend and before.week == day.week else 1
    return found


def _rules(person: Person, kind: type[R]) -> list[R]:
    return [rule for rule in person.rules if isinstance(rule, kind)]


def _most_of_kinds(problem: RosterProblem, person: Person) -> dict[int, int]:
    index = {name: k for k, name in enumerate(problem.kinds)}
    limits: dict[int, int] = {}
    for rule in _rules(person, MostOfKind):
        k = index[rule.kind]
        limits[k] = min(limits.get(k, rule.most), rule.most)
    return limits


def _permitted(problem: RosterProblem, person: Person) -> tuple[Bools, Bools]:
    """Kinds by day that contract, skills, needs, days off and fixed days permit; and days that may be off."""
    names = list(problem.kinds)
    allowed = np.array(
        [
            (kind.skill is None or kind.skill in person.skills) and (person.kinds is None or name in person.kinds)
            for name, kind in problem.kinds.items()
        ],
        dtype=bool,
    )
    permitted = np.zeros((len(problem.days), len(names)), dtype=bool)
    for d, day in enumerate(problem.days):
        if day.options:
            permitted[d] = allowed & np.array([name in day.options[0].needs for name in names])
    may_rest = np.ones(len(problem.days), dtype=bool)
    # What is settled holds, whatever skills say.
    for d, kind in person.fixed.items():
        permitted[d] = np.array([name == kind for name in names])
        may_rest[d] = kind is None
    for rule in _rules(person, DaysOff):
        permitted[[d for d in rule.days if 0 <= d < len(permitted)]] = False
    if any(rule.most < 1 for rule in _rules(person, MostDaysInARow)):
        permitted[:] = False
    return permitted, may_rest


def _wishes(problem: RosterProblem, person: Person) -> tuple[Floats, Floats]:
    """Price of the wishes that a kind, or a day off, does not grant."""
    names = list(problem.kinds)
    cost = np.zeros((len(problem.days), len(names)))
    rest = np.zeros(len(problem.days))
    for request in problem.requests:
        if request.person == person.name:
            meant = np.array([request.kinds is None or name in request.kinds for name in names])
            cost[request.day, ~meant if request.wanted else meant] += request.price
            rest[request.day] += request.price if request.wanted else 0.0
    return cost, rest


def _pay(problem: RosterProblem, person: Person, minutes: NDArray[np.int64]) -> Floats:
    pay = person.pay
    normal = np.minimum(minutes, pay.normal_a_day)
    ordinary = pay.ordinary * normal + pay.overtime * (minutes - normal)
    return np.array([pay.holiday * minutes if day.holiday else ordinary for day in problem.days]).reshape(
        len(problem.days), len(minutes)
    )
