"""From a roster problem to the best roster that can be found, what it costs, and a bound."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from optimizer.rostering.costs import roster_costs
from optimizer.rostering.legality import breaches
from optimizer.rostering.problem import Roster, RosterCosts, RosterProblem, RosterResult, RosterStatus


@dataclass(frozen=True)
class RosterOptions:
    """How long and how far to search."""

    gap: float = 0.02
    """Proven gap at which the search ends."""
    time_limit: float = 60.0
    """[seconds]"""
    work_limit: float | None = None
    """In the solver's own seconds, the same on each run; a search that it ends is repeatable."""
    workers: int = 2
    seed: int = 0


@dataclass(frozen=True)
class RosterProgress:
    """Where a search stands."""

    seconds: float
    bound: float | None
    """Proven least cost [yuan]."""
    best: float | None
    """Cost of the best roster so far [yuan]."""


Report = Callable[[RosterProgress], None]


def solve_roster(
    problem: RosterProblem, options: RosterOptions = RosterOptions(), report: Report = lambda _: None
) -> RosterResult:
    """The best roster found within the limits, judged, with its cost and a proven bound.

    Raises:
        ArithmeticError: When the solver's roster breaks a rule that it was told, or costs another sum than it says.
    """
    from ortools.sat.python import cp_model

    from optimizer.rostering.model import Limits, RosterModel

    started = time.monotonic()
    model = RosterModel(problem)
    answer = model.solve(Limits(options.time_limit, options.work_limit, options.gap, options.seed))
    seconds = time.monotonic() - started
    if answer.roster is None:
        infeasible = answer.status == cp_model.INFEASIBLE
        status = RosterStatus.INFEASIBLE if infeasible else RosterStatus.NO_SOLUTION_FOUND
        return RosterResult(
            status, None, None, None, None, "nothing left to try" if infeasible else "time limit", seconds
        )
    costs = judged(problem, answer.roster)
    report(RosterProgress(seconds, answer.bound, costs.total))
    gap = proven_gap(costs, answer.bound)
    status = RosterStatus.OPTIMAL if gap <= 1e-9 else RosterStatus.FEASIBLE
    ended = "gap reached" if gap <= options.gap else "time limit"
    return RosterResult(status, answer.roster, costs, answer.bound, gap, ended, seconds)


def judged(problem: RosterProblem, roster: Roster) -> RosterCosts:
    """What a roster costs, once it is found legal.

    Raises:
        ArithmeticError: When it is not.
    """
    broken = breaches(problem, roster)
    if broken:
        raise ArithmeticError("a roster breaks rules that it was made by: " + "; ".join(map(str, broken[:5])))
    return roster_costs(problem, roster)


def proven_gap(costs: RosterCosts, bound: float) -> float:
    """(cost - bound) / cost, guaranteed pay left out of both; 0 where nothing is left."""
    cost = costs.total - costs.guaranteed
    return max(0.0, (costs.total - bound) / cost) if cost > 0 else 0.0
