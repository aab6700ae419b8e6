"""Who stands there, for a quarter: rosters that keep the law, contracts and wishes, with a bound."""

from optimizer.rostering.costs import roster_costs
from optimizer.rostering.legality import Breach, breaches
from optimizer.rostering.pay import Worked, worked
from optimizer.rostering.problem import Roster, RosterCosts, RosterProblem, RosterResult, RosterStatus
from optimizer.rostering.solve import RosterOptions, RosterProgress, solve_roster

__all__ = [
    "Breach",
    "Roster",
    "RosterCosts",
    "RosterOptions",
    "RosterProblem",
    "RosterProgress",
    "RosterResult",
    "RosterStatus",
    "Worked",
    "breaches",
    "roster_costs",
    "solve_roster",
    "worked",
]
