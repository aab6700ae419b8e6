"""Says what of a span of days cannot hold together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from optimizer.rostering.legality import may_work, told
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
    RosterProblem,
)

NAMED = 8
"""Most names in a sentence; the others are counted."""
WORDS: dict[type, str] = {
    DaysOff: "days off",
    MostOfKind: "most shifts of a kind",
    MinutesWithin: "working hours",
    MostDaysWithin: "most working days",
    MostDaysInARow: "most days in a row",
    LeastDaysInARow: "least days in a row",
    LeastDaysOffInARow: "least days off in a row",
    MostWeekends: "most weekends",
    MostOvertimeWithin: "most overtime",
}


@dataclass(frozen=True)
class Clash:
    """What cannot hold together on a span of days: cover of kinds, rules of people, forbidden sequences."""

    first: int
    last: int
    kinds: frozenset[str]
    rules: frozenset[tuple[type, str]]
    sequences: bool


def tell(problem: RosterProblem, clashes: Sequence[Clash]) -> tuple[str, ...]:
    """Sentences; days that fail by themselves for the same reason are told together."""
    days: dict[tuple[str, str], list[int]] = {}
    sentences = []
    for clash in clashes:
        if clash.first == clash.last:
            days.setdefault(_day(problem, clash), []).append(clash.first)
        else:
            sentences += _span(problem, clash)
    for (before, after), alike in days.items():
        sentences += [f"{before}{told(problem, run)}{after}" for run in _runs(alike)]
    return tuple(sentences)


def _runs(days: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for d in days:
        if runs and d == runs[-1][-1] + 1:
            runs[-1].append(d)
        else:
            runs.append([d])
    return runs


def _day(problem: RosterProblem, clash: Clash) -> tuple[str, str]:
    """Words before and after the day."""
    d, work = clash.first, _work(problem, clash.kinds)
    able = _able(problem, clash.kinds)
    off = {p.name: reason for p in able if (reason := _off(p, d)) is not None}
    need = _people_needed(problem, clash.kinds, d)
    rules = sorted({WORDS[rule] for rule, _ in clash.rules if rule is not DaysOff})
    if not clash.kinds:
        return "", ": " + _rules(clash)
    if not able:
        return f"nobody can work as {work} on ", ""
    away = "; away: " + _names(f"{name} ({reason})" for name, reason in off.items()) if off else ""
    if len(off) == len(able):
        return f"all who can work as {work} are away on ", away.replace("; away: ", ": ")
    there = len(able) - len(off)
    held = f"; also bound by {', '.join(rules)}" if rules else ""
    if not rules and there >= need:
        held = "; skills, contracts or what is settled leave too few of them for some shift"
    return "", f": {need} needed as {work}, {there} of {len(able)} are there{away}{held}"


def _span(problem: RosterProblem, clash: Clash) -> list[str]:
    span = range(clash.first, clash.last + 1)
    when, work = told(problem, (clash.first, clash.last)).replace(", ", " to "), _work(problem, clash.kinds)
    sentences = []
    bound: dict[type, list[str]] = {}
    for rule, name in sorted(clash.rules, key=lambda pair: (pair[0].__name__, pair[1])):
        bound.setdefault(rule, []).append(name)
    for rule, names in bound.items():
        whose = f"{WORDS[rule]} of {_names(names)}"
        if rule is MinutesWithin and clash.kinds:
            need = sum(_minutes_needed(problem, clash.kinds, d) for d in span) / 60
            have = sum(_most_minutes(problem.people[name], clash.first, clash.last) for name in names) / 60
            sentences.append(f"hours as {work}, {when}: {need:,.0f} are needed, {_names(names)} may work {have:,.0f}")
        elif rule is MostDaysWithin and clash.kinds:
            need = sum(_people_needed(problem, clash.kinds, d) for d in span)
            sentences.append(f"days as {work}, {when}: {need} are needed; bound by {whose}")
        else:
            sentences.append(f"{when}: {whose}" + (f", {work} being covered" if clash.kinds else ""))
    if clash.sequences:
        sentences.append(f"{when}: shifts that must not follow each other" + (f", as {work}" if clash.kinds else ""))
    if not sentences:
        sentences.append(f"{when}: too few people as {work}")
    return sentences


def _rules(clash: Clash) -> str:
    by_rule: dict[str, list[str]] = {}
    for rule, name in clash.rules:
        by_rule.setdefault(WORDS[rule], []).append(name)
    told_rules = [f"{words} of {_names(sorted(names))}" for words, names in sorted(by_rule.items())]
    return "; ".join(told_rules) or "what is settled breaks skills or contracts"


def _names(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _work(problem: RosterProblem, kinds: frozenset[str]) -> str:
    """The skills of some kinds, or the kinds where not all who have the skills can work them."""
    skills = {problem.kinds[kind].skill or kind for kind in kinds}
    skilled = [person for person in problem.people.values() if person.skills & skills]
    return _names(sorted(skills if len(skilled) <= len(_able(problem, kinds)) else kinds))


def _able(problem: RosterProblem, kinds: frozenset[str]) -> list[Person]:
    return [p for p in problem.people.values() if any(may_work(problem, p, kind) for kind in kinds)]


def _off(person: Person, d: int) -> str | None:
    return next((rule.reason for rule in person.rules if isinstance(rule, DaysOff) and d in rule.days), None)


def _people_needed(problem: RosterProblem, kinds: frozenset[str], d: int) -> int:
    """People on these kinds in the option of a day that needs fewest."""
    return min((sum(n.people for k, n in o.needs.items() if k in kinds) for o in problem.days[d].options), default=0)


def _minutes_needed(problem: RosterProblem, kinds: frozenset[str], d: int) -> int:
    return min(
        (sum(n.people * problem.kinds[k].minutes for k, n in o.needs.items() if k in kinds)
         for o in problem.days[d].options),
        default=0,
    )  # fmt: skip


def _most_minutes(person: Person, first: int, last: int) -> int:
    """Most minutes by the rules about minutes that lie within a span, a week each or the whole."""
    rules = [r for r in person.rules if isinstance(r, MinutesWithin) and r.most is not None]
    inside = [r for r in rules if first <= r.first and r.last <= last]
    around = [r for r in rules if r.first <= first and last <= r.last]
    if around:
        return min(r.most or 0 for r in around)
    return sum(r.most or 0 for r in inside)
