"""The people side of a day: shifts, skills and the sets of places that compete for the same people."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
from numpy.typing import NDArray

from optimizer.evaluation import role_periods
from optimizer.optimization.shifts import LegalShift, legal_shifts
from optimizer.problem import Assignment, Branch, DayPlan

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Competition:
    """Places that only some skills can fill: together they need no more people than those skills have on duty."""

    places: tuple[str, ...]
    skills: tuple[str, ...]


@dataclass(frozen=True)
class Staffing:
    """What a day type offers, whatever the regime."""

    day_type: str
    periods: int
    windows: int
    stay: int
    """Least time in a role [periods]."""
    shifts: tuple[LegalShift, ...]
    on_duty: dict[str, int]
    competitions: tuple[Competition, ...]
    least: dict[str, int]
    """Fewest windows by role."""
    most: dict[str, NDArray[np.int64]]
    """Most windows by role and period that windows and people can ever permit."""

    def pay(self, people: Sequence[int]) -> float:
        """Pay of so many people on each legal shift [yuan]."""
        return sum(count * shift.cost for count, shift in zip(people, self.shifts, strict=True))

    def assignments(self, people: Sequence[int]) -> tuple[Assignment, ...]:
        """The same as a plan says it."""
        on_shift = [(count, shift) for count, shift in zip(people, self.shifts, strict=True) if count]
        return tuple(Assignment(skill=shift.skill, shift=shift.shift, people=count) for count, shift in on_shift)

    def people_of(self, plan: DayPlan) -> tuple[int, ...] | None:
        """People of a plan by legal shift; None where one of its shifts is not among them."""
        places = {(shift.skill, shift.shift): index for index, shift in enumerate(self.shifts)}
        people = [0] * len(places)
        for assignment in plan.shifts:
            place = places.get((assignment.skill, assignment.shift))
            if place is None:
                return None
            people[place] += assignment.people
        return tuple(people)


def day_staffing(branch: Branch, day_type: str) -> Staffing:
    """The people side of a day type."""
    shifts = legal_shifts(branch, day_type)
    on_duty = {name: skill.on_duty(day_type) for name, skill in branch.skills.items()}
    periods = branch.periods(day_type)
    least = {name: role.least for name, role in branch.roles.items()}
    able = {name: np.zeros(periods, dtype=np.int64) for name in branch.roles}
    for skill, given in branch.skills.items():
        covered = np.any([s.covers for s in shifts if s.skill == skill] or [np.zeros(periods, bool)], axis=0)
        for role in set(given.serves) & set(able):
            able[role] += on_duty[skill] * covered
    most = {
        name: np.minimum(able[name], min(role.most, branch.windows - sum(least.values()) + role.least)).clip(0)
        for name, role in branch.roles.items()
    }
    return Staffing(
        day_type, periods, branch.windows, role_periods(branch), shifts, on_duty, competitions(branch), least, most
    )


def competitions(branch: Branch) -> tuple[Competition, ...]:
    """Sets of places whose need, set against the skills able to fill any of them, implies every other set's.

    By Hall's theorem people can be placed if and only if no set of places needs more than the skills that can fill any
    of it. A set is implied by a larger one with the same skills, and by two parts that share no skill. A place that
    nobody can fill stands alone.
    """
    places = [*branch.roles, *([branch.greeter[0]] if branch.greeter else [])]
    served = {place for skill in branch.skills.values() for place in skill.serves}
    empty = [Competition((place,), ()) for place in places if place not in served]
    places = [place for place in places if place in served]
    able = {
        subset: frozenset(n for n, skill in branch.skills.items() if not set(subset).isdisjoint(skill.serves))
        for subset in chain.from_iterable(combinations(places, size) for size in range(1, len(places) + 1))
    }
    closed = {
        subset: skills
        for subset, skills in able.items()
        if not any(set(subset) < set(other) and skills == able[other] for other in able)
    }

    def splits(subset: tuple[str, ...]) -> bool:
        rest = (tuple(p for p in subset if p not in part) for part in _proper_parts(subset))
        return any(able[a].isdisjoint(able[b]) for a, b in zip(_proper_parts(subset), rest, strict=True))

    joint = [Competition(subset, tuple(sorted(skills))) for subset, skills in closed.items() if not splits(subset)]
    return (*empty, *joint)


def _proper_parts(subset: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(combinations(subset, size) for size in range(1, len(subset))))
