"""Every legal shift of a day, generated from the rules of each skill."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from optimizer.evaluation import shift_cost
from optimizer.problem import Branch, Meal, Shift, ShiftRules


@dataclass(frozen=True)
class LegalShift:
    """A shift that one person of a skill may work."""

    skill: str
    shift: Shift
    cost: float
    """Pay of one person, with those paid for being away [yuan]."""
    covers: NDArray[np.bool_]
    """Whether the person is on duty, by period."""


def legal_shifts(branch: Branch, day_type: str) -> tuple[LegalShift, ...]:
    """Every shift that some skill may work and that covers a period of the day.

    Of shifts of one skill that cover the same periods only the cheapest is kept.
    """
    opening, periods = branch.hours(day_type).open, branch.periods(day_type)
    edges = [opening + t * branch.period for t in range(periods + 1)]
    best: dict[tuple[str, bytes], LegalShift] = {}
    for name, skill in branch.skills.items():
        for shift in generate_shifts(skill.shifts, branch.period, opening):
            covers = np.array([shift.works(a, b) for a, b in pairwise(edges)])
            legal = LegalShift(name, shift, shift_cost(skill, shift), covers)
            key = (name, covers.tobytes())
            if covers.any() and (key not in best or legal.cost < best[key].cost):
                best[key] = legal
    return tuple(best.values())


def generate_shifts(rules: ShiftRules, period: int, opening: int = 0) -> Iterator[Shift]:
    """Shifts by start, length and place of the meal, as far as they differ in the periods counted from ``opening``."""
    lengths = [round(60 * hours) for hours in rules.lengths]
    for start in range(rules.earliest_start, rules.latest_end, round(rules.start_step)):
        for length in lengths:
            end = start + length
            if end > rules.latest_end:
                continue
            if rules.meal is None or length < 60 * rules.meal.from_hours:
                yield Shift(start=start, end=end)
                continue
            for meal in _meal_starts(rules.meal, start, end, period, opening):
                yield Shift(start=start, end=end, meal_start=meal, meal_end=meal + round(rules.meal.minutes))


def _meal_starts(meal: Meal, start: int, end: int, period: int, opening: int) -> list[int]:
    """Starts with a period; where none is permitted, the earliest: it takes a person from one period more."""
    first = max(meal.earliest, start + 1)
    last = min(meal.latest, end - 1) - round(meal.minutes)
    aligned = range(first + (opening - first) % period, last + 1, period)
    return list(aligned) or ([first] if first <= last else [])
