"""From nobody: how many people of each skill and contract to employ, with a proven least cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from optimizer.problem import Branch, Employee, RosterRules, Staff
from optimizer.rostering.contracts import CalendarDay
from optimizer.rostering.quarter import Menus
from optimizer.rostering.workforce_model import Group, WorkforceModel

GAP = 1e-4
SURE = 1e-3
"""Gap up to which one head more or fewer is priced: a price beyond it is worth nothing beside its error."""
SECONDS = 10.0
LEAST_SECONDS = 0.1

Heads = Mapping[Group, int]
"""People by skill and contract."""


@dataclass(frozen=True)
class Workforce:
    """People to employ, and what the quarter costs with them when only their numbers count."""

    heads: dict[Group, int]
    """By skill and contract."""
    cost: float
    """Of people, of the plans chosen, and of those missing [yuan]."""
    bound: float
    """Proven least cost [yuan]: with the fewest and best people nobody pays less for these plans."""
    uncovered: float
    """Working time for which there is nobody [minutes]."""

    @property
    def gap(self) -> float:
        """(cost - bound) / cost."""
        return max(self.cost - self.bound, 0.0) / self.cost if self.cost > 0 else 0.0


@dataclass(frozen=True)
class HeadChange:
    """One person more or fewer of a skill and contract."""

    skill: str
    contract: str
    change: int
    """1 or -1."""
    cost_change: float
    """Of the quarter [yuan]."""
    uncovered: float
    """Working time for which there is then nobody [minutes]."""


def workforce(
    branch: Branch,
    rules: RosterRules,
    calendar: Sequence[CalendarDay],
    menus: Menus,
    heads: Heads | None = None,
    gap: float = GAP,
    time_limit: float = SECONDS,
) -> Workforce | None:
    """How many people of each skill and contract to employ so that all days of a quarter are staffed at least cost.

    People of one skill and contract count together, and the days of one type in a week are alike: a week has so many
    days on each plan, people work at most the days and hours that law and contract permit, a sixth day costs rest-day
    pay, hours beyond those of the contracts overtime. Nobody is missing on any day.

    Args:
        branch: Skills and the rules of their shifts.
        rules: Law, contracts and prices.
        calendar: Every date of the quarter.
        menus: Plans to choose from, by day type.
        heads: People by skill and contract, where they are given; where they cannot cover the days, who is missing
            costs the price of the rules.
        gap: Relative gap at which the search ends.
        time_limit: Most time for it [seconds].

    Returns:
        The people; None where no contract permits the shifts of some day type's plans, or the time was too short.

    Assumptions:
        A roster has more to keep: rest between shifts, days in a row, one person's hours. So the cost can be too low,
        and the bound stays a bound. Leave and wishes are not known; the share lost to leave and illness is that of the
        skills.
    """
    solved = WorkforceModel(branch, rules, calendar, menus, heads).solve(gap, time_limit)
    if solved is None and heads is not None:
        solved = WorkforceModel(branch, rules, calendar, menus, heads, cover_all=False).solve(gap, time_limit)
    if solved is None:
        return None
    return Workforce(solved.heads, solved.cost, solved.bound, solved.uncovered)


def head_changes(
    branch: Branch,
    rules: RosterRules,
    calendar: Sequence[CalendarDay],
    menus: Menus,
    heads: Heads,
    gap: float = GAP,
    time_limit: float = SECONDS,
) -> tuple[HeadChange, ...]:
    """What one person more or fewer of each skill and contract would change, plans chosen anew.

    Args:
        branch: Skills and the rules of their shifts.
        rules: Law, contracts and prices.
        calendar: Every date of the quarter.
        menus: Plans to choose from, by day type.
        heads: People by skill and contract.
        gap: Relative gap at which each search ends.
        time_limit: Most time for all of them [seconds].

    Returns:
        Changes of each skill and contract that some plan has work for, save those whose cost was not found in time.
    """
    groups = WorkforceModel.groups_of(branch, rules, menus)
    changes = [(group, step) for group in groups for step in (1, -1) if heads.get(group, 0) + step >= 0]
    end = monotonic() + time_limit

    def solved(people: Heads, left: int) -> Workforce | None:
        limit = max((end - monotonic()) / left, LEAST_SECONDS)
        found = workforce(branch, rules, calendar, menus, people, gap, limit)
        return found if found is not None and found.gap <= max(gap, SURE) else None

    now = solved(heads, len(changes) + 1)
    found = []
    for number, ((skill, contract), step) in enumerate(changes):
        people = dict(heads) | {(skill, contract): heads.get((skill, contract), 0) + step}
        then = solved(people, len(changes) - number)
        if now is not None and then is not None:
            found.append(HeadChange(skill, contract, step, then.cost - now.cost, then.uncovered))
    return tuple(found)


def staff_of(hiring: Workforce | Heads, branch: Branch, rules: RosterRules) -> Staff:
    """People without names of their own: T01, T02, ... for tellers, S01, ... for seniors.

    Args:
        hiring: People by skill and contract.
        branch: Its skills.
        rules: Its contracts: the first of the file come first.
    """
    heads = hiring.heads if isinstance(hiring, Workforce) else hiring
    people: dict[str, Employee] = {}
    for skill in branch.skills:
        contracts = [name for name in rules.contracts for _ in range(heads.get((skill, name), 0))]
        for number, contract in enumerate(contracts, start=1):
            name = f"{initials(skill, branch)}{number:02d}"
            people[name] = Employee(name=name, skills=(skill,), contract=contract)
    return Staff(people=people)


def initials(skill: str, branch: Branch) -> str:
    """The fewest first letters that tell a skill from the others."""
    others = [name for name in branch.skills if name != skill]
    lengths = range(1, len(skill) + 1)
    return next((skill[:n] for n in lengths if not any(o.startswith(skill[:n]) for o in others)), f"{skill}_").upper()
