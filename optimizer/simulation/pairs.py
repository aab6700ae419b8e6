"""Two halls that meet the same customers, day by day, and how far they differ.

What the days have in common falls out of the difference, so that far fewer of them tell two policies apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from optimizer.compilation import event_loop
from optimizer.errors import InvalidParameterError
from optimizer.simulation.estimates import Estimate, HallEstimate
from optimizer.simulation.hall import Hall
from optimizer.simulation.moments import (
    DayTotals,
    Floats,
    Groups,
    Moments,
    Prices,
    add_day,
)  # fmt: skip
from optimizer.simulation.records import (
    ARRIVALS,
    LOST,
    WAITING,
    WITHIN,
    workspace,
)  # fmt: skip
from optimizer.simulation.replications import HallDays, Replications, in_batches, no_prices


class PairMoments(NamedTuple):
    """Moments of either hall, and sums of products of one with the other; axes as those of ``Moments``."""

    first: Moments
    second: Moments
    products: Floats
    """A measure of both."""
    with_arrivals: Floats
    """A measure of the first with the arrivals of the second."""
    arrivals_with: Floats
    """Arrivals of the first with a measure of the second."""
    costs: Floats


@event_loop
def add_pair(one: DayTotals, other: DayTotals, pair: PairMoments) -> None:
    """Add a day of both halls."""
    add_day(one, pair.first)
    add_day(other, pair.second)
    groups, measures, slots = one.groups.shape
    for g in range(groups):
        for m in range(measures):
            for slot in range(slots):
                a, b = one.groups[g, m, slot], other.groups[g, m, slot]
                pair.products[g, m, slot] += a * b
                pair.with_arrivals[g, m, slot] += a * other.groups[g, ARRIVALS, slot]
                pair.arrivals_with[g, m, slot] += one.groups[g, ARRIVALS, slot] * b
    for cost in range(len(one.costs)):
        pair.costs[cost] += one.costs[cost] * other.costs[cost]


@dataclass(frozen=True)
class Difference:
    """How far the second hall is from the first: second less first, with its standard error."""

    first: HallEstimate
    second: HallEstimate
    moments: PairMoments

    def mean_wait(self, station: str, *, group: str | None = None, by_period: bool = False) -> Estimate:
        """Difference of the mean waits [minutes]."""
        return self._ratio(station, group, WAITING, by_period)

    def abandonment(self, station: str, *, group: str | None = None, by_period: bool = False) -> Estimate:
        """Difference of the shares who give up or turn away."""
        return self._ratio(station, group, LOST, by_period)

    def service_level(
        self, station: str, limit: float, *, group: str | None = None, by_period: bool = False
    ) -> Estimate:
        """Difference of the shares served within a limit."""
        limits = self.first.limits.get(station, ())
        if limit not in limits:
            raise InvalidParameterError(f"{station}, {limit}: no such limit in the halls")
        return self._ratio(station, group, WITHIN + limits.index(limit), by_period)

    @property
    def costs(self) -> dict[str, Estimate]:
        """Differences of the costs of a day by name [yuan]."""
        days, one, other = self.first.days, self.moments.first, self.moments.second
        mean = (other.costs - one.costs) / days
        squares = one.cost_squares + other.cost_squares - 2 * self.moments.costs
        error = np.sqrt(np.maximum(squares / days - mean**2, 0.0) / max(days - 1, 1))
        names = (*self.first.cost_names, "total")
        return {name: Estimate(mean[index], error[index], days) for index, name in enumerate(names)}

    def _ratio(self, station: str, group: str | None, measure: int, by_period: bool) -> Estimate:
        """Difference of two ratios by the delta method; the residuals of a day have no mean. 0 where nobody came."""
        key = (station, group, None)
        if key not in self.first.groups.keys:
            raise InvalidParameterError(f"{station}, {group}: no such customers in the halls")
        g = self.first.groups.keys.index(key)
        at = (g, measure, slice(0, self.first.periods) if by_period else self.first.periods + 1)
        base = (g, ARRIVALS, at[2])
        one, other, days = self.moments.first, self.moments.second, self.first.days
        (r1, v1, n1), (r2, v2, n2) = (_residuals(each, at, base) for each in (one, other))
        # In the order of the sums in _residuals: halls that are alike differ by 0 to the last bit.
        shared = (
            self.moments.products[at] - (r2 * self.moments.with_arrivals[at] + r1 * self.moments.arrivals_with[at])
            + r1 * r2 * self.moments.products[base]
        )  # fmt: skip
        variance = np.maximum(v1 / n1**2 + v2 / n2**2 - 2 * shared / (n1 * n2), 0.0) * days / max(days - 1, 1)
        return Estimate(r2 - r1, np.sqrt(variance), days)


def _residuals(moments: Moments, at: Any, base: Any) -> tuple[Floats, Floats, Floats]:
    """A ratio, the squares of what it leaves of each day, and its denominator; infinite where nobody came."""
    n = np.where(moments.sums[base] > 0, moments.sums[base], np.inf)
    ratio = moments.sums[at] / n
    crosses = ratio * moments.crosses[at]
    squares = moments.squares[at] - (crosses + crosses) + ratio * ratio * moments.squares[base]
    return ratio, squares, n


def simulate_pair(
    first: Hall,
    second: Hall,
    replications: Replications,
    *,
    prices: tuple[Prices, Prices] | None = None,
    cost_names: tuple[str, ...] = (),
    report: Callable[[int, int], None] = lambda done, most: None,
) -> Difference:
    """Follow the same days in two halls, whose stations and limits are the same.

    Args:
        first: One hall.
        second: The other.
        replications: How many days; the precision is not used.
        prices: What days cost in either.
        cost_names: Names of the costs.
        report: Told the days done and all.

    Raises:
        InvalidParameterError: where stations or periods differ.
    """
    if [(s.name, s.limits) for s in first.stations] != [(s.name, s.limits) for s in second.stations]:
        raise InvalidParameterError("the halls of a pair have the same stations with the same limits")
    if (first.period, first.periods) != (second.period, second.periods):
        raise InvalidParameterError("the halls of a pair have the same periods")
    groups = Groups.of(first, second)
    one, other = (
        HallDays(hall, replications.seed, price, cost_names, group)
        for hall, price, group in zip(
            (first, second), prices or (no_prices(first), no_prices(second)), groups, strict=True
        )
    )

    def empty() -> PairMoments:
        a, b = one.empty, other.empty
        return PairMoments(
            a, b, np.zeros_like(a.sums), np.zeros_like(a.sums), np.zeros_like(a.sums), np.zeros_like(a.costs)
        )

    def batch(begin: int, end: int) -> PairMoments:
        pair, a, b = empty(), one.room_for_one(), other.room_for_one()
        work, other_work = workspace(one.arrays, one.room), workspace(other.arrays, other.room)
        for index in range(begin, end):
            work = one.follow(work, a, index)
            other_work = other.follow(other_work, b, index)
            add_pair(a, b, pair)
        return pair

    total = empty()
    done = in_batches(batch, total, replications, lambda days: False, report)
    return Difference(one.estimate(total.first, done), other.estimate(total.second, done), total)
