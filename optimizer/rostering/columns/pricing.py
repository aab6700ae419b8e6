"""The cheapest schedule of a person at given prices."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from optimizer.rostering.columns.counting import counter_of, counts_after, last_values
from optimizer.rostering.columns.kernel import (
    CAPPED,
    LONGEST,
    OFF,
    TIME,
    WEEKENDS,
    cheapest_moves,
    fill_values,
    list_moves,
)
from optimizer.rostering.columns.person import Contract, contract_of, time_unit, weekend_days
from optimizer.rostering.problem import RosterProblem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Kinds = NDArray[np.int64]
"""A schedule: the kind worked on each day, or ``OFF``."""
Given = tuple[Floats, Floats, Ints, Ints, Ints, NDArray[np.bool_], Ints, Ints]
"""What the kernel is given: prices, off, weekend, step, follower, follows, counted, limits."""


@dataclass(frozen=True)
class Table:
    """Arrays of the dynamic program for one person and the counts that it keeps."""

    groups: tuple[Ints, ...]
    """Kinds that are alike to every rule: of them the cheapest is worked."""
    step: Ints
    follower: Ints
    follows: NDArray[np.bool_]
    counted: Ints
    limits: Ints
    shape: tuple[int, int, int, int, int]
    last: Floats
    """0 where a schedule may end, else infinite. Axes (counts, time)."""


class Pricer:
    """Cheapest schedules of one person; learns which limits of kinds must be counted."""

    def __init__(self, problem: RosterProblem, name: str) -> None:
        self.name = name
        self.contract = contract_of(problem, problem.people[name])
        self._problem = problem
        days = weekend_days(problem)
        self._weekend = np.zeros_like(days) if self.contract.weekends is None else days
        self._rest = np.where(self.contract.may_rest, self.contract.rest_cost, np.inf)
        self._direct = np.where(self.contract.permitted, self.contract.cost, np.inf)
        self._counted: tuple[int, ...] = ()
        self._table = _table(problem, self.contract, ())

    def cost(self, kinds: Kinds) -> float:
        """Pay and wishes of a schedule [yuan]."""
        days = np.arange(len(kinds))
        return float(np.where(kinds == OFF, self._rest, self._direct[days, kinds]).sum())

    def most_values(self) -> int:
        """Size of the dynamic program if all limits of kinds are counted."""
        return prod(_table(self._problem, self.contract, tuple(sorted(self.contract.most))).shape)

    def cheapest(self, prices: Floats, work: "Room") -> tuple[float, Kinds | None]:
        """Least cost and a schedule that has it, at prices of a kind on a day on top of the person's own.

        Args:
            prices: Axes (day, kind).
            work: Room for the values, reused from call to call.

        Returns:
            The least cost and the schedule; infinite and None if the rules permit none.
        """
        total = self._direct + prices
        while True:
            value, kinds = self._solve(total, work)
            if kinds is None:
                return value, None
            broken = [k for k, most in self.contract.most.items() if (kinds == k).sum() > most]
            if not broken:
                return value, kinds
            self._counted = tuple(sorted({*self._counted, *broken}))
            self._table = _table(self._problem, self.contract, self._counted)

    def all_within(self, prices: Floats, slack: float, most: int, work: "Room") -> list[Kinds] | None:
        """All schedules that cost at most ``slack`` more than the cheapest; None if they are more than ``most``."""
        value, kinds = self.cheapest(prices, work)
        if kinds is None:
            return []
        counted = tuple(sorted(self.contract.most))
        table = _table(self._problem, self.contract, counted, apart=True)
        values, given = self._filled(table, self._direct + prices, work)
        found = np.empty((most, len(kinds)), dtype=np.int64)
        rows = list_moves(values, *given, value + slack, found)
        names = np.array([*(int(group[0]) for group in table.groups), OFF])
        return None if rows < 0 else list(names[found[:rows]])

    def _filled(self, table: Table, total: Floats, work: "Room") -> tuple[Floats, Given]:
        """Values of the dynamic program, and what else the kernel is given."""
        values = work.take(table.shape)
        values[-1] = table.last
        prices = np.empty((len(total), len(table.groups)))
        for g, group in enumerate(table.groups):
            prices[:, g] = total[:, group].min(axis=1)
        given = (prices, self._rest, self._weekend, table.step, table.follower, table.follows,
                 table.counted, table.limits)  # fmt: skip
        fill_values(values, *given)
        return values, given

    def _solve(self, total: Floats, work: "Room") -> tuple[float, Kinds | None]:
        table = self._table
        values, given = self._filled(table, total, work)
        moves = np.empty(len(total), dtype=np.int64)
        value = cheapest_moves(values, *given, moves)
        if value == np.inf:
            return value, None
        kinds = np.full(len(total), OFF)
        for d, move in enumerate(moves):
            if move != OFF:
                group = table.groups[move]
                kinds[d] = group[np.argmin(total[d, group])]
        return value, kinds


class Room:
    """Memory that one worker uses again and again."""

    def __init__(self) -> None:
        self._held = np.empty(0)

    def take(self, shape: tuple[int, ...]) -> Floats:
        """An array of this shape, with whatever was left in it."""
        size = prod(shape)
        if size > len(self._held):
            self._held = np.empty(size)
        return self._held[:size].reshape(shape)


class Pricers:
    """Pricers of all people, spread over threads."""

    def __init__(self, problem: RosterProblem, workers: int) -> None:
        self.people = tuple(Pricer(problem, name) for name in problem.people)
        self._pool = ThreadPoolExecutor(workers)
        self._work = [Room() for _ in range(workers)]

    def cheapest(self, prices: Floats, people: Sequence[int] | None = None) -> list[tuple[float, Kinds | None]]:
        """Least cost and schedule of each, at the same prices."""
        chosen = range(len(self.people)) if people is None else people
        found: dict[int, tuple[float, Kinds | None]] = {}

        def price(worker: int) -> None:
            for p in chosen[worker :: len(self._work)]:
                found[p] = self.people[p].cheapest(prices, self._work[worker])

        list(self._pool.map(price, range(len(self._work))))
        return [found[p] for p in chosen]

    def all_within(self, prices: Floats, slack: float, most: int, people: Sequence[int]) -> list[list[Kinds]] | None:
        """All schedules of each that cost at most ``slack`` more than their cheapest; None if more than ``most``."""
        found: list[list[Kinds]] = []
        for p in people:
            schedules = self.people[p].all_within(prices, slack, most, self._work[0])
            if schedules is None or sum(map(len, found)) + len(schedules) > most:
                return None
            found.append(schedules)
        return found

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()


def _table(problem: RosterProblem, contract: Contract, kept: tuple[int, ...], apart: bool = False) -> Table:
    """Arrays for one person; ``kept`` are the kinds whose limits are counted; ``apart``: no kinds share a move."""
    names = list(problem.kinds)
    minutes = [kind.minutes for kind in problem.kinds.values()]
    forbidden = np.array([[(a, b) in problem.forbidden for b in names] for a in names]).reshape(len(names), -1)
    used = [k for k in range(len(names)) if contract.permitted[:, k].any()]
    alike: dict[tuple[object, ...], list[int]] = {}
    for k in used:
        own = k if apart or k in kept else -1
        key = (minutes[k], own, tuple(forbidden[k, used]), tuple(forbidden[used, k]))
        alike.setdefault(key, []).append(k)
    groups = tuple(np.array(group) for group in alike.values())
    firsts = [int(group[0]) for group in groups]
    rows = list(dict.fromkeys(tuple(forbidden[k, firsts]) for k in firsts))
    unit = time_unit([minutes[k] for k in used])
    limits = _limits(contract, unit)
    lengths = {minutes[k] for k in used}
    counters = [counter_of(k, contract.most[k], int(limits[TIME]), len(lengths) == 1 and limits[CAPPED] > 0)
                for k in kept]  # fmt: skip
    phases = contract.least_off + len(rows) * int(limits[LONGEST])
    counts = prod(counter.top + 1 for counter in counters)
    return Table(
        groups=groups,
        step=np.array([minutes[k] // unit for k in firsts], dtype=np.int64),
        follower=np.array([rows.index(tuple(forbidden[k, firsts])) for k in firsts], dtype=np.int64),
        follows=~np.array(rows, dtype=bool).reshape(len(rows), len(firsts)),
        counted=counts_after(counters, firsts),
        limits=limits,
        shape=(len(contract.may_rest) + 1, phases, int(limits[WEEKENDS]) + 1, counts, int(limits[TIME]) + 1),
        last=last_values(counters, -(-contract.least_minutes // unit), int(limits[TIME])),
    )


def _limits(contract: Contract, unit: int) -> Ints:
    """``limits`` of the dynamic program."""
    capped = contract.most_minutes is not None
    time = contract.most_minutes // unit if contract.most_minutes is not None else -(-contract.least_minutes // unit)
    longest = max(contract.least_run, 1) if contract.longest is None else max(contract.longest, 1)
    weekends = 0 if contract.weekends is None else contract.weekends
    return np.array([len(contract.may_rest), contract.least_off, contract.least_run, longest,
                     int(contract.longest is not None), contract.before, weekends, time, int(capped)])  # fmt: skip
