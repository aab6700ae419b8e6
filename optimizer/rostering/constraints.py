"""The rules of a person as constraints of CP-SAT: one function each, which permits exactly what the judge does."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from optimizer.rostering.legality import weekends
from optimizer.rostering.model_terms import Sum, Term
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
    Person,
)

if TYPE_CHECKING:
    from optimizer.rostering.model import RosterModel


def barred(person: Person, day: int, kind: str) -> bool:
    """Whether a rule of the person rules a shift out whatever else is decided: no variable is made for it."""
    return any(
        (isinstance(rule, DaysOff) and day in rule.days)
        or (isinstance(rule, MostOfKind) and rule.most == 0 and rule.kind == kind)
        for rule in person.rules
    )


def state_rules(model: "RosterModel", person: Person) -> None:
    """State every rule of a person, and the forbidden sequences."""
    for rule in person.rules:
        STATEMENTS[type(rule)](model, person, rule)
    state_forbidden(model, person)


def state_forbidden(model: "RosterModel", person: Person) -> None:
    """Σ x(d, kinds) + Σ x(d+1, kinds that must not follow them) <= 1, for kinds with the same followers together."""
    for kinds, followers in model.sequences:
        for d in range(len(model.problem.days) - 1):
            if model.is_open(person.name, (d, d + 1)):
                first = model.shifts_of(person.name, d, kinds)
                second = model.shifts_of(person.name, d + 1, followers)
                if first and second:
                    model.rules.limit(Sum((term, 1) for term in first + second), most=1)


def state_days_off(model: "RosterModel", person: Person, rule: DaysOff) -> None:
    """w(d) = 0 on each of the days; variables are not even made there."""
    for d in rule.days:
        if 0 <= d < len(model.problem.days):
            model.rules.limit(Sum([(model.works(person.name, d), 1)]), most=0)


def state_most_of_kind(model: "RosterModel", person: Person, rule: MostOfKind) -> None:
    """Σ x(d, kind) <= most."""
    days = range(len(model.problem.days))
    shifts = [term for d in days for term in model.shifts_of(person.name, d, [rule.kind])]
    model.rules.limit(Sum((term, 1) for term in shifts), most=rule.most)


def state_minutes(model: "RosterModel", person: Person, rule: MinutesWithin) -> None:
    """Σ minutes between least and most: least <= Σ minutes(kind) x(d, kind) <= most."""
    total = Sum()
    for d in _span(model, rule.first, rule.last):
        for kind, term in model.shifts(person.name, d):
            total.add(term, model.problem.kinds[kind].minutes)
    model.rules.limit(total, least=rule.least or None, most=rule.most)


def state_days_within(model: "RosterModel", person: Person, rule: MostDaysWithin) -> None:
    """Σ w(d) <= most."""
    days = _span(model, rule.first, rule.last)
    model.rules.limit(Sum((model.works(person.name, d), 1) for d in days), most=rule.most)


def state_most_in_a_row(model: "RosterModel", person: Person, rule: MostDaysInARow) -> None:
    """Σ w <= most over any most + 1 days, and fewer at the start where a run goes on from before."""
    left = max(0, rule.most - rule.before)
    windows = [(0, left + 1, left)] if rule.before else []
    windows += [(d, d + rule.most + 1, rule.most) for d in range(len(model.problem.days) - rule.most)]
    for first, end, most in windows:
        if end <= len(model.problem.days) and model.is_open(person.name, range(first, end)):
            model.rules.limit(Sum((model.works(person.name, d), 1) for d in range(first, end)), most=most)


def state_least_in_a_row(model: "RosterModel", person: Person, rule: LeastDaysInARow) -> None:
    """No off, fewer days worked than the least, off."""
    _bar_short_runs(model, person, rule.least, worked=True)


def state_least_off_in_a_row(model: "RosterModel", person: Person, rule: LeastDaysOffInARow) -> None:
    """No work, fewer days off than the least, work."""
    _bar_short_runs(model, person, rule.least, worked=False)


def state_weekends(model: "RosterModel", person: Person, rule: MostWeekends) -> None:
    """Σ of weekends with work <= most."""
    worked = [weekend_worked(model, person.name, days) for days in weekends(model.problem)]
    model.rules.limit(Sum((term, 1) for term in worked), most=rule.most)


def state_overtime(model: "RosterModel", person: Person, rule: MostOvertimeWithin) -> None:
    """Overtime of the days + share of the days in the horizon x overtime of the horizon <= most."""
    days = _span(model, rule.first, rule.last)
    hours, horizon = model.hours(person.name), len(model.problem.days)
    total = Sum()
    for d in days:
        total.add_sum(hours.extra[d], horizon)
    total.add(hours.beyond, len(days))
    model.rules.limit(total, most=rule.most * horizon)


def weekend_worked(model: "RosterModel", name: str, days: list[int]) -> Term:
    """Whether somebody works on one of the days of a weekend."""
    key = (name, days[0])
    if key not in model.weekends_worked:
        model.weekends_worked[key] = model.rules.either(model.works(name, d) for d in days)
    return model.weekends_worked[key]


def _span(model: "RosterModel", first: int, last: int) -> range:
    return range(max(first, 0), min(last + 1, len(model.problem.days)))


def _bar_short_runs(model: "RosterModel", person: Person, least: int, worked: bool) -> None:
    name = person.name
    for length in range(1, least):
        for d in range(1, len(model.problem.days) - length):
            if not model.is_open(name, range(d - 1, d + length + 1)):
                continue
            ends = [model.works(name, d - 1), model.works(name, d + length)]
            run = [model.works(name, day) for day in range(d, d + length)]
            model.rules.any_of(*((ends, run) if worked else (run, ends)))


STATEMENTS: dict[type, Callable[["RosterModel", Person, Any], None]] = {
    DaysOff: state_days_off,
    MostOfKind: state_most_of_kind,
    MinutesWithin: state_minutes,
    MostDaysWithin: state_days_within,
    MostDaysInARow: state_most_in_a_row,
    LeastDaysInARow: state_least_in_a_row,
    LeastDaysOffInARow: state_least_off_in_a_row,
    MostWeekends: state_weekends,
    MostOvertimeWithin: state_overtime,
}
