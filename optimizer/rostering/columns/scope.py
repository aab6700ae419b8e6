"""Which problems columns take."""

from collections.abc import Iterator

from optimizer.rostering.columns.pricing import Pricer
from optimizer.rostering.legality import weekends
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

PRICED = (DaysOff, MostOfKind, MinutesWithin, MostDaysInARow, LeastDaysInARow, LeastDaysOffInARow, MostWeekends)
MOST_VALUES = 30_000_000
"""Of one dynamic program with all limits of kinds counted, 8 bytes each."""


def not_priced(problem: RosterProblem) -> tuple[str, ...]:
    """Why columns do not take a problem; nothing if they do.

    They take problems in which a person's costs add up over days and the rules are those of ``PRICED``: one option a
    day, no fairness, pay without limits of the horizon or the week, and minutes within the whole horizon alone.
    """
    found = list(_couplings(problem))
    for person in problem.people.values():
        found += [f"{person.name}: {why}" for why in _beyond(problem, person)]
    if not found:
        sizes = {name: Pricer(problem, name).most_values() for name in problem.people}
        found = [f"{name}: too many limits of kinds" for name, size in sizes.items() if size > MOST_VALUES]
    return tuple(found)


def can_price(problem: RosterProblem) -> bool:
    """Whether ``solve_by_columns`` takes a problem; ``not_priced`` says why not."""
    return not not_priced(problem)


def _couplings(problem: RosterProblem) -> Iterator[str]:
    """What ties the schedules of several people together, beside the people wanted."""
    if not problem.days:
        yield "no days"
    if problem.fairness:
        yield "fairness"
    if problem.cover_all:
        yield "nobody may be missing"
    if any(len(day.options) > 1 for day in problem.days):
        yield "a day with several options"
    for inside in weekends(problem):
        if inside[-1] - inside[0] > 1:
            yield "a weekend that is not two days, one after the other"
    if any(need.under < 0 or (need.over or 0.0) < 0
           for day in problem.days for option in day.options for need in option.needs.values()):  # fmt: skip
        yield "people missing or too many who earn something"


def _beyond(problem: RosterProblem, person: Person) -> Iterator[str]:
    """What the dynamic program of a person does not know."""
    pay = person.pay
    if (pay.ordinary or pay.overtime) and pay.normal is not None:
        yield "overtime of the horizon"
    if pay.days_a_week < 7 and (pay.ordinary or pay.overtime or pay.rest_day):
        yield "rest days of a week"
    if len({rule.before for rule in person.rules if isinstance(rule, MostDaysInARow)}) > 1:
        yield "two numbers of days worked before the horizon"
    for rule in person.rules:
        if not isinstance(rule, PRICED):
            yield f"rule {type(rule).__name__}"
        elif isinstance(rule, MinutesWithin) and (rule.first > 0 or rule.last < len(problem.days) - 1):
            yield "minutes within a part of the horizon"
