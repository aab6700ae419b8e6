"""One table for many regimes: demands that hardly differ are bounded by one demand that waits less than each of them.

A threshold on one transaction hardly moves the queues of the others, so that a few hundred regimes have a few dozen
demands. Waiting never falls with a higher arrival rate or a lower service rate: the least arrivals of a group, period
by period, served at its highest rate, wait no more than any of its demands.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.evaluation import ChannelDemand
from optimizer.optimization.day import DayProblem
from optimizer.optimization.tables import measured
from optimizer.queues import PeriodTables

GRAIN = 0.004
"""Relative difference in arrivals and service rate that demands of one group may have, roughly."""


@dataclass
class Group:
    """Demands of a role on a day type that hardly differ."""

    demands: list[ChannelDemand]
    most: NDArray[np.int64]

    @cached_property
    def values(self) -> PeriodTables:
        """Measures of a demand that waits less than each of the group's."""
        least = np.min([demand.arrival_rate for demand in self.demands], axis=0)
        fastest = max(demand.service_rate for demand in self.demands)
        return measured(replace(self.demands[0], arrival_rate=least, service_rate=fastest), self.most)


def grouped(problems: Iterable[DayProblem]) -> dict[int, dict[str, Group]]:
    """The group of every role's demand, by ``id`` of the problem and role."""
    groups: dict[tuple[object, ...], Group] = {}
    found: dict[int, dict[str, Group]] = {}
    for problem in problems:
        for role, demand in problem.demands.items():
            key = (problem.staffing.day_type, role, *_signature(demand))
            group = groups.setdefault(key, Group([], problem.staffing.most[role]))
            group.demands.append(demand)
            found.setdefault(id(problem), {})[role] = group
    return found


def _signature(demand: ChannelDemand) -> tuple[float, ...]:
    """Equal for demands that hardly differ: work, its time of day, and who gives up how fast (exactly)."""
    total = float(demand.arrivals.sum())
    if total <= 0:
        return (0.0,)
    times = np.arange(len(demand.arrivals))
    when = float(demand.arrivals @ times) / total
    return (
        round(float(np.log(total)) / GRAIN),
        round(float(np.log(demand.service_rate)) / GRAIN),
        round(when / 0.02),
        float(f"{demand.abandonment_rate:.12g}"),
    )
