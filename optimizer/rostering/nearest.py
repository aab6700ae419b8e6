"""Where no roster was found: whether there is none, why, and the nearest one."""

import time
from dataclasses import replace

from ortools.sat.python import cp_model

from optimizer.rostering.conflict import cut_out, find_conflict
from optimizer.rostering.legality import breaches
from optimizer.rostering.model import Limits, RosterModel
from optimizer.rostering.problem import RosterProblem, RosterResult, RosterStatus
from optimizer.rostering.running import run
from optimizer.rostering.search import Search
from optimizer.rostering.solve import Report, RosterOptions

LEAST_SECONDS = 5.0
"""For the reasons and for the nearest roster each, however late it is."""
WHOLE = ("the rules of the whole horizon cannot hold together; no shorter span of days was found that fails",)


def explained(problem: RosterProblem, result: RosterResult, options: RosterOptions, report: Report) -> RosterResult:
    """A result without a roster, with the reasons, and the nearest roster where people may be missing instead.

    That there is none is said only once two runs of the solver, on different programs, have found so.
    """
    started = time.monotonic() - result.seconds
    try:
        left = max(LEAST_SECONDS, (options.time_limit - result.seconds) / 2)
        conflict = run(lambda: _conflict(problem, result, left, options.seed + 1))
        status = RosterStatus.NO_SOLUTION_FOUND if conflict is None else RosterStatus.INFEASIBLE
        result = replace(result, status=status, conflict=conflict or (), bound=None)
        if problem.cover_all:
            seconds = max(LEAST_SECONDS, options.time_limit - (time.monotonic() - started))
            result = _with_nearest(problem, result, replace(options, time_limit=seconds), report)
    except KeyboardInterrupt:
        result = replace(result, ended_by="interrupted", repeatable=False)
    return replace(result, seconds=time.monotonic() - started)


def _conflict(problem: RosterProblem, result: RosterResult, seconds: float, seed: int) -> tuple[str, ...] | None:
    found = find_conflict(problem, seconds)
    if found is None and result.status is RosterStatus.INFEASIBLE:
        again = RosterModel(cut_out(problem, 0, len(problem.days) - 1))
        if again.solve(Limits(seconds, seed=seed, linearization=1)).status == cp_model.INFEASIBLE:
            return WHOLE
    return found


def _with_nearest(problem: RosterProblem, result: RosterResult, options: RosterOptions, report: Report) -> RosterResult:
    nearest = Search(replace(problem, cover_all=False), options, report).run()
    if nearest.roster is None:
        return result
    if not breaches(problem, nearest.roster):
        return replace(nearest, status=RosterStatus.FEASIBLE)
    return replace(nearest, status=result.status, conflict=result.conflict)
