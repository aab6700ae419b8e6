"""From a roster problem to the best roster that can be found, what it costs, and a bound."""

from collections.abc import Callable
from dataclasses import dataclass

from optimizer.rostering.problem import RosterProblem, RosterResult


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

    Where rules cannot hold together the result says which; where it is the cover that cannot be, its roster is the
    nearest one: the best with people missing, and costs, bound and gap are those of the problem that lets them miss.

    Raises:
        ArithmeticError: When the solver's roster breaks a rule that it was told, or costs another sum than it says.
    """
    from optimizer.rostering.nearest import explained
    from optimizer.rostering.search import Search

    result = Search(problem, options, report).run()
    if result.roster is not None or result.ended_by == "interrupted":
        return result
    return explained(problem, result, options, report)
