"""What one period of a role costs at least, given its windows in that period and the one before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.evaluation import applies, meets, target_limit
from optimizer.optimization.minorant import EVERYBODY, Minorant
from optimizer.problem import Branch, Target
from optimizer.queues import PeriodTables, pair_tables

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RoleTables:
    """Lower bounds for a role on a day, with every other period at the most windows permitted.

    Axes: period t, level p in period t - 1, level q in period t. In period 0 the level before does not matter.
    """

    role: str
    cost: Floats
    """Cost of waiting and losses, in the last period of closing too [yuan]; infinite where not permitted."""
    waiting: Floats
    """Ticket-minutes of everybody's waiting in the period."""
    shortfalls: dict[str, Floats]
    """By target over the day: how much period t falls short of it; the day keeps it when the sum is at most 0."""


def measured(minorant: Minorant, most: NDArray[np.int64], only: int | None = None) -> tuple[PeriodTables, ...]:
    """Least waiting and best service of a role's periods by the levels of the last two periods, for each part.

    By monotonicity (see :class:`optimizer.queues.MonotoneQueue`) each entry bounds what any day yields where the
    minorant is monotone; otherwise it is an estimate.
    """
    return tuple(pair_tables(part.queue, most, only) for part in minorant.parts)


def role_tables(
    branch: Branch, day_type: str, minorant: Minorant, most: NDArray[np.int64], values: Sequence[PeriodTables]
) -> RoleTables:
    """A role's period costs and shortfalls from measures of its minorant, or of one that waits less."""
    cost = _period_costs(minorant, values)
    q = np.arange(cost.shape[2])
    forbidden = (q[None, :] < minorant.fewest) | (q[None, :] > most[:, None])
    cost[np.broadcast_to(forbidden[:, None, :], cost.shape)] = np.inf
    cost[1:][np.broadcast_to(forbidden[:-1, :, None], cost[1:].shape)] = np.inf
    shortfalls: dict[str, Floats] = {}
    channel = minorant.demand.channel
    for name, target in branch.targets.items():
        if target.channel != channel or not applies(target, day_type):
            continue
        terms, arrivals = minorant.terms(target, values)
        terms = np.broadcast_to(terms, cost.shape)
        if target.per == "day":
            sign = 1.0 if target.least is not None else -1.0
            shortfalls[name] = sign * (target_limit(target) * arrivals - terms)
        else:
            cost[_fails(target, terms, arrivals)] = np.inf
    return RoleTables(channel, cost, values[EVERYBODY].waiting, shortfalls)


def period_cost_below(minorant: Minorant, most: NDArray[np.int64], period: int, size: int) -> Floats:
    """Least cost of one period by pairs of levels when ``most`` is the most there can be elsewhere.

    Both axes are padded with infinity to ``size``.
    """
    cost = _period_costs(minorant, measured(minorant, most, period))[period]
    missing = size - cost.shape[1]
    return np.pad(cost, ((0, missing), (0, missing)), constant_values=np.inf)


def _period_costs(minorant: Minorant, values: Sequence[PeriodTables]) -> Floats:
    levels = values[EVERYBODY].waiting.shape[2]
    cost = minorant.costs(values)
    return np.broadcast_to(cost, (len(cost), levels, levels)).copy()


def _fails(target: Target, terms: Floats, arrivals: Floats) -> NDArray[np.bool_]:
    """Where a promise per period is broken although every other period is at its most."""
    come = np.broadcast_to(arrivals > 0, terms.shape)
    value = np.divide(terms, arrivals, out=np.zeros_like(terms), where=come)
    failed: NDArray[np.bool_] = come & ~meets(target, value)
    return failed
