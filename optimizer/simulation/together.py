"""What customers met at a station, on a day or on several days together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.simulation.estimates import Estimate, HallEstimate
from optimizer.simulation.records import ARRIVALS, LOST, WAITING, WITHIN


@dataclass(frozen=True)
class ChannelService:
    """Service at a station over whole days."""

    customers: Estimate
    """Customers who join the line, turn away, or come back for a second turn."""
    mean_wait: Estimate
    """[minutes]"""
    abandonment: Estimate
    """Share who give up or turn away."""
    service_levels: dict[float, Estimate]
    """Share served within a limit, by limit [minutes]."""
    utilization: float | None
    """Share of the servers' time that is work, while the door is open; None: there are none."""
    overtime: Estimate
    """Server-minutes of work after closing."""


def channel_service(days: Sequence[HallEstimate], station: str) -> ChannelService | None:
    """Service at a station on days that are simulated apart from each other; None where nobody comes.

    Numbers of customers and of minutes are those of all days, shares and mean waits those of all their customers.

    Args:
        days: Halls with the same stations; one, or one for each date.
        station: Name of the station.
    """
    there = [day for day in days if (station, None, None) in day.groups.keys]
    customers = _sum([day.measures(station).arrivals for day in there])
    if customers is None or customers.value == 0:
        return None
    overtime = _sum([day.overtime(station) for day in there])
    work = sum(float(np.sum(day.utilization(station).value * np.array(day.servers[station]))) for day in there)
    offered = sum(sum(day.servers[station]) for day in there)
    return ChannelService(
        customers=customers,
        mean_wait=_ratio(there, station, WAITING),
        abandonment=_ratio(there, station, LOST),
        service_levels={
            limit: _ratio(there, station, WITHIN + index) for index, limit in enumerate(there[0].limits[station])
        },
        utilization=work / offered if offered > 0 else None,
        overtime=overtime or customers,
    )


def total_costs(days: Sequence[tuple[float, dict[str, Estimate]]]) -> dict[str, Estimate]:
    """Costs by name of days that are simulated apart from each other, each so many times [yuan]."""
    return {name: _weighted([(times, costs[name]) for times, costs in days]) for name in days[0][1]}


def _sum(parts: Sequence[Estimate]) -> Estimate | None:
    return _weighted([(1.0, part) for part in parts]) if parts else None


def _weighted(parts: Sequence[tuple[float, Estimate]]) -> Estimate:
    value = sum(times * part.value for times, part in parts)
    error = np.sqrt(sum((times * part.error) ** 2 for times, part in parts))
    return Estimate(np.asarray(value), np.asarray(error), min(part.days for _, part in parts))


def _ratio(days: Sequence[HallEstimate], station: str, measure: int) -> Estimate:
    """A measure for each who arrives on any of the days, by the delta method.

    What a day leaves of its measure when each arrival is taken at the ratio has a mean of its own, 0 over all days.
    """
    rows = [_moments(day, station, measure) for day in days]
    top, base = (sum(float(row[index]) for row in rows) for index in (0, 1))
    ratio, variance = top / base, 0.0
    for (mean, arrivals, squares, crosses, arrival_squares), day in zip(rows, days, strict=True):
        left = squares - 2 * ratio * crosses + ratio**2 * arrival_squares - (mean - ratio * arrivals) ** 2
        variance += max(float(left), 0.0) / max(day.days - 1, 1)
    fewest = min(day.days for day in days)
    return Estimate(np.asarray(ratio), np.asarray(np.sqrt(variance) / base), fewest)


def _moments(day: HallEstimate, station: str, measure: int) -> tuple[float, float, float, float, float]:
    """Means over the days of a measure, of arrivals, of the squares of either and of their product."""
    g, slot, m = day.groups.keys.index((station, None, None)), day.periods + 1, day.moments
    sums = (
        m.sums[g, measure, slot], m.sums[g, ARRIVALS, slot], m.squares[g, measure, slot],
        m.crosses[g, measure, slot], m.squares[g, ARRIVALS, slot],
    )  # fmt: skip
    first, second, third, fourth, fifth = (float(each) / day.days for each in sums)
    return first, second, third, fourth, fifth
