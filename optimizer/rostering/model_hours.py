"""Minutes of one person by kind of pay, as sums of variables: exactly what the judge in pay.py counts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from optimizer.rostering.model_terms import Sum, Term
from optimizer.rostering.problem import MostDaysWithin, MostOvertimeWithin, Person, working_week

if TYPE_CHECKING:
    from optimizer.rostering.model import RosterModel


@dataclass
class Hours:
    """Minutes of one person; those of a rest day may stand at another day of a week that no span cuts."""

    ordinary: Sum
    """Of the horizon, those beyond the normal ones included."""
    overtime: Sum
    """Of days."""
    rest_day: Sum
    holiday: Sum
    extra: list[Sum]
    """Overtime of the day, rest-day and holiday minutes, by day."""
    beyond: Term = 0
    """Ordinary ones beyond the normal of the horizon."""
    most_beyond: int = 0

    def total_overtime(self) -> Sum:
        """All that are no ordinary ones."""
        total = Sum([(self.beyond, 1)])
        for part in (self.overtime, self.rest_day, self.holiday):
            total.add_sum(part)
        return total


def count_hours(model: "RosterModel", person: Person, exact: bool) -> Hours:
    """Minutes of a person as sums.

    Args:
        model: What the variables are in.
        person: Whose they are.
        exact: Whether overtime of the horizon must be exact although nothing would be gained by raising it.
    """
    hours = Hours(Sum(), Sum(), Sum(), Sum(), [Sum() for _ in model.problem.days])
    for days in model.weeks:
        if any(model.is_free(person.name, d) for d in days):
            _count_week(model, person, hours, days)
        else:
            _keep_week(model, person, hours, days)
    _count_beyond(model, person, hours, exact)
    return hours


def _keep_week(model: "RosterModel", person: Person, hours: Hours, days: list[int]) -> None:
    by_day = model.settled_minutes(person.name)
    for d in days:
        day = by_day[d]
        hours.ordinary.constant += day.ordinary
        hours.overtime.constant += day.overtime
        hours.rest_day.constant += day.rest_day
        hours.holiday.constant += day.holiday
        hours.extra[d].constant += day.overtime + day.rest_day + day.holiday


def _count_week(model: "RosterModel", person: Person, hours: Hours, days: list[int]) -> None:
    """Minutes as if no day were a rest day; then those of rest days are moved."""
    normal, working = person.pay.normal_a_day, []
    for d in days:
        shifts = [(term, model.problem.kinds[kind].minutes) for kind, term in model.shifts(person.name, d)]
        for term, minutes in shifts:
            if model.problem.days[d].holiday:
                hours.holiday.add(term, minutes)
                hours.extra[d].add(term, minutes)
            else:
                hours.ordinary.add(term, min(minutes, normal))
                hours.overtime.add(term, max(0, minutes - normal))
                hours.extra[d].add(term, max(0, minutes - normal))
        if shifts and not model.problem.days[d].holiday:
            working.append(d)
    week = working_week((model.problem.days[d] for d in days), person.pay)
    most = min([len(working), *(rule.most for rule in _covering(person, working))]) - week
    if most == 1 and not _cut(person, days):
        _find_shortest(model, person, hours, working, week)
    elif most > 0:
        _find_rest_days(model, person, hours, working, week, most)


def _covering(person: Person, days: list[int]) -> list[MostDaysWithin]:
    rules = [rule for rule in person.rules if isinstance(rule, MostDaysWithin)]
    return [rule for rule in rules if days and rule.first <= days[0] and days[-1] <= rule.last]


def _cut(person: Person, days: list[int]) -> bool:
    """Whether a span of overtime ends or begins within a week: then it matters which day is the rest day."""
    spans = [rule for rule in person.rules if isinstance(rule, MostOvertimeWithin)]
    return any(days[0] < edge <= days[-1] for rule in spans for edge in (rule.first, rule.last + 1))


def _move(person: Person, hours: Hours, d: int, term: Term, minutes: int) -> None:
    """Make so many minutes of a day, if the term holds, those of a rest day."""
    normal = person.pay.normal_a_day
    hours.ordinary.add(term, -min(minutes, normal))
    hours.overtime.add(term, -max(0, minutes - normal))
    hours.rest_day.add(term, minutes)
    hours.extra[d].add(term, min(minutes, normal))


def _by_length(model: "RosterModel", name: str, d: int) -> dict[int, list[Term]]:
    found: dict[int, list[Term]] = {}
    for kind, term in model.shifts(name, d):
        found.setdefault(model.problem.kinds[kind].minutes, []).append(term)
    return found


def _find_shortest(model: "RosterModel", person: Person, hours: Hours, days: list[int], week: int) -> None:
    """One rest day at most: e says whether, s(l) how long it is; no day worked is shorter.

    Σ w <= week + e, Σ w >= (week + 1) e, Σ s = e; for each length l and day: Σ of s(longer or l) + Σ of the day's
    shifts that are shorter than l <= 1; and somebody works that long: s(l) <= Σ of shifts of length l.
    """
    rules = model.rules
    rest = rules.boolean()
    total = Sum((model.works(person.name, d), 1) for d in days)
    total.add(rest, -1)
    rules.limit(total, most=week)
    total.add(rest, -week)
    rules.limit(total, least=0)
    by_day = {d: _by_length(model, person.name, d) for d in days}
    lengths = sorted({length for by_length in by_day.values() for length in by_length})
    chosen: dict[int, cp_model.IntVar] = {length: rules.boolean() for length in lengths}
    rules.limit(Sum([*((s, 1) for s in chosen.values()), (rest, -1)]), least=0, most=0)
    for length in lengths:
        somebody = Sum([(chosen[length], -1)])
        longer = [(s, 1) for other, s in chosen.items() if other >= length]
        for by_length in by_day.values():
            shorter = [(term, 1) for other, terms in by_length.items() if other < length for term in terms]
            if shorter:
                rules.limit(Sum([*longer, *shorter]), most=1)
            for term in by_length.get(length, []):
                somebody.add(term)
        rules.limit(somebody, least=0)
        _move(person, hours, days[0], chosen[length], length)


def _find_rest_days(model: "RosterModel", person: Person, hours: Hours, days: list[int], week: int, most: int) -> None:
    """Rest days one by one: r(d), Σ r = positive part of Σ w - week; days worked that are none are no shorter."""
    rules, name = model.rules, person.name
    total = Sum((model.works(name, d), 1) for d in days)
    beyond = rules.beyond(total, week, most)
    resting = {d: rules.boolean() for d in days}
    rules.limit(Sum([*((r, 1) for r in resting.values()), (beyond, -1)]), least=0, most=0)
    for d in days:
        by_length = _by_length(model, name, d)
        parts = Sum([(resting[d], -1)])
        for length, terms in by_length.items():
            part = rules.boolean()
            parts.add(part)
            rules.limit(Sum([*((term, 1) for term in terms), (part, -1)]), least=0)
            _move(person, hours, d, part, length)
        rules.limit(parts, least=0, most=0)
    for d in days:
        for other in days:
            if other != d:
                _state_order(model, name, resting, d, other)


def _state_order(model: "RosterModel", name: str, resting: dict[int, cp_model.IntVar], d: int, other: int) -> None:
    """Where d is a rest day and another day is worked and none, d is shorter, or as long and later."""
    works = model.works(name, other)
    if isinstance(works, int) and not works:
        return
    where = [resting[d], ~resting[other], *([] if isinstance(works, int) else [works])]
    difference = Sum()
    for day, sign in ((d, 1), (other, -1)):
        for kind, term in model.shifts(name, day):
            difference.add(term, sign * model.problem.kinds[kind].minutes)
    model.rules.limit(difference, most=0 if d > other else -1, where=where)


def _count_beyond(model: "RosterModel", person: Person, hours: Hours, exact: bool) -> None:
    normal = person.pay.normal
    if normal is None:
        return
    greatest = hours.ordinary.constant
    for d in range(len(model.problem.days)):
        if not model.problem.days[d].holiday and model.is_free(person.name, d):
            lengths = [model.problem.kinds[kind].minutes for kind, _ in model.shifts(person.name, d)]
            greatest += max((min(length, person.pay.normal_a_day) for length in lengths), default=0)
    hours.most_beyond = max(0, greatest - normal)
    if exact or not hours.ordinary.variables or not hours.most_beyond:
        hours.beyond = model.rules.beyond(hours.ordinary, normal, hours.most_beyond)
        return
    hours.beyond = model.rules.number(0, hours.most_beyond)
    below = Sum([(hours.beyond, -1)])
    below.add_sum(hours.ordinary)
    model.rules.limit(below, most=normal)
