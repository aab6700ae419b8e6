"""No roster leaves the room unjudged: it is legal, and its cost is what costs.py says."""

from optimizer.rostering.costs import roster_costs
from optimizer.rostering.legality import breaches
from optimizer.rostering.problem import Roster, RosterCosts, RosterProblem


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
