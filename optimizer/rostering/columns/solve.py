"""From a roster problem that columns take to a roster, what it costs, and a bound."""

from optimizer.errors import InvalidParameterError
from optimizer.rostering.columns.scope import not_priced
from optimizer.rostering.problem import RosterProblem, RosterResult
from optimizer.rostering.solve import Report, RosterOptions

DEFAULTS = RosterOptions()


def solve_by_columns(
    problem: RosterProblem, options: RosterOptions = DEFAULTS, report: Report = lambda _: None
) -> RosterResult:
    """The best roster found within the limits, judged, with its cost and a proven bound.

    Args:
        problem: One that ``can_price`` takes.
        options: Gap, time limit, threads and seed; the work limit is not counted here. A search that its gap ends is
            the same each time.
        report: Called with each better roster and bound.

    Returns:
        The roster; infeasible, with the people's names, when the rules leave somebody no schedule at all.

    Raises:
        InvalidParameterError: When ``can_price`` does not take the problem.
        ArithmeticError: When a schedule breaks a rule that it was priced by, or costs another sum.

    Source:
        Burke and Curtois (2014), New approaches to nurse rostering benchmark instances; Strandmark, Qu and Curtois
        (2020), First-order linear programming in a column generation-based heuristic approach to the nurse rostering
        problem.
    """
    reasons = not_priced(problem)
    if reasons:
        raise InvalidParameterError("columns do not take this problem: " + "; ".join(reasons[:5]))
    from optimizer.rostering.columns.search import ColumnSearch

    return ColumnSearch(problem, options, report).run()
