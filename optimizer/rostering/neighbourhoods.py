"""What large-neighbourhood search frees of a roster: spans of days, or people who can stand in for each other."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from optimizer.rostering.legality import may_work
from optimizer.rostering.model import Neighbourhood
from optimizer.rostering.problem import RosterProblem

LEAST_DAYS = 3
DECAY = 0.9
"""What is left of the success of a way to choose when it is tried again."""


@dataclass
class Neighbourhoods:
    """Ways to choose what is freed; those that have helped are chosen more often.

    Args:
        problem: What is rostered.
        seed: Of the choices.
        shifts: How many shifts a choice frees, roughly: people x days x kinds that they may work.
    """

    problem: RosterProblem
    seed: int = 0
    shifts: int = 3000
    _success: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)
        self._names = list(self.problem.people)
        named = [{kind for option in day.options for kind in option.needs} for day in self.problem.days]
        self._kinds = {
            name: frozenset(k for k in self.problem.kinds if may_work(self.problem, person, k))
            for name, person in self.problem.people.items()
        }
        self._open = [d for d, kinds in enumerate(named) if kinds]
        self._sizes = {
            name: sum(len(self._kinds[name] & kinds) for kinds in named) / max(1, len(self._open))
            for name in self._names
        }
        self._ways: dict[str, Callable[[], Neighbourhood]] = {
            "days": self.some_days,
            "two spans": self.two_spans,
            "people": self.some_people,
            "people and days": self.people_and_days,
        }
        self._success = dict.fromkeys(self._ways, 1.0)

    def choose(self) -> tuple[str, Neighbourhood]:
        """A way, and what it frees."""
        weights = np.array([0.1 + success for success in self._success.values()])
        way = list(self._ways)[int(self._random.choice(len(weights), p=weights / weights.sum()))]
        return way, self._ways[way]()

    def judge(self, way: str, saved: float) -> None:
        """Remember what a way has saved [yuan]."""
        self._success[way] = DECAY * self._success[way] + (1 - DECAY) * (10.0 if saved > 0 else 0.0)

    def some_days(self) -> Neighbourhood:
        """Everybody, on consecutive days, and how those days are staffed."""
        return self._of(self._names, self._span(self._days_for(self._names)), options=True)

    def two_spans(self) -> Neighbourhood:
        """Everybody, on two spans of days: hours move between them."""
        length = max(LEAST_DAYS, self._days_for(self._names) // 2)
        return self._of(self._names, self._span(length) | self._span(length), options=True)

    def some_people(self) -> Neighbourhood:
        """Few people who can work the same kinds, on all days; the days stay staffed as they are."""
        each = max(1.0, float(np.mean(list(self._sizes.values()))) * len(self._open))
        names = self._alike(max(2, int(self.shifts / each)))
        return self._of(names, frozenset(range(len(self.problem.days))), options=False)

    def people_and_days(self) -> Neighbourhood:
        """All who can work the same kinds, on more days than everybody could be freed."""
        names = self._alike(len(self._names))
        return self._of(names, self._span(self._days_for(names)), options=True)

    def _alike(self, most: int) -> list[str]:
        """A person and others who share kinds with that person, those who share most first."""
        first = self._names[int(self._random.integers(len(self._names)))]
        order = self._random.permutation(len(self._names))
        others = [self._names[i] for i in order if self._kinds[first] & self._kinds[self._names[i]]]
        others.sort(key=lambda name: name != first)
        return others[:most]

    def _days_for(self, names: list[str]) -> int:
        each = max(1.0, sum(self._sizes[name] for name in names))
        return max(LEAST_DAYS, min(len(self.problem.days), int(self.shifts / each)))

    def _span(self, length: int) -> frozenset[int]:
        days = len(self.problem.days)
        first = int(self._random.integers(-length // 2, days - length // 2))
        first = min(max(first, 0), max(days - length, 0))
        return frozenset(range(first, min(first + length, days)))

    def _of(self, names: list[str], days: frozenset[int], options: bool) -> Neighbourhood:
        return Neighbourhood(frozenset((n, d) for n in names for d in days), days if options else frozenset())
