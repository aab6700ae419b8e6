"""Is a roster legal? Every rule has one function here; it knows no solver and is the specification of the rule."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from optimizer.rostering.pay import overtime_within
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
    Roster,
    RosterProblem,
)


@dataclass(frozen=True)
class Breach:
    """One place where a roster breaks a rule."""

    rule: str
    person: str | None
    days: tuple[int, ...]
    words: str

    def __str__(self) -> str:
        return self.words


def breaches(problem: RosterProblem, roster: Roster) -> tuple[Breach, ...]:
    """All that is illegal about a roster; nothing where it is legal."""
    unknown = tuple(_unknown(problem, roster))
    if unknown:
        return unknown
    found = [*_options(problem, roster), *_work_permitted(problem, roster), *_forbidden(problem, roster)]
    if problem.cover_all:
        found += _missing(problem, roster)
    for person in problem.people.values():
        found += _fixed(problem, person, roster)
        for rule in person.rules:
            found += JUDGES[type(rule)](problem, person, roster, rule)
    return tuple(found)


def may_work(problem: RosterProblem, person: Person, kind: str) -> bool:
    """Whether skills and contract permit a kind of shift to a person."""
    skill = problem.kinds[kind].skill
    return (skill is None or skill in person.skills) and (person.kinds is None or kind in person.kinds)


def weekends(problem: RosterProblem) -> list[list[int]]:
    """The days of each weekend: a Saturday and the Sunday after it."""
    found: dict[int, list[int]] = {}
    for d, day in enumerate(problem.days):
        if day.weekend:
            found.setdefault(day.week, []).append(d)
    return list(found.values())


def told(problem: RosterProblem, days: Iterable[int]) -> str:
    """Days in words: their dates where they are known."""
    days = sorted(days)
    names = [str(problem.days[d].date or f"day {d}") for d in days]
    if len(names) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{names[0]} to {names[-1]}"
    return ", ".join(names)


# What concerns everybody


def _unknown(problem: RosterProblem, roster: Roster) -> Iterator[Breach]:
    for (name, d), kind in roster.shifts.items():
        for value, known in ((name, problem.people), (d, range(len(problem.days))), (kind, problem.kinds)):
            if value not in known:
                yield Breach("unknown name", name, (d,), f"{name} on day {d}, {kind}: {value!r} is not known")
    if len(roster.options) != len(problem.days):
        yield Breach("unknown name", None, (), f"options for {len(roster.options)} of {len(problem.days)} days")
        return
    for d, (chosen, day) in enumerate(zip(roster.options, problem.days, strict=True)):
        if chosen is not None and not 0 <= chosen < len(day.options):
            yield Breach("unknown name", None, (d,), f"{told(problem, [d])}: there is no option {chosen}")


def _options(problem: RosterProblem, roster: Roster) -> Iterator[Breach]:
    for d, (chosen, day) in enumerate(zip(roster.options, problem.days, strict=True)):
        if chosen is None and day.options:
            yield Breach("option", None, (d,), f"{told(problem, [d])}: no option is chosen")


def _work_permitted(problem: RosterProblem, roster: Roster) -> Iterator[Breach]:
    """Skills, contracts and what the day's option names; days that are settled are as they are."""
    for (name, d), kind in roster.shifts.items():
        person = problem.people[name]
        if person.fixed.get(d) == kind:
            continue
        when = f"{name} works {kind} on {told(problem, [d])}"
        if not may_work(problem, person, kind):
            yield Breach("skill or contract", name, (d,), f"{when}, which skills or contract do not permit")
        chosen = roster.options[d]
        if not problem.days[d].options:
            yield Breach("closed", name, (d,), f"{when}, which is closed")
        elif chosen is not None and kind not in problem.days[d].options[chosen].needs:
            yield Breach("option", name, (d,), f"{when}, which the option of the day does not name")


def _forbidden(problem: RosterProblem, roster: Roster) -> Iterator[Breach]:
    for (name, d), kind in roster.shifts.items():
        following = roster.shifts.get((name, d + 1))
        if following is not None and (kind, following) in problem.forbidden:
            words = f"{name} works {following} on {told(problem, [d + 1])} after {kind} on the day before"
            yield Breach("forbidden sequence", name, (d, d + 1), words)


def _missing(problem: RosterProblem, roster: Roster) -> Iterator[Breach]:
    for d, (chosen, day) in enumerate(zip(roster.options, problem.days, strict=True)):
        if chosen is None:
            continue
        for kind, need in day.options[chosen].needs.items():
            have = sum(roster.shifts.get((name, d)) == kind for name in problem.people)
            if have < need.people:
                words = f"{told(problem, [d])}: {have} of {need.people} people for {kind}"
                yield Breach("cover", None, (d,), words)


def _fixed(problem: RosterProblem, person: Person, roster: Roster) -> Iterator[Breach]:
    for d, kind in person.fixed.items():
        have = roster.shifts.get((person.name, d))
        if have != kind:
            words = f"{person.name} on {told(problem, [d])}: {have or 'off'}, but {kind or 'off'} is settled"
            yield Breach("fixed day", person.name, (d,), words)


# What concerns one person


def _works(
    problem: RosterProblem, person: Person, roster: Roster, first: int = 0, last: int | None = None
) -> list[int]:
    """Days worked from one day to another."""
    end = len(problem.days) if last is None else min(last + 1, len(problem.days))
    return [d for d in range(max(first, 0), end) if (person.name, d) in roster.shifts]


def _runs(problem: RosterProblem, person: Person, roster: Roster) -> Iterator[tuple[bool, int, int]]:
    """Runs of days worked and of days off: whether worked, first and last day."""
    days = range(len(problem.days))
    for works, run in groupby(days, key=lambda d: (person.name, d) in roster.shifts):
        inside = list(run)
        yield works, inside[0], inside[-1]


def judge_days_off(problem: RosterProblem, person: Person, roster: Roster, rule: DaysOff) -> Iterator[Breach]:
    """No work on leave or fixed days off."""
    for d in _works(problem, person, roster):
        if d in rule.days:
            words = f"{person.name} works on {told(problem, [d])}: {rule.reason}"
            yield Breach("days off", person.name, (d,), words)


def judge_most_of_kind(problem: RosterProblem, person: Person, roster: Roster, rule: MostOfKind) -> Iterator[Breach]:
    """No more than so many shifts of a kind."""
    days = [d for d in _works(problem, person, roster) if roster.shifts[person.name, d] == rule.kind]
    if len(days) > rule.most:
        words = f"{person.name} works {rule.kind} {len(days)} times, {rule.most} are permitted"
        yield Breach("most of a kind", person.name, tuple(days), words)


def judge_minutes(problem: RosterProblem, person: Person, roster: Roster, rule: MinutesWithin) -> Iterator[Breach]:
    """Working minutes neither below the least nor above the most."""
    days = _works(problem, person, roster, rule.first, rule.last)
    minutes = sum(problem.kinds[roster.shifts[person.name, d]].minutes for d in days)
    span = told(problem, (rule.first, rule.last))
    if minutes < rule.least:
        words = f"{person.name} works {minutes} minutes within {span}, {rule.least} at least are due"
        yield Breach("least minutes", person.name, (rule.first, rule.last), words)
    if rule.most is not None and minutes > rule.most:
        words = f"{person.name} works {minutes} minutes within {span}, {rule.most} are permitted"
        yield Breach("most minutes", person.name, (rule.first, rule.last), words)


def judge_days_within(problem: RosterProblem, person: Person, roster: Roster, rule: MostDaysWithin) -> Iterator[Breach]:
    """No more than so many days worked in a span."""
    days = _works(problem, person, roster, rule.first, rule.last)
    if len(days) > rule.most:
        words = f"{person.name} works {len(days)} days within {told(problem, (rule.first, rule.last))}, "
        yield Breach("most days", person.name, tuple(days), words + f"{rule.most} are permitted")


def judge_most_in_a_row(
    problem: RosterProblem, person: Person, roster: Roster, rule: MostDaysInARow
) -> Iterator[Breach]:
    """No longer run of days worked; one that began before the horizon goes on in it."""
    for works, first, last in _runs(problem, person, roster):
        length = last - first + 1 + (rule.before if first == 0 else 0)
        if works and length > rule.most:
            days = tuple(range(first, last + 1))
            words = f"{person.name} works {length} days in a row up to {told(problem, [last])}, "
            yield Breach("most days in a row", person.name, days, words + f"{rule.most} are permitted")


def _short_runs(
    problem: RosterProblem, person: Person, roster: Roster, least: int, works: bool
) -> Iterator[tuple[int, int]]:
    for state, first, last in _runs(problem, person, roster):
        inside = first > 0 and last < len(problem.days) - 1
        if state == works and inside and last - first + 1 < least:
            yield first, last


def judge_least_in_a_row(
    problem: RosterProblem, person: Person, roster: Roster, rule: LeastDaysInARow
) -> Iterator[Breach]:
    """No shorter run of days worked inside the horizon."""
    for first, last in _short_runs(problem, person, roster, rule.least, works=True):
        days = tuple(range(first, last + 1))
        words = f"{person.name} works {len(days)} days in a row at {told(problem, days)}, {rule.least} are the least"
        yield Breach("least days in a row", person.name, days, words)


def judge_least_off_in_a_row(
    problem: RosterProblem, person: Person, roster: Roster, rule: LeastDaysOffInARow
) -> Iterator[Breach]:
    """No shorter run of days off inside the horizon."""
    for first, last in _short_runs(problem, person, roster, rule.least, works=False):
        days = tuple(range(first, last + 1))
        words = f"{person.name} is off {len(days)} days in a row at {told(problem, days)}, {rule.least} are the least"
        yield Breach("least days off in a row", person.name, days, words)


def judge_weekends(problem: RosterProblem, person: Person, roster: Roster, rule: MostWeekends) -> Iterator[Breach]:
    """No more than so many weekends with work."""
    worked = set(_works(problem, person, roster))
    days = [worked.intersection(weekend) for weekend in weekends(problem) if worked.intersection(weekend)]
    if len(days) > rule.most:
        words = f"{person.name} works on {len(days)} weekends, {rule.most} are permitted"
        yield Breach("most weekends", person.name, tuple(sorted(d for inside in days for d in inside)), words)


def judge_overtime(
    problem: RosterProblem, person: Person, roster: Roster, rule: MostOvertimeWithin
) -> Iterator[Breach]:
    """No more than so many minutes of overtime in a span, those of rest days and holidays included."""
    minutes = overtime_within(problem, person.name, roster, rule.first, rule.last)
    if minutes > rule.most:
        words = f"{person.name} works {float(minutes):g} minutes of overtime within "
        words += f"{told(problem, (rule.first, rule.last))}, {rule.most} are permitted"
        yield Breach("most overtime", person.name, (rule.first, rule.last), words)


JUDGES: dict[type, Callable[[RosterProblem, Person, Roster, Any], Iterator[Breach]]] = {
    DaysOff: judge_days_off,
    MostOfKind: judge_most_of_kind,
    MinutesWithin: judge_minutes,
    MostDaysWithin: judge_days_within,
    MostDaysInARow: judge_most_in_a_row,
    LeastDaysInARow: judge_least_in_a_row,
    LeastDaysOffInARow: judge_least_off_in_a_row,
    MostWeekends: judge_weekends,
    MostOvertimeWithin: judge_overtime,
}
