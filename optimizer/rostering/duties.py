"""From a roster back to the hall: who works when with which meal, who is missing, and what a new roster changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from optimizer.problem import DayPlan, Shift
from optimizer.rostering.problem import DaysOff, MostOfKind, Option, Request, Roster, RosterProblem
from optimizer.rostering.quarter import Duty, Menus, Settled, kind_name


@dataclass(frozen=True)
class Shortage:
    """People missing on a shift of one date."""

    date: date
    skill: str
    start: int
    """[minutes of the day]"""
    end: int
    people: int
    price: float
    """Of all of them [yuan]."""


def duties(problem: RosterProblem, roster: Roster, menus: Menus, settled: Settled | None = None) -> tuple[Duty, ...]:
    """Who works when, in the order of dates and names.

    The meals of a day's plan are dealt out among the people of each shift, another person first every day. Where people
    are missing, those who are there take meals spread over all of the plan's.
    """
    plans = {option.name: option.plan for options in menus.values() for option in options}
    past = [] if settled is None else [duty for duty in settled.duties if duty.date < settled.until]
    told = {(duty.date, duty.person) for duty in past}
    by_shift: dict[tuple[int, str], list[str]] = defaultdict(list)
    for (person, day), kind in sorted(roster.shifts.items()):
        if (date_of(problem, day), person) not in told:
            by_shift[day, kind].append(person)
    found = list(past)
    for (day, kind), people in by_shift.items():
        option = _chosen(problem, roster, day)
        shifts = [] if option is None or option.name not in plans else _shifts(plans[option.name], kind)
        found += _dealt(problem, day, kind, people, shifts)
    return tuple(sorted(found, key=lambda duty: (duty.date, duty.person)))


def _shifts(plan: DayPlan, kind: str) -> list[Shift]:
    """The shifts of one kind in a plan, one for each person, in the order of their meals."""
    shifts = [
        assignment.shift
        for assignment in plan.shifts
        for _ in range(assignment.people)
        if kind_name(assignment.skill, assignment.shift.start, assignment.shift.end) == kind
    ]
    return sorted(shifts, key=lambda shift: shift.meal_start or 0)


def _dealt(
    problem: RosterProblem, day: int, kind: str, people: Sequence[str], shifts: Sequence[Shift]
) -> Iterable[Duty]:
    of = problem.kinds[kind]
    turn = day % len(people)
    for place, person in enumerate([*people[turn:], *people[:turn]]):
        shift = shifts[place * len(shifts) // len(people)] if shifts else None
        yield Duty(
            date_of(problem, day),
            person,
            str(of.skill),
            of.start or 0,
            of.end or 0,
            None if shift is None else shift.meal_start,
            None if shift is None else shift.meal_end,
            of.minutes,
        )


def shortages(problem: RosterProblem, roster: Roster) -> tuple[Shortage, ...]:
    """Who is missing, by date, skill and shift."""
    there: dict[tuple[int, str], int] = defaultdict(int)
    for (_, day), worked in roster.shifts.items():
        there[day, worked] += 1
    found = []
    for day in range(len(problem.days)):
        option = _chosen(problem, roster, day)
        for name, need in option.needs.items() if option is not None else ():
            if (missing := need.people - there[day, name]) > 0:
                kind, on = problem.kinds[name], date_of(problem, day)
                price = missing * need.under
                found.append(Shortage(on, str(kind.skill), kind.start or 0, kind.end or 0, missing, price))
    return tuple(found)


def replan_requests(
    problem: RosterProblem, previous: Iterable[Duty], from_day: date, change_price: float
) -> tuple[Request, ...]:
    """Wishes that every day of every person from ``from_day`` on stays as it was.

    None for days on which it cannot stay: the person is away now, has left, or the shift is in no plan and no contract.
    None for people who are new: nothing of theirs changes.
    """
    before = {(duty.person, duty.date): kind_name(duty.skill, duty.start, duty.end) for duty in previous}
    known = {person for person, _ in before}
    found = []
    for name, person in problem.people.items():
        if name not in known:
            continue
        away = set().union(*(rule.days for rule in person.rules if isinstance(rule, DaysOff)))
        permitted = set(problem.kinds) if person.kinds is None else set(person.kinds)
        permitted -= {rule.kind for rule in person.rules if isinstance(rule, MostOfKind)}
        for index in range(len(problem.days)):
            day = date_of(problem, index)
            if day < from_day or index in away or index in person.fixed:
                continue
            kind = before.get((name, day))
            if kind is None:
                found.append(Request(name, index, None, wanted=False, price=change_price, of_change=True))
            elif kind in permitted:
                found.append(Request(name, index, frozenset({kind}), wanted=True, price=change_price, of_change=True))
    return tuple(found)


def changed_days(
    before: Iterable[Duty], after: Iterable[Duty], from_day: date
) -> tuple[tuple[date, str, Duty | None, Duty | None], ...]:
    """Days of people that differ in skill, start or end between two rosters: date, person, before, after; None: off."""
    old, new = (_by_person(duties, from_day) for duties in (before, after))
    return tuple(
        (day, person, old.get((day, person)), new.get((day, person)))
        for day, person in sorted(old.keys() | new.keys())
        if _told(old.get((day, person))) != _told(new.get((day, person)))
    )


def _by_person(duties: Iterable[Duty], from_day: date) -> Mapping[tuple[date, str], Duty]:
    return {(duty.date, duty.person): duty for duty in duties if duty.date >= from_day}


def _told(duty: Duty | None) -> tuple[str, int, int] | None:
    return None if duty is None else (duty.skill, duty.start, duty.end)


def _chosen(problem: RosterProblem, roster: Roster, day: int) -> Option | None:
    number = roster.options[day]
    return None if number is None else problem.days[day].options[number]


def date_of(problem: RosterProblem, day: int) -> date:
    """The date of a day.

    Raises:
        ValueError: where the problem has numbers only.
    """
    found = problem.days[day].date
    if found is None:
        raise ValueError(f"day {day} has no date")
    return found
