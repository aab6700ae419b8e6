"""A day's bound and plan from the whole past of each queue, where the integer program sees two periods of it."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from optimizer.evaluation import applies
from optimizer.optimization.day import DayProblem
from optimizer.optimization.known import Levels
from optimizer.optimization.minorant import EVERYBODY
from optimizer.optimization.prices import Prices, joint_bound, level_prices, priced_edges, shortest_path
from optimizer.problem import Target
from optimizer.queues import cheapest_path


@dataclass(frozen=True)
class DeepPaths:
    """What the cheapest paths of all roles say together."""

    bound: float
    """Lower bound on the cost of a day [yuan]; the ceiling where nothing below it is possible."""
    windows: dict[str, Levels]
    """A plan that keeps promises by period, or nearly; joint constraints are only priced."""


def promises_by_period(problem: DayProblem) -> dict[str, list[Target]]:
    """Service levels promised in every period to all who come or to the rank called last, by role."""
    promises: dict[str, list[Target]] = {role: [] for role in problem.demands}
    for target in problem.branch.targets.values():
        level = target.measure == "service_level" and target.per == "period"
        if not level or target.channel not in promises or not applies(target, problem.staffing.day_type):
            continue
        if problem.minorants[target.channel].part_of(target) == EVERYBODY:
            promises[target.channel].append(target)
    return promises


def deep_paths(problem: DayProblem, prices: Prices, ceiling: float) -> DeepPaths:
    """Lagrangian bound by a cheapest path for each role whose queue remembers the whole day.

    Roles with promises by period get a relaxed diagram for the bound and a restricted one for the plan; the others keep
    the shortest path through their tables. Every role must be monotone.
    """
    edges = {
        role: priced_edges(tables, level_prices(problem.staffing, prices, role), prices.targets)
        for role, tables in problem.tables.items()
    }
    shortest = {role: shortest_path(steps) for role, steps in edges.items()}
    bound = joint_bound(problem, prices) + sum(length for length, _ in shortest.values())
    windows = {role: path for role, (_, path) in shortest.items()}
    for role, targets in promises_by_period(problem).items():
        if not targets or bound >= ceiling:
            continue
        minorant, length = problem.minorants[role], shortest[role][0]
        everybody = minorant.parts[EVERYBODY]
        least = np.zeros((len(everybody.queue.limits), problem.staffing.periods))
        for target in targets:
            row = least[everybody.queue.limits.index(target.within or 0.0)]
            np.maximum(row, minorant.least_level(target), out=row)
        path_through = partial(
            cheapest_path,
            everybody.queue,
            problem.staffing.most[role],
            edges=edges[role],
            waiting=problem.tables[role].waiting,
            waiting_cost=everybody.waiting_cost,
            least=least,
            ceiling=length + ceiling - bound,
        )
        lowest, path = path_through()
        bound += lowest - length
        _, plan = path_through(relaxed=False)
        found = plan if plan is not None else path
        if found is not None:
            windows[role] = tuple(int(level) for level in found)
    return DeepPaths(min(bound, ceiling), windows)
