"""One table for many regimes: queues that hardly differ are bounded by one queue that waits less than each of them.

A threshold on one transaction hardly moves the queues of the others, so that a few hundred regimes have a few dozen
queues. Waiting never falls with a higher arrival rate or a lower service rate: the least arrivals of a group, period
by period, served at its highest rate, wait no more than any of its queues.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.optimization.day import DayProblem
from optimizer.queues import MonotoneQueue, PeriodTables, pair_tables

GRAINS = (0.03, 0.004)
"""Relative difference in arrivals and service rate that queues of one group may have, roughly: for a first look at
every regime, and for those that might be the best."""


@dataclass
class Group:
    """Monotone queues of a role on a day type that hardly differ."""

    queues: list[MonotoneQueue]
    most: NDArray[np.int64]
    _values: PeriodTables | None = None

    def measure(self) -> PeriodTables:
        """Measures of a queue that waits less than each of the group's, worked out once."""
        if self._values is None:
            least = np.min([queue.arrival_rates for queue in self.queues], axis=0)
            fastest = max(queue.service_rate for queue in self.queues)
            queue = replace(self.queues[0], arrival_rates=least, service_rate=fastest)
            self._values = pair_tables(queue, self.most)
        return self._values


Groups = dict[int, dict[str, tuple[Group, ...]]]
"""Groups of the parts of a role's minorant, by ``id`` of the problem and role."""


def grouped(problems: Iterable[DayProblem], grain: float) -> Groups:
    """The group of every part of a role's minorant; queues of one differ by no more than about the ``grain``."""
    groups: dict[tuple[object, ...], Group] = {}
    found: Groups = {}
    for problem in problems:
        for role, minorant in problem.minorants.items():
            own = []
            for index, part in enumerate(minorant.parts):
                key = (problem.staffing.day_type, role, index, *_signature(part.queue, grain))
                group = groups.setdefault(key, Group([], problem.staffing.most[role]))
                group.queues.append(part.queue)
                own.append(group)
            found.setdefault(id(problem), {})[role] = tuple(own)
    return found


def _signature(queue: MonotoneQueue, grain: float) -> tuple[object, ...]:
    """Equal for queues that hardly differ: work, its time of day, and who gives up or turns away (exactly)."""
    arrivals = queue.arrivals
    total = float(arrivals.sum())
    if total <= 0:
        return (0.0,)
    return (
        round(float(np.log(total)) / grain),
        round(float(np.log(queue.service_rate)) / grain),
        round(float(arrivals @ np.arange(len(arrivals))) / total / (5 * grain)),
        float(f"{queue.abandonment_rate:.12g}"),
        float(f"{queue.leaving:.12g}"),
        queue.joining,
        queue.seen_beyond,
    )
