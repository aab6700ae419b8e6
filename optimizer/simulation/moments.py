"""First and second moments of what days yield, added up day by day, so that memory does not grow with their number."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.compilation import event_loop, inlined
from optimizer.simulation.arrays import HallArrays
from optimizer.simulation.day import follow_day
from optimizer.simulation.hall import Hall
from optimizer.simulation.records import (
    ABANDONED,
    ARRIVALS,
    DESK,
    DONE,
    LOST,
    TURNED_AWAY,
    WAITING,
    Given,
    Log,
    Workspace,
)  # fmt: skip

Floats = NDArray[np.float64]


class Moments(NamedTuple):
    """Sums over days; axes group, measure, slot: periods, the time after closing, the whole day.

    Waiting and desk time after closing are also part of the last period.
    """

    sums: Floats
    squares: Floats
    crosses: Floats
    """With the arrivals of the same group and slot."""
    work: Floats
    """Server-minutes, axes station and slot, and their squares."""
    work_squares: Floats
    costs: Floats
    """Costs by name, the sum of all last, and their squares."""
    cost_squares: Floats


class Prices(NamedTuple):
    """What days cost: by cost, visit and measure of the whole day, and by cost and server-minute after closing."""

    measures: Floats
    """Axes cost, visit, measure."""
    overtime: Floats
    """Axes cost, station."""


class DayTotals(NamedTuple):
    """Room for one day: measures by visit, by group, server-minutes, costs."""

    visits: Floats
    groups: Floats
    work: Floats
    costs: Floats


@dataclass(frozen=True)
class Groups:
    """Visits that are counted together: each class at each station, each group of classes there, all there."""

    keys: tuple[tuple[str, str | None, str | None], ...]
    """Station, group of classes, class; None: all."""
    of_visit: NDArray[np.int64]
    """Axes visit, three groups."""

    @classmethod
    def of(cls, *halls: Hall) -> tuple["Groups", ...]:
        """Groups of halls, with one numbering for all."""
        known: dict[tuple[str, str | None, str | None], int] = {}
        rows = [
            [
                [known.setdefault(key, len(known)) for key in
                 ((name, None, None), (name, each.group, None), (name, each.group, each.name))]
                for each in hall.classes for name in each.visits
            ]
            for hall in halls
        ]  # fmt: skip
        return tuple(cls(tuple(known), np.array(row, dtype=np.int64)) for row in rows)


def no_moments(groups: int, measures: int, stations: int, slots: int, costs: int) -> Moments:
    """Moments of no day."""
    shape = (groups, measures, slots)
    return Moments(
        np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros((stations, slots)), np.zeros((stations, slots)),
        np.zeros(costs), np.zeros(costs),
    )  # fmt: skip


def add_moments(total: tuple[Any, ...], more: tuple[Any, ...]) -> None:
    """Add the moments of other days, in place; of one hall or of a pair."""
    for sums, addition in zip(total, more, strict=True):
        if isinstance(sums, tuple):
            add_moments(sums, addition)
        else:
            np.add(sums, addition, out=sums)


def day_totals(groups: int, measures: int, visits: int, stations: int, slots: int, costs: int) -> DayTotals:
    """Room for one day."""
    return DayTotals(
        np.zeros((visits, measures, slots - 1)), np.zeros((groups, measures, slots)), np.zeros((stations, slots)),
        np.zeros(costs),
    )  # fmt: skip


@event_loop
def total_day(day: DayTotals, of_visit: NDArray[np.int64], prices: Prices) -> None:
    """Add up a day by group, whole day and cost; ``visits`` and the slots of ``work`` but the last are given."""
    visits, measures, slots = day.visits.shape
    day.groups[:] = 0.0
    for v in range(visits):
        for each in range(of_visit.shape[1]):
            g = of_visit[v, each]
            for m in range(measures):
                for slot in range(slots):
                    day.groups[g, m, slot] += day.visits[v, m, slot]
    _total_groups(day.groups, slots)
    for s in range(len(day.work)):
        whole = 0.0
        for slot in range(slots):
            whole += day.work[s, slot]
        day.work[s, slots] = whole
    last = len(day.costs) - 1
    day.costs[last] = 0.0
    for cost in range(last):
        day.costs[cost] = _cost(day, prices, cost)
        day.costs[last] += day.costs[cost]


@inlined
def _total_groups(groups: Floats, slots: int) -> None:
    """Whole days, losses of both kinds, and time after closing as part of the last period."""
    for g in range(len(groups)):
        for slot in range(slots):
            groups[g, LOST, slot] = groups[g, ABANDONED, slot] + groups[g, TURNED_AWAY, slot]
        for m in range(groups.shape[1]):
            whole = 0.0
            for slot in range(slots):
                whole += groups[g, m, slot]
            groups[g, m, slots] = whole
            if m in (WAITING, DESK):
                groups[g, m, slots - 2] += groups[g, m, slots - 1]


@inlined
def _cost(day: DayTotals, prices: Prices, cost: int) -> float:
    """One of the day's costs."""
    value = 0.0
    visits, measures, slots = day.visits.shape
    for v in range(visits):
        for m in range(measures):
            price = prices.measures[cost, v, m]
            if price != 0:
                for slot in range(slots):
                    value += price * day.visits[v, m, slot]
    for s in range(len(day.work)):
        value += prices.overtime[cost, s] * day.work[s, slots - 1]
    return value


@event_loop
def add_day(day: DayTotals, moments: Moments) -> None:
    """Add a day to the moments."""
    groups, measures, slots = day.groups.shape
    for g in range(groups):
        for m in range(measures):
            for slot in range(slots):
                value = day.groups[g, m, slot]
                moments.sums[g, m, slot] += value
                moments.squares[g, m, slot] += value * value
                moments.crosses[g, m, slot] += value * day.groups[g, ARRIVALS, slot]
    for s in range(len(day.work)):
        for slot in range(slots):
            moments.work[s, slot] += day.work[s, slot]
            moments.work_squares[s, slot] += day.work[s, slot] ** 2
    for cost in range(len(day.costs)):
        moments.costs[cost] += day.costs[cost]
        moments.cost_squares[cost] += day.costs[cost] ** 2


@event_loop
def follow_one(
    hall: HallArrays, work: Workspace, day: DayTotals, of_visit: NDArray[np.int64], prices: Prices, log: Log,
    given: Given, seed: np.uint64, index: int,
) -> int:  # fmt: skip
    """Follow a day and add it up; returns how it ended."""
    day.visits[:] = 0.0
    day.work[:] = 0.0
    ending = follow_day(hall, work, day.visits, day.work, log, given, seed, index)
    if ending == DONE:
        total_day(day, of_visit, prices)
    return ending


@event_loop
def follow_days(
    hall: HallArrays, work: Workspace, day: DayTotals, of_visit: NDArray[np.int64], prices: Prices, log: Log,
    given: Given, seed: np.uint64, begin: int, end: int, moments: Moments,
) -> tuple[int, int]:  # fmt: skip
    """Follow days and add their moments; returns the day after the last that is added, and how that one ended."""
    for index in range(begin, end):
        ending = follow_one(hall, work, day, of_visit, prices, log, given, seed, index)
        if ending != DONE:
            return index, ending
        add_day(day, moments)
    return end, DONE
