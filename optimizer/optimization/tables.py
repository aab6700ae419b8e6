"""What one period of a role costs at least, given its windows in that period and the one before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.evaluation import ChannelDemand, applies, meets, target_limit
from optimizer.problem import Branch, Target
from optimizer.queues import PeriodTables, TransientDay, pair_tables

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
    """Customer-minutes of waiting in the period."""
    shortfalls: dict[str, Floats]
    """By target over the day: how much period t falls short of it; the day keeps it when the sum is at most 0."""


def measured(demand: ChannelDemand, most: NDArray[np.int64]) -> PeriodTables:
    """Least waiting and best service of a role's periods by the levels of the last two periods.

    By monotonicity (see :func:`optimizer.queues.transient_day`) each entry bounds what any day yields when patience is
    at least as long as service; otherwise it is an estimate.
    """
    return pair_tables(
        demand.arrival_rate, most, demand.service_rate, demand.abandonment_rate,
        period=demand.period, limits=demand.limits,
    )  # fmt: skip


def role_tables(
    branch: Branch, day_type: str, demand: ChannelDemand, least: int, most: NDArray[np.int64], values: PeriodTables
) -> RoleTables:
    """A role's period costs and shortfalls from measures of its demand, or of a demand that waits less."""
    cost = _period_costs(demand, values)
    arrivals = demand.arrivals[:, None, None]
    q = np.arange(cost.shape[2])
    forbidden = (q[None, :] < least) | (q[None, :] > most[:, None])
    cost[np.broadcast_to(forbidden[:, None, :], cost.shape)] = np.inf
    cost[1:][np.broadcast_to(forbidden[:-1, :, None], cost[1:].shape)] = np.inf
    shortfalls: dict[str, Floats] = {}
    for name, target in branch.targets.items():
        if target.channel != demand.channel or not applies(target, day_type):
            continue
        terms = _terms(target, demand, values)
        if target.per == "day":
            sign = 1.0 if target.least is not None else -1.0
            shortfalls[name] = sign * (target_limit(target) * arrivals - terms)
        else:
            cost[_fails(target, terms, arrivals)] = np.inf
    return RoleTables(demand.channel, cost, values.waiting, shortfalls)


def period_cost_below(demand: ChannelDemand, most: NDArray[np.int64], period: int, size: int) -> Floats:
    """Least cost of one period by pairs of levels when ``most`` is the most there can be elsewhere.

    Both axes are padded with infinity to ``size``.
    """
    values = pair_tables(
        demand.arrival_rate, most, demand.service_rate, demand.abandonment_rate, period=demand.period, only=period
    )
    cost = _period_costs(demand, values)[period]
    missing = size - cost.shape[1]
    return np.pad(cost, ((0, missing), (0, missing)), constant_values=np.inf)


def exact_costs(demand: ChannelDemand, day: TransientDay) -> Floats:
    """Cost of waiting and losses by period of an exactly evaluated day, closing in the last [yuan]."""
    cost = demand.open_waiting_cost * day.waiting
    cost[-1] += demand.waiting_cost * day.waiting_after_closing + demand.overtime_cost * day.overtime
    return cost


def _period_costs(demand: ChannelDemand, values: PeriodTables) -> Floats:
    levels = values.waiting.shape[2]
    cost = np.broadcast_to(demand.open_waiting_cost * values.waiting, (len(values.waiting), levels, levels)).copy()
    cost[-1] += demand.waiting_cost * values.closing_waiting + demand.overtime_cost * values.closing_overtime
    return cost


def _terms(target: Target, demand: ChannelDemand, values: PeriodTables) -> Floats:
    """Numerator of the target's measure by period and levels (see ``target_terms`` of the evaluation)."""
    periods, levels = len(demand.arrivals), values.waiting.shape[2]
    shape = (periods, levels, levels)
    if target.measure == "service_level":
        served: Floats = values.service_level[demand.limits.index(target.within or 0.0)]
        return np.broadcast_to(served * demand.arrivals[:, None, None], shape).copy()
    if target.measure == "abandonment":
        return np.broadcast_to(demand.abandonment_rate * values.waiting, shape).copy()
    terms = np.broadcast_to(values.waiting, shape).copy()
    terms[-1] += values.closing_waiting
    return terms


def _fails(target: Target, terms: Floats, arrivals: Floats) -> NDArray[np.bool_]:
    """Where a promise per period is broken although every other period is at its most."""
    come = np.broadcast_to(arrivals > 0, terms.shape)
    value = np.divide(terms, arrivals, out=np.zeros_like(terms), where=come)
    failed: NDArray[np.bool_] = come & ~meets(target, value)
    return failed
