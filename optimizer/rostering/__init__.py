"""Who stands there, for a quarter: rosters that keep the law, contracts and wishes, with a bound."""

from optimizer.rostering.problem import Roster, RosterCosts, RosterProblem, RosterResult, RosterStatus

__all__ = ["Roster", "RosterCosts", "RosterProblem", "RosterResult", "RosterStatus"]
