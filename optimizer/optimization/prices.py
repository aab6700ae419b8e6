"""Lagrangian lower bounds: what a day costs at least when people, windows and targets are paid by price."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.optimization.day import DayProblem
from optimizer.optimization.staffing import Staffing
from optimizer.optimization.tables import RoleTables

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Prices:
    """Multipliers, none negative, of the constraints that join roles, periods and people on a day.

    Axis of every array: period. Any such prices give a valid bound; those of a nearby regime's linear program
    give a good one.
    """

    people: tuple[Floats, ...]
    """By competition: price of one person needed."""
    windows: Floats
    """Price of a window."""
    opened: dict[str, Floats]
    """By role: price of counting the windows opened."""
    kept: dict[str, Floats]
    """By role: price of keeping a role for the least time."""
    targets: dict[str, float]


def lagrangian_bound(problem: DayProblem, prices: Prices, tables: dict[str, RoleTables]) -> float:
    """Lower bound on the cost of a day [yuan], by one shortest path for each role.

    The constraints with a price are dropped and what breaks them is paid for instead; the rest falls apart into one
    path through the levels of each role and one choice of shifts for each skill, both solved exactly. ``tables`` are
    the problem's or some that never exceed them.
    """
    bound = joint_bound(problem, prices)
    for role, table in tables.items():
        bound += shortest_path(priced_edges(table, level_prices(problem.staffing, prices, role), prices.targets))[0]
    return bound


def joint_bound(problem: DayProblem, prices: Prices) -> float:
    """The part of a Lagrangian bound that is not a role's path: people, windows and what the regime costs [yuan]."""
    staffing = problem.staffing
    bound = problem.constant + people_bound(staffing, prices) - staffing.windows * float(prices.windows.sum())
    if problem.branch.greeter is not None:
        greeter = problem.branch.greeter[0]
        for competition, price in zip(staffing.competitions, prices.people, strict=True):
            bound += problem.regime.greeters * float(price.sum()) * (greeter in competition.places)
    return bound


def level_prices(staffing: Staffing, prices: Prices, role: str) -> Floats:
    """Price of one window in a role, by period."""
    price = prices.windows.copy()
    for competition, people in zip(staffing.competitions, prices.people, strict=True):
        if role in competition.places:
            price += people
    if role in prices.opened:
        # Windows opened are not negative: their own reduced cost must not be either, or the bound is lost.
        kept = prices.kept[role]
        ahead = np.array([kept[t : t + staffing.stay].sum() for t in range(staffing.periods)])
        opened = np.minimum(prices.opened[role], ahead)
        price += opened - kept
        price[:-1] -= opened[1:]
    return price


def priced_edges(tables: RoleTables, price: Floats, targets: dict[str, float]) -> Floats:
    """Cost of every step from level p to level q with prices added; axes period, p, q."""
    edges = tables.cost + price[:, None, None] * np.arange(tables.cost.shape[2])
    for name, shortfall in tables.shortfalls.items():
        if multiplier := targets.get(name, 0.0):
            edges = edges + multiplier * shortfall
    return edges


def shortest_path(edges: Floats) -> tuple[float, tuple[int, ...]]:
    """Length and levels of the shortest path through a day; axes period, level before, level."""
    reach, came = edges[0, 0], []
    for step in edges[1:]:
        through = reach[:, None] + step
        came.append(through.argmin(axis=0))
        reach = through.min(axis=0)
    path = [int(reach.argmin())]
    for before in reversed(came):
        path.append(int(before[path[-1]]))
    return float(reach.min()), tuple(reversed(path))


def people_bound(staffing: Staffing, prices: Prices) -> float:
    """Least pay of people less the prices they earn: each skill works its best shift, or nobody does."""
    worth = {
        skill: sum(
            (
                price
                for competition, price in zip(staffing.competitions, prices.people, strict=True)
                if skill in competition.skills
            ),
            start=np.zeros(staffing.periods),
        )
        for skill in staffing.on_duty
    }
    best = dict.fromkeys(staffing.on_duty, 0.0)
    for shift in staffing.shifts:
        reduced = shift.cost - float(worth[shift.skill] @ shift.covers)
        best[shift.skill] = min(best[shift.skill], reduced)
    return sum(people * best[skill] for skill, people in staffing.on_duty.items())
