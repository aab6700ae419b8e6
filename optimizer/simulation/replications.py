"""Days after days of a hall, on several workers, until enough is known."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from optimizer.errors import InvalidParameterError
from optimizer.simulation.arrays import HallArrays, hall_arrays
from optimizer.simulation.estimates import FEWEST_DAYS, HallEstimate
from optimizer.simulation.hall import Hall
from optimizer.simulation.moments import Groups, Moments, Prices, add_moments, day_totals, follow_days, no_moments
from optimizer.simulation.records import (
    DONE,
    NO_LOG,
    NO_ROOM,
    NONE_GIVEN,
    WITHIN,
    Workspace,
    workspace,
)  # fmt: skip

BATCH = 50
"""Days that one worker follows at a time; sums are added in the order of batches, whoever made them."""
ROUND = 10
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
class _Runner:
    """Follows batches of days of one hall."""

    hall: Hall
    seed: int
    prices: Prices
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

    def batch(self, begin: int, end: int) -> Moments:
        """Moments of some days."""
        groups, measures, stations, slots, costs = self._shape
        day = day_totals(groups, measures, len(self.arrays.station), stations, slots, costs)
        moments, at = self.empty, begin
        work = workspace(self.arrays, self.room)
        while at < end:
            at, ending = follow_days(
                self.arrays, work, day, self.groups.of_visit, self.prices, NO_LOG, NONE_GIVEN, np.uint64(self.seed),
                at, end, moments,
            )  # fmt: skip
            work = self._after(ending, work)
        return moments

    def _after(self, ending: int, work: Workspace) -> Workspace:
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
    runner = _Runner(hall, replications.seed, prices or no_prices(hall), groups)
    total, done = runner.empty, 0
    with ThreadPoolExecutor(replications.workers) as pool:
        while done < replications.days:
            ends = range(done, min(done + ROUND * BATCH, replications.days), BATCH)
            jobs = [pool.submit(runner.batch, begin, min(begin + BATCH, replications.days)) for begin in ends]
            try:
                for job in jobs:
                    add_moments(total, job.result())
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
            done = min(done + ROUND * BATCH, replications.days)
            report(done, replications.days)
            estimate = _estimate(hall, groups, total, done, cost_names)
            if replications.precision is not None and _narrow(estimate, replications):
                break
    return estimate


def _estimate(hall: Hall, groups: Groups, total: Moments, days: int, cost_names: tuple[str, ...]) -> HallEstimate:
    limits = {station.name: station.limits for station in hall.stations}
    return HallEstimate(days, groups, total, limits, server_minutes(hall), cost_names)


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
