"""People who are yet to be hired: by which rules, how many, and more where a roster still lacks some."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from optimizer.errors import DataRefused, Fault
from optimizer.problem import Branch, RosterRules
from optimizer.rostering import CalendarDay, Menus, Roster, RosterProblem, Workforce, shortages, workforce
from optimizer.rostering.contracts import works_kind
from optimizer.rostering.quarter import kind_name

MORE_HEADS = 4
"""People hired beyond what the numbers of people say, where a roster still lacks some: sequences, rest and runs of days
are not in those numbers."""


Q = TypeVar("Q")


@dataclass(frozen=True)
class Attempt(Generic[Q]):
    """A quarter with so many people."""

    quarter: Q
    cost: float | None
    """Of the quarter [yuan]; None where there is no roster."""
    problem: RosterProblem
    roster: Roster | None


def for_hire(rules: RosterRules) -> RosterRules:
    """The rules for people who are yet to be hired: who is paid by salary works no short shifts.

    A salary for a short shift buys hours that nobody needs; whoever is hired for short shifts is paid by the hour,
    where a contract permits that.
    """
    short = any(contract.paid == "hour" and contract.shifts != "long" for contract in rules.contracts.values())
    if not short:
        return rules
    contracts = {
        name: contract.replace(shifts="long") if contract.paid == "salary" and contract.shifts == "any" else contract
        for name, contract in rules.contracts.items()
    }
    return rules.replace(contracts=contracts)


def hired(branch: Branch, rules: RosterRules, calendar: Sequence[CalendarDay], menus: Menus) -> Workforce:
    """How many people of which skill and contract are worth their pay.

    Raises:
        DataRefused: where no contract permits the shifts.
    """
    hiring = workforce(branch, rules, calendar, menus)
    if hiring is None:
        names = ", ".join(rules.contracts)
        raise DataRefused([Fault("roster.toml", "contracts", names, "contracts that permit the shifts of every day")])
    return hiring


def until_covered(
    branch: Branch, rules: RosterRules, hiring: Workforce, attempt: Callable[[Workforce], Attempt[Q]]
) -> Q:
    """A quarter for which more people are hired, one by one, as long as its roster lacks some and it gets cheaper.

    Args:
        branch: The branch of the quarter.
        rules: Law, contracts and prices.
        hiring: How many are hired to begin with.
        attempt: Makes the quarter with so many people.
    """
    best = attempt(hiring)
    for _ in range(MORE_HEADS):
        group = None if best.roster is None else most_missing(branch, rules, best.problem, best.roster)
        if group is None:
            break
        hiring = replace(hiring, heads=hiring.heads | {group: hiring.heads.get(group, 0) + 1})
        more = attempt(hiring)
        if more.cost is None or (best.cost is not None and more.cost >= best.cost):
            break
        best = more
    return best.quarter


def most_missing(branch: Branch, rules: RosterRules, problem: RosterProblem, roster: Roster) -> tuple[str, str] | None:
    """Skill and contract of one who could work most of the hours for which people are missing; None: nobody is."""
    hours: Counter[tuple[str, str]] = Counter()
    for shortage in shortages(problem, roster):
        kind = problem.kinds[kind_name(shortage.skill, shortage.start, shortage.end)]
        for name, contract in rules.contracts.items():
            if works_kind(contract, rules, branch.skills[shortage.skill], kind):
                hours[shortage.skill, name] += shortage.people * kind.minutes
    return max(hours, key=lambda group: hours[group]) if hours else None
