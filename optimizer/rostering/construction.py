"""A first roster, week by week, on the options that the relaxation chose."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from optimizer.rostering.legality import may_work
from optimizer.rostering.model import Answer, Neighbourhood, RosterModel
from optimizer.rostering.problem import (
    Day,
    MinutesWithin,
    MostOvertimeWithin,
    Person,
    Roster,
    RosterProblem,
    Rule,
)

Run = Callable[[list[RosterModel]], list[Answer]]
"""Runs the solver on models that have nothing to do with each other."""


def construct(
    problem: RosterProblem,
    options: Sequence[int | None],
    minutes: Mapping[str, Sequence[float]],
    run: Run,
    keep: Callable[[Roster], None] = lambda _: None,
    step: int = 7,
    overlap: int = 7,
) -> None:
    """Make a roster in windows of days that overlap, as far as every window has one.

    With the options settled, people who share no kind of shift are rostered apart.

    Args:
        problem: What is rostered.
        options: Option of each day.
        minutes: Ordinary minutes that each person should have worked, by day: beyond their sum up to the end of a
            window a minute is priced as overtime, so that nobody's hours are used up early.
        run: Runs the solver.
        keep: Takes the roster after each window, everybody being off on later days; at last it is whole.
        step: Days that each window goes further.
        overlap: Days of the window before that are decided again.
    """
    days = len(problem.days)
    shifts: dict[tuple[str, int], str] = {}
    teams = apart(problem)
    for start in range(0, days, step):
        end = min(start + step + overlap, days)
        part = _until(problem, end, options, minutes)
        base = Roster(tuple(0 if day.options else None for day in part.days), shifts)
        cells = [frozenset((name, d) for name in team for d in range(start, end)) for team in teams]
        answers = run([RosterModel(part, base, Neighbourhood(free, frozenset())) for free in cells])
        shifts = {cell: kind for cell, kind in shifts.items() if cell[1] < start}
        for answer, free in zip(answers, cells, strict=True):
            if answer.roster is None:
                return
            shifts |= {cell: kind for cell, kind in answer.roster.shifts.items() if cell in free}
        keep(Roster(tuple(options), idle(problem, options).shifts | shifts))
        if end == days:
            return


def idle(problem: RosterProblem, options: Sequence[int | None]) -> Roster:
    """Nobody works but where that is settled."""
    return Roster(tuple(options), _settled(problem))


def apart(problem: RosterProblem) -> list[list[str]]:
    """Teams of people: who can work one kind of shift is in one team."""
    teams: list[tuple[set[str], list[str]]] = []
    for name, person in problem.people.items():
        kinds = {kind for kind in problem.kinds if may_work(problem, person, kind)}
        names = [name]
        for team in [team for team in teams if team[0] & kinds]:
            teams.remove(team)
            kinds |= team[0]
            names = team[1] + names
        teams.append((kinds, names))
    return [names for _, names in teams]


def _settled(problem: RosterProblem) -> dict[tuple[str, int], str]:
    people = problem.people.items()
    return {(name, d): kind for name, person in people for d, kind in person.fixed.items() if kind is not None}


def _until(
    problem: RosterProblem, end: int, options: Sequence[int | None], minutes: Mapping[str, Sequence[float]]
) -> RosterProblem:
    """The problem up to a day, as if the quarter ended there."""
    return replace(
        problem,
        days=tuple(_with_option(day, chosen) for day, chosen in zip(problem.days[:end], options, strict=False)),
        people={
            name: _person_until(person, end, sum(minutes[name][:end]), len(problem.days))
            for name, person in problem.people.items()
        },
        requests=tuple(request for request in problem.requests if request.day < end),
        fairness=tuple(fairness for fairness in problem.fairness if fairness.counted != "overtime"),
    )


def _with_option(day: Day, chosen: int | None) -> Day:
    return day if chosen is None else replace(day, options=(day.options[chosen],))


def _person_until(person: Person, end: int, target: float, days: int) -> Person:
    normal = person.pay.normal
    if normal is not None and end < days:
        normal = min(normal, round(target))
    return replace(
        person,
        pay=replace(person.pay, normal=normal),
        rules=tuple(part for rule in person.rules if (part := _rule_until(rule, end, days)) is not None),
        fixed={d: kind for d, kind in person.fixed.items() if d < end},
    )


def _rule_until(rule: Rule, end: int, days: int) -> Rule | None:
    """A rule as far as it binds up to a day: what is due later is not due yet."""
    if end == days:
        return rule
    if isinstance(rule, MostOvertimeWithin):
        return None if rule.first >= end else replace(rule, last=min(rule.last, end - 1))
    if isinstance(rule, MinutesWithin) and rule.last >= end:
        return replace(rule, least=0)
    return rule
