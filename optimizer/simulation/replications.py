"""Days after days of a hall, on several workers, until enough is known."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from optimizer.errors import InvalidParameterError
from optimizer.simulation.arrays import HallArrays, hall_arrays
from optimizer.simulation.estimates import FEWEST_DAYS, HallEstimate
from optimizer.simulation.hall import Hall
from optimizer.simulation.moments import (
    DayTotals,
    Groups,
    Moments,
    Prices,
    add_moments,
    day_totals,
    follow_days,
    follow_one,
    no_moments,
)
from optimizer.simulation.records import (
    DONE,
    NO_LOG,
    NO_ROOM,
    NONE_GIVEN,
    WITHIN,
    Workspace,
    workspace,
)  # fmt: skip

BATCH = 100
"""Days that one worker follows at a time; sums are added in the order of batches, whoever made them."""
ROUND = 5
"""Batches after which the widths of the intervals are looked at."""


@dataclass(frozen=True)
class Replications:
    """How many days, and of which seed."""

    days: int = 1000
    """Days, or with ``precision`` the most."""
    seed: int = 0
    workers: int = 2
    precision: float | None = None
    """Stop once the interval of every mean wait of the day is this narrow on either side, as a share of it or of one
    minute, and that of every share of customers is."""
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if self.days < FEWEST_DAYS:
            raise InvalidParameterError(f"days: {self.days}: at least {FEWEST_DAYS}, else no interval can be given")


@dataclass
class HallDays:
    """Follows days of one hall."""

    hall: Hall
    seed: int
    prices: Prices
    cost_names: tuple[str, ...]
    groups: Groups
    arrays: HallArrays = field(init=False)
    room: int = field(init=False)

    def __post_init__(self) -> None:
        self.arrays = hall_arrays(self.hall)
        expected = float(self.arrays.rates.sum()) * self.hall.period
        self.room = int(1.5 * expected + 10 * expected**0.5 + 100)

    @property
    def empty(self) -> Moments:
        """Moments of no day."""
        return no_moments(*self._shape)

    @property
    def _shape(self) -> tuple[int, int, int, int, int]:
        limits, slots = self.arrays.limits.shape[1], self.hall.periods + 2
        return len(self.groups.keys), WITHIN + limits, len(self.hall.stations), slots, len(self.prices.overtime) + 1

    def room_for_one(self) -> DayTotals:
        """Room for the totals of a day."""
        groups, measures, stations, slots, costs = self._shape
        return day_totals(groups, measures, len(self.arrays.station), stations, slots, costs)

    def estimate(self, moments: Moments, days: int) -> HallEstimate:
        """What is known after some days."""
        limits = {station.name: station.limits for station in self.hall.stations}
        return HallEstimate(days, self.groups, moments, limits, server_minutes(self.hall), self.cost_names)

    def batch(self, begin: int, end: int) -> Moments:
        """Moments of some days."""
        day, moments, at = self.room_for_one(), self.empty, begin
        work = workspace(self.arrays, self.room)
        while at < end:
            at, ending = follow_days(
                self.arrays, work, day, self.groups.of_visit, self.prices, NO_LOG, NONE_GIVEN, np.uint64(self.seed),
                at, end, moments,
            )  # fmt: skip
            work = self.workspace_after(ending, work)
        return moments

    def follow(self, work: Workspace, day: DayTotals, index: int) -> Workspace:
        """Follow one day; returns the workspace for the next."""
        ending = NO_ROOM
        while ending != DONE:
            ending = follow_one(
                self.arrays, work, day, self.groups.of_visit, self.prices, NO_LOG, NONE_GIVEN, np.uint64(self.seed),
                index,
            )  # fmt: skip
            work = self.workspace_after(ending, work)
        return work

    def workspace_after(self, ending: int, work: Workspace) -> Workspace:
        """The workspace for what comes after a day that ended so: a larger one where it was too small."""
        if ending == DONE:
            return work
        if ending == NO_ROOM:
            self.room = max(self.room, 2 * len(work.moment))
            return workspace(self.arrays, 2 * len(work.moment))
        raise InvalidParameterError("the hall: somebody waits for ever: servers fail and are never repaired")


def no_prices(hall: Hall) -> Prices:
    """Days that cost nothing."""
    visits = sum(len(each.visits) for each in hall.classes)
    measures = WITHIN + max(1, *(len(station.limits) for station in hall.stations), 1)
    return Prices(np.zeros((0, visits, measures)), np.zeros((0, len(hall.stations))))


def simulate_hall(
    hall: Hall,
    replications: Replications,
    *,
    prices: Prices | None = None,
    cost_names: tuple[str, ...] = (),
    report: Callable[[int, int], None] = lambda done, most: None,
) -> HallEstimate:
    """Follow days of a hall and say what they yield, with intervals.

    Args:
        hall: Stations, classes and their ways.
        replications: How many days.
        prices: What days cost; absent: nothing.
        cost_names: Names of the costs.
        report: Told the days done and the most that may be done.
    """
    (groups,) = Groups.of(hall)
    days = HallDays(hall, replications.seed, prices or no_prices(hall), cost_names, groups)
    total = days.empty

    def enough(done: int) -> bool:
        return replications.precision is not None and _narrow(days.estimate(total, done), replications)

    return days.estimate(total, in_batches(days.batch, total, replications, enough, report))


M = TypeVar("M", bound=tuple[Any, ...])


def in_batches(
    follow: Callable[[int, int], M], total: M, replications: Replications, enough: Callable[[int], bool],
    report: Callable[[int, int], None],
) -> int:  # fmt: skip
    """Follow batches of days on several workers and add their moments to the total; returns the days done.

    ``enough`` is asked after every round of batches, so that when it ends does not depend on the workers.
    """
    done, most = 0, replications.days
    with ThreadPoolExecutor(replications.workers) as pool:
        try:
            while done < most and not (done and enough(done)):
                end = min(done + ROUND * BATCH, most)
                jobs = [pool.submit(follow, begin, min(begin + BATCH, end)) for begin in range(done, end, BATCH)]
                for job in jobs:
                    add_moments(total, job.result())
                done = end
                report(done, most)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return done


def server_minutes(hall: Hall) -> dict[str, tuple[float, ...]]:
    """Server-minutes on offer, by station and period."""
    return {
        station.name: tuple(
            sum(
                servers * max(0.0, min(end, (t + 1) * hall.period) - max(begin, t * hall.period))
                for (begin, servers), (end, _) in zip(
                    station.servers, (*station.servers[1:], (hall.closing, 0)), strict=True
                )
            )
            for t in range(hall.periods)
        )
        for station in hall.stations
    }


def _narrow(estimate: HallEstimate, replications: Replications) -> bool:
    """Whether all intervals of the day at the stations where people wait are as narrow as asked."""
    for station, limits in estimate.limits.items():
        if not any(key[0] == station for key in estimate.groups.keys):
            continue
        measures = estimate.measures(station)
        wait = measures.mean_wait
        widths = [float(wait.half_width(replications.confidence)) / max(float(wait.value), 1.0)]
        shares = [measures.abandonment, *(measures.service_levels[limit] for limit in limits)]
        widths += [float(share.half_width(replications.confidence)) for share in shares]
        if max(widths) > (replications.precision or 0.0):
            return False
    return True
