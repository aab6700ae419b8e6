"""Why nothing is legal: the shortest span of days that cannot be staffed, and what of it cannot hold together.

A span is judged by itself, as if the horizon were it alone: rules that reach beyond it bind less there, so a span that
cannot be staffed proves that the whole cannot. On it, what is asked for is dropped piece by piece; what cannot be
dropped without the span becoming possible clashes.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from optimizer.rostering.conflict_words import Clash, tell
from optimizer.rostering.model import Limits, RosterModel
from optimizer.rostering.problem import (
    Day,
    DaysOff,
    LeastDaysInARow,
    LeastDaysOffInARow,
    MinutesWithin,
    MostDaysInARow,
    MostDaysWithin,
    MostOfKind,
    MostOvertimeWithin,
    MostWeekends,
    Need,
    Pay,
    Person,
    RosterProblem,
    Rule,
)

LENGTHS = (1, 2, 7, 14, 28)
"""Days of the spans that are tried, shortest first; then the whole."""
RULES = (DaysOff, MostOfKind, MinutesWithin, MostDaysWithin, MostDaysInARow, LeastDaysInARow, LeastDaysOffInARow,
         MostWeekends, MostOvertimeWithin)  # fmt: skip
ONE_CHECK = 10.0
"""Most seconds for one look at a span."""


@dataclass(frozen=True)
class _Dropped:
    """What is no longer asked for."""

    cover: frozenset[str] = frozenset()
    rules: frozenset[tuple[type, str]] = frozenset()
    """Kinds of rules, and people that they no longer bind."""
    sequences: bool = False

    def plus(self, other: "_Dropped") -> "_Dropped":
        """Both."""
        sequences = self.sequences or other.sequences
        return _Dropped(self.cover | other.cover, self.rules | other.rules, sequences)


def find_conflict(problem: RosterProblem, seconds: float = 60.0) -> tuple[str, ...] | None:
    """What cannot hold together, in words; None where no span was shown to be impossible in time.

    Days that fail by themselves are all told; else the first of the shortest spans that fail.
    """
    search = _Search(problem, time.monotonic() + seconds)
    for length in (*(length for length in LENGTHS if length < len(problem.days)), len(problem.days)):
        failing = []
        for first in _starts(problem, length):
            last = min(first + length, len(problem.days)) - 1
            if search.fails(first, last, _Dropped()):
                failing.append((first, last))
                if length > 1:
                    break
        if failing:
            return tell(problem, search.clashes(failing))
        if search.late():
            break
    return None


def _starts(problem: RosterProblem, length: int) -> Iterator[int]:
    """First days of spans: any day for short ones, Mondays for those of whole weeks."""
    for first, day in enumerate(problem.days):
        begins = first == 0 or problem.days[first - 1].week != day.week
        if length < 7 or begins:
            yield first


@dataclass
class _Search:
    problem: RosterProblem
    until: float

    def late(self) -> bool:
        return time.monotonic() >= self.until

    def fails(self, first: int, last: int, dropped: _Dropped) -> bool:
        """Whether a span is proven impossible."""
        if self.late():
            return False
        seconds = min(ONE_CHECK, self.until - time.monotonic())
        model = RosterModel(_without(cut_out(self.problem, first, last), dropped))
        return model.solve(Limits(seconds)).status == cp_model.INFEASIBLE

    def clashes(self, spans: list[tuple[int, int]]) -> list[Clash]:
        """What clashes on each span; the same as on the one before where that is enough."""
        found: list[Clash] = []
        dropped = _Dropped()
        for first, last in spans:
            if not found or not self.fails(first, last, dropped):
                clash, dropped = self.clash(first, last)
            else:
                clash = replace(found[-1], first=first, last=last)
            found.append(clash)
        return found

    def clash(self, first: int, last: int) -> tuple[Clash, _Dropped]:
        """What remains when all is dropped that does not matter, and what is dropped."""
        people, part = list(self.problem.people), cut_out(self.problem, first, last)
        dropped = _Dropped()
        for piece in self._pieces(part, people):
            if self.fails(first, last, dropped.plus(piece)):
                dropped = dropped.plus(piece)
        for piece in [_Dropped(rules=frozenset({pair})) for pair in _bound(part, dropped)]:
            if self.fails(first, last, dropped.plus(piece)):
                dropped = dropped.plus(piece)
        kinds = frozenset(_covered(part)) - dropped.cover
        rules = frozenset(_bound(part, dropped))
        return Clash(first, last, kinds, rules, bool(part.forbidden) and not dropped.sequences), dropped

    def _pieces(self, part: RosterProblem, people: list[str]) -> Iterator[_Dropped]:
        if part.forbidden:
            yield _Dropped(sequences=True)
        for rule in RULES[::-1]:
            if any(isinstance(given, rule) for person in part.people.values() for given in person.rules):
                yield _Dropped(rules=frozenset((rule, name) for name in people))
        for kind in _covered(part):
            yield _Dropped(cover=frozenset({kind}))


def _covered(part: RosterProblem) -> list[str]:
    """Kinds for which somebody is needed."""
    if not part.cover_all:
        return []
    return sorted({k for day in part.days for option in day.options for k, n in option.needs.items() if n.people})


def _bound(part: RosterProblem, dropped: _Dropped) -> list[tuple[type, str]]:
    """Kinds of rules that still bind, and whom."""
    pairs = {(type(rule), name) for name, person in part.people.items() for rule in person.rules}
    return sorted(pairs - dropped.rules, key=lambda pair: (pair[0].__name__, pair[1]))


def _without(part: RosterProblem, dropped: _Dropped) -> RosterProblem:
    days = []
    for day in part.days:
        options = []
        for option in day.options:
            needs = {
                kind: replace(need, people=0) if kind in dropped.cover else need for kind, need in option.needs.items()
            }
            options.append(replace(option, needs=needs))
        days.append(replace(day, options=tuple(options)))
    people = {
        name: replace(person, rules=tuple(rule for rule in person.rules if (type(rule), name) not in dropped.rules))
        for name, person in part.people.items()
    }
    forbidden = frozenset() if dropped.sequences else part.forbidden
    return replace(part, days=tuple(days), people=people, forbidden=forbidden)


def cut_out(problem: RosterProblem, first: int, last: int) -> RosterProblem:
    """The days of a span by themselves, at no price: whatever is legal in the whole is legal here."""
    whole = first == 0 and last == len(problem.days) - 1
    return replace(
        problem,
        days=tuple(_unpriced(day) for day in problem.days[first : last + 1]),
        people={name: _person(person, first, last, whole) for name, person in problem.people.items()},
        requests=(),
        fairness=(),
    )


def _unpriced(day: Day) -> Day:
    options = tuple(
        replace(option, cost=0.0, needs={kind: Need(need.people, 0.0) for kind, need in option.needs.items()})
        for option in day.options
    )
    return replace(day, options=options)


def _person(person: Person, first: int, last: int, whole: bool) -> Person:
    pay = person.pay
    return replace(
        person,
        pay=Pay(normal=pay.normal if whole else None, normal_a_day=pay.normal_a_day, days_a_week=pay.days_a_week),
        rules=tuple(part for rule in person.rules for part in _shifted(rule, first, last)),
        fixed={d - first: kind for d, kind in person.fixed.items() if first <= d <= last},
    )


def _shifted(rule: Rule, first: int, last: int) -> Iterator[Rule]:
    """A rule as far as it binds on a span, on the span's own numbers of days."""
    length = last - first + 1
    if isinstance(rule, DaysOff):
        if days := frozenset(d - first for d in rule.days if first <= d <= last):
            yield replace(rule, days=days)
    elif isinstance(rule, MinutesWithin | MostDaysWithin | MostOvertimeWithin):
        start, end = max(rule.first - first, 0), min(rule.last - first, length - 1)
        if start > end:
            return
        inside = first <= rule.first and rule.last <= last
        if isinstance(rule, MinutesWithin):
            if inside or rule.most is not None:
                yield replace(rule, first=start, last=end, least=rule.least if inside else 0)
        elif isinstance(rule, MostOvertimeWithin) or rule.most <= end - start:
            yield replace(rule, first=start, last=end)
    elif isinstance(rule, MostDaysInARow):
        before = rule.before if first == 0 else 0
        if before + length > rule.most:
            yield replace(rule, before=before)
    else:
        yield rule
