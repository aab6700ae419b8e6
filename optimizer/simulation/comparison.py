"""Two policies that meet the same customers, over the days of a quarter."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from optimizer.problem import Branch, Policy
from optimizer.simulation.branch_hall import COST_NAMES, branch_hall, hall_prices
from optimizer.simulation.estimates import Estimate
from optimizer.simulation.pairs import Difference, simulate_pair
from optimizer.simulation.quarter import by_day_type, refuse_unfit
from optimizer.simulation.replications import Replications
from optimizer.simulation.together import total_costs


@dataclass(frozen=True)
class Contrast:
    """One measure under two policies, and how far the second is from the first."""

    first: Estimate
    second: Estimate
    difference: Estimate
    """Second less first, by pairs of days."""

    @property
    def narrowing(self) -> float | None:
        """How many times wider the interval would be if the two met customers of their own; None: there is none."""
        error = float(self.difference.error)
        return float(np.hypot(self.first.error, self.second.error)) / error if error > 0 else None


@dataclass(frozen=True)
class ChannelContrast:
    """Service at a station under two policies, over whole days; only customers where one sends nobody there."""

    customers: tuple[Estimate, Estimate]
    mean_wait: Contrast | None = None
    abandonment: Contrast | None = None
    service_levels: dict[float, Contrast] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """Two policies on the same days."""

    policies: tuple[Policy, Policy]
    seed: int
    days: dict[str, Difference]
    """By day type."""
    costs: dict[str, Contrast]
    """Of a quarter by name [yuan], those that the events of the days decide, and their ``total``."""


def compare(
    branch: Branch,
    first: Policy,
    second: Policy,
    replications: Replications,
    report: Callable[[int, int], None] = lambda done, most: None,
) -> Comparison:
    """Simulate days of every type under two policies that meet the same customers.

    Args:
        branch: The branch.
        first: What it does; it need not keep the branch's rules.
        second: What it might do instead.
        replications: Days of each type, seed, workers; the precision is not used.
        report: Told the days done and the most that may be done, over all types.

    Raises:
        DataRefused: where a policy does not fit the branch.
    """
    for policy in (first, second):
        refuse_unfit(branch, policy)
    days: dict[str, Difference] = {}
    for day_type, own, done in by_day_type(branch, replications, report):
        one, other = (branch_hall(branch, policy, day_type) for policy in (first, second))
        days[day_type] = simulate_pair(
            one, other, own, prices=(hall_prices(branch, one), hall_prices(branch, other)), cost_names=COST_NAMES,
            report=done,
        )  # fmt: skip
    return Comparison((first, second), replications.seed, days, _costs(branch, days))


def _costs(branch: Branch, days: dict[str, Difference]) -> dict[str, Contrast]:
    times = [float(branch.day_types[day_type].days) for day_type in days]
    first, second, difference = (
        total_costs(list(zip(times, costs, strict=True)))
        for costs in (
            [day.first.costs for day in days.values()], [day.second.costs for day in days.values()],
            [day.costs for day in days.values()],
        )
    )  # fmt: skip
    return {name: Contrast(first[name], second[name], difference[name]) for name in difference}


def channel_contrast(day: Difference, station: str) -> ChannelContrast | None:
    """Service at a station under both policies; None where nobody comes."""
    if (station, None, None) not in day.first.groups.keys:
        return None
    first, second = day.first.measures(station), day.second.measures(station)
    customers = (first.arrivals, second.arrivals)
    if any(number.value == 0 for number in customers):
        return ChannelContrast(customers) if any(number.value > 0 for number in customers) else None
    return ChannelContrast(
        customers=customers,
        mean_wait=Contrast(first.mean_wait, second.mean_wait, day.mean_wait(station)),
        abandonment=Contrast(first.abandonment, second.abandonment, day.abandonment(station)),
        service_levels={
            limit: Contrast(level, second.service_levels[limit], day.service_level(station, limit))
            for limit, level in first.service_levels.items()
        },
    )
